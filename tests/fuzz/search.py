"""Search for what breaks the coach for some minutes, each time with other input: `just fuzz 30`."""

import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
TRIED = re.compile(r"(\d+) passing [a-z ]+, (\d+) failing")
OPTIONS = (
    *("-q", "-p", "no:cacheprovider", "--timeout", "3600"),
    *("--hypothesis-show-statistics", "--hypothesis-profile", "fuzz"),
)


def searched(seed, chosen):
    """Run the folder once; return whether nothing was found, how many inputs were tried, and what was printed."""
    command = (sys.executable, "-m", "pytest", *OPTIONS, f"--hypothesis-seed={seed}", *chosen)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE.parents[1])
    counts = (int(count) for found in TRIED.finditer(done.stdout) for count in found.groups() if count)
    return done.returncode == 0, sum(counts), done.stdout


def main():
    minutes, chosen = float(sys.argv[1]) if sys.argv[1:] else 10.0, sys.argv[2:] or [str(HERE)]
    began_s, tried, seed = time.monotonic(), 0, int(time.time())  # noqa: TID251  a search lasts as long as it is told
    while (spent_s := time.monotonic() - began_s) < 60 * minutes:  # noqa: TID251
        fine, count, said = searched(seed, chosen)
        tried, seed = tried + count, seed + 1
        if not fine:
            sys.stdout.write(said)
            return 1
    sys.stdout.write(f"{tried} inputs in {spent_s:.0f} s, {tried / spent_s:.0f} a second: nothing found.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
