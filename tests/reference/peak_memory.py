"""Run a command, and print as JSON its peak resident memory and what it wrote to standard output.

    python tests/reference/peak_memory.py COMMAND [ARGUMENT...]

A process of its own, because a child's peak counts the memory of the process that it was forked from.
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
