#!/usr/bin/env python3
"""Draws the icon of the sample, a face between the corners of a finder: for light, dark and tinted home screens.

    icon.py            writes the PNGs into ios/Sample/Sample/Resources/Assets.xcassets/AppIcon.appiconset
    icon.py --check    fails if the pixels of a file there are not those that this script draws
"""

import math
import struct
import sys
import zlib
from pathlib import Path

SIZE = 1024
FOLDER = Path(__file__).parents[2] / "ios/Sample/Sample/Resources/Assets.xcassets/AppIcon.appiconset"
# Background and lines, red, green and blue. The system colors the gray of a tinted icon.
VARIANTS = {
    "Icon.png": ((0x2F, 0x5D, 0x9E), (0xFF, 0xFF, 0xFF)),
    "Icon-dark.png": ((0x10, 0x16, 0x20), (0x8F, 0xB8, 0xF0)),
    "Icon-tinted.png": ((0x00, 0x00, 0x00), (0xE0, 0xE0, 0xE0)),
}


def arc(x, y, radius, width, covers):
    """Distance in pixels to an arc around the origin, negative inside of its line."""
    angle = math.atan2(y, x)
    if covers(angle):
        return abs(math.hypot(x, y) - radius) - width / 2
    ends = (0.15 * math.pi, 0.85 * math.pi)
    return min(math.hypot(x - radius * math.cos(a), y - radius * math.sin(a)) for a in ends) - width / 2


def bar(x, y, ax, ay, bx, by, width):
    """Distance to a line with round ends."""
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
    along = min(max(along, 0), 1)
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)) - width / 2


def distance(x, y):
    """Distance of a point from the drawing; the left half is the mirror image of the right one."""
    x = abs(x)
    face = abs(math.hypot(x, y) - 230) - 22
    eye = math.hypot(x - 82, y + 62) - 30
    mouth = arc(x, y - 10, 120, 40, lambda angle: 0.15 * math.pi <= angle <= 0.85 * math.pi)
    corner = min(
        bar(x, abs(y), 350, 350, 350, 230, 44),
        bar(x, abs(y), 350, 350, 230, 350, 44),
    )
    return min(face, eye, mouth, corner)


def coverage():
    """The share of each pixel that the drawing covers, 0 to 255, in rows."""
    half = SIZE // 2
    for row in range(SIZE):
        y = row + 0.5 - half
        right = [round(255 * min(max(0.5 - distance(column + 0.5, y), 0), 1)) for column in range(half)]
        yield right[::-1] + right


def png(rows, background, line):
    """A PNG without transparency. Each shade is one of a palette of 256."""
    palette = b"".join(
        bytes(round(b + (f - b) * share / 255) for b, f in zip(background, line)) for share in range(256)
    )
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def pixels(data):
    """The palette and the pixels of a PNG that this script wrote, whatever compressed them."""
    parts, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        parts[kind] = data[at + 8 : at + 8 + length]
        at += 12 + length
    return parts[b"IHDR"], parts[b"PLTE"], zlib.decompress(parts[b"IDAT"])


def main():
    rows = list(coverage())
    for name, (background, line) in VARIANTS.items():
        data, file = png(rows, background, line), FOLDER / name
        if sys.argv[1:] != ["--check"]:
            file.write_bytes(data)
        elif pixels(file.read_bytes()) != pixels(data):
            sys.exit(f"icon: {file.name} is not what this script draws")


if __name__ == "__main__":
    main()
