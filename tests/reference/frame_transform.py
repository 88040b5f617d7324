"""Makes the vectors of tests/fixtures/transform/vectors.json: rectangles of a frame, and where a view shows them.

    python tests/reference/frame_transform.py            write the file
    python tests/reference/frame_transform.py --check    compare with the file

The map is a product of matrices in exact fractions: turned clockwise, mirrored, scaled, placed. The libraries compute it
in other steps and in floats. Python's standard library only.
"""

import json
import pathlib
import sys
from fractions import Fraction as F

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures/transform/vectors.json"
SCALES = {
    "FILL_START": (max, F(0)), "FILL_CENTER": (max, F(1, 2)), "FILL_END": (max, F(1)),
    "FIT_START": (min, F(0)), "FIT_CENTER": (min, F(1, 2)), "FIT_END": (min, F(1)), "STRETCH": (None, F(0)),
}
SIZES = [((480, 640), (1080, 1920)), ((480, 640), (1920, 1080)), ((640, 480), (300, 300)), ((7, 5), (7, 5))]
BOUNDS = (100, 50, 200, 120)


def product(one, other):
    return [[sum(one[i][k] * other[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def turned(size, degrees):
    """The matrix of a clockwise turn (y points down) that keeps the corner at the origin, and the turned size."""
    matrix, (width, height) = [[F(i == j) for j in range(3)] for i in range(3)], size
    for _ in range(degrees // 90):
        matrix = product([[F(0), F(-1), F(height)], [F(1), F(0), F(0)], [F(0), F(0), F(1)]], matrix)
        width, height = height, width
    return matrix, (width, height)


def matrix_of(frame, view, scale, degrees, mirror):
    matrix, (width, height) = turned(frame, degrees)
    if mirror:
        matrix = product([[F(-1), F(0), F(width)], [F(0), F(1), F(0)], [F(0), F(0), F(1)]], matrix)
    choose, share = SCALES[scale]
    across, down = F(view[0], width), F(view[1], height)
    if choose:
        across = down = choose(across, down)
    place = [[across, F(0), share * (view[0] - across * width)], [F(0), down, share * (view[1] - down * height)],
             [F(0), F(0), F(1)]]
    return product(place, matrix)


def placed(matrix, bounds):
    x, y, width, height = map(F, bounds)
    corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
    shown = [[row[0] * at[0] + row[1] * at[1] + row[2] for row in matrix[:2]] for at in corners]
    left, top = (min(point[axis] for point in shown) for axis in range(2))
    right, bottom = (max(point[axis] for point in shown) for axis in range(2))
    return [float(value) for value in (left, top, right - left, bottom - top)]


def vectors():
    for frame, view in SIZES:
        for scale in SCALES:
            for degrees in (0, 90, 180, 270):
                for mirror in (False, True):
                    matrix = matrix_of(frame, view, scale, degrees, mirror)
                    yield {
                        "frame": frame, "view": view, "scale": scale, "turn": degrees, "mirror": mirror,
                        "bounds": BOUNDS, "shown": placed(matrix, BOUNDS),
                    }


def main():
    text = "[\n" + ",\n".join(json.dumps(vector) for vector in vectors()) + "\n]\n"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if OUT.read_text() == text else f"{OUT.name} is out of date")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(text)


if __name__ == "__main__":
    main()
