"""The executors that Mien is compared with, each of which loads a network from a file in its own format.

    python benches/against/network_peers.py NAME --folder FOLDER --networks FILE:SIDE:PRECISION...

The program answers the line `outputs` with the outputs of all networks, and `NETWORK RUNS` with the CPU milliseconds
per run. It needs NumPy and the executor's package alone, so that it also runs in an emulator; network_files.py writes
the files. Every executor runs on one thread and has f32 inputs and outputs.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from network_task import Task

Outputs = list[np.ndarray]


@dataclass(frozen=True)
class Executor:
    """A loaded network: a function that runs it, and one that returns the outputs of the last run."""

    run: Callable[[], object]
    outputs: Callable[[], Outputs]


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

    interpreter = Interpreter(model_path=str(task.file.with_suffix(".tflite")), num_threads=1)
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    interpreter.set_tensor(source["index"], np.ascontiguousarray(task.input().transpose(0, 2, 3, 1)))
    indices = [output["index"] for output in interpreter.get_output_details()]
    return Executor(interpreter.invoke, lambda: [interpreter.get_tensor(index) for index in indices])


def ncnn_network(task: Task) -> Executor:
    import ncnn

    half = task.precision == "f16"
    network = ncnn.Net()
    network.opt.num_threads = 1
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = half
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

    interpreter = MNN.Interpreter(str(task.file.with_suffix(".mnn")))
    precision = "low" if task.precision == "f16" else "high"
    session = interpreter.createSession({"backend": "CPU", "numThread": 1, "precision": precision})
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
    """Another executor, its name for people, and the precisions in which it runs networks."""

    title: str
    load: Callable[[Task], Executor]
    precisions: tuple[str, ...]


PEERS = {
    "onnxruntime": Peer("ONNX Runtime", onnx_runtime, ("f32", "int8")),
    "ai-edge-litert": Peer("LiteRT", litert, ("f32", "int8", "f16")),
    "ncnn": Peer("ncnn", ncnn_network, ("f32", "f16")),
    "mnn": Peer("MNN", mnn, ("f32", "int8", "f16")),
}


def script_of(name: str, tasks: list[Task]) -> list[str]:
    """This program with its arguments, without the Python interpreter, for tasks in one folder."""
    return [__file__, name, "--folder", str(tasks[0].file.parent), "--networks", *(task.name for task in tasks)]


def turn(executor: Executor, runs: int) -> float:
    """The CPU milliseconds per run."""
    executor.run()
    started = time.process_time()
    for _ in range(runs):
        executor.run()
    return 1000 * (time.process_time() - started) / runs


def serve(name: str, tasks: list[Task]) -> None:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("--folder", type=Path, required=True, help="the folder of the files")
    parser.add_argument("--networks", nargs="+", required=True, help="FILE:SIDE:PRECISION of each")
    arguments = parser.parse_args()
    serve(arguments.name, [Task.named(name, arguments.folder) for name in arguments.networks])


if __name__ == "__main__":
    main()
