#!/usr/bin/env python3
"""Checks a Maven repository of this project before it is published: the rules of Maven Central, and our own.

    usage: check-maven.py FOLDER [GNUPG-HOME]      (the keys that signatures are checked with; default: the user's)

Each version has a complete POM, a main file, sources and documentation; each file has an MD5, a SHA-1 and a signature
that verifies; versions are those of Cargo.toml and no snapshots; dependencies have versions, and no POM names a
repository. Packages contain the licenses, and neither a file nor a class names a folder of the computer that built it.
"""

import hashlib
import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
POM = "{http://maven.apache.org/POM/4.0.0}"
CHECKSUMS = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}
REQUIRED_SUMS = ("md5", "sha1")
LICENSES = ("LICENSE-APACHE", "LICENSE-MIT", "THIRD_PARTY.md")
REQUIRED = (
    "name", "description", "url", "licenses/license/name", "licenses/license/url", "developers/developer/name",
    "scm/url", "scm/connection",
)


class Problems(list):
    """What is wrong, each with the file."""

    def add(self, file, text):
        self.append(f"{file}: {text}")


def text_of(pom, path):
    element = pom.find("/".join(POM + part for part in path.split("/")))
    return element.text.strip() if element is not None and element.text else ""


def check_pom(file, folder, problems):
    """Returns the packaging of the POM."""
    pom = ElementTree.parse(file).getroot()
    group, artifact, version = (text_of(pom, name) for name in ("groupId", "artifactId", "version"))
    for path in REQUIRED:
        if not text_of(pom, path):
            problems.add(file.name, f"has no {path}")
    expected = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    if version != expected["version"]:
        problems.add(file.name, f"has the version {version}, Cargo.toml {expected['version']}")
    if version.endswith("-SNAPSHOT"):
        problems.add(file.name, "is a snapshot")
    if text_of(pom, "url") != expected["repository"]:
        problems.add(file.name, f"names {text_of(pom, 'url')}, Cargo.toml {expected['repository']}")
    if folder != Path(*group.split("."), artifact, version):
        problems.add(file.name, f"lies in {folder}")
    for dependency in pom.iter(POM + "dependency"):
        name, stated = (dependency.findtext(POM + part) or "" for part in ("artifactId", "version"))
        if not stated or "SNAPSHOT" in stated or "[" in stated:
            problems.add(file.name, f"the dependency {name} has no fixed version")
    for element in ("repositories", "distributionManagement"):
        if pom.find(POM + element) is not None:
            problems.add(file.name, f"has {element}")
    return text_of(pom, "packaging") or "jar"


def check_sums(file, problems):
    for name, algorithm in CHECKSUMS.items():
        stated = file.with_name(f"{file.name}.{name}")
        if stated.exists():
            if stated.read_text().split()[0] != algorithm(file.read_bytes()).hexdigest():
                problems.add(stated.name, "is wrong")
        elif name in REQUIRED_SUMS:
            problems.add(file.name, f"has no {name}")


def check_signature(file, home, problems):
    signature = file.with_name(file.name + ".asc")
    if not signature.exists():
        problems.add(file.name, "is not signed")
        return
    environment = dict(os.environ, **({"GNUPGHOME": home} if home else {}))
    done = subprocess.run(["gpg", "--batch", "--verify", signature, file], env=environment, capture_output=True)
    if done.returncode:
        problems.add(file.name, "its signature does not verify")


def entries(data, name=""):
    """Name and content of each file of a package, also of the jars in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for entry in package.namelist():
            content = package.read(entry)
            yield name + entry, content
            if entry.endswith(".jar"):
                yield from entries(content, f"{name}{entry}!/")


def check_package(file, problems):
    """Checks the main file of an artifact."""
    found = dict(entries(file.read_bytes()))
    for license in LICENSES:
        if not any(re.search(rf"META-INF/[^!]*/{license}$", name) for name in found):
            problems.add(file.name, f"does not contain {license}")
    if any(re.search(r"lib(mien_ffi)\.(so|dylib)$", name) for name in found):
        if not any(name.endswith("/NOTICES.txt") for name in found):
            problems.add(file.name, "has a native library without NOTICES.txt")
    check_folders(file, found, problems)


def check_folders(file, found, problems):
    """No file names a folder of this computer: those of the repository, of the user and of the crates' sources."""
    folders = {str(ROOT), str(Path.home())} - {"/"}
    for name, content in found.items():
        # A library of a development build has the folders of its sources in its panics; the shipped one does not.
        if name.endswith((".so", ".dylib")):
            continue
        for folder in folders:
            if f"{folder}/".encode() in content:
                problems.add(file.name, f"{name} names the folder {folder}")


def check_version(pom, root, home, problems):
    """Checks all files of an artifact's version; returns their number."""
    folder, base = pom.parent, pom.name.removesuffix(".pom")
    packaging = check_pom(pom, folder.relative_to(root), problems)
    files = [folder / f"{base}{suffix}" for suffix in (f".{packaging}", "-sources.jar", "-javadoc.jar")]
    for file in files:
        if not file.exists():
            problems.add(file.name, "is missing")
    present = [file for file in files if file.exists()]
    for file in present:
        if len(zipfile.ZipFile(file).namelist()) < 3:
            problems.add(file.name, "is empty")
    if files[0] in present:
        check_package(files[0], problems)
    module = folder / f"{base}.module"
    present += [pom] + ([module] if module.exists() else [])
    for file in present:
        check_sums(file, problems)
        check_signature(file, home, problems)
    return len(present)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    root, home = Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) == 3 else None
    poms = sorted(root.rglob("*.pom"))
    problems = Problems()
    if not poms:
        problems.add(root.name, "has no POM")
    count = sum(check_version(pom, root, home, problems) for pom in poms)
    for problem in problems:
        print(f"check-maven: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"check-maven: {len(poms)} artifacts, {count} files with checksums and signatures, complete POMs, licenses")


if __name__ == "__main__":
    main()
