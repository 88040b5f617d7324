"""Writes the reference vectors for frame conversion: tests/fixtures/preprocess/.

The vectors come from OpenCV, SciPy and numpy, never from Mien's own code. A case defines a *frame* (raw bytes in a
camera format), its rotation, the crop, and the location of the expected picture:

    frame    format, width, height, planes (offset, row_stride, pixel_stride, length; all in bytes) in one .bin file.
             Bytes between and after the rows are random, so that code that reads them fails. The last row of every
             plane ends with its last sample, as a camera may deliver it.
    rotation clockwise rotation in degrees that makes the buffer upright; then `mirror` flips the picture sideways
    resize   the whole upright picture to width x height, bilinear, half-pixel centers, edge samples repeated
    affine   a size x size crop; `matrix` (2x3, row by row) maps continuous upright coordinates (the center of the first
             pixel is 0.5, 0.5) to continuous crop coordinates; bilinear, with zeros around the picture
             (a sample half outside is mixed with zero)
    expected float32, RGB 0..255, in `file`[`index`], an array of shape (pictures, height, width, 3)

YUV is BT.601 4:2:0, `video` (16..235) or `full` (JPEG). The expected pictures use the *nearest* chroma sample, like
OpenCV, and `video` pictures are rounded to whole levels before sampling; Mien interpolates chroma between centered
samples. Therefore the chroma planes are smooth, and the script measures a tolerance: the distance between the expected
picture and an exact numpy conversion with centered bilinear chroma, plus a margin (MARGIN).

    python tests/reference/preprocess.py            write the vectors, print sizes and the measured tolerances
    python tests/reference/preprocess.py --check    make them again and compare with the files

Made with numpy 2.4.6, scipy 1.17.1, opencv-python-headless 5.0.0.
"""

import argparse
import io
import json
import pathlib
import sys

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "preprocess"
SEED = 20240817
SIZES = [(30, 22), (31, 23)]
# Width, height, and whether rows are padded. The odd size comes both ways, since only it tests (w + 1) / 2.
LAYOUTS = [(30, 22, False), (31, 23, False), (31, 23, True)]
ORIENTATIONS = [(rotation, mirror) for rotation in (0, 90, 180, 270) for mirror in (False, True)]
TURN = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
# For a landscape picture; swapped for a portrait one. Only a quarter smaller, so that anti-aliasing does not matter.
RESIZE = (24, 18)
ENLARGE = (40, 33)
CROP = 16
# Bilinear weights in float32 on a range of 255 are exact to 1e-4; this allows fixed-point weights of 14 bits or more.
EXACT_TOLERANCE = 0.05
# Added to the measured distance for YUV, for chroma sampled directly at the target instead of in two steps (changes the
# maximum distance by 0.01), coefficients rounded to three digits, and values rounded to whole levels once more (0.5).
MARGIN = 0.5


# ---------------------------------------------------------------------------------------------------------------------
# Contents of the frames


def ramp(width, height, direction):
    """A linear slope over the picture, -1..1, rising in `direction` (radians)."""
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = (np.arange(height) + 0.5) / height * 2 - 1
    slope = np.cos(direction) * x[None, :] + np.sin(direction) * y[:, None]
    return slope / np.abs(slope).max()


def rgb_content(width, height, rng):
    """Three different slopes with noise, so that every wrong rotation, flip or channel swap is detected."""
    channels = [127 + 80 * ramp(width, height, angle) for angle in (0.4, 2.1, 3.9)]
    noise = rng.integers(-40, 41, (height, width, 3))
    return np.clip(np.round(np.stack(channels, 2) + noise), 0, 255).astype(np.uint8)


def yuv_content(width, height, rng):
    """Luma with noise, smooth chroma (about 1.3 levels per luma pixel), no color outside RGB in either range."""
    luma = np.round(127 + 50 * ramp(width, height, 0.7) + rng.integers(-15, 16, (height, width)))
    chroma_size = ((width + 1) // 2, (height + 1) // 2)
    u = np.round(126 + 20 * ramp(*chroma_size, 2.5))
    v = np.round(130 + 20 * ramp(*chroma_size, 4.2))
    return tuple(plane.astype(np.uint8) for plane in (luma, u, v))


# ---------------------------------------------------------------------------------------------------------------------
# Buffers: memory layout of the contents


class Buffer:
    """Collects planes into one byte array with random unused bytes."""

    def __init__(self, rng):
        self.rng, self.bytes = rng, np.zeros(0, np.uint8)

    def plane(self, name, samples, row_stride):
        """Appends `samples` (rows x columns x bytes per pixel) and returns the plane's layout."""
        rows, columns, depth = samples.shape
        block = self.rng.integers(0, 256, (rows, row_stride), dtype=np.uint8)
        block[:, : columns * depth] = samples.reshape(rows, -1)
        offset, length = len(self.bytes), (rows - 1) * row_stride + columns * depth
        self.bytes = np.concatenate([self.bytes, block.ravel()[:length]])
        return {"name": name, "offset": offset, "row_stride": row_stride, "pixel_stride": depth, "length": length}


def packed_frame(format_name, pixels, padded, rng):
    buffer = Buffer(rng)
    row = pixels.shape[1] * pixels.shape[2]
    return [buffer.plane(format_name, pixels, row + (13 if padded else 0))], buffer.bytes


def yuv_frame(format_name, planes, padded, rng):
    """`yuv420-uv` and `yuv420-vu` are views of interleaved chroma, as on Android: two planes of pixel stride 2, one byte
    apart, each ending with its own last sample."""
    y, u, v = (plane[:, :, None] for plane in planes)
    pad = 7 if padded else 0
    buffer = Buffer(rng)
    described = [buffer.plane("y", y, y.shape[1] + pad)]
    if format_name == "i420":
        described += [buffer.plane("u", u, u.shape[1] + pad), buffer.plane("v", v, v.shape[1] + pad)]
        return described, buffer.bytes
    u_first = format_name in ("nv12", "yuv420-uv")
    pair = np.concatenate([u, v] if u_first else [v, u], 2)
    interleaved = buffer.plane("uv" if u_first else "vu", pair, 2 * u.shape[1] + pad)
    if format_name in ("nv12", "nv21"):
        return described + [interleaved], buffer.bytes
    view = {**interleaved, "length": interleaved["length"] - 1}
    first, second = ({**view, "offset": view["offset"] + shift} for shift in (0, 1))
    u_view, v_view = (first, second) if u_first else (second, first)
    return described + [{**u_view, "name": "u"}, {**v_view, "name": "v"}], buffer.bytes


# ---------------------------------------------------------------------------------------------------------------------
# Conversion to RGB: the reference, and an exact conversion that measures the tolerance


def reference_rgb(planes, value_range):
    """Nearest chroma. Video range: cv2.cvtColor requires even sides, so planes are padded and the result cropped."""
    y, u, v = planes
    height, width = y.shape
    if value_range == "video":
        even = cv2.copyMakeBorder(y, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        stacked = np.concatenate([even.ravel(), u.ravel(), v.ravel()]).reshape(-1, even.shape[1])
        rgb = cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420)
        return rgb[:height, :width].astype(np.float32)
    nearest = [np.repeat(np.repeat(plane, 2, 0), 2, 1)[:height, :width].astype(np.float64) for plane in (u, v)]
    return full_range_rgb(y.astype(np.float64), *nearest).astype(np.float32)


def full_range_rgb(y, u, v):
    """JFIF (JPEG) formula."""
    u, v = u - 128, v - 128
    return np.clip(np.stack([y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u], 2), 0, 255)


def centered_chroma_rgb(planes, value_range):
    """Chroma sample c is at luma coordinate 2 (c + 0.5); bilinear between samples, edge repeated, no rounding."""
    y, u, v = (plane.astype(np.float64) for plane in planes)
    rows, columns = ((np.arange(side) + 0.5) / 2 - 0.5 for side in y.shape)
    grid = np.meshgrid(rows, columns, indexing="ij")
    u, v = (map_coordinates(plane, grid, order=1, mode="nearest") for plane in (u, v))
    if value_range == "video":
        y, u, v = (y - 16) * 255 / 219, (u - 128) * 255 / 224 + 128, (v - 128) * 255 / 224 + 128
    return full_range_rgb(y, u, v).astype(np.float32)


# ---------------------------------------------------------------------------------------------------------------------
# Outputs


def upright(rgb, rotation, mirror):
    turned = cv2.rotate(rgb, TURN[rotation]) if rotation else rgb
    return cv2.flip(turned, 1) if mirror else turned


def resize(rgb, width, height):
    return cv2.resize(rgb, (width, height), interpolation=cv2.INTER_LINEAR)


def affine(rgb, matrix):
    """Samples at the inverse image of every crop pixel's center; zeros around the picture ("grid-constant")."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    centers = np.arange(CROP) + 0.5
    x, y = np.meshgrid(centers, centers)
    source_x, source_y, _ = inverse @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    where = [source_y.reshape(CROP, CROP) - 0.5, source_x.reshape(CROP, CROP) - 0.5]
    channels = [map_coordinates(rgb[:, :, c], where, order=1, mode="grid-constant", cval=0.0) for c in range(3)]
    return np.stack(channels, 2).astype(np.float32)


def opencv_affine(rgb, matrix):
    """The same by cv2.warpAffine, with integer pixel centers; older versions use steps of 1/32 pixel."""
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    return cv2.warpAffine(rgb, shifted, (CROP, CROP), flags=cv2.INTER_LINEAR)


def crop_matrix(width, height, degrees, scale, center):
    """Rotates by `degrees`, scales, and moves the point at `center` (fractions of the sides) to the crop's center."""
    angle = np.radians(degrees)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = CROP / 2 - linear @ [center[0] * width, center[1] * height]
    return np.round(np.column_stack([linear, shift]), 6)


def resize_output(size):
    return {"kind": "resize", "width": size[0], "height": size[1]}


def affine_output(matrix):
    return {"kind": "affine", "size": CROP, "matrix": matrix.ravel().tolist()}


def outputs_of(width, height):
    """The outputs for an upright picture of this size: (kind, description for the case, function)."""
    resized = RESIZE if width > height else RESIZE[::-1]
    # The first crop extends beyond the left and upper edge; the second one enlarges and is inside.
    over_edge = crop_matrix(width, height, 17, 0.8, (0.3, 0.35))
    inside = crop_matrix(width, height, -35, 1.7, (0.55, 0.5))
    return [
        ("resize", resize_output(resized), lambda rgb: resize(rgb, *resized)),
        ("affine", affine_output(over_edge), lambda rgb: affine(rgb, over_edge)),
        ("enlarge", resize_output(ENLARGE), lambda rgb: resize(rgb, *ENLARGE)),
        ("zoom", affine_output(inside), lambda rgb: affine(rgb, inside)),
    ]


def wanted(kind, width, rotation, mirror):
    """Shrinking and the crop beyond the edge for every orientation; the other two once, for the odd size."""
    return kind in ("resize", "affine") or (width == SIZES[1][0] and rotation == 90 and mirror)


# ---------------------------------------------------------------------------------------------------------------------
# The whole set


class Vectors:
    def __init__(self):
        self.rng = np.random.default_rng(SEED)
        self.frames, self.cases, self.binaries = {}, [], {}
        self.pictures, self.places, self.measured, self.opencv_distance = {}, {}, {}, 0.0

    def add_frame(self, name, format_name, width, height, planes, data):
        self.binaries[f"{name}.bin"] = data
        self.frames[name] = {
            "file": f"{name}.bin", "format": format_name, "width": width, "height": height, "planes": planes,
        }

    def expected(self, content, size, kind, rotation, mirror, output, picture):
        """Stores a picture once for all frames with the same content and returns its location."""
        key = (content, size, kind, rotation, mirror)
        if key not in self.places:
            shape = "portrait" if kind == "resize" and output["height"] > output["width"] else ""
            file = "-".join(filter(None, [content, f"{size[0]}x{size[1]}", kind, shape])) + ".npy"
            stack = self.pictures.setdefault(file, [])
            self.places[key] = {"file": file, "index": len(stack)}
            stack.append(picture)
        return self.places[key]

    def add_cases(self, frame, content, value_range, reference, exact=None):
        """Adds every orientation and output of one frame. `exact` is the conversion that measures the tolerance."""
        described = self.frames[frame]
        size = (described["width"], described["height"])
        for rotation, mirror in ORIENTATIONS:
            picture = upright(reference, rotation, mirror)
            for kind, output, make in outputs_of(picture.shape[1], picture.shape[0]):
                if not wanted(kind, size[0], rotation, mirror):
                    continue
                result = make(picture)
                turn = f"r{rotation}" + ("-mirror" if mirror else "")
                case = {"name": "-".join(filter(None, [frame, value_range, turn, kind])), "frame": frame}
                if value_range:
                    case["range"] = value_range
                case |= {"rotation": rotation, "mirror": mirror, "output": output}
                case["expected"] = self.expected(content, size, kind, rotation, mirror, output, result)
                case["content"] = content
                if exact is not None:
                    distance = np.abs(make(upright(exact, rotation, mirror)) - result)
                    largest, mean = self.measured.get(content, (0.0, 0.0))
                    self.measured[content] = (max(largest, distance.max()), max(mean, distance.mean()))
                if output["kind"] == "affine":
                    matrix = np.array(output["matrix"]).reshape(2, 3)
                    distance = np.abs(opencv_affine(picture, matrix) - result).max()
                    self.opencv_distance = max(self.opencv_distance, float(distance))
                self.cases.append(case)

    def set_tolerances(self):
        for case in self.cases:
            content = case.pop("content")
            largest, mean = self.measured.get(content, (0.0, 0.0))
            yuv = content in self.measured
            case["tolerance"] = round(float(largest) + MARGIN, 2) if yuv else EXACT_TOLERANCE
            case["mean_tolerance"] = round(float(mean) + MARGIN / 2, 2) if yuv else EXACT_TOLERANCE / 2


def add_orientation_cases(vectors):
    rgb = {size: rgb_content(*size, vectors.rng) for size in SIZES}
    yuv = {size: yuv_content(*size, vectors.rng) for size in SIZES}
    for width, height, padded in LAYOUTS:
        tag = f"{width}x{height}{'-padded' if padded else ''}"
        picture, planes = rgb[width, height], yuv[width, height]
        alpha = vectors.rng.integers(0, 256, (height, width, 1), dtype=np.uint8)
        packed = {
            "rgb8": picture,
            "rgba8": np.concatenate([picture, alpha], 2),
            "bgra8": np.concatenate([picture[:, :, ::-1], alpha], 2),
            "gray8": picture[:, :, :1],
        }
        for format_name, pixels in packed.items():
            name = f"{format_name}-{tag}"
            described, data = packed_frame(format_name, pixels, padded, vectors.rng)
            vectors.add_frame(name, format_name, width, height, described, data)
            gray = format_name == "gray8"
            shown = np.repeat(pixels, 3, 2) if gray else picture
            vectors.add_cases(name, "gray" if gray else "rgb", None, shown.astype(np.float32))
        for variant in ("nv12", "nv21", "i420", "yuv420-uv", "yuv420-vu"):
            name = f"{variant}-{tag}"
            described, data = yuv_frame(variant, planes, padded, vectors.rng)
            vectors.add_frame(name, variant.split("-")[0], width, height, described, data)
            for value_range in ("video", "full"):
                reference, exact = reference_rgb(planes, value_range), centered_chroma_rgb(planes, value_range)
                vectors.add_cases(name, f"yuv-{value_range}", value_range, reference, exact)


def add_flat_colors(vectors):
    """One color per frame: black, white, and colors beyond RGB, which must be clipped without wrapping around."""
    for y, u, v in [(0, 128, 128), (16, 128, 128), (235, 128, 128), (255, 128, 128), (235, 255, 0), (20, 0, 255)]:
        planes = (np.full((2, 2), y, np.uint8), np.full((1, 1), u, np.uint8), np.full((1, 1), v, np.uint8))
        name = f"flat-{y}-{u}-{v}"
        vectors.add_frame(name, "nv12", 2, 2, *yuv_frame("nv12", planes, False, vectors.rng))
        for value_range in ("video", "full"):
            content = f"flat-{value_range}"
            picture = reference_rgb(planes, value_range)
            stack = vectors.pictures.setdefault(f"{content}.npy", [])
            vectors.cases.append({
                "name": f"{name}-{value_range}", "frame": name, "range": value_range, "rotation": 0, "mirror": False,
                "output": {"kind": "resize", "width": 2, "height": 2},
                "expected": {"file": f"{content}.npy", "index": len(stack)}, "content": content,
            })
            stack.append(picture)
            distance = np.abs(centered_chroma_rgb(planes, value_range) - picture)
            largest, mean = vectors.measured.get(content, (0.0, 0.0))
            vectors.measured[content] = (max(largest, distance.max()), max(mean, distance.mean()))


def lines(title, rows):
    """JSON with one row per line: readable in a diff, small on disk."""
    return f' "{title}": [\n' + ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in rows) + "\n ]"


def files_of(vectors):
    files = {name: data.tobytes() for name, data in vectors.binaries.items()}
    for name, stack in vectors.pictures.items():
        stream = io.BytesIO()
        np.save(stream, np.stack(stack).astype("<f4"))
        files[name] = stream.getvalue()
    frames = [{"name": name, **frame} for name, frame in vectors.frames.items()]
    files["cases.json"] = ("{\n" + lines("frames", frames) + ",\n" + lines("cases", vectors.cases) + "\n}\n").encode()
    return files


def same(name, ours, theirs):
    """Whether the bytes are equal; pictures may differ by a hundredth of a level, for another OpenCV's rounding."""
    if ours == theirs:
        return True
    if not name.endswith(".npy"):
        return False
    ours, theirs = (np.load(io.BytesIO(data)) for data in (ours, theirs))
    return ours.shape == theirs.shape and bool(np.abs(ours - theirs).max() <= 0.01)


def main():
    arguments = argparse.ArgumentParser(description="Writes the reference vectors for frame conversion.")
    arguments.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    check = arguments.parse_args().check
    cv2.setNumThreads(1)

    vectors = Vectors()
    add_orientation_cases(vectors)
    add_flat_colors(vectors)
    vectors.set_tolerances()
    # 1/32 pixel in each direction, with steps of at most 160 levels between neighbors, and to zero at the edge.
    assert vectors.opencv_distance < 10, f"cv2.warpAffine is {vectors.opencv_distance:.2f} levels away"
    files = files_of(vectors)

    if check:
        present = {path.name for path in OUT.iterdir()} if OUT.is_dir() else set()
        wrong = sorted(present ^ set(files)) + sorted(
            name for name in present & set(files) if not same(name, files[name], (OUT / name).read_bytes()))
        print(f"{len(files)} files checked" if not wrong else "different: " + ", ".join(wrong))
        sys.exit(1 if wrong else 0)

    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for name, data in files.items():
        (OUT / name).write_bytes(data)
    size = sum(map(len, files.values()))
    print(f"{len(vectors.frames)} frames, {len(vectors.cases)} cases, {len(files)} files, {size} bytes")
    print(f"cv2.warpAffine against exact sampling: {vectors.opencv_distance:.4f} levels at most")
    for content, (largest, mean) in vectors.measured.items():
        print(f"{content}: centered chroma is at most {largest:.2f} levels away, {mean:.2f} in the worst picture's mean")


if __name__ == "__main__":
    main()
