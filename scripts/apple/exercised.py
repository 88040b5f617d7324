#!/usr/bin/env python3
"""Says which public functions of the Swift package no test has called.

    exercised.py COUNTS API...     COUNTS: from `llvm-profdata show --all-functions`; API: from `swift-api-digester -dump-sdk`

Fails if there is one. Functions, initializers and computed properties are asked for; stored properties, requirements of
protocols and what the compiler makes are not.
"""

import json
import re
import sys

# Called by nobody but the system, or only with what Linux lacks; with the reason.
ELSEWHERE = {}


def public(node, path=(), abstract=False):
    """(name, mangled name) of each public function with a body below `node`."""
    for child in node.get("children", []):
        kind = child.get("declKind")
        if kind is None or child.get("implicit") or not (child.get("moduleName") == "Mien" or child.get("isExternal")):
            continue
        name = (*path, child["printedName"])
        if not abstract or child.get("isFromExtension"):
            if kind in ("Func", "Constructor"):
                types = [part["printedName"] for part in child.get("children", []) if part["kind"].startswith("Type")]
                # Functions of one name differ in their types.
                types = re.sub(r"\b(Mien|Swift|Foundation|FoundationEssentials)\.", "", ", ".join(types[1:]))
                yield f"{'.'.join(name)}: ({types})", child["mangledName"]
            elif kind in ("Var", "Subscript") and not child.get("hasStorage"):
                for accessor in child["accessors"]:
                    if not accessor.get("implicit"):
                        yield ".".join((*name, accessor["accessorKind"])), accessor["mangledName"]
        yield from public(child, name, kind == "Protocol")


def calls(counts):
    """The number of calls of each function by its mangled name."""
    found, name = {}, None
    for line in open(counts):
        if head := re.match(r"  (\S+):$", line):
            name = head[1]
        elif count := re.match(r"    Function count: (\d+)$", line):
            # An initializer of a class makes the object (fC), then fills it (fc): both are counted.
            key = re.sub("fC$", "fc", name)
            found[key] = found.get(key, 0) + int(count[1])
    return found


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    counted = calls(sys.argv[1])
    asked = {}
    for dump in sys.argv[2:]:
        asked |= {re.sub("fC$", "fc", mangled): name for name, mangled in public(json.load(open(dump))["ABIRoot"])}
    if not asked:
        sys.exit("swift-exercised: the API has no public function")
    wrong = [f"the counts lack {name}" for key, name in asked.items() if key not in counted]
    silent = {name for key, name in asked.items() if counted.get(key) == 0}
    wrong += [f"no test calls {name}" for name in silent - ELSEWHERE.keys()]
    wrong += [f"ELSEWHERE names {name}, which needs no exception" for name in ELSEWHERE.keys() - silent]
    for line in sorted(wrong):
        print(f"swift-exercised: {line}")
    called = sum(counted.get(key, 0) > 0 for key in asked)
    print(f"swift-exercised: {called} of {len(asked)} public functions are called by tests")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
