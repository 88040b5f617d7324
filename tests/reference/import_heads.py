"""Write heads as Keras and PyTorch users save them, with artificial weights, and numpy's answers for a clip.

    python tests/reference/import_heads.py

Into tests/fixtures/heads/, for each kind of head:

    KIND.npz           layers as Keras saves them: kernels (in, out), names such as `model/dense_1/kernel:0`
    KIND.safetensors   layers as PyTorch saves them: weights (out, in), names such as `model.output.weight`, f16
    expected.json      the clip, the options of each import and the probabilities, computed here in f64

The formulas are implemented here again, from the paper and not from our code. All weights are multiples of 1/64, exact
in f16, so both files of a kind hold the same head. The script writes the same bytes each time.
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

OUT = Path(__file__).resolve().parents[1] / "fixtures" / "heads"
SEED = 20261123
DIMENSION, FRAMES, HIDDEN, WIDTH = 6, 5, 4, 3
LABELS = ["neutral", "happy", "sad"]
CLASSES = len(LABELS)

# Keras' default layer names, in the order in which the formula uses the layers.
COUNTED = ["dense", "dense_1", "dense_2", "dense_3"]


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def described(x):
    """[mean; standard deviation; minimum; maximum] over frames."""
    return np.concatenate([x.mean(axis=0), x.std(axis=0), x.min(axis=0), x.max(axis=0)])


def extended(x, statistic):
    values = {"mean": np.mean, "deviation": np.std, "maximum": np.max}[statistic](x, axis=0)
    return np.hstack([x, np.tile(values, (len(x), 1))])


def logistic(x, t):
    return softmax(t["weight"] @ described(x) + t["bias"])


def single_attention(x, t):
    a = softmax(x @ t["attention.weight"][0] + t["attention.bias"])
    hidden = np.maximum(t["hidden.weight"] @ (a @ x) + t["hidden.bias"], 0)
    return softmax(t["output.weight"] @ hidden + t["output.bias"])


def relation_attention(x, t):
    a = sigmoid(x @ t["frame.weight"][0])
    summary = a @ x / a.sum()
    pairs = np.hstack([x, np.tile(summary, (len(x), 1))])
    both = a * sigmoid(pairs @ t["relation.weight"][0])
    return softmax(t["output.weight"] @ (both @ pairs / both.sum()) + t["output.bias"])


def self_attention(x, t):
    query, value = x @ t["query.weight"].T, x @ t["value.weight"].T
    mixed = softmax(query @ value.T) @ value
    a = softmax(mixed @ t["attention.weight"][0] + t["attention.bias"])
    return softmax(t["output.weight"] @ (a @ mixed) + t["output.bias"])


# Kind: the formula, the layers as (name, out, in, has a bias), the options of the import.
KINDS = {
    "logistic": (logistic, [("", CLASSES, 4 * DIMENSION, True)], {"pooling": "statistics"}),
    "single-attention": (
        single_attention,
        [("attention", 1, DIMENSION, True), ("hidden", HIDDEN, DIMENSION, True), ("output", CLASSES, HIDDEN, True)],
        {},
    ),
    "relation-attention": (
        relation_attention,
        [("frame", 1, 2 * DIMENSION, False), ("relation", 1, 4 * DIMENSION, False), ("output", CLASSES, 4 * DIMENSION, True)],
        {"statistic": "maximum"},
    ),
    "self-attention": (
        self_attention,
        [
            ("query", WIDTH, 2 * DIMENSION, False),
            ("value", WIDTH, 2 * DIMENSION, False),
            ("attention", 1, WIDTH, True),
            ("output", CLASSES, WIDTH, True),
        ],
        {"statistic": "deviation"},
    ),
}


def draw(rng, *shape):
    return rng.integers(-64, 65, shape) / 64


def tensors_of(rng, layers):
    tensors = {}
    for name, outputs, inputs, has_bias in layers:
        prefix = f"{name}." if name else ""
        tensors[f"{prefix}weight"] = draw(rng, outputs, inputs)
        if has_bias:
            tensors[f"{prefix}bias"] = draw(rng, outputs)
    return tensors


def keras(layers, tensors, counted):
    """The tensors under Keras' names, and the names that the user must map: a numbered name states no role."""
    arrays, given = {}, []
    for counter, (name, *_, has_bias) in zip(COUNTED, layers):
        prefix = f"{name}." if name else ""
        layer = counter if counted else f"model/{name}"
        arrays[f"{layer}/kernel:0"] = np.asfortranarray(tensors[f"{prefix}weight"].T.astype(np.float32))
        if has_bias:
            arrays[f"{layer}/bias:0"] = tensors[f"{prefix}bias"].astype(np.float32)
        if counted and name:
            given.append([f"{prefix}weight", f"{layer}/kernel:0"])
    return arrays, given


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    clip = draw(rng, FRAMES, DIMENSION)
    heads = []
    for kind, (formula, layers, options) in KINDS.items():
        tensors = tensors_of(rng, layers)
        x = extended(clip, options["statistic"]) if "statistic" in options else clip
        probabilities = [round(float(p), 9) for p in formula(x, tensors)]

        counted = kind in ("logistic", "single-attention")
        arrays, given = keras(layers, tensors, counted)
        save = np.savez_compressed if kind == "self-attention" else np.savez
        save(OUT / f"{kind}.npz", **arrays)
        prefix = "module.model." if kind == "self-attention" else ""
        halves = {prefix + name: np.ascontiguousarray(values.astype(np.float16)) for name, values in tensors.items()}
        save_file(halves, OUT / f"{kind}.safetensors", metadata={"labels": ",".join(LABELS)})
        for file, names in [(f"{kind}.npz", given), (f"{kind}.safetensors", [])]:
            heads.append({"file": file, "kind": kind, **options, "names": names, "probabilities": probabilities})
    expected = {"labels": LABELS, "clip": clip.tolist(), "heads": heads}
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
