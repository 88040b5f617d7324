"""Run a command, and print its peak resident memory and its standard output as JSON.

    python benches/against/peak_memory.py COMMAND [ARGUMENT...]

This is a separate process because a child's peak includes the memory of the process that it was forked from.
"""

import json
import os
import subprocess
import sys


def main() -> None:
    with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True) as child:
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(sys.argv[1:])}: exit code {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    print(json.dumps({"peak_bytes": usage.ru_maxrss * unit, "output": output}))


if __name__ == "__main__":
    main()
