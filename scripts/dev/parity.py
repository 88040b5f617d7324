#!/usr/bin/env python3
"""Compares the public names of the Kotlin and Swift libraries, and keeps their table in docs/API.md.

    parity.py            fails if a name is missing on one side, or docs/API.md is out of date
    parity.py --write    writes docs/API.md

Public names are read from the sources (Python's standard library only). Two names are the same if they differ in
capitals and underscores only. SAME lists names that differ because of the language; KOTLIN_ALONE and SWIFT_ALONE list
names that only one language has, with the reason.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KOTLIN = [ROOT / f"android/{module}/src" for module in ("sdk", "camerax", "compose", "work")]
SWIFT = ROOT / "ios/Sources/Mien"
RUST = [ROOT / "core/src", ROOT / "bindings/src"]
TABLE = ROOT / "docs/API.md"

# Kotlin's name -> Swift's, if they differ by more than capitals.
SAME = {
    "MienException": "EmotionError",
    "Frame.packed": "Frame.init",
    "FitOptions.of": "FitOptions.init",
    "Affect.of": "Affect.init",
    "TimelineEvent.of": "TimelineEvent.init",
    "ModelPack.read": "ModelPack.init",
    "CameraFeed.useCase": "CameraFeed.attach",
    "AdaptWorker": "AdaptTask",
    "AdaptWorker.enqueue": "AdaptTask.submit",
    "AdaptWorker.cancel": "AdaptTask.cancel",
}

# Names, or whole types, of one language only, with the reason.
KOTLIN_ALONE = {
    "closeWith": "Swift's tasks end with their owner",
    "ModelPack.close": "Swift frees it automatically",
    "Clips.close": "Swift frees it automatically",
    "ModelPack.MANIFEST": "Swift reads a folder",
    "ModelFiles": "Swift reads a folder, or bytes",
    "KeyVault.key": "only engines use Swift's vault",
    "KeyVault.startedOver": "only engines use Swift's vault",
    "KeyWrapper": "Android only: wraps with the Keystore; Swift: KeyKeeper",
    "KeystoreWrapper": "Android only: Keystore",
    "SampleFormat": "Swift's arrays have a type",
    "Frame.setImage": "Android only: android.media.Image",
    "Frame.setBitmap": "Android only: android.graphics.Bitmap; Swift's initializers take pictures",
    "Frame.setNv21": "Android only: bytes of a preview; Swift: Frame.init",
    "FaceOverlay": "Compose only; Swift: FrameTransform",
    "FaceOverlayStyle": "Compose only",
    "FaceBox": "Compose only",
    "ModelFiles.assets": "Android only: assets",
    "AppStorage": "Android only; Swift: StoreLocation.application",
    "Frame.setPacked": "Kotlin reuses frames; Swift creates them without cost",
    "Frame.setSemiPlanar": "Kotlin reuses frames; Swift creates them without cost",
    "Frame.setYuv420": "Kotlin reuses frames; Swift creates them without cost",
    "Frame.semiPlanar": "Swift has one initializer for all planes",
    "Frame.yuv420": "Swift has one initializer for all planes",
    "Frame.copyOf": "Swift's Data owns its bytes",
    "Frame.copy": "Swift's Data owns its bytes",
    "Frame.crop": "Android's images have a crop rectangle",
    "Frame.format": "Kotlin reuses frames",
    "Frame.flip": "Kotlin reuses frames; an argument in Swift",
    "Frame.mirror": "Kotlin reuses frames; an argument in Swift",
    "Frame.videoRange": "Kotlin reuses frames; an argument in Swift",
    "AdaptWorker.USER": "WorkManager's progress; BackgroundTasks has none",
    "AdaptWorker.USERS": "WorkManager's progress; BackgroundTasks has none",
    "AdaptWorker.SHARE": "WorkManager's progress; BackgroundTasks has none",
    "AdaptWorker.CODE": "WorkManager's output; BackgroundTasks has none",
    "AdaptWorker.WORK": "a name of WorkManager",
    "AdaptWorker.MAX_ATTEMPTS": "BackgroundTasks decides itself how often it runs",
}
SWIFT_ALONE = {
    "CameraFeed.orientation": "Apple only: overrides the orientation of the buffers",
    "CameraFeed.droppedFrames": "Apple only: CameraX does not report them",
    "CameraFeed.detach": "Apple only; Kotlin: unbind the use case",
    "TimedFrame": "Apple only: AVFoundation",
    "VideoFrames": "Apple only: AVFoundation; Kotlin: setImage for images of MediaCodec",
    "CameraOrientation": "Apple only: AVFoundation",
    "AdaptTask.identifier": "BackgroundTasks names tasks",
    "AdaptTask.register": "WorkManager creates workers by their class",
    "CMSampleBuffer": "iOS only: Core Media",
    "StoreLocation.application": "Kotlin: AppStorage",
    "ModelPack.bundled": "Kotlin: create takes a Context",
    "Keychain": "Apple only; Kotlin: KeystoreWrapper",
    "StoreKey": "Kotlin uses arrays of bytes",
    "EmotionError.message": "every Kotlin exception has it",
    "EmotionError.description": "for printing in Swift",
    "EmotionError.debugDescription": "for printing in Swift",
    "EmotionError.customMirror": "for printing in Swift",
    "ErrorText": "the value of a case of EmotionError; Kotlin's exceptions have message and details",
    "EmotionError.errorDescription": "Swift's LocalizedError",
    "EmotionError.recoverySuggestion": "Swift's LocalizedError",
    "TrackedFace.id": "Swift's Identifiable",
    "User.id": "Swift's Identifiable",
    "Generation.id": "Swift's Identifiable",
    "ClipSummary.id": "Swift's Identifiable",
    "User.enrolledAt": "Swift's Date",
    "Generation.adaptedAt": "Swift's Date",
    "Rect.cgRect": "Apple only: Core Graphics",
    "Point.cgPoint": "Apple only: Core Graphics",
}

# Kotlin's type -> the Rust type of another name.
RUST_TYPES = {
    "EmotionEngine": "Engine",
    "MienException": "ErrorKind",
    "Users": "Engine",
    "Clips": "Footage",
    "CalibrationFigures": "Figures",
    "AdaptProgress": "Progress",
    "StoreLimits": "Limits",
    "LearningMode": "Mode",
    "TimelineSummary": "Summary",
    "TimelineEvent": "Event",
    "StreamEvent": "Event",
    "LiveStatistics": "Statistics",
}


def plain(name):
    """A name without capitals and underscores."""
    return name.replace("_", "").lower()


def without_comments(text):
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.S))


def kotlin_names():
    """Public names of Kotlin's library: types, and members as `Type.member`."""
    names = set()
    for file in sorted(file for folder in KOTLIN for file in folder.rglob("*.kt")):
        text = without_comments(file.read_text())
        if "internal" in file.parts:
            continue
        found = kotlin_names_of(text)
        if file.name == "Options.kt":
            # Swift's options are structures: every property can be set.
            found = {name for name in found if not re.search(r"\.(Builder|build|copy|toBuilder|set[A-Z]\w*)$", name)}
        names |= found
    return names - SYSTEM_CALLS


def kotlin_names_of(text):
    names = set()
    outer = None  # The public top-level type that contains the line.
    depth = 0
    enum = False
    for raw in text.split("\n"):
        line = raw.strip()
        indent = len(raw) - len(raw.lstrip())
        if depth == 0:
            declared = re.match(
                r"public (?:(?:data|sealed|enum|fun|abstract|open) )*(?P<kind>class|interface|object) (?P<name>\w+)", line)
            if declared:
                outer, enum = declared["name"], "enum class" in line
                names.add(outer)
                if re.search(r"\((.*)\)", line) and "class" in declared["kind"]:
                    shown = re.sub(r"(private|internal) va[lr]", "", line)
                    names |= {f"{outer}.{name}" for name in re.findall(r"va[lr] (\w+):", shown)}
            elif re.match(r"(internal|private) ", line):
                outer = None
            elif extension := re.match(r"public (?:suspend )?fun (?:<[^>]*> )?(?:(?P<on>[\w.]+)\.)?(?P<name>\w+)\(", line):
                on = extension["on"]
                # A function on the companion of EmotionEngine belongs to EmotionEngine.
                owner = on.split(".")[0] + "." if on and on[0].isupper() and len(on) > 1 else ""
                names.add(owner + extension["name"])
                outer = None  # The values of its body are no members.
        elif outer and re.match(r"(?:@\w+(?:\(.*\))? )?(?:public |override |protected |private |internal |suspend |const |data |val |var |fun |object |class |[A-Z_0-9]+[,;]?$)", line):
            member = None
            if re.match(r"(?:private|internal|protected|companion)", line):
                pass
            elif enum and (value := re.match(r"([A-Z][A-Z_0-9]*)[,;]?$", line)):
                member = value[1]
            elif nested := re.match(r"public (?:data )?(?:class|object) (\w+)", line):
                member = nested[1]
            elif function := re.match(r"(?:public |override |suspend )*fun (?:<[^>]*> )?(\w+)\(", line):
                # Deeper functions are local.
                member = function[1] if indent == 4 or (indent == 8 and line.startswith("public")) else None
            elif value := re.match(r"(?:public |const |override )*(?:val|var) (\w+)\b", line):
                # Values inside functions and nested types are not members of the outer type.
                member = value[1] if depth == 1 or raw.startswith("        public const") else None
            if member and member not in {"equals", "hashCode", "toString"}:
                names.add(f"{outer}.{member}")
        elif outer and enum and (value := re.match(r"([A-Z][A-Z_0-9]*)[,;]?$", line)):
            names.add(f"{outer}.{value[1]}")
        depth += line.count("{") + line.count("(") - line.count("}") - line.count(")")
    return names


def swift_names():
    """Public names of Swift's library: types, and members as `Type.member`."""
    names = set()
    for file in sorted(SWIFT.rglob("*.swift")):
        names |= swift_names_of(without_comments(file.read_text()))
    return names


def swift_names_of(text):
    names = set()
    outer, public, depth, enum = None, False, 0, False
    for raw in text.split("\n"):
        line = raw.strip()
        if depth == 0:
            if declared := re.match(r"public (?:final )?(?:struct|class|enum) (\w+)", line):
                outer, enum = declared[1], "enum" in line
                names.add(outer)
            elif extension := re.match(r"extension (\w+)", line):
                outer, enum = extension[1], False
            elif re.match(r"(private |final |internal )*(struct|class|enum|protocol|func) ", line):
                outer = None
        elif outer and depth == 1:
            if enum and (case := re.match(r"case `?(\w+)", line)):
                names.add(f"{outer}.{case[1]}")
            elif member := re.match(r"(?:@\w+ )*public (?:static |convenience |override )*(?:func|var|let) `?(\w+)", line):
                names.add(f"{outer}.{member[1]}")
            elif re.match(r"public (?:convenience )?init", line):
                names.add(f"{outer}.init")
        depth += line.count("{") - line.count("}")
    # An initializer is not listed if Kotlin has a constructor too.
    own = {swift for swift in SAME.values() if swift.endswith(".init")}
    return {name for name in names if not name.endswith(".init") or name in own} - SYSTEM_CALLS


# Called by the system, not by applications.
SYSTEM_CALLS = {"CameraFeed.captureOutput", "CameraFeed.analyze"}


def rust_names():
    """Rust types with their members."""
    members = {}
    for folder in RUST:
        for file in sorted(folder.rglob("*.rs")):
            text = re.sub(r"//[^\n]*", "", file.read_text()).split("#[cfg(test)]\nmod tests")[0]
            for kind, name, body in re.findall(r"pub (struct|enum|trait) (\w+)[^{;(]*\{(.*?)\n\}", text, re.S):
                pattern = r"^    ([A-Z]\w*)\b" if kind == "enum" else r"^(?: {4}){1,2}(?:pub|fn) ?(?:fn )?(\w+)"
                members.setdefault(name, set()).update(re.findall(pattern, body, re.M))
            for name, body in re.findall(r"^impl(?:<[^>]*>)? (\w+)(?:<[^>]*>)? \{(.*?)\n\}", text, re.M | re.S):
                members.setdefault(name, set()).update(re.findall(r"^    pub fn (\w+)", body, re.M))
    return members


def in_rust(name, rust):
    """Rust's name for Kotlin's `name`; empty if there is none."""
    kind, _, member = name.partition(".")
    kind = RUST_TYPES.get(kind, kind)
    if kind not in rust:
        return ""
    if not member:
        return f"`{kind}`"
    return next((f"`{kind}::{found}`" for found in sorted(rust[kind]) if plain(found) == plain(member)), "")


def alone(name, reasons):
    """The reason why only one language has the name, or None."""
    return reasons.get(name) or reasons.get(name.partition(".")[0])


def pair(kotlin, swift):
    """Rows of (Kotlin's name, Swift's name, note), and messages about missing names."""
    types = {k: s for k, s in SAME.items() if "." not in k}
    by_plain = {plain(name): name for name in swift}
    rows, open_ends, met = [], [], set()
    for name in sorted(kotlin, key=plain):
        kind, _, member = name.partition(".")
        twin = SAME.get(name)
        if twin is None:
            twin = by_plain.get(plain(".".join(filter(None, [types.get(kind, kind), member]))))
        if twin in swift:
            rows.append((name, twin, ""))
            met.add(twin)
        elif reason := alone(name, KOTLIN_ALONE):
            rows.append((name, "", reason))
        else:
            open_ends.append(f"Swift lacks {name}")
            rows.append((name, "", "missing"))
    for name in sorted(swift - met, key=plain):
        if reason := alone(name, SWIFT_ALONE):
            rows.append(("", name, reason))
        else:
            open_ends.append(f"Kotlin lacks {name}")
            rows.append(("", name, "missing"))
    return sorted(rows, key=lambda row: plain(types.get(row[0], row[0]) or row[1])), open_ends


def table(rows, rust):
    lines = [
        "# Names",
        "",
        "The public names in each language. `scripts/dev/parity.py --write` writes this page from the sources; without",
        "`--write` it fails if a name is missing in one language. An empty cell under Rust: the core has another interface",
        "(`cargo doc -p mien-core`) or the libraries add it.",
        "",
        "About `verify` and `Identity`: Identification is no lock: a photograph of the user passes, and of",
        "strangers' pictures 0.22 % (LFW) and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.",
        "",
        "About `LiveSession.results`, the same in Kotlin and Swift:",
        "",
        "- A frame that failed is an element with an `error`; the session goes on.",
        "- `close`, of the session or its engine, ends them at once and drops what was not read; `finish` lets the results",
        "  of the frames that were taken come first.",
        "- They throw `Internal` only if the session itself has failed. A reader that is cancelled takes none with it.",
        "",
        "Names that end in `Blocking` do on the caller's thread what those without do off it.",
        "",
        "About `MicrophoneSource`:",
        "",
        "- Without the permission for the microphone, or without a microphone, `start` throws.",
        "- An error ends the recording, one of the microphone as one that `take` throws: `failed` gets it once, and",
        "  `start` begins again.",
        "- A call, or another application that takes the microphone, pauses the recording: `interrupted` is called with",
        "  true, and with false when sound comes again. On Android from 10 on; before, it is an error.",
        "- Another device, or another format of it, restarts the recording; the sound has a gap.",
        "",
        "| Rust | Kotlin | Swift | |",
        "|---|---|---|---|",
    ]
    code = lambda name: f"`{name}`" if name else "—"
    for kotlin, swift, note in rows:
        lines.append(f"| {in_rust(kotlin or swift, rust)} | {code(kotlin)} | {code(swift)} | {note} |")
    return "\n".join(lines) + "\n"


def main():
    if not KOTLIN[0].is_dir():
        print("skipped: parity: there is no Kotlin library")
        return 0
    kotlin, swift = kotlin_names(), swift_names()
    rows, open_ends = pair(kotlin, swift)
    text = table(rows, rust_names())
    if "--write" in sys.argv[1:]:
        TABLE.write_text(text)
    elif not TABLE.exists() or TABLE.read_text() != text:
        open_ends.append(f"{TABLE.relative_to(ROOT)} is out of date: run scripts/dev/parity.py --write")
    for line in open_ends:
        print(f"parity: {line}")
    if not open_ends:
        print(f"parity: {sum(1 for row in rows if row[0] and row[1])} names are on both sides")
    return 1 if open_ends else 0


if __name__ == "__main__":
    sys.exit(main())
