"""Compare the CPU time of Mien's networks with that of other executors, on the same networks and inputs.

    python tests/reference/network_cost.py [--mien PATH] [--rounds N]

Each executor gets the network in its own format, made here from the committed file with int8 weights written out as
f32; it runs on one thread and in f32, and its outputs must be ours. In a round every executor has a turn of some runs,
of which the first is not measured; so a busy moment of the machine hits all. Measured is CPU time: of the thread for
Mien and tract, which run in a process of `mien bench networks`, of the process for the others. These are given the
input once and leave the outputs where they are; Mien and tract copy both in every run.
"""

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import MNN
import ncnn
import numpy as np
import onnx
import onnxruntime
from ai_edge_litert.interpreter import Interpreter
from onnx import numpy_helper

import litert_model
from benching import default_mien, processor, splitmix

MODELS = Path(__file__).resolve().parents[2] / "models"

# Ours over the best other one, at most, by role.
TARGETS = {"identity": 0.9, "expression": 0.8, "detector": 0.8}

INPUT_SEED = 1  # of `mien bench networks`
LEAST_COSINE = 0.999

Outputs = list[np.ndarray]


@dataclass(frozen=True)
class Executor:
    """A network that is ready to run, and a look at the outputs of its last run."""

    run: Callable[[], object]
    outputs: Callable[[], Outputs]


@dataclass(frozen=True)
class Task:
    """A network at one size: what `mien bench networks` says of it, its entry, and its f32 file."""

    index: int
    report: dict
    entry: dict
    file: Path

    @property
    def title(self) -> str:
        return f"{self.report['file']} {self.report['side']}"

    def input(self) -> np.ndarray:
        """Noise of 0 to 255 as the network takes it, NCHW."""
        side, spec = self.report["side"], self.entry["input"]
        noise = splitmix(INPUT_SEED, 3 * side * side, 256).astype(np.float32).reshape(1, 3, side, side)
        mean, scale = (np.array(spec[key], np.float32).reshape(1, 3, 1, 1) for key in ("mean", "scale"))
        return (noise - mean) * scale


def written_out(entry: dict, side: int) -> onnx.ModelProto:
    """The committed network in f32, for an input of `side` pixels a side."""
    model = onnx.load(MODELS / entry["file"])
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if node.op_type == "DequantizeLinear":
            codes, scales = (constants[name] for name in node.input)
            weights = codes.astype(np.float32) * scales.reshape(-1, *[1] * (codes.ndim - 1))
            graph.initializer.append(numpy_helper.from_array(weights, node.output[0]))
        else:
            graph.node.append(node)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    for dimension in graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_value = side
    onnx.checker.check_model(model)
    return model


def onnx_runtime(task: Task) -> Executor:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(task.file), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, task.input())
    for output in session.get_outputs():
        binding.bind_output(output.name)
    return Executor(lambda: session.run_with_iobinding(binding), binding.copy_outputs_to_cpu)


def litert(task: Task) -> Executor:
    content = litert_model.convert(onnx.load(task.file))
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    interpreter.set_tensor(source["index"], np.ascontiguousarray(task.input().transpose(0, 2, 3, 1)))
    indices = [output["index"] for output in interpreter.get_output_details()]
    return Executor(interpreter.invoke, lambda: [interpreter.get_tensor(index) for index in indices])


def run_quietly(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")


def ncnn_network(task: Task) -> Executor:
    # The module of pnnx imports PyTorch; its program stands alone.
    folder = Path(importlib.util.find_spec("pnnx").submodule_search_locations[0])
    program = folder / ("pnnx.exe" if os.name == "nt" else "pnnx")
    program.chmod(0o755)
    side = task.report["side"]
    run_quietly([str(program), task.file.name, f"inputshape=[1,3,{side},{side}]", "fp16=0"], task.file.parent)
    network = ncnn.Net()
    network.opt.num_threads = 1
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    network.opt.use_bf16_packed = network.opt.use_bf16_storage = False
    stem = task.file.with_suffix("")
    if network.load_param(f"{stem}.ncnn.param") != 0 or network.load_model(f"{stem}.ncnn.bin") != 0:
        sys.exit(f"{task.title}: ncnn cannot load what pnnx made")
    source = ncnn.Mat(task.input()[0]).clone()
    names = [f"out{index}" for index in range(len(task.report["outputs"]))]

    def run() -> list[ncnn.Mat]:
        extractor = network.create_extractor()
        extractor.input("in0", source)
        return [extractor.extract(name)[1] for name in names]

    return Executor(run, lambda: [np.array(mat) for mat in run()])


def mnn(task: Task) -> Executor:
    made = task.file.with_suffix(".mnn")
    command = [sys.executable, "-m", "MNN.tools.mnnconvert", "-f", "ONNX", "--bizCode", "mien"]
    run_quietly([*command, "--modelFile", str(task.file), "--MNNModel", str(made)], task.file.parent)
    interpreter = MNN.Interpreter(str(made))
    session = interpreter.createSession({"backend": "CPU", "numThread": 1, "precision": "high"})
    values = task.input()
    source = MNN.Tensor(values.shape, MNN.Halide_Type_Float, values, MNN.Tensor_DimensionType_Caffe)
    interpreter.getSessionInput(session).copyFrom(source)

    def outputs() -> Outputs:
        found = []
        for spec in task.entry["outputs"]:
            tensor = interpreter.getSessionOutput(session, spec["name"])
            copy = MNN.Tensor(
                tensor.getShape(),
                MNN.Halide_Type_Float,
                np.zeros(tensor.getShape(), np.float32),
                MNN.Tensor_DimensionType_Caffe,
            )
            tensor.copyToHostTensor(copy)
            found.append(np.array(copy.getNumpyData()))
        return found

    return Executor(lambda: interpreter.runSession(session), outputs)


PEERS = {
    f"ONNX Runtime {version('onnxruntime')}": onnx_runtime,
    f"LiteRT {version('ai-edge-litert')}": litert,
    f"ncnn {version('ncnn')}": ncnn_network,
    f"MNN {version('mnn')}": mnn,
}


class Mien:
    """A process of `mien bench networks` that answers requests; Mien is its executor 0, tract 1."""

    def __init__(self, program: Path, sizes: str):
        command = [str(program), "bench", "networks", "--serve", "--size", sizes]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reports = json.loads(self.answer())

    def answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            sys.exit("mien bench networks ended; what it said stands above")
        return line

    def turn(self, task: Task, executor: int) -> float:
        """CPU milliseconds of a run."""
        print(task.index, executor, task.report["runs"], file=self.process.stdin, flush=True)
        return float(self.answer())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def turn(executor: Executor, runs: int) -> float:
    """CPU milliseconds of a run."""
    executor.run()
    started = time.process_time()
    for _ in range(runs):
        executor.run()
    return 1000 * (time.process_time() - started) / runs


def cosine(ours: np.ndarray, theirs: np.ndarray) -> float:
    ours, theirs = (values.ravel().astype(np.float64) for values in (ours, theirs))
    return float(ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs)))


def check_same(task: Task, name: str, executor: Executor) -> None:
    for spec, ours, theirs in zip(task.entry["outputs"], task.report["outputs"], executor.outputs(), strict=True):
        likeness = cosine(np.array(ours), theirs)
        if not likeness > LEAST_COSINE:
            sys.exit(f"{task.title} by {name}: the cosine of {spec['name']} and ours is {likeness:.4f}")


@dataclass
class Measured:
    task: Task
    peers: dict[str, Executor]
    times: dict[str, list[float]] = field(default_factory=dict)  # CPU milliseconds of a run, a value each round

    def round(self, mien: Mien) -> None:
        self.add("Mien", mien.turn(self.task, 0))
        for name, executor in self.peers.items():
            self.add(name, turn(executor, self.task.report["runs"]))
        self.add("tract", mien.turn(self.task, 1))

    def add(self, name: str, milliseconds: float) -> None:
        self.times.setdefault(name, []).append(milliseconds)

    def lines(self) -> list[str]:
        ours = self.times["Mien"]
        best = min(self.peers, key=lambda name: np.median(self.times[name]))
        lines = []
        for name, times in self.times.items():
            low, middle, high = np.quantile(times, [0.1, 0.5, 0.9])
            line = f"{name:<21} {middle:>7.2f} ms ({low:.2f} to {high:.2f})"
            line = f"{line:<50} {self.task.report['multiply_adds'] / middle / 1e6:>6.1f}"
            if name != "Mien":
                low, middle, high = np.quantile(np.divide(ours, times), [0.1, 0.5, 0.9])
                line += f" {middle:>7.2f} ({low:.2f} to {high:.2f})"
            if name == best:
                line += f"  best; at most {TARGETS[self.task.report['role']]} is wanted"
            lines.append(line)
        return lines


def prepare(mien: Mien, folder: Path) -> list[Measured]:
    entries = {entry["file"]: entry for entry in json.loads((MODELS / "manifest.json").read_text())["models"]}
    prepared = []
    for index, report in enumerate(mien.reports):
        entry = entries[report["file"]]
        file = folder / f"{Path(report['file']).stem}_{report['side']}.onnx"
        onnx.save(written_out(entry, report["side"]), file)
        task = Task(index, report, entry, file)
        peers = {}
        for name, make in PEERS.items():
            peers[name] = make(task)
            peers[name].run()
            check_same(task, name, peers[name])
        prepared.append(Measured(task, peers))
    return prepared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mien", type=Path, default=default_mien(), help="default: make build's")
    parser.add_argument("--rounds", type=int, default=30, help="measured rounds (default: 30)")
    parser.add_argument("--size", default="160,224", help="sides of the identity network's input (default: 160,224)")
    arguments = parser.parse_args()
    mien = Mien(arguments.mien, arguments.size)
    with tempfile.TemporaryDirectory() as folder:
        networks = prepare(mien, Path(folder))
        for _ in range(arguments.rounds):
            for network in networks:
                network.round(mien)
        for network in networks:
            for name, executor in network.peers.items():
                check_same(network.task, name, executor)
    mien.close()
    print(f"{processor()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}")
    print(f"f32, one thread, CPU time of a run: median (10 to 90 %) of {arguments.rounds} rounds")
    print(f"{'':<50} {'GMAC/s':>6}  Mien's time over it")
    for network in networks:
        print(f"{network.task.title}: {network.task.report['multiply_adds'] / 1e6:.1f} million multiply-adds")
        print("\n".join(f"  {line}" for line in network.lines()))


if __name__ == "__main__":
    main()
