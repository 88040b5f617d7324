"""Write the golden vectors of training: PyTorch's results for small problems.

    python tests/reference/training.py            train, and write tests/fixtures/training
    python tests/reference/training.py --check    train again and compare with the committed files

Into tests/fixtures/training/:

    learn.npy, held_out.npy     float32, the frames of all clips, clip after clip
    CASE_start.npy              float32, the initial head, in the order of docs/reference/formats.md
    CASE_end.npy                float32, the learned head
    CASE_probabilities.npy      float32, held-out clips x classes, by the learned head
    training.json               the clips' lengths; for each case its head, options, classes and loss in each epoch

Heads are implemented from their published formulas; gradients come from autograd, steps from torch.optim.Adam.
Everything is in double precision, so deviations of another trainer are that trainer's own rounding.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

OUT = Path(__file__).resolve().parents[1] / "fixtures" / "training"
TOLERANCE = 1e-5

FEATURES, CLASSES, LONGEST = 24, 5, 12
LEARN_CLIPS, HELD_OUT_CLIPS = 30, 15
SEED = 1
# Minimum difference of the two most probable classes of a held-out clip, so that rounding cannot swap them.
MIN_MARGIN = 0.005


class SplitMix64:
    """The generator that shuffles clips into batches (Steele et al. 2014)."""

    def __init__(self, seed: int):
        self.state = seed

    def next(self) -> int:
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, n: int) -> int:
        return (self.next() * n) >> 64

    def shuffle(self, items: list) -> None:
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


@dataclass(frozen=True)
class Options:
    rate: float
    epochs: int = 20
    batch: int = 8  # 0 for all clips
    pull: float = 0.003
    balanced: bool = True
    smoothing: float = 0.0
    seed: int = 7


def statistics(clip: torch.Tensor) -> dict[str, torch.Tensor]:
    return {
        "mean": clip.mean(0),
        "deviation": clip.std(0, correction=0),
        "minimum": clip.amin(0),
        "maximum": clip.amax(0),
    }


class Head:
    """A formula: its parameters' shapes in order (names of biases begin with b), and the logits of one clip (T x D)."""

    def __init__(self, statistic: str | None = None):
        self.statistic = statistic
        self.inputs = FEATURES * (2 if statistic else 1)

    def prepare(self, clip: torch.Tensor) -> torch.Tensor:
        if self.statistic is None:
            return clip
        return torch.cat([clip, statistics(clip)[self.statistic].expand_as(clip)], dim=1)


class Logistic(Head):
    def __init__(self, pooling: str):
        super().__init__()
        self.pooling = pooling
        inputs = FEATURES * (4 if pooling == "statistics" else 1)
        self.shapes = {"W": (CLASSES, inputs), "b": (CLASSES,)}

    def body(self) -> dict:
        return {"Logistic": {"pooling": self.pooling}}

    def prepare(self, clip: torch.Tensor) -> torch.Tensor:
        return torch.cat(list(statistics(clip).values())) if self.pooling == "statistics" else clip.mean(0)

    def logits(self, p: dict[str, torch.Tensor], descriptor: torch.Tensor) -> torch.Tensor:
        return p["W"] @ descriptor + p["b"]


class SingleAttention(Head):
    """`a = softmax_t(X w + b)`, `c = X' a`, `z = W2 relu(W1 c + b1) + b2`."""

    def __init__(self, hidden: int, statistic: str | None = None):
        super().__init__(statistic)
        self.hidden = hidden
        self.shapes = {
            "w": (self.inputs,),
            "b": (1,),
            "W1": (hidden, self.inputs),
            "b1": (hidden,),
            "W2": (CLASSES, hidden),
            "b2": (CLASSES,),
        }

    def body(self) -> dict:
        return {"SingleAttention": {"hidden": self.hidden, "statistic": self.statistic}}

    def logits(self, p: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        attention = torch.softmax(x @ p["w"] + p["b"], dim=0)
        hidden = torch.relu(p["W1"] @ (x.T @ attention) + p["b1"])
        return p["W2"] @ hidden + p["b2"]


class RelationAttention(Head):
    """Meng et al., Frame Attention Networks, ICIP 2019, as published: each frame is concatenated with the summary."""

    def __init__(self, statistic: str | None = None):
        super().__init__(statistic)
        both = 2 * self.inputs
        self.shapes = {"q0": (self.inputs,), "q1": (both,), "W": (CLASSES, both), "b": (CLASSES,)}

    def body(self) -> dict:
        return {"RelationAttention": {"statistic": self.statistic}}

    def logits(self, p: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        first = torch.sigmoid(x @ p["q0"])
        summary = (first[:, None] * x).sum(0) / first.sum()
        related = torch.cat([x, summary.expand_as(x)], dim=1)
        relation = torch.sigmoid(related @ p["q1"])
        weight = first * relation
        fused = (weight[:, None] * related).sum(0) / weight.sum()
        return p["W"] @ fused + p["b"]


class SelfAttention(Head):
    """`Q = X Wq`, `V = X Wv`, `Y = softmax_rows(Q V') V`, pooled by `a = softmax_t(Y w + b)`, `z = W Y' a + b`."""

    def __init__(self, width: int, statistic: str | None = None):
        super().__init__(statistic)
        self.width = width
        self.shapes = {
            "Wq": (width, self.inputs),
            "Wv": (width, self.inputs),
            "w": (width,),
            "b": (1,),
            "W": (CLASSES, width),
            "b1": (CLASSES,),
        }

    def body(self) -> dict:
        return {"SelfAttention": {"width": self.width, "statistic": self.statistic}}

    def logits(self, p: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        query, value = x @ p["Wq"].T, x @ p["Wv"].T
        mixed = torch.softmax(query @ value.T, dim=1) @ value
        attention = torch.softmax(mixed @ p["w"] + p["b"], dim=0)
        return p["W"] @ (mixed.T @ attention) + p["b1"]


@dataclass(frozen=True)
class Case:
    name: str
    head: Head
    options: Options
    absent: int | None = None  # a class without clips


CASES = [
    Case("logistic", Logistic("mean"), Options(rate=0.05)),
    Case("logistic_statistics", Logistic("statistics"), Options(rate=0.02, smoothing=0.1)),
    Case("single", SingleAttention(12), Options(rate=0.01), absent=3),
    Case("single_deviation", SingleAttention(10, "deviation"), Options(rate=0.01, smoothing=0.1)),
    Case("relation", RelationAttention(), Options(rate=0.03, smoothing=0.1)),
    Case("relation_maximum", RelationAttention("maximum"), Options(rate=0.03, balanced=False, pull=0.05)),
    Case("self", SelfAttention(8), Options(rate=0.01)),
    Case("self_mean", SelfAttention(5, "mean"), Options(rate=0.02, batch=0, smoothing=0.2), absent=0),
]


def parameters_of(head: Head, flat: torch.Tensor) -> dict[str, torch.Tensor]:
    """The parameters by name, as copies of the parts of `flat`."""
    sizes = [math.prod(shape) for shape in head.shapes.values()]
    parts = torch.split(flat, sizes)
    return {name: part.reshape(shape).clone() for (name, shape), part in zip(head.shapes.items(), parts, strict=True)}


def flat(parameters: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([part.detach().flatten() for part in parameters.values()])


def clip_weights(classes: list[int], balanced: bool) -> torch.Tensor:
    """Weights that sum to the same for each class if `balanced`; otherwise equal weights."""
    counts = np.bincount(classes, minlength=CLASSES)
    return torch.tensor([1.0 / counts[own] if balanced else 1.0 for own in classes], dtype=torch.float64)


def batches(clips: int, options: Options) -> Iterator[list[list[int]]]:
    """Yields the batches of each epoch."""
    random, order = SplitMix64(options.seed), list(range(clips))
    size = options.batch or clips
    for _ in range(options.epochs):
        if size < clips:
            random.shuffle(order)
        yield [order[start : start + size] for start in range(0, clips, size)]


def train(case: Case, start: torch.Tensor, clips: list[torch.Tensor], classes: list[int]) -> tuple[dict, list[float]]:
    """Returns the learned parameters, and the mean loss of the steps of each epoch."""
    head, options = case.head, case.options
    occurring = sorted(set(classes))
    targets = torch.tensor([occurring.index(own) for own in classes])
    weights = clip_weights(classes, options.balanced)
    prepared = [head.prepare(clip) for clip in clips]
    anchors = parameters_of(head, start)
    parameters = {name: part.clone().requires_grad_() for name, part in anchors.items()}
    optimizer = torch.optim.Adam(parameters.values(), lr=options.rate, betas=(0.9, 0.999), eps=1e-8)
    steps = options.epochs * math.ceil(len(clips) / (options.batch or len(clips)))
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)))
    curve = []
    for epoch in batches(len(clips), options):
        losses = []
        for chosen in epoch:
            logits = torch.stack([head.logits(parameters, prepared[index]) for index in chosen])[:, occurring]
            errors = cross_entropy(logits, targets[chosen], reduction="none", label_smoothing=options.smoothing)
            loss = (weights[chosen] * errors).sum() / weights[chosen].sum()
            for name, part in parameters.items():
                if not name.startswith("b"):
                    loss = loss + options.pull / 2 * ((part - anchors[name]) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
            losses.append(loss.item())
        curve.append(float(np.mean(losses)))
    return parameters, curve


def make_clips(random: np.random.Generator, centers: np.ndarray, count: int) -> tuple[list[np.ndarray], list[int]]:
    """Clips of 1 to LONGEST frames around their class's center, and their classes; the first classes have more clips."""
    shares = np.arange(CLASSES, 0, -1) / np.arange(CLASSES + 1).sum()
    classes = [*range(CLASSES), *(int(own) for own in random.choice(CLASSES, count - CLASSES, p=shares))]
    clips = []
    for own in classes:
        strength = random.uniform(0, 2, (int(random.integers(1, LONGEST + 1)), 1))
        noise = random.normal(0, 1, (len(strength), FEATURES))
        clips.append((strength * centers[own] + noise).astype(np.float32))
    return clips, classes


def without(classes: list[int], absent: int | None) -> list[int]:
    """The classes, with class `absent` replaced by the next one."""
    return [(own + 1) % CLASSES if own == absent else own for own in classes]


def run(case: Case, random: np.random.Generator, learn: list[np.ndarray], classes: list[int], held_out: list) -> tuple:
    """The arrays of one case by name suffix, and its entry in training.json."""
    size = sum(math.prod(shape) for shape in case.head.shapes.values())
    start = random.normal(0, 0.2, size).astype(np.float32)
    classes = without(classes, case.absent)
    clips = [torch.from_numpy(clip).double() for clip in learn]
    parameters, curve = train(case, torch.from_numpy(start).double(), clips, classes)
    with torch.no_grad():
        prepared = [case.head.prepare(torch.from_numpy(clip).double()) for clip in held_out]
        probabilities = torch.stack([torch.softmax(case.head.logits(parameters, clip), 0) for clip in prepared]).numpy()
    second, first = np.sort(probabilities, axis=1)[:, -2:].T
    if (first - second).min() < MIN_MARGIN:
        sys.exit(f"{case.name}: two classes of a held-out clip are {(first - second).min():.4f} apart: choose anew")
    arrays = {"start": start, "end": flat(parameters).numpy(), "probabilities": probabilities}
    entry = {"name": case.name, "body": case.head.body(), "options": asdict(case.options), "classes": classes}
    return arrays, {**entry, "loss": curve}


def make_all() -> tuple[dict[str, np.ndarray], dict]:
    """All arrays by file name, and training.json's content."""
    random = np.random.default_rng(SEED)
    centers = random.normal(0, 0.6, (CLASSES, FEATURES))
    learn, classes = make_clips(random, centers, LEARN_CLIPS)
    held_out, _ = make_clips(random, centers, HELD_OUT_CLIPS)
    files = {"learn.npy": np.concatenate(learn), "held_out.npy": np.concatenate(held_out)}
    entries = []
    for case in CASES:
        arrays, entry = run(case, random, learn, classes, held_out)
        files |= {f"{case.name}_{end}.npy": array.astype(np.float32) for end, array in arrays.items()}
        entries.append(entry)
    lengths = {"learn": [len(clip) for clip in learn], "held_out": [len(clip) for clip in held_out]}
    return files, {"torch": torch.__version__.split("+")[0], "labels": CLASSES, **lengths, "cases": entries}


def write(files: dict[str, np.ndarray], content: dict) -> None:
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for name, array in files.items():
        np.save(OUT / name, array)
    (OUT / "training.json").write_text(json.dumps(content, indent=1) + "\n")
    print(f"wrote {len(files)} arrays and training.json")


def check(files: dict[str, np.ndarray], content: dict) -> bool:
    """Whether the committed files match; prints the differences."""
    committed = json.loads((OUT / "training.json").read_text())
    complaints, worst = [], 0.0
    if {path.name for path in OUT.glob("*.npy")} != set(files):
        complaints.append("the folder holds other arrays than are made")
    for name, array in files.items():
        distance = float(np.abs(np.load(OUT / name) - array).max())
        worst = max(worst, distance)
        if not distance <= TOLERANCE:
            complaints.append(f"{name}: {distance:.1e}")
    for ours, theirs in zip(content["cases"], committed["cases"], strict=True):
        distance = float(np.abs(np.subtract(ours.pop("loss"), theirs.pop("loss"))).max())
        worst = max(worst, distance)
        if not distance <= TOLERANCE:
            complaints.append(f"{ours['name']}, loss: {distance:.1e}")
    if content != committed:
        complaints.append("training.json states other problems")
    print(*complaints, f"{len(files)} arrays and {len(CASES)} loss curves checked, worst {worst:.1e}", sep="\n")
    return not complaints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files instead of writing them")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    files, content = make_all()
    if not arguments.check:
        write(files, content)
    elif not check(files, content):
        sys.exit(1)


if __name__ == "__main__":
    main()
