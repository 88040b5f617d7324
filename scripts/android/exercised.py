#!/usr/bin/env python3
"""Says which public functions of the Kotlin library no test has called.

    exercised.py REPORT... API...     REPORT: an XML report of JaCoCo, ending in .xml; API: files of android/api

Fails if there is one. What Kotlin adds to a function (synthetic methods, interfaces without a body) is not asked for.
"""

import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

# Called by nobody but the system or the compiler, or only with what a computer without Android lacks; with the reason.
ELSEWHERE = {("io/mien/KeystoreWrapper", "unwrap", "([B)[B")}  # Needs a key in a key store of Android.


def public(files):
    """(class, method, descriptor) of each public method in the dumps."""
    for file in files:
        owner = None
        for line in Path(file).read_text().splitlines():
            if declared := re.match(r"public .*?(?:class|interface) ([\w/$]+)", line):
                owner = declared[1]
            elif method := re.match(r"\t(?:public|protected) (?!.*\bsynthetic\b)(?:\w+ )*fun (\S+) (\S+)$", line):
                yield owner, method[1], method[2]


def called(reports):
    """Whether each method was called, by (class, method, descriptor)."""
    calls = {}
    for report in reports:
        for owner in xml.parse(report).getroot().iter("class"):
            for method in owner.iter("method"):
                counter = next(c for c in method.iter("counter") if c.get("type") == "METHOD")
                calls[owner.get("name"), method.get("name"), method.get("desc")] = counter.get("covered") == "1"
    return calls


def main():
    reports = [file for file in sys.argv[1:] if file.endswith(".xml")]
    apis = [file for file in sys.argv[1:] if file not in reports]
    if not reports or not apis:
        sys.exit(__doc__)
    calls = called(reports)
    asked = [key for key in public(apis) if key in calls]
    silent = [key for key in asked if not calls[key] and key not in ELSEWHERE]
    for owner, method, descriptor in silent:
        print(f"exercised: no test calls {owner}.{method}{descriptor}")
    print(f"exercised: {len(asked) - len(silent)} of {len(asked)} public functions are called by tests")
    if not asked:
        sys.exit("exercised: the report has no public function")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
