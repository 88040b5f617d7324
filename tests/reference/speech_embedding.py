"""Write the golden vectors of the speech embedding: ONNX Runtime's results for computed sounds.

    python tests/reference/speech_embedding.py            write tests/fixtures/speech_embedding
    python tests/reference/speech_embedding.py --check    compute again and compare with the committed files

Into tests/fixtures/speech_embedding/:

    NAME_bands.npy      float32, frames x 32: the mel bands of tests/fixtures/speech/NAME_samples.npy in dB, by the package's
                        melspectrogram.onnx, whose frames begin 56 samples later than ours
    NAME_rows.npy       float32, windows x 96: the package's float network for windows of 76 frames, every 8
    small/              a pack with a network of the same operators with fewer channels and artificial weights, in int8
    NAME_small.npy      float32, windows x 24: what it makes of the same bands

The package is that of models/convert/speech_embedding.py. Its networks are not committed.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "convert"))
import quantize  # noqa: E402
from fetch import Source, fetch, sha256  # noqa: E402
from graph import Graph  # noqa: E402
from speech_embedding import BANDS, FRAMES, OPENWAKEWORD, STEP  # noqa: E402

OUT = ROOT / "tests" / "fixtures" / "speech_embedding"
SOUNDS = ROOT / "tests" / "fixtures" / "speech"
NAMES = ("phrase", "chirp")
TOLERANCE = 1e-4
RATE, WINDOW, FFT = 16000, 400, 512

MEL = "openwakeword/resources/models/melspectrogram.onnx"
PACKAGE = Source(
    registry=OPENWAKEWORD.registry,
    package=OPENWAKEWORD.package,
    version=OPENWAKEWORD.version,
    file=OPENWAKEWORD.file,
    sha256=OPENWAKEWORD.sha256,
    companions=((MEL, "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f"),),
)

# Output channels and shapes of the small network's convolutions, and the windows of the maxima after them.
ACROSS, DOWN = (1, 3), (3, 1)
SMALL = [
    *[(8, ACROSS, None), (8, DOWN, (2, 2)), (12, ACROSS, None), (12, DOWN, None), (12, ACROSS, None), (12, DOWN, (1, 2))],
    *[(16, ACROSS, None), (16, DOWN, None), (16, ACROSS, None), (16, DOWN, (2, 2))],
    *[(20, ACROSS, None), (20, DOWN, None), (20, ACROSS, None), (20, DOWN, (1, 2))],
    *[(20, ACROSS, None), (20, DOWN, None), (20, ACROSS, None), (20, DOWN, (2, 2))],
]
VALUES = 24


def small_network() -> bytes:
    random = np.random.default_rng(7)
    graph = Graph("small", [1, 1, FRAMES, BANDS])

    def convolution(x: str, inputs: int, outputs: int, kernel: tuple[int, int], pads: list[int]) -> str:
        name = f"conv{len(graph.nodes)}"
        weights = random.normal(0, np.sqrt(1.6 / (inputs * kernel[0] * kernel[1])), (outputs, inputs, *kernel))
        bias = graph.constant(f"{name}_b", random.normal(0, 0.1, outputs).astype(np.float32))
        weight = graph.constant(f"{name}_w", weights.astype(np.float32))
        return graph.node("Conv", [x, weight, bias], name, kernel_shape=list(kernel), pads=pads)

    least = graph.constant("least", np.float32(-0.4))

    def activation(x: str) -> str:
        leaky = graph.node("LeakyRelu", [x], f"{x}_leaky", alpha=0.2)
        return graph.node("Max", [leaky, least], f"{x}_max")

    x = graph.node("Relu", [convolution("input", 1, 8, (3, 3), [0, 1, 0, 1])], "relu")
    x, channels = activation(convolution(x, 8, 8, (1, 1), [0, 0, 0, 0])), 8
    for outputs, kernel, window in SMALL:
        x = activation(convolution(x, channels, outputs, kernel, [0, 1, 0, 1] if kernel == ACROSS else [0, 0, 0, 0]))
        if window:
            x = graph.node("MaxPool", [x], f"{x}_pooled", kernel_shape=list(window), strides=list(window))
        channels = outputs
    convolution(x, channels, VALUES, DOWN, [0, 0, 0, 0])
    graph.nodes[-1].output[0] = "embedding"
    return quantize.quantize(graph.model({"embedding": [1, VALUES, 1, 1]})).SerializeToString()


def manifest(content: bytes) -> bytes:
    source = {"registry": "file", "package": "", "version": "", "file": "small.onnx", "sha256": sha256(content)}
    entry = {
        "file": "small.onnx",
        "sha256": sha256(content),
        "bytes": len(content),
        "input": {"name": "input", "bands": BANDS, "frames": FRAMES, "step": STEP},
        "output": {"name": "embedding", "values": VALUES},
        "license": "MIT OR Apache-2.0",
        "source": source,
    }
    return (json.dumps({"format": 1, "name": "small", "models": [], "speech": entry}, indent=2) + "\n").encode()


def high_passed(samples: np.ndarray) -> np.ndarray:
    """The samples through the filter that takes the offset off: y = x - x' + r y', as our frames begin."""
    pole = 1 - 2 * np.pi * 20 / RATE
    out, last, before = np.zeros(len(samples)), 0.0, float(samples[0])
    for at, sample in enumerate(samples.astype(np.float64)):
        last = sample - before + pole * last
        out[at], before = last, sample
    return out


def bands_of(session: onnxruntime.InferenceSession, samples: np.ndarray) -> np.ndarray:
    # The transform is longer than the window, which lies in its middle.
    padded = np.pad(high_passed(samples), (FFT - WINDOW) // 2).astype(np.float32)
    return session.run(None, {session.get_inputs()[0].name: padded[None]})[0].reshape(-1, BANDS)


def rows_of(session: onnxruntime.InferenceSession, bands: np.ndarray) -> np.ndarray:
    graph_input = session.get_inputs()[0]
    shape = (1, 1, FRAMES, BANDS) if graph_input.shape[1] == 1 else (1, FRAMES, BANDS, 1)
    missing = max(0, FRAMES - len(bands))
    around = (missing // 2, missing - missing // 2)
    padded = np.pad(bands, (around, (0, 0)), constant_values=bands.min()) / 10 + 2
    starts = range(0, len(padded) - FRAMES + 1, STEP)
    windows = [padded[start : start + FRAMES].astype(np.float32).reshape(shape) for start in starts]
    return np.stack([session.run(None, {graph_input.name: window})[0].ravel() for window in windows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files")
    parser.add_argument("--work", type=Path, help="keep the downloaded package here (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        files = fetch(PACKAGE, options.work or Path(temporary))
    small = small_network()
    mel, network, tiny = (onnxruntime.InferenceSession(file) for file in (files[MEL], files[PACKAGE.file], small))
    results: dict[str, np.ndarray | bytes] = {"small/small.onnx": small, "small/manifest.json": manifest(small)}
    for name in NAMES:
        bands = bands_of(mel, np.load(SOUNDS / f"{name}_samples.npy"))
        results |= {
            f"{name}_bands.npy": bands,
            f"{name}_rows.npy": rows_of(network, bands),
            f"{name}_small.npy": rows_of(tiny, bands),
        }
    (OUT / "small").mkdir(parents=True, exist_ok=True)
    wrong = []
    for name, values in results.items():
        path = OUT / name
        if isinstance(values, bytes):
            same = path.is_file() and path.read_bytes() == values
            write = path.write_bytes
        else:
            same = path.is_file() and np.allclose(np.load(path), values, rtol=TOLERANCE, atol=TOLERANCE)
            write = lambda values, path=path: np.save(path, values)  # noqa: E731
        if not options.check:
            write(values)
        elif not same:
            wrong.append(name)
    if wrong:
        sys.exit(f"other values: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
