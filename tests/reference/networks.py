"""Write the golden vectors of the committed networks: inputs and ONNX Runtime's outputs.

    python tests/reference/networks.py [--pictures DIR]

Into tests/fixtures/golden/:

    face.png                        a head, the source of the face inputs; cropped from pictures/obama.jpg
                                    (source and terms: ../MANIFEST.json)
    NETWORK_CASE_input.npy          uint8, height x width x 3, channels in the network's own order
    NETWORK_CASE_OUTPUT.npy         float32, in the manifest's shape; for a quantized network, without quantized
                                    activations
    NETWORK_CASE_OUTPUT_bytes.npy   the same with quantized activations, computed operator by operator
    golden.json                     the files of each case, and the hash of each measured network

NETWORK is the model file's name, CASE is "noise" (seeded, uniform 0..255) or "face". The manifest defines the
conversion to the network's input: (value - mean) * scale, then NCHW. All arrays are little-endian and in C order.
"""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from PIL import Image

import pipeline

GOLDEN = pipeline.ROOT / "tests" / "fixtures" / "golden"
PICTURES = pipeline.ROOT / "tests" / "fixtures" / "pictures"
FACE_PICTURE = "obama.jpg"
SEED = 20231123
HEAD_SIDE = 1.8  # side of the head's square, in face box sides
HEAD_SIZE = 320  # pixels of face.png: the detector's input


def head(networks: dict[str, pipeline.Network], picture: np.ndarray) -> np.ndarray:
    """The upright square around the picture's main face, BGR."""
    face = pipeline.main_face(pipeline.detect(networks["detector"], picture), picture)
    center = face.box[:2] + face.box[2:] / 2
    side = max(face.box[2:]) * HEAD_SIDE
    left, top = (int(v) for v in np.maximum(np.round(center - side / 2), 0))
    square = picture[top : top + round(side), left : left + round(side)]
    return pipeline.letterbox(square, HEAD_SIZE)[0]


def inputs(network: pipeline.Network, image: np.ndarray, face: pipeline.Face) -> dict[str, np.ndarray]:
    """The cases of one network: uint8 HWC in the network's channel order."""
    noise = np.random.default_rng(SEED).integers(0, 256, (network.size, network.size, 3), np.uint8)
    if network.entry["crop"]["kind"] == "letterbox":
        return {"noise": noise, "face": np.ascontiguousarray(network.in_channel_order(image))}
    return {"noise": noise, "face": pipeline.face_crop(network, image, face)}


def write_array(name: str, array: np.ndarray, kind: str) -> str:
    np.save(GOLDEN / name, np.ascontiguousarray(array.astype(kind)))
    return name


def write_outputs(stem: str, outputs: dict[str, np.ndarray], ending: str) -> dict[str, str]:
    return {name: write_array(f"{stem}_{name}{ending}.npy", value, "<f4") for name, value in outputs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the golden vectors of the committed networks.")
    parser.add_argument("--pictures", type=Path, default=PICTURES, help="folder of obama.jpg")
    options = parser.parse_args()
    GOLDEN.mkdir(parents=True, exist_ok=True)

    networks = pipeline.load_networks()
    picture = pipeline.read_picture(options.pictures / FACE_PICTURE)
    image = head(networks, picture)
    Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).save(GOLDEN / "face.png", optimize=True)
    (face, *_) = pipeline.detect(networks["detector"], image)

    index = []
    for network in networks.values():
        file = network.entry["file"]
        stem = Path(file).stem
        exact, quantized = pipeline.exact(network)
        cases = {}
        for case, array in inputs(network, image, face).items():
            cases[case] = {
                "input": write_array(f"{stem}_{case}_input.npy", array, "|u1"),
                "outputs": write_outputs(f"{stem}_{case}", exact.run(array), ""),
            }
            if quantized:
                cases[case]["quantized"] = write_outputs(f"{stem}_{case}", network.run(array), "_bytes")
        digest = hashlib.sha256((pipeline.MODELS / file).read_bytes()).hexdigest()
        index.append({"file": file, "sha256": digest, "cases": cases})
    golden = {
        "onnxruntime": onnxruntime.__version__,
        "face": {"file": "face.png", "cut_from": f"pictures/{FACE_PICTURE}"},
        "models": index,
    }
    (GOLDEN / "golden.json").write_text(json.dumps(golden, indent=2) + "\n")
    print(f"{GOLDEN.name}: {sum(path.stat().st_size for path in GOLDEN.iterdir())} bytes")


if __name__ == "__main__":
    main()
