"""Compare the CPU time of Mien's networks with other executors, on the same networks and inputs.

    python benches/against/network_cost.py [--mien PATH] [--rounds N] [--size SIDES]

Each executor gets the network in its own format, converted here from the committed file, and runs on one thread. In f32
the int8 weights are dequantized and activations are not quantized. In int8 all executors have f32 inputs and outputs,
and the others get their fastest form: activations of 8 bits (quantized.py), and weights of 7 bits with a scale per
channel like ours, because in ONNX Runtime products of larger weights overflow on processors without VNNI. ncnn's package
has no tool that accepts ranges, and tract's times are in f32. The outputs must match ours, before and after the rounds.

Each executor has its own process. In a round every executor has a turn of several runs at every network; the first run
of a turn is not measured. Therefore other load on the machine affects all executors. The measured time is the CPU time
of the thread for Mien and tract, and of the process for the others. The others leave the outputs in place and, except
for MNN, have the input set once; Mien and tract copy their outputs to vectors in every run, and tract also copies the
input.
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
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from benching import Worker, default_mien, processor, splitmix

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
sys.path[:0] = [str(MODELS / "convert"), str(ROOT / "tests" / "reference")]
from quantize import dequantize, without_ranges  # noqa: E402
from quantized import in_eight_bits  # noqa: E402

# Maximum ratio of our time to the best other executor's, and to tract's in f32, by role, precision and side; a side of
# None stands for all other sides.
BEST_TARGETS = {
    ("identity", "int8", 160): 0.65,
    ("identity", "int8", None): 0.8,
    ("identity", "f32", None): 0.9,
    ("expression", "f32", None): 0.8,
    ("detector", "f32", None): 0.8,
}
TRACT_TARGETS = {("identity", "int8", 160): 0.25, ("identity", "int8", None): 0.3}

INPUT_SEED = 1  # as in `mien bench networks`
MIN_COSINE = {"f32": 0.999, "int8": 0.99}

Outputs = list[np.ndarray]


@dataclass(frozen=True)
class Executor:
    """A loaded network: a function that runs it, and one that returns the outputs of the last run."""

    run: Callable[[], object]
    outputs: Callable[[], Outputs]


@dataclass(frozen=True)
class Task:
    """A network at one size in one precision: its entry in the manifest, the input side in pixels, and its file."""

    entry: dict
    side: int
    precision: str
    file: Path

    @staticmethod
    def of(entry: dict, side: int, precision: str, folder: Path) -> "Task":
        return Task(entry, side, precision, folder / f"{Path(entry['file']).stem}_{side}_{precision}.onnx")

    def model(self) -> onnx.ModelProto:
        """The committed network in the form for other executors."""
        model = onnx.load(MODELS / self.entry["file"])
        for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
            dimension.dim_value = self.side
        return in_eight_bits(model) if self.precision == "int8" else written_out(model)

    def input(self) -> np.ndarray:
        """Noise of 0 to 255, normalized for the network, NCHW."""
        side, spec = self.side, self.entry["input"]
        noise = splitmix(INPUT_SEED, 3 * side * side, 256).astype(np.float32).reshape(1, 3, side, side)
        mean, scale = (np.array(spec[key], np.float32).reshape(1, 3, 1, 1) for key in ("mean", "scale"))
        return (noise - mean) * scale


def manifest() -> dict[str, dict]:
    """The manifest's entries by file."""
    return {entry["file"]: entry for entry in json.loads((MODELS / "manifest.json").read_text())["models"]}


def written_out(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network entirely in f32."""
    model = without_ranges(model)
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if node.op_type == "DequantizeLinear":
            codes, scales = (constants[name] for name in node.input)
            weights = dequantize(codes, scales).astype(np.float32)
            graph.initializer.append(numpy_helper.from_array(weights, node.output[0]))
        else:
            graph.node.append(node)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    return model


def onnx_runtime(task: Task) -> Executor:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(task.file), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, task.input())
    for output in session.get_outputs():
        binding.bind_output(output.name)
    return Executor(lambda: session.run_with_iobinding(binding), binding.copy_outputs_to_cpu)


def litert(task: Task) -> Executor:
    from ai_edge_litert.interpreter import Interpreter

    import litert_model

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
    import ncnn

    # The Python module of pnnx imports PyTorch; its program does not need it.
    folder = Path(importlib.util.find_spec("pnnx").submodule_search_locations[0])
    program = folder / ("pnnx.exe" if os.name == "nt" else "pnnx")
    program.chmod(0o755)
    shape = f"inputshape=[1,3,{task.side},{task.side}]"
    run_quietly([str(program), task.file.name, shape, "fp16=0"], task.file.parent)
    network = ncnn.Net()
    network.opt.num_threads = 1
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    network.opt.use_bf16_packed = network.opt.use_bf16_storage = False
    stem = task.file.with_suffix("")
    if network.load_param(f"{stem}.ncnn.param") != 0 or network.load_model(f"{stem}.ncnn.bin") != 0:
        sys.exit(f"{task.file.name}: ncnn cannot load what pnnx made")
    values = np.ascontiguousarray(task.input()[0])  # the first Mat borrows this memory
    source = ncnn.Mat(values).clone()
    names = [f"out{index}" for index in range(len(task.entry["outputs"]))]

    def run() -> list[ncnn.Mat]:
        extractor = network.create_extractor()
        extractor.input("in0", source)
        return [extractor.extract(name)[1] for name in names]

    return Executor(run, lambda: [np.array(mat) for mat in run()])


def mnn(task: Task) -> Executor:
    import MNN

    import mnn_model

    made = task.file.with_suffix(".mnn")
    mnn_model.convert(onnx.load(task.file), made)
    interpreter = MNN.Interpreter(str(made))
    session = interpreter.createSession({"backend": "CPU", "numThread": 1, "precision": "high"})
    values = task.input()
    source = MNN.Tensor(values.shape, MNN.Halide_Type_Float, values, MNN.Tensor_DimensionType_Caffe)
    place = interpreter.getSessionInput(session)

    def run() -> None:
        place.copyFrom(source)  # a run overwrites its input
        interpreter.runSession(session)

    def outputs() -> Outputs:
        found = []
        for spec in task.entry["outputs"]:
            tensor = interpreter.getSessionOutput(session, spec["name"])
            shape = tensor.getShape()
            zeros = np.zeros(shape, np.float32)
            copy = MNN.Tensor(shape, MNN.Halide_Type_Float, zeros, MNN.Tensor_DimensionType_Caffe)
            tensor.copyToHostTensor(copy)
            found.append(np.array(copy.getNumpyData()))
        return found

    return Executor(run, outputs)


@dataclass(frozen=True)
class Peer:
    """Another executor, and whether it runs quantized networks in int8."""

    load: Callable[[Task], Executor]
    int8: bool

    def takes(self, precision: str) -> bool:
        return self.int8 or precision == "f32"


PEERS = {
    "onnxruntime": Peer(onnx_runtime, int8=True),
    "ai-edge-litert": Peer(litert, int8=True),
    "ncnn": Peer(ncnn_network, int8=False),
    "mnn": Peer(mnn, int8=True),
}


def turn(executor: Executor, runs: int) -> float:
    """The CPU milliseconds per run."""
    executor.run()
    started = time.process_time()
    for _ in range(runs):
        executor.run()
    return 1000 * (time.process_time() - started) / runs


def serve(name: str, tasks: list[Task]) -> None:
    """Answers `outputs` with the outputs of all networks, and `NETWORK RUNS` with the CPU milliseconds per run."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries may print to standard output
    executors = [PEERS[name].load(task) for task in tasks]
    for executor in executors:
        executor.run()
    for line in sys.stdin:
        if line.strip() == "outputs":
            values = [[output.ravel().tolist() for output in executor.outputs()] for executor in executors]
            print(json.dumps(values), file=answers, flush=True)
        else:
            network, runs = map(int, line.split())
            print(turn(executors[network], runs), file=answers, flush=True)


def cosine(ours: list[float], theirs: list[float]) -> float:
    return float(np.dot(ours, theirs) / (np.linalg.norm(ours) * np.linalg.norm(theirs)))


def check_same(reports: list[dict], entries: dict[str, dict], name: str, worker: Worker) -> None:
    for report, outputs in zip(reports, worker.ask("outputs"), strict=True):
        specs = entries[report["file"]]["outputs"]
        for spec, ours, theirs in zip(specs, report["outputs"], outputs, strict=True):
            likeness = cosine(ours, theirs)
            if not likeness > MIN_COSINE[report["precision"]]:
                sys.exit(f"{report['file']} by {name}: the cosine of {spec['name']} and ours is {likeness:.4f}")


def lines_of(report: dict, times: dict[str, list[float]]) -> list[str]:
    """A table of executors; `times` are CPU milliseconds per run, one value per round, Mien's first."""
    best = min((name for name in times if name in PEERS), key=lambda name: np.median(times[name]))
    what = f"{report['file']} in {report['precision']}, {report['side']} pixels a side"
    lines = [f"{what}, {report['multiply_adds'] / 1e6:.1f} million multiply-adds"]
    for name, values in times.items():
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
        title = f"{name} {version(name)}" if name in PEERS else name
        if name == "tract" and report["precision"] == "int8":
            title += " (f32)"
        line = f"  {title:<23} {middle:>6.2f} ms {f'({low:.2f} to {high:.2f})':<18}"
        line += f" {report['multiply_adds'] / middle / 1e6:>6.1f}"
        if name != "Mien":
            low, middle, high = np.quantile(np.divide(times["Mien"], values), [0.1, 0.5, 0.9])
            line += f" {middle:>10.2f} ({low:.2f} to {high:.2f})"
        if name == best:
            line += f"  best other{verdict(BEST_TARGETS, report, middle)}"
        if name == "tract":
            line += verdict(TRACT_TARGETS, report, middle)
        lines.append(line)
    return lines


def verdict(targets: dict[tuple, float], report: dict, ratio: float) -> str:
    kind = report["role"], report["precision"]
    target = targets.get((*kind, report["side"]), targets.get((*kind, None)))
    if target is None:
        return ""
    return f"; target {target}: {'met' if ratio <= target else 'not met'}"


def measure(arguments: argparse.Namespace, folder: Path) -> tuple[list[dict], list[dict[str, list[float]]]]:
    """The report of `mien bench networks` on each network, and the CPU milliseconds per run by executor."""
    entries = manifest()
    mien = Worker([str(arguments.mien), "bench", "networks", "--serve", "--size", arguments.size])
    reports = mien.answer()
    for report in reports:
        task = Task.of(entries[report["file"]], report["side"], report["precision"], folder)
        onnx.save(task.model(), task.file)
    taken = {name: [report for report in reports if peer.takes(report["precision"])] for name, peer in PEERS.items()}
    script = [sys.executable, __file__, "--folder", str(folder), "--serve"]
    peers = {name: Worker([*script, name, "--networks", *map(network_name, taken[name])]) for name in PEERS}
    for name, worker in peers.items():
        check_same(taken[name], entries, name, worker)
    times = []
    for report in reports:
        times.append({name: [] for name in ("Mien", *(name for name in PEERS if report in taken[name]), "tract")})
    for _ in range(arguments.rounds):
        for network, (report, own) in enumerate(zip(reports, times, strict=True)):
            runs = report["runs"]
            own["Mien"].append(mien.ask(network, 0, runs))
            for name, worker in peers.items():
                if name in own:
                    own[name].append(worker.ask(taken[name].index(report), runs))
            own["tract"].append(mien.ask(network, 1, runs))
    for name, worker in peers.items():
        check_same(taken[name], entries, name, worker)
        worker.close()
    mien.close()
    return reports, times


def network_name(report: dict) -> str:
    return f"{report['file']}:{report['side']}:{report['precision']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mien", type=Path, default=default_mien(), help="default: make build's")
    parser.add_argument("--rounds", type=int, default=30, help="measured rounds (default: 30)")
    parser.add_argument("--size", default="160,224", help="sides of the identity network's input (default: 160,224)")
    for name in ("--serve", "--folder"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--networks", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        entries, folder = manifest(), Path(arguments.folder)
        networks = [network.rsplit(":", 2) for network in arguments.networks]
        tasks = [Task.of(entries[file], int(side), precision, folder) for file, side, precision in networks]
        return serve(arguments.serve, tasks)
    with tempfile.TemporaryDirectory() as folder:
        reports, times = measure(arguments, Path(folder))
    print(f"{processor()}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}")
    print(f"CPU time of a run on one thread, median (10 to 90 %) of {arguments.rounds} rounds")
    print(f"{'':<53} {'GMAC/s':>6} {'Mien / this':>14}")
    for report, own in zip(reports, times, strict=True):
        print("\n".join(lines_of(report, own)))


if __name__ == "__main__":
    main()
