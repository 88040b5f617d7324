"""Write the reference results for whole pictures: picture -> detection -> crops -> features and logits.

    python tests/reference/whole_picture.py [--pictures DIR]

Into tests/fixtures/golden/, for each picture NAME.jpg:

    whole_NAME.json                 the faces, best first: score, box (left, top, width, height), five landmarks,
                                    logits of the expression network
    whole_NAME_descriptor.npy       float32, faces x 1024, the MobileNet's features
    whole_NAME_features.npy         float32, faces x 256, the expression network's features

Boxes and landmarks are in the picture's pixels; pipeline.py defines the conventions. Another JPEG decoder, another
resize or an anti-aliased crop changes all results slightly: compare features by cosine, positions in pixels.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from networks import GOLDEN, PICTURES, write_array

import pipeline

NAMES = ("obama.jpg", "biden.jpg", "single_face.jpg")


def analyze(networks: dict[str, pipeline.Network], picture: np.ndarray, face: pipeline.Face) -> dict[str, np.ndarray]:
    """All outputs of the identity and the expression network for one face."""
    outputs = {}
    for role in ("identity", "expression"):
        outputs |= networks[role].run(pipeline.face_crop(networks[role], picture, face))
    return outputs


def describe(network: pipeline.Network, face: pipeline.Face, outputs: dict[str, np.ndarray]) -> dict:
    logits = outputs["logits"][0]
    return {
        "score": round(face.score, 6),
        "box": face.box.round(3).tolist(),
        "landmarks": face.landmarks.round(3).tolist(),
        "logits": {label: round(float(logit), 5) for label, logit in zip(network.entry["labels"], logits)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the reference's view of whole pictures.")
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    options = parser.parse_args()
    GOLDEN.mkdir(parents=True, exist_ok=True)

    networks = {role: pipeline.exact(network)[0] for role, network in pipeline.load_networks().items()}
    for name in NAMES:
        path = options.pictures / name
        picture = pipeline.read_picture(path)
        faces = pipeline.detect(networks["detector"], picture)
        results = [analyze(networks, picture, face) for face in faces]
        stem = f"whole_{path.stem}"
        report = {
            "picture": name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "width": picture.shape[1],
            "height": picture.shape[0],
            "faces": [describe(networks["expression"], face, result) for face, result in zip(faces, results)],
        }
        (GOLDEN / f"{stem}.json").write_text(json.dumps(report, indent=2) + "\n")
        for output in ("descriptor", "features"):
            write_array(f"{stem}_{output}.npy", np.concatenate([result[output] for result in results]), "<f4")
        print(f"{name}: {len(faces)} face(s), scores {[face['score'] for face in report['faces']]}")


if __name__ == "__main__":
    main()
