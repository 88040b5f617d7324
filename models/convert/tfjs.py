"""Read the weights of a TensorFlow.js model."""

import numpy as np

DTYPES = {name: np.dtype(name).newbyteorder("<") for name in ("float32", "float16", "int32", "uint8", "uint16", "bool")}


def read_weights(groups: list[dict], data: bytes) -> dict[str, np.ndarray]:
    """Split `data` into named arrays in the layout of the weight manifest `groups`.

    Converts stored float16 to float32, and stored uint8 or uint16 to `stored * scale + min`.
    """
    weights = {}
    offset = 0
    for entry in (entry for group in groups for entry in group["weights"]):
        quantization = entry.get("quantization")
        stored = DTYPES[quantization["dtype"] if quantization else entry["dtype"]]
        count = int(np.prod(entry["shape"], dtype=np.int64))
        array = np.frombuffer(data, stored, count, offset).reshape(entry["shape"])
        offset += count * stored.itemsize
        if quantization and "scale" in quantization:
            array = array.astype(np.float32) * np.float32(quantization["scale"]) + np.float32(quantization["min"])
        weights[entry["name"]] = array.astype(DTYPES[entry["dtype"]])
    if offset != len(data):
        raise ValueError(f"the weight manifest describes {offset} bytes, the file has {len(data)}")
    return weights
