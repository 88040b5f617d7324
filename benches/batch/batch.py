#!/usr/bin/env python3
"""Measures `mien analyze` on many pictures and a long video: throughput by the number of threads, the cost beside decoding
and networks, and the peak memory. Needs ffmpeg for the video. Usage: batch.py MIEN [--pictures FOLDER] [--quick]"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures"
ROUNDS = 5
# The stages of `mien bench` that one face needs, without the checks of quality, the gallery and the head.
NETWORKS = ("detection", "identity: crop and network", "expression: crop and network")


def run(command, **options):
    """Runs a command; returns its wall time, CPU time and peak memory (seconds, seconds, MiB) and its output."""
    before = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - before
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"{' '.join(map(str, command[:3]))} ... failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output


def album(folder, sources, count):
    """Fills `folder` with `count` links to the pictures `sources`."""
    folder.mkdir()
    for index in range(count):
        source = sources[index % len(sources)]
        (folder / f"{index:05}{source.suffix.lower()}").symlink_to(source)


def throughput(mien, folder, count):
    """Prints pictures per second with one and two threads, interleaved, and the CPU time of each picture."""
    rounds = []
    for _ in range(ROUNDS):
        one = run([mien, "analyze", folder, "--jsonl", "--jobs", "1"])
        two = run([mien, "analyze", folder, "--jsonl", "--jobs", "2"])
        if one[3] != two[3]:
            sys.exit("the results of one and two threads differ")
        rounds.append((one, two))
    one, two = (statistics.median(round[jobs][0] for round in rounds) for jobs in (0, 1))
    cpu = statistics.median(round[0][1] for round in rounds)
    ratio = statistics.median(one[0] / two[0] for one, two in rounds)
    print(f"{count} pictures: {count / one:.1f} per second with 1 job, {count / two:.1f} with 2, ratio {ratio:.2f}")
    print(f"  one job: {1000 * cpu / count:.2f} ms of CPU time per picture; {os.cpu_count()} processors")
    return 1000 * cpu / count


def share(mien, sources, each):
    """Prints the CPU time of a picture beside that of decoding it and of its networks, over some pictures."""
    decoding, networks = [], []
    for source in sources[:: max(1, len(sources) // 10)][:10]:
        stages = json.loads(run([mien, "bench", "--picture", source, "--rounds", "20", "--json"])[3])["stages"]
        times = {stage["stage"]: stage.get("cpu_ms_median") for stage in stages}
        decoding.append(times["decoding the file"])
        networks.append(sum(times[name] for name in NETWORKS))
    decoding, networks = statistics.mean(decoding), statistics.mean(networks)
    print(f"  decoding {decoding:.2f} ms, networks {networks:.2f} ms; ratio {each / (decoding + networks):.2f}")


def memory(mien, folder, sources, quick):
    """Prints the peak memory of batches of different length, and of a long video."""
    for count in (50, 500 if quick else 5000):
        album(folder / f"album{count}", sources, count)
        peak = run([mien, "analyze", folder / f"album{count}", "--json", "--csv", folder / "t.csv"])[2]
        print(f"{count} pictures, --json and --csv: {peak:.0f} MiB")
    for minutes in (1, 10 if quick else 120):
        film = folder / f"film{minutes}.mp4"
        frames = ["-framerate", "5", "-stream_loop", "-1", "-i", FIXTURES / "clip" / "%04d.jpg", "-t", str(60 * minutes)]
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", *frames, "-vf", "scale=480:-2", "-preset", "ultrafast", film], check=True
        )
        wall, _, peak, _ = run([mien, "analyze", film, "--json", "--csv", folder / "t.csv"])
        print(f"video of {minutes} min at 5 frames per second, every frame: {peak:.0f} MiB, {wall:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mien", type=Path)
    parser.add_argument("--pictures", type=Path, help="pictures to analyze [default: the bundled ones, repeated]")
    parser.add_argument("--quick", action="store_true", help="a tenth of the pictures and of the video")
    options = parser.parse_args()
    mien = options.mien.resolve()
    sources = sorted(path for path in (options.pictures or FIXTURES / "pictures").iterdir() if path.is_file())
    sources = [path.resolve() for path in sources if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    print(f"{platform.machine()}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        count = 500
        album(folder / "album", sources, count)
        each = throughput(mien, folder / "album", count)
        share(mien, sources, each)
        memory(mien, folder, sources, options.quick)


if __name__ == "__main__":
    main()
