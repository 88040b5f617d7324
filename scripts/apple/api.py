#!/usr/bin/env python3
"""Reads what `swift-api-digester -dump-sdk` wrote.

    api.py list FILE             prints a line for each public declaration, sorted
    api.py without NAME FILE     prints FILE without the declaration NAME, such as LiveSession.statistics
"""

import json
import re
import sys

# Made by the compiler for protocols that the type's line names.
DERIVED = {"CodingKeys", "encode", "hash", "==", "hashValue", "allCases", "AllCases", "RawValue", "rawValue"}
EVERYWHERE = {"Copyable", "Escapable", "SendableMetatype"}


def lines(node, path=()):
    """A line for each declaration of the module below `node`."""
    for child in node.get("children", []):
        kind = child.get("declKind")
        if kind is None or kind in ("Import", "Accessor", "AssociatedType") or child.get("moduleName") != "Mien":
            continue
        name = (*path, child["printedName"])
        if child["name"].startswith("__derived") or (child.get("implicit") and child["name"] in DERIVED):
            continue
        words = [word for word in ("static",) if child.get(word)]
        text = f"{'.'.join(name)}: {' '.join([*words, kind.lower()])}"
        if kind in ("Var", "Func", "Constructor", "Subscript"):
            types = [part["printedName"] for part in child.get("children", []) if part["kind"].startswith("Type")]
            if types:
                text += " " + (types[0] if kind == "Var" else f"({', '.join(types[1:])}) -> {types[0]}")
            # The dump has no word for `async` and the type of an error but in the mangled name: Ya, and the type before YK.
            mangled = child.get("mangledName", "")
            text += " async" if re.search(r"Ya(K|(?!Yb)\w{1,16}YK)?F", mangled) else ""
            typed = "(MienError)" if re.search(r"YKc?[Ff]", mangled) else ""
            text += f" throws{typed}" if child.get("throwing") else ""
        if kind == "Var" and any(accessor.get("accessorKind") == "set" for accessor in child.get("accessors", [])):
            text += " { get set }"
        if conformances := sorted(part["printedName"] for part in child.get("conformances", [])):
            text += ": " + ", ".join(name for name in conformances if name not in EVERYWHERE)
        yield re.sub(r"\b(Mien|Swift|_Concurrency|Foundation|FoundationEssentials)\.", "", text)
        yield from lines(child, name)


def without(node, name, path=()):
    """Removes the declaration; returns whether it was there."""
    for child in list(node.get("children", [])):
        here = (*path, child.get("name", ""))
        if ".".join(here) == name:
            node["children"].remove(child)
            return True
        if without(child, name, here):
            return True
    return False


def main():
    match sys.argv[1:]:
        case ["list", file]:
            print("\n".join(sorted(lines(json.load(open(file))["ABIRoot"]))))
        case ["without", name, file]:
            dump = json.load(open(file))
            if not without(dump["ABIRoot"], name):
                sys.exit(f"api.py: {file} has no {name}")
            print(json.dumps(dump))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
