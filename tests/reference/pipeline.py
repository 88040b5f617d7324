"""The pipeline from a picture through the networks, implemented independently with OpenCV and ONNX Runtime.

This is the reference for the Rust code; they share only the model files and their manifest.

Conventions of all matrices and landmarks: a pixel's center has integer coordinates (OpenCV's warpAffine); pictures are
uint8 HWC in BGR order (OpenCV's imread). Landmarks: right eye, left eye, nose tip, right and left mouth corner; "right"
is the person's right.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"

sys.path.insert(0, str(MODELS / "convert"))
from quantize import without_ranges  # noqa: E402

DETECTION_THRESHOLD = 0.6
NMS_OVERLAP = 0.3
STRIDES = (8, 16, 32)

# ArcFace's five points in its 112 px crop.
FIVE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
FIVE_POINTS_SIDE = 112
FIVE_POINTS_CENTER = 56


@dataclass(frozen=True)
class Face:
    score: float
    box: np.ndarray  # left, top, width, height in the picture's pixels
    landmarks: np.ndarray  # 5 x 2, x and y in the picture's pixels


class Network:
    """One entry of the manifest with its file."""

    def __init__(self, entry: dict, model: onnx.ModelProto):
        self.entry = entry
        self.model = model
        self.session = session(model)
        self.output_names = [output["name"] for output in entry["outputs"]]

    @property
    def size(self) -> int:
        return self.entry["input"]["shape"][2]

    def in_channel_order(self, bgr: np.ndarray) -> np.ndarray:
        return bgr if self.entry["input"]["channels"] == "bgr" else bgr[:, :, ::-1]

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """All outputs for one uint8 HWC image in the network's channel order."""
        return dict(zip(self.output_names, self.session.run(self.output_names, {"input": self.normalize(image)})))

    def normalize(self, image: np.ndarray) -> np.ndarray:
        """(image - mean) * scale as float32 NCHW."""
        mean = np.array(self.entry["input"]["mean"], np.float32)
        scale = np.array(self.entry["input"]["scale"], np.float32)
        return np.ascontiguousarray(((image.astype(np.float32) - mean) * scale).transpose(2, 0, 1)[None])


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Quantized activations are computed operator by operator; fused integer kernels round differently.
    if any(node.op_type == "QuantizeLinear" for node in model.graph.node):
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def read_manifest(models: Path = MODELS) -> dict[str, dict]:
    """The manifest's entries by role."""
    manifest = json.loads((models / "manifest.json").read_text())
    return {entry["role"]: entry for entry in manifest["models"]}


def load_networks(models: Path = MODELS) -> dict[str, Network]:
    """The networks of the pack by role: detector, identity, expression."""
    return {role: Network(entry, onnx.load(models / entry["file"])) for role, entry in read_manifest(models).items()}


def exact(network: Network) -> tuple[Network, bool]:
    """The network without quantized activations, and whether it differs from the given one."""
    model = without_ranges(network.model)
    return Network(network.entry, model), len(model.graph.node) < len(network.model.graph.node)


def letterbox(picture: np.ndarray, size: int) -> tuple[np.ndarray, float]:
    """The picture scaled to fit into the top left corner of a black square, and the scale."""
    height, width = picture.shape[:2]
    scale = min(size / width, size / height)
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Area averaging if bilinear sampling would skip pixels.
    interpolation = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    square = np.zeros((size, size, 3), np.uint8)
    square[: shape[1], : shape[0]] = cv2.resize(picture, shape, interpolation=interpolation)
    return square, scale


def detect(detector: Network, picture: np.ndarray, threshold: float = DETECTION_THRESHOLD) -> list[Face]:
    """The faces of a picture, best score first."""
    square, scale = letterbox(picture, detector.size)
    candidates = decode(detector.run(detector.in_channel_order(square)), detector.size, threshold)
    kept = suppress(candidates, NMS_OVERLAP)
    return [Face(face.score, face.box / scale, face.landmarks / scale) for face in kept]


def decode(outputs: dict[str, np.ndarray], size: int, threshold: float) -> list[Face]:
    """YuNet's outputs -> faces in the pixels of the letterboxed square.

    Each cell of each stride's grid, in rows: score = sqrt(cls * obj); bbox = center relative to the cell in strides,
    logarithm of width and height in strides; kps = points relative to the cell in strides.
    """
    faces = []
    for stride in STRIDES:
        kinds = ("cls", "obj", "bbox", "kps")
        cls, obj, bbox, kps = (outputs[f"{kind}_{stride}"][0].astype(np.float64) for kind in kinds)
        scores = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
        for index in np.flatnonzero(scores > threshold):
            cell = np.array([index % (size // stride), index // (size // stride)])
            center = (cell + bbox[index, :2]) * stride
            extent = np.exp(bbox[index, 2:]) * stride
            landmarks = (cell + kps[index].reshape(5, 2)) * stride
            faces.append(Face(float(scores[index]), np.concatenate([center - extent / 2, extent]), landmarks))
    return faces


def suppress(faces: list[Face], overlap: float) -> list[Face]:
    """Greedy non-maximum suppression, best first: drops faces that overlap a kept box by more than `overlap`."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(intersection_over_union(face.box, other.box) <= overlap for other in kept):
            kept.append(face)
    return kept


def intersection_over_union(a: np.ndarray, b: np.ndarray) -> float:
    low = np.maximum(a[:2], b[:2])
    high = np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    intersection = np.prod(np.clip(high - low, 0, None))
    return float(intersection / (np.prod(a[2:]) + np.prod(b[2:]) - intersection))


def main_face(faces: list[Face], picture: np.ndarray) -> Face | None:
    """The main face of a picture: large and near the middle."""
    height, width = picture.shape[:2]

    def weight(face: Face) -> float:
        offset = face.box[:2] + face.box[2:] / 2 - [width / 2, height / 2]
        return float(face.box[2] * face.box[3] - 0.5 * (offset**2).sum())

    return max(faces, key=weight, default=None)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The 2 x 3 matrix of the rotation, scaling and shift that brings `source` nearest to `target` (least squares)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    s, t = source - source_mean, target - target_mean
    norm = (s**2).sum()
    cosine = (s * t).sum() / norm
    sine = (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum() / norm
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([rotation, target_mean - rotation @ source_mean])


def five_point_matrix(face: Face, size: int, zoom: float, shift_y: float) -> np.ndarray:
    """Picture -> crop: maps the landmarks to the zoomed and shifted template, scaled from 112 px to `size`."""
    shift = np.array([0.0, shift_y * FIVE_POINTS_SIDE])
    template = (FIVE_POINTS - FIVE_POINTS_CENTER) * zoom + FIVE_POINTS_CENTER + shift
    return similarity(face.landmarks, template * (size / FIVE_POINTS_SIDE))


def box_matrix(face: Face, size: int, scale: float) -> np.ndarray:
    """Picture -> crop: a square about the box's center, its side max(width, height) * scale, eyes level."""
    right_eye, left_eye = face.landmarks[:2]
    angle = np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
    factor = size / (max(face.box[2:]) * scale)
    rotation = factor * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    center = face.box[:2] + face.box[2:] / 2
    return np.column_stack([rotation, size / 2 - rotation @ center])


def crop(picture: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """A size x size crop, bilinear, black outside the picture."""
    return cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR)


def face_crop(network: Network, picture: np.ndarray, face: Face) -> np.ndarray:
    """The crop of `face` as the manifest defines it, in the network's channel order."""
    geometry = network.entry["crop"]
    if geometry["kind"] == "five_point":
        matrix = five_point_matrix(face, network.size, geometry["zoom"], geometry["shift_y"])
    else:
        matrix = box_matrix(face, network.size, geometry["scale"])
    return np.ascontiguousarray(network.in_channel_order(crop(picture, matrix, network.size)))


def read_picture(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"{path}: missing, or not a picture")
    return picture
