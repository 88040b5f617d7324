#!/usr/bin/env python3
"""Writes the licenses of the Rust crates that the native library of applications contains.

    usage: notices.py FILE [--features LIST] [TARGET...]        (without a target: this computer's)

Reads `cargo metadata` and the license files of the crates' sources (Python's standard library only). Where a crate
offers a choice, its MIT license is taken. Fails if a crate comes without a license text and its license needs one.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Packages of the workspace; their license is that of Mien itself.
OWN = "mien-"
# Crates whose packages lack the text: the text of these licenses is the same for all users of it.
STANDARD = {"MPL-2.0": "https://www.mozilla.org/MPL/2.0/", "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0.txt"}


def linked(features, target):
    """Name and version of each crate that is linked into mien-ffi: not what runs in the compiler only."""
    command = ["cargo", "tree", "--locked", "-p", "mien-ffi", "--edges", "normal,no-proc-macro", "--prefix", "none"]
    command += ["--no-default-features", "--features", features, "--target", target, "--format", "{p}"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = {tuple(line.split()[:2]) for line in lines if line}
    return {(name, version.removeprefix("v")) for name, version in found if not name.startswith(OWN)}


def packages(target):
    """What cargo knows of each package for a target, by name and version."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    data = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {(package["name"], package["version"]): package for package in data["packages"]}


def texts(package):
    """The license texts of a package: the MIT license alone if it may be chosen."""
    folder = Path(package["manifest_path"]).parent
    files = [file for file in sorted(folder.iterdir()) if re.match(r"(?i)(licen[cs]e|copying|copyright|notice)", file.name)]
    files = [file for file in files if file.is_file()]
    expression = package["license"] or ""
    mit = [file for file in files if "mit" in file.name.lower()]
    if mit and re.search(r"\bMIT\b", expression) and (" OR " in expression or "/" in expression):
        files = mit
    return [file.read_text(errors="replace").strip() for file in files]


def write(path, crates):
    """Writes each text once, under the names of all crates that have it."""
    holders, bare = {}, []
    for package in crates:
        found = texts(package)
        name = f"{package['name']} {package['version']}"
        if not found:
            bare.append((name, package))
        for text in found:
            holders.setdefault(re.sub(r"\s+", " ", text), (text, []))[1].append(name)
    lines = ["The native library of Mien contains the following Rust crates, and Rust's standard library", "(MIT or Apache-2.0).", ""]
    for name, package in bare:
        terms = package["license"]
        links = [link for license, link in STANDARD.items() if terms and license in terms]
        if not links and "MIT" not in (terms or ""):
            sys.exit(f"notices: {name} ({terms}) has no license text")
        lines.append(f"{name}: {terms}, {', '.join(package['authors']) or package['repository']} {' '.join(links)}".rstrip())
    for text, names in sorted(holders.values(), key=lambda item: item[1][0]):
        lines += ["", "=" * 80, ", ".join(sorted(set(names))), "=" * 80, "", text]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--features", default="pictures")
    arguments.add_argument("targets", nargs="*", metavar="TARGET")
    options = arguments.parse_args()
    host = subprocess.run(["rustc", "-vV"], check=True, stdout=subprocess.PIPE, text=True).stdout
    targets = options.targets or [re.search(r"host: (\S+)", host)[1]]
    crates = sorted(set().union(*(linked(options.features, target) for target in targets)))
    known = dict(item for target in targets for item in packages(target).items())
    write(options.file, [known[crate] for crate in crates])
    print(f"notices: {len(crates)} crates, {options.file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
