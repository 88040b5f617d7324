"""Compare the CPU time per frame of Mien with OpenCV and ONNX Runtime doing the same work.

    python benches/against/frame_cost.py [--mien PATH] [--rounds N] [--picture FILE]

Frames are NV21, 640 x 480, with one face that moves slightly. Both sides compute the networks' features at every frame
and run the detector at every fifth.

Mien runs a whole session (`mien bench frame`): every other detection covers only the area around the face, and in
addition it follows the face between detections, measures the picture's quality, identifies and classifies. The other
side runs only the unavoidable work: cvtColor to BGR; at every fifth frame resize, blobFromImage and YuNet, and the best
cell; two warpAffine, blobFromImage, and the networks, on one thread, with bound inputs and outputs. It does not follow
the face between detections. Its MobileNet is int8 in its fastest form (quantized.py), its other networks are f32: its
dynamic int8 is slower.

Each side has its own process, and they take turns of 20 frames. The measured time is the CPU time of the process.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from benching import Worker, default_mien, processor
from network_model import network_model
from network_task import Task

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))
import pipeline  # noqa: E402

WIDTH, HEIGHT = 640, 480
FACE = 180  # pixels of the box's longer side
FRAMES, MOVE = 20, 2  # pixels per frame
EVERY = 5  # frames per detection
TURN = 4 * EVERY
TARGET = 0.6  # maximum ratio of ours to theirs
MIN_OVERLAP = 0.5


def made_frames(picture: np.ndarray) -> bytes:
    """NV21 frames with the face at the center, moving to the right."""
    detector = pipeline.load_networks()["detector"]
    face = pipeline.main_face(pipeline.detect(detector, picture), picture)
    if face is None:
        sys.exit("the picture has no face")
    scale = FACE / max(face.box[2:])
    center = (face.box[:2] + face.box[2:] / 2) * scale
    frames = []
    for index in range(FRAMES):
        shift = [WIDTH / 2 - center[0] + MOVE * index, HEIGHT / 2 - center[1]]
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        bgr = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        planes = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420).ravel()
        luma, u, v = np.split(planes, [WIDTH * HEIGHT, WIDTH * HEIGHT * 5 // 4])
        frames += [luma.tobytes(), np.stack([v, u], axis=1).tobytes()]
    return b"".join(frames)


class Network:
    """A network with bound input and outputs."""

    def __init__(self, entry: dict, precision: str):
        size = entry["input"]["shape"][2]
        self.entry = entry
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = network_model(Task(entry, size, precision, Path()))
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        # The image is BGR; blobFromImage can swap the planes.
        self.swap = entry["input"]["channels"] == "rgb"
        self.mean, self.scale = entry["input"]["mean"], entry["input"]["scale"][0]
        self.size = size
        self.binding = self.session.io_binding()
        self.outputs = [output.name for output in self.session.get_outputs()]
        for output in self.outputs:
            self.binding.bind_output(output)

    def run(self, image: np.ndarray) -> list[np.ndarray]:
        blob = cv2.dnn.blobFromImage(image, self.scale, mean=self.mean, swapRB=self.swap)
        self.binding.bind_cpu_input("input", blob)
        self.session.run_with_iobinding(self.binding)
        return self.binding.copy_outputs_to_cpu()


class Other:
    """Processes the frames with OpenCV and ONNX Runtime."""

    def __init__(self, frames: bytes):
        rows = HEIGHT * 3 // 2
        self.frames = np.frombuffer(frames, np.uint8).reshape(-1, rows, WIDTH)
        entries = pipeline.read_manifest()
        self.detector = Network(entries["detector"], "f32")
        self.identity = Network(entries["identity"], "int8")
        self.expression = Network(entries["expression"], "f32")
        self.square = np.zeros((self.detector.size, self.detector.size, 3), np.uint8)
        self.shown = 0
        self.face = None

    def turn(self, count: int) -> float:
        """The average CPU milliseconds per frame over `count` frames."""
        started = time.process_time()
        for _ in range(count):
            last = len(self.frames) - 1
            at = self.shown % (2 * last)
            bgr = cv2.cvtColor(self.frames[min(at, 2 * last - at)], cv2.COLOR_YUV2BGR_NV21)
            if self.shown % EVERY == 0:
                self.face = self.detect(bgr)
            self.features(bgr)
            self.shown += 1
        return 1000 * (time.process_time() - started) / count

    def detect(self, bgr: np.ndarray) -> pipeline.Face:
        """The face of the best cell."""
        scale = self.detector.size / WIDTH
        rows = round(HEIGHT * scale)
        cv2.resize(bgr, (self.detector.size, rows), dst=self.square[:rows])
        outputs = dict(zip(self.detector.outputs, self.detector.run(self.square), strict=True))
        scores = [outputs[f"cls_{stride}"] * outputs[f"obj_{stride}"] for stride in pipeline.STRIDES]
        stride, score = max(zip(pipeline.STRIDES, scores, strict=True), key=lambda pair: pair[1].max())
        index, columns = int(score.argmax()), self.detector.size // stride
        cell = np.array([index % columns, index // columns])
        bbox, points = outputs[f"bbox_{stride}"][0, index], outputs[f"kps_{stride}"][0, index].reshape(5, 2)
        extent = np.exp(bbox[2:]) * stride
        box = np.concatenate([(cell + bbox[:2]) * stride - extent / 2, extent])
        return pipeline.Face(float(np.sqrt(score.max())), box / scale, (cell + points) * stride / scale)

    def features(self, bgr: np.ndarray) -> None:
        geometry = self.identity.entry["crop"]
        size = self.identity.size
        matrix = pipeline.five_point_matrix(self.face, size, geometry["zoom"], geometry["shift_y"])
        self.identity.run(pipeline.crop(bgr, matrix, size))
        size = self.expression.size
        matrix = pipeline.box_matrix(self.face, size, self.expression.entry["crop"]["scale"])
        self.expression.run(pipeline.crop(bgr, matrix, size))


def serve(frames: Path) -> None:
    """Answers each line, a number of frames, with the CPU milliseconds per frame."""
    cv2.setNumThreads(1)
    other = Other(frames.read_bytes())
    other.turn(TURN)
    for line in sys.stdin:
        print(other.turn(int(line)), flush=True)


def check_same_face(report: dict, frames: bytes) -> None:
    other = Other(frames)
    face = other.detect(cv2.cvtColor(other.frames[report["frame"]], cv2.COLOR_YUV2BGR_NV21))
    overlap = pipeline.intersection_over_union(face.box, np.array(report["box"]))
    if overlap < MIN_OVERLAP:
        sys.exit(f"ours is at {report['box']}, theirs at {face.box.tolist()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mien", type=Path, default=default_mien(), help="default: make build's")
    parser.add_argument("--rounds", type=int, default=30, help="measured rounds (default: 30)")
    picture = pipeline.ROOT / "tests" / "fixtures" / "pictures" / "obama.jpg"
    parser.add_argument("--picture", type=Path, default=picture, help="a picture with one face")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    frames = made_frames(pipeline.read_picture(arguments.picture))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frames.nv21"
        file.write_bytes(frames)
        size = ["--width", str(WIDTH), "--height", str(HEIGHT), "--every", str(EVERY)]
        mien = Worker([str(arguments.mien), "bench", "frame", str(file), *size, "--serve"])
        check_same_face(mien.answer(), frames)
        other = Worker([sys.executable, __file__, "--serve", str(file)])
        times = {worker: [] for worker in (mien, other)}
        for _ in range(arguments.rounds):
            for worker, own in times.items():
                own.append(worker.ask(TURN))
        for worker in times:
            worker.close()
    ours, theirs = times.values()
    print(f"{processor()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}")
    print(f"NV21 {WIDTH} x {HEIGHT}, one face followed, detector at every {EVERY}th frame, features at every frame")
    print(f"CPU time of a frame on one thread, median (10 to 90 %) of {arguments.rounds} rounds of {TURN} frames")
    versions = f"OpenCV {cv2.__version__}, ONNX Runtime {onnxruntime.__version__}"
    for name, values in (("Mien", ours), (versions, theirs), ("Mien / the other", np.divide(ours, theirs))):
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
        unit = "  " if name.startswith("Mien /") else "ms"
        print(f"  {name:<40} {middle:>6.2f} {unit} ({low:.2f} to {high:.2f})")
    ratio = float(np.median(np.divide(ours, theirs)))
    print(f"target {TARGET}: {'met' if ratio <= TARGET else 'not met'}")


if __name__ == "__main__":
    main()
