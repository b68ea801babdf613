"""Analyses the films that it is told of on standard input, one after the other, as `pi-coach analyze` does.

A process of its own, with bounded memory: a decoder that crashes ends this one and not the tests.
"""

import contextlib
import io
import json
import resource
import sys
import time

from pi_coach import cli

DATA_MB = 3000
"""The pose engine and its model take about a sixth of it."""


def analysed(path, arguments):
    said, out = io.StringIO(), io.StringIO()
    began_s = time.process_time()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(out):
        code = cli.main((*arguments, "analyze", path, "--drill", "rdl", "--json", "-"))
    took_s = time.process_time() - began_s
    frames = json.loads(out.getvalue())["frames"] if code == 0 else 0
    return {"code": code, "said": said.getvalue(), "cpu_s": took_s, "frames": frames}


def main():
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_MB * 1_000_000,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = sys.stdout
    for line in sys.stdin:
        print(json.dumps(analysed(line.rstrip("\n"), sys.argv[1:])), file=answers, flush=True)


if __name__ == "__main__":
    main()
