"""Write networks in the formats of other executors, converted from the committed files."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import onnx

import litert_model
import mnn_model
from network_model import network_model
from network_peers import PEERS
from network_task import Task


def write_files(tasks: Iterable[Task]) -> None:
    """Writes each task's files for the executors that take its precision, in the task's folder."""
    for task in tasks:
        model = network_model(task)
        onnx.save(model, task.file)
        for name, convert in CONVERTERS.items():
            if task.precision in PEERS[name].precisions:
                convert(task, model)


def litert_file(task: Task, model: onnx.ModelProto) -> None:
    content = litert_model.convert(model, half=task.precision == "f16")
    task.file.with_suffix(".tflite").write_bytes(content)


def ncnn_files(task: Task, _: onnx.ModelProto) -> None:
    # The Python module of pnnx imports PyTorch; its program does not need it.
    folder = Path(importlib.util.find_spec("pnnx").submodule_search_locations[0])
    program = folder / ("pnnx.exe" if os.name == "nt" else "pnnx")
    program.chmod(0o755)
    shape = f"inputshape=[1,3,{task.side},{task.side}]"
    run_quietly([str(program), task.file.name, shape, "fp16=0"], task.file.parent)


def run_quietly(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")


def mnn_file(task: Task, model: onnx.ModelProto) -> None:
    mnn_model.convert(model, task.file.with_suffix(".mnn"))


CONVERTERS = {"ai-edge-litert": litert_file, "ncnn": ncnn_files, "mnn": mnn_file}
