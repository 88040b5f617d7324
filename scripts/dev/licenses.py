#!/usr/bin/env python3
"""Checks that every crate Mien is built from has a license that deny.toml allows.

Reads `cargo metadata` and the list `licenses.allow` of deny.toml (Python's standard library only). `cargo deny check`,
which the release workflow runs, also looks for known vulnerabilities and needs the network.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def allows(expression, allowed):
    """Whether an SPDX expression (AND, OR, WITH, brackets) is satisfied by the allowed licenses."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    at = 0

    def either():
        nonlocal at
        value = both()
        while at < len(tokens) and tokens[at] == "OR":
            at += 1
            other = both()
            value = value or other
        return value

    def both():
        nonlocal at
        value = one()
        while at < len(tokens) and tokens[at] == "AND":
            at += 1
            other = one()
            value = value and other
        return value

    def one():
        nonlocal at
        token = tokens[at]
        at += 1
        if token == "(":
            value = either()
            at += 1
            return value
        if at < len(tokens) and tokens[at] == "WITH":
            token = f"{token} WITH {tokens[at + 1]}"
            at += 2
        return token in allowed

    return either()


def main():
    licenses = tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]
    exceptions = {item.get("crate", item.get("name")): item["allow"] for item in licenses.get("exceptions", [])}
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    packages = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)["packages"]
    bad = []
    for package in packages:
        allowed = {*licenses["allow"], *exceptions.get(package["name"], [])}
        if package["source"] and not allows(package["license"] or "unknown", allowed):
            bad.append(f"{package['name']} {package['version']}: {package['license'] or 'no license'}")
    if bad:
        sys.exit("licenses: not among those that deny.toml allows:\n  " + "\n  ".join(bad))
    print(f"licenses: those of {len(packages)} crates are allowed")


if __name__ == "__main__":
    main()
