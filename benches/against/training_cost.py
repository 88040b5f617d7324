"""Compare the CPU time of `mien bench training` with PyTorch for the same training, head by head.

    python benches/against/training_cost.py [--mien PATH] [--rounds N] [--head HEAD]...

Both generate the same clips and the same initial head, draw the same batches and take the same steps; the script stops
if their losses differ. PyTorch runs on one thread, on whole batches (8 x 100 x 1024), without loops over clips. It uses
the fastest of several implementations of a head and its steps: fused Adam, the pull added to the gradients, batches
gathered into preallocated memory (a tenth faster than `x[index]`). Rounds of PyTorch and Mien take turns, so that other
load on the machine affects both. Each measures the CPU time of its training only; PyTorch warms up once before.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy, linear

from benching import default_mien, processor, splitmix

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))
import training  # noqa: E402

# Maximum ratio of our time to PyTorch's.
TARGETS = {"logistic": 0.3, "single-attention": 0.35, "relation-attention": 0.35, "self-attention": 0.8}
TARGET_MEMORY = 64e6

# Seeds and sizes as in `mien bench training` and its heads.
DATA_SEED, START_SEED = 1, 2
HIDDEN, WIDTH = 32, 16
LARGEST_LOSS_DIFFERENCE = 1e-3

Parameters = list[torch.Tensor]


def uniform(seed: int, count: int) -> np.ndarray:
    """The first numbers from -1 to 1 by SplitMix64, in steps of a thousandth."""
    return splitmix(seed, count, 2001).astype(np.float32) / np.float32(1000) - np.float32(1)


@dataclass(frozen=True)
class Task:
    clips: torch.Tensor  # clips x frames x features
    classes: torch.Tensor
    start: torch.Tensor
    report: dict  # the report of `mien bench training`

    @staticmethod
    def of(report: dict) -> "Task":
        clips, frames, features, classes = (report[key] for key in ("clips", "frames", "features", "classes"))
        size = np.float32(1) / np.sqrt(np.float32(features))
        values = size * uniform(DATA_SEED, (classes + clips * frames) * features)
        centers = values[: classes * features].reshape(classes, 1, features)
        noise = values[classes * features :].reshape(clips, frames, features)
        own = np.arange(clips) % classes
        start = torch.from_numpy(size * uniform(START_SEED, report["parameters"]))
        return Task(torch.from_numpy(centers[own] + noise), torch.from_numpy(own), start, report)


@dataclass(frozen=True)
class Head:
    """The parameters' shapes by features and classes, the pulled ones, the preparation of clips, a batch's logits."""

    shapes: Callable[[int, int], list[tuple[int, ...]]]
    pulled: list[int]
    prepare: Callable[[torch.Tensor], torch.Tensor]
    logits: Callable[[Parameters, torch.Tensor], torch.Tensor]


def weighted_sum(weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Weights (clips x frames) and values (clips x frames x values) to sums (clips x values)."""
    return torch.bmm(weights.unsqueeze(1), x).squeeze(1)


def logistic(p: Parameters, x: torch.Tensor) -> torch.Tensor:
    weights, bias = p
    return linear(x, weights, bias)


def single_attention(p: Parameters, x: torch.Tensor) -> torch.Tensor:
    w, b, weights1, bias1, weights2, bias2 = p
    context = weighted_sum(torch.softmax(x @ w + b, dim=1), x)
    return linear(torch.relu(linear(context, weights1, bias1)), weights2, bias2)


def relation_attention(p: Parameters, x: torch.Tensor) -> torch.Tensor:
    q0, q1_frame, q1_summary, weights, bias = p
    first = torch.sigmoid(x @ q0)
    summary = weighted_sum(first / first.sum(1, keepdim=True), x)
    relation = torch.sigmoid(x @ q1_frame + (summary @ q1_summary).unsqueeze(1))
    both = first * relation
    fused = torch.cat([weighted_sum(both / both.sum(1, keepdim=True), x), summary], dim=1)
    return linear(fused, weights, bias)


def self_attention(p: Parameters, x: torch.Tensor) -> torch.Tensor:
    projections, w, b, weights, bias = p
    query, value = linear(x, projections).split(WIDTH, dim=2)
    mixed = torch.bmm(torch.softmax(torch.bmm(query, value.mT), dim=2), value)
    return linear(weighted_sum(torch.softmax(mixed @ w + b, dim=1), mixed), weights, bias)


HEADS = {
    "logistic": Head(lambda d, c: [(c, d), (c,)], [0], lambda clips: clips.mean(1), logistic),
    "single-attention": Head(
        lambda d, c: [(d,), (1,), (HIDDEN, d), (HIDDEN,), (c, HIDDEN), (c,)],
        [0, 2, 4],
        lambda clips: clips,
        single_attention,
    ),
    "relation-attention": Head(
        lambda d, c: [(d,), (d,), (d,), (c, 2 * d), (c,)], [0, 1, 2, 3], lambda clips: clips, relation_attention
    ),
    "self-attention": Head(
        lambda d, c: [(2 * WIDTH, d), (WIDTH,), (1,), (c, WIDTH), (c,)], [0, 1, 3], lambda clips: clips, self_attention
    ),
}


def parts_of(head: Head, task: Task) -> Parameters:
    shapes = head.shapes(task.clips.shape[2], task.report["classes"])
    parts = torch.split(task.start, [math.prod(shape) for shape in shapes])
    return [part.reshape(shape).clone() for part, shape in zip(parts, shapes, strict=True)]


def train(head: Head, task: Task) -> tuple[float, float]:
    """Trains; returns the mean loss of the steps of the first and of the last epoch."""
    report = task.report
    options = training.Options(
        rate=report["rate"], epochs=report["epochs"], batch=report["batch"], pull=report["pull"], seed=0
    )
    x = head.prepare(task.clips)
    class_weights = 1 / task.classes.bincount().float()
    parameters = [part.requires_grad_() for part in parts_of(head, task)]
    pulled = [parameters[index] for index in head.pulled]
    anchors = [part.detach().clone() for part in pulled]
    optimizer = torch.optim.Adam(parameters, lr=options.rate, betas=(0.9, 0.999), eps=1e-8, fused=True)
    buffer = torch.empty(min(options.batch or len(x), len(x)), *x.shape[1:])
    step, curve = 0, []
    for epoch in training.batches(len(x), options):
        total = torch.zeros(())
        for chosen in epoch:
            index = torch.tensor(chosen)
            batch = torch.index_select(x, 0, index, out=buffer[: len(chosen)])
            logits = head.logits(parameters, batch)
            # A weighted mean: each class has the same total weight.
            loss = cross_entropy(logits, task.classes[index], weight=class_weights)
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                differences = torch._foreach_sub(pulled, anchors)
                torch._foreach_add_([part.grad for part in pulled], differences, alpha=options.pull)
                pull = torch.stack(torch._foreach_norm(differences)).square().sum()
                total += loss.detach() + options.pull / 2 * pull
            steps = options.epochs * len(epoch)
            optimizer.param_groups[0]["lr"] = options.rate * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimizer.step()
            step += 1
        curve.append(float(total) / len(epoch))
    return curve[0], curve[-1]


def run_mien(mien: Path, head: str) -> tuple[dict, int]:
    """The report of one round in a separate process, and that process's peak resident memory in bytes."""
    measure = [sys.executable, str(Path(__file__).with_name("peak_memory.py"))]
    command = [*measure, str(mien), "bench", "training", "--head", head, "--rounds", "1", "--json"]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return json.loads(result["output"]), result["peak_bytes"]


def check_same(name: str, losses: tuple[float, float], report: dict) -> None:
    theirs = (report["loss_first"], report["loss_last"])
    if max(abs(a - b) for a, b in zip(losses, theirs, strict=True)) > LARGEST_LOSS_DIFFERENCE:
        sys.exit(f"{name}: losses {losses} of PyTorch and {theirs} of Mien: not the same training")


@dataclass
class Measured:
    pytorch: list[float]  # CPU milliseconds per round
    ours: list[float]
    peak: int
    losses: tuple[float, float]


def measure(mien: Path, name: str, rounds: int) -> Measured:
    report, peak = run_mien(mien, name)
    task, head = Task.of(report), HEADS[name]
    measured = Measured([], [], peak, train(head, task))
    check_same(name, measured.losses, report)
    for _ in range(rounds):
        started = time.process_time()
        train(head, task)
        measured.pytorch.append(1000 * (time.process_time() - started))
        report, peak = run_mien(mien, name)
        measured.ours += report["cpu_ms"]
        measured.peak = max(measured.peak, peak)
    return measured


def line_of(name: str, measured: Measured) -> str:
    ratios = np.divide(measured.ours, measured.pytorch)
    low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
    return (
        f"{name:<19} {np.median(measured.pytorch):>8.1f} ms {np.median(measured.ours):>8.1f} ms"
        f" {middle:>6.2f} ({low:.2f} to {high:.2f}) {TARGETS[name]:>7.2f} {measured.peak / 1e6:>7.1f} MB"
        f" {measured.losses[0]:>8.4f} {measured.losses[1]:>8.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mien", type=Path, default=default_mien(), help="default: make build's")
    parser.add_argument("--rounds", type=int, default=15, help="measured rounds of each (default: 15)")
    parser.add_argument("--head", action="append", choices=list(HEADS), help="only this head")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, one thread; {processor()}; CPU time, median of {arguments.rounds} rounds")
    print(f"targets: the ratio below, peak memory {TARGET_MEMORY / 1e6:.0f} MB")
    print(
        f"{'head':<19} {'PyTorch':>11} {'Mien':>11} {'ratio (10 to 90 %)':>21} {'target':>7} {'peak':>10}"
        f" {'loss':>8} {'at last':>8}"
    )
    for name in arguments.head or HEADS:
        measured = measure(arguments.mien, name, arguments.rounds)
        print(line_of(name, measured), flush=True)


if __name__ == "__main__":
    main()
