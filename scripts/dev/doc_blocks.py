#!/usr/bin/env python3
"""Writes the code blocks of the documentation as source files, so that tests compile them.

    doc_blocks.py java|kotlin|swift OUTPUT_FOLDER

Reads all fenced blocks of the language in README.md, docs/, examples/ and the DocC pages. A comment on the line before a
block says how it is compiled:

    <!-- context: NAME -->            the block is placed into scripts/dev/doc_contexts/NAME.kt, .java or .swift (default: app)
    <!-- not compiled: REASON -->     the block is skipped

A context file holds declarations and a line `// BLOCK`, which the block replaces. Imports in a block move to the line
`// IMPORTS`, or else to the top of the file. Contexts import nothing, so a block that forgets an import does not compile:
Kotlin and Java contexts write names in full, and Swift ones use those of given.swift, which is written beside the blocks.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONTEXTS = Path(__file__).resolve().parent / "doc_contexts"
SUFFIX = {"java": "java", "kotlin": "kt", "swift": "swift"}
FENCE = re.compile(r"(?:^<!--[ ]*(?P<note>[^\n]*?)[ ]*-->\n+)?^```(?P<language>java|kotlin|swift)\n(?P<code>.*?)^```$", re.M | re.S)


class Block:
    """A code block with its place and its note."""

    def __init__(self, file, line, note, code):
        self.place = f"{file.relative_to(ROOT)}:{line}"
        self.code = code
        kind, _, self.value = (note or "context: app").partition(":")
        self.value = self.value.strip()
        self.is_compiled = kind == "context"
        if kind not in ("context", "not compiled") or not self.value:
            self.value, self.is_compiled = "app", True  # The comment is about something else.

    def source(self, language, number):
        """The source file of the block."""
        path = CONTEXTS / f"{self.value}.{SUFFIX[language]}"
        if not path.is_file():
            sys.exit(f"doc_blocks: {self.place}: there is no context {path.relative_to(ROOT)}")
        lines = self.code.rstrip("\n").split("\n")
        imports = [line for line in lines if line.startswith("import ")]
        if language == "swift" and "import Mien" not in imports:
            # Swift 6.0 finds the members of types whose module another file imports.
            sys.exit(f"doc_blocks: {self.place}: the block does not import Mien")
        body = [line for line in lines if not line.startswith("import ")]
        if language == "swift":
            # Nothing else reads these values; the compiler would warn.
            names = [re.match(r"(?:let|var) (\w+)\b", line) for line in body]
            body += [f"_ = {name[1]}" for name in names if name]
        text = []
        context = path.read_text()
        for line in context.split("\n"):
            if line.strip() == "// BLOCK":
                indent = line[: len(line) - len(line.lstrip())]
                text += [f"{indent}// {self.place}"] + [indent + code if code else "" for code in body]
            elif line == "// IMPORTS":
                text += sorted(set(imports))
                imports = []
            else:
                text.append(line)
        header = []
        if language == "kotlin":
            header = ['@file:Suppress("UNUSED_PARAMETER", "UNUSED_VARIABLE", "unused", "NAME_SHADOWING")', ""]
            header += [f"package io.mien.docs.block{number}", ""]
        elif language == "java":
            header = [f"package io.mien.docs.java.block{number};", ""]
        return "\n".join(header + sorted(set(imports)) + text)


def documents():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--",
         "README.md", "docs", "examples", "ios/Sources/Mien/Mien.docc"], check=True, capture_output=True, text=True)
    return sorted(ROOT / name for name in set(listed.stdout.split("\0")) if name.endswith(".md") and (ROOT / name).is_file())


def blocks(language):
    for file in documents():
        text = file.read_text()
        for found in FENCE.finditer(text):
            if found["language"] == language:
                yield Block(file, text.count("\n", 0, found.start("language")) + 1, found["note"], found["code"])


def main():
    parser = argparse.ArgumentParser(description="Writes the code blocks of the documentation as source files.")
    parser.add_argument("language", choices=sorted(SUFFIX))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    found = list(blocks(arguments.language))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    wanted = {}
    compiled = [block for block in found if block.is_compiled]
    for number, block in enumerate(compiled, 1):
        wanted[f"Block{number}.{SUFFIX[arguments.language]}"] = block.source(arguments.language, number)
    if arguments.language == "swift":
        wanted["Given.swift"] = (CONTEXTS / "given.swift").read_text()
    for stale in arguments.folder.glob(f"Block*.{SUFFIX[arguments.language]}"):
        if stale.name not in wanted:
            stale.unlink()
    for name, source in wanted.items():
        path = arguments.folder / name
        # An unchanged file keeps its date, so that it is not compiled again.
        if not path.is_file() or path.read_text() != source:
            path.write_text(source)
    for block in found:
        if not block.is_compiled:
            print(f"documentation: {block.place} is not compiled: {block.value}")
    print(f"documentation: {len(compiled)} blocks of {arguments.language} are compiled, {len(found) - len(compiled)} are not")


if __name__ == "__main__":
    main()
