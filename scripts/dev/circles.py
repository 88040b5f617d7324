#!/usr/bin/env python3
"""Proves that no Rust module imports another in a circle, and prints the module graph on request.

    circles.py             fails and prints each circle
    circles.py --graph     also prints which module of a crate imports which

Imports are read from the sources (Python's standard library only): `use` items and paths that begin with `crate`,
`super` or `self`; a name that a module re-exports counts as the module that defines it. Modules below one parent are
compared with each other; a folder counts as one module together with all files below it. A parent may use its
children, and a child what its parent defines. Test modules (`#[cfg(test)]`) are left out.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CRATES = sorted(path.parent for path in ROOT.glob("*/src") if (path.parent / "Cargo.toml").is_file())
TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|::|[{},;*()]")


def code_of(text):
    """The source without comments, strings and inline test modules."""
    text = re.sub(r'r(#+)".*?"\1|b?"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', " ", text, flags=re.S)
    parts = re.split(r"#\[cfg\((?:all\()?test\b[^\]]*\]\s*(?:pub(?:\([a-z]+\))? )?mod \w+ \{", text)
    return parts[0] + "".join(after_block(part) for part in parts[1:])


def after_block(text):
    """What follows the brace that closes a block whose opening brace was just read."""
    depth = 1
    for index, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return text[index + 1 :]
    return ""


def modules_of(crate):
    """Module path (a tuple of names) -> code, for all modules of a crate but its test modules."""
    src = crate / "src"
    root = src / "lib.rs" if (src / "lib.rs").is_file() else src / "main.rs"
    modules = {}

    def read(path, file):
        code = modules[path] = code_of(file.read_text())
        folder = file.parent if file.name in ("mod.rs", "lib.rs", "main.rs") else file.with_suffix("")
        for match in re.finditer(r"((?:#\[[^\]]*\]\s*)*)(?:pub(?:\([a-z ]+\))? )?\bmod (\w+);", code):
            if re.search(r"cfg\((all\()?test\b", match[1]):
                continue
            for below in (folder / f"{match[2]}.rs", folder / match[2] / "mod.rs"):
                if below.is_file():
                    read((*path, match[2]), below)

    read((), root)
    return modules


def expand(tokens, at, prefix, found):
    """Adds all paths of a `use` tree that starts at `tokens[at]`; returns where it ends. A path is (names, alias)."""
    path = list(prefix)
    while at < len(tokens):
        token = tokens[at]
        if token == "{":
            at += 1
            while tokens[at] != "}":
                at = expand(tokens, at, path, found)
                at += tokens[at] == ","
            return at + 1
        if token in (",", "}", ";"):
            break
        if token == "as":
            found.append((path, tokens[at + 1]))
            return at + 2
        if token != "::":
            path.append(token)
        at += 1
    found.append((path, path[-1]))
    return at


def imports_of(code):
    """Paths (names, alias, whether re-exported) of all `use` items, and paths elsewhere in the code."""
    paths = []
    for match in re.finditer(r"\b(pub(?:\([a-z ]+\))? )?use ([^;]+);", code):
        found = []
        expand(TOKEN.findall(match[2]) + [";"], 0, [], found)
        paths += [(path, alias, bool(match[1])) for path, alias in found]
    for match in re.finditer(r"\b(?:crate|super|self)(?:::\w+)+", re.sub(r"\buse [^;]+;", "", code)):
        names = match[0].split("::")
        paths.append((names, names[-1], False))
    return paths


class Crate:
    """The modules of a crate and what they import."""

    def __init__(self, folder):
        self.modules = modules_of(folder)
        self.imports = {module: imports_of(code) for module, code in self.modules.items()}
        self.exports = {module: {} for module in self.modules}
        for module, paths in self.imports.items():
            for names, alias, exported in paths:
                if exported:
                    self.exports[module][alias] = names

    def resolve(self, module, names, depth=0):
        """The module that defines what `names` say in `module`; None for other crates."""
        at, names = module, list(names)
        if names[0] == "crate":
            at, names = (), names[1:]
        elif names[0] in ("super", "self"):
            while names and names[0] in ("super", "self"):
                at, names = (at[:-1] if names[0] == "super" else at), names[1:]
        elif (*module, names[0]) not in self.modules:
            return None
        while names and (*at, names[0]) in self.modules:
            at, names = (*at, names[0]), names[1:]
        if names and names[0] in self.exports[at] and depth < 8:
            return self.resolve(at, self.exports[at][names[0]], depth + 1) or at
        return at

    def edges(self):
        """Pairs of modules (importing, imported)."""
        pairs = set()
        for module, paths in self.imports.items():
            for names, _, exported in paths:
                target = self.resolve(module, names)
                if target is not None and target != module:
                    pairs.add((module, target))
        return pairs


def siblings(edges):
    """For each parent, the edges between its children, with the pair of modules that makes each."""
    levels = {}
    for start, end in sorted(edges):
        shared = 0
        while shared < min(len(start), len(end)) and start[shared] == end[shared]:
            shared += 1
        if shared < len(start) and shared < len(end):
            level = levels.setdefault(start[:shared], {})
            level.setdefault((start[shared], end[shared]), (start, end))
    return levels


def circle_in(pairs):
    """Names along one circle of a graph given as pairs; empty if it has none."""
    targets = {}
    for start, end in pairs:
        targets.setdefault(start, []).append(end)
    done = set()

    def visit(name, trail):
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for end in targets.get(name, []):
            if circle := visit(end, [*trail, name]):
                return circle
        done.add(name)
        return []

    for start in sorted(targets):
        if circle := visit(start, []):
            return circle
    return []


def main():
    failed, count = False, 0
    for folder in CRATES:
        crate = Crate(folder)
        count += len(crate.modules)
        for parent, pairs in sorted(siblings(crate.edges()).items()):
            place = "::".join((folder.name, *parent))
            if "--graph" in sys.argv[1:]:
                for start, end in sorted(pairs):
                    print(f"{place}: {start} -> {end}")
            circle = circle_in(pairs)
            if circle:
                failed = True
                print(f"circle in {place}: {' -> '.join(circle)}")
                for start, end in zip(circle, circle[1:]):
                    a, b = pairs[(start, end)]
                    print(f"    {'::'.join(a)} imports {'::'.join(b) or 'the crate root'}")
    if failed:
        sys.exit("circles: modules import each other in a circle")
    print(f"circles: none among {count} modules of {len(CRATES)} crates")


if __name__ == "__main__":
    main()
