"""Break the core on purpose, one number or comparison at a time, and see whether the core suite notices.

    python tests/mutants.py [--only TEXT]

Works on a copy; prints each mutant and the test that caught it. Exit 1 where fewer than nine in ten are caught.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 600
LEAST_CAUGHT = 0.9

CORE = {
    "reps/engine.py": (
        ("LOST_S = 1.5", "LOST_S = 4.0"),
        ("FALL_S = 0.1", "FALL_S = 0.0"),
        ("REST_DEG_S = 30.0", "REST_DEG_S = 5.0"),
        ("ATTEMPT_SHARE = 0.5", "ATTEMPT_SHARE = 0.2"),
        ("soft_lockout_share: float = 0.3", "soft_lockout_share: float = 0.5"),
        ("own_range_share: float = 0.5", "own_range_share: float = 0.2"),
        ("state.peak_deg < least_depth_deg(rule, state)", "state.peak_deg > least_depth_deg(rule, state)"),
        ("and not look.turned", ""),
    ),
    "reps/fault.py": (
        ("LEAST_MARGIN = 2.0", "LEAST_MARGIN = 0.5"),
        ("value > limit if self.above", "value < limit if self.above"),
        ("not self.supports or any", "True or any"),
        ("return self.severe is not None and", "return self.severe is None and"),
        ("for limit in self.instead", "for limit in ()"),
    ),
    "reps/faults.py": (
        ("MAX_GAP_S = 0.3", "MAX_GAP_S = 3.0"),
        ("now.t - since >= fault.for_s", "now.t - since >= 0"),
        ("len(readings) % fault.over_reps", "False"),
    ),
    "reps/reading.py": (
        ("BOTTOM_SHARE = 0.9", "BOTTOM_SHARE = 0.5"),
        ("MIDDLE_SHARE = 0.53", "MIDDLE_SHARE = 0.9"),
        ("LEAST_BENT_DEG, BENT_SHARE = 42.0, 0.7", "LEAST_BENT_DEG, BENT_SHARE = 10.0, 0.7"),
        ("LEAN_FOOT = 0.05", "LEAN_FOOT = -0.5"),
        (
            "LEAST_PULL_LEG, LOW_SHARE, PULL_SHARE = 0.08, 0.95, 0.3",
            "LEAST_PULL_LEG, LOW_SHARE, PULL_SHARE = 0.5, 0.95, 0.3",
        ),
    ),
    "reps/judging.py": (
        ("OBLIQUE_RATIO_BELOW = 2.2", "OBLIQUE_RATIO_BELOW = 9.2"),
        ("if any(by_knee) else 0.0", "if True else 0.0"),
    ),
    "reps/score.py": (
        ("QUALITY_FROM = 80", "QUALITY_FROM = 85"),
        ("Severity.MAJOR: 69", "Severity.MAJOR: 79"),
        ("(0.5 + 0.5 * weakest)", "(0.8 + 0.2 * weakest)"),
    ),
    "sight/senses.py": (("SMOOTH_S = 0.2", "SMOOTH_S = 0.02"), ("CLEAR_BOW_DEG = 5.0", "CLEAR_BOW_DEG = 90.0")),
    "sight/stance.py": (
        ("QUIET_S = 0.4", "QUIET_S = 1.2"),
        ("QUIET_DEG = 4.0", "QUIET_DEG = 20.0"),
        ("BETTER_DEG = 4.0", "BETTER_DEG = 40.0"),
    ),
    "sight/view.py": (
        ("FRONT_ABOVE, FRONT_LEFT_BELOW = 0.68, 0.62", "FRONT_ABOVE, FRONT_LEFT_BELOW = 0.85, 0.62"),
        ("FIRST_S, CHANGE_S = 0.15, 0.8", "FIRST_S, CHANGE_S = 0.15, 0.1"),
    ),
    "sight/wall.py": (("TOUCH_S = 0.15", "TOUCH_S = 0.05"), ("RESTING_SPREAD = 0.012", "RESTING_SPREAD = 0.1")),
    "sight/measures.py": (
        ("UPPER_OF_LOWER = 0.6", "UPPER_OF_LOWER = 0.0"),
        ("STILL_TOE_LEG = 0.06", "STILL_TOE_LEG = 6.0"),
        ("min(tall.trunk_deg - now.trunk_deg, -now.trunk_deg)", "tall.trunk_deg - now.trunk_deg"),
    ),
    "sight/contour.py": (("MAX_ROUGH_SHARE = 0.08", "MAX_ROUGH_SHARE = 0.8"), ("GAP = 0.03", "GAP = 0.0")),
    "sight/mass.py": (("x += load_share * wrist.x", "x += 0.0 * wrist.x"),),
}
"""In pi_coach/core: what stands there, and what the mutant has instead."""

FAULTS = {
    "back_rounding": ("above = 4.3", "above = 14.3"),
    "squatting": ("above = 1.5", "above = 5.5"),
    "overextension": ("above = 8.0", "above = 16.0"),
    "no_lockout": ("above = 12.0", "above = 32.0"),
    "shallow": ("below = 0.8", "below = 0.4"),
    "too_fast": ("below = 0.8", "below = 1.2"),
    "wall_missed": ("above = 0.0155", "above = 0.2"),
    "wall_crash": ("above = 0.6", "above = 1.6"),
    "heel_lift": ("above = 0.10", "above = 0.40"),
    "chest_drop": ("above = 1.3", "above = 9.3"),
    "knees_in": ("below = 1.0", "below = 0.2"),
    "knees_out": ("above = 1.0", "above = 3.0"),
    "head_crank": ("above = 17.0", "above = 47.0"),
    "weight_forward": ("above = 0.65", "above = 1.65"),
    "shins_forward": ("above = 8.0", "above = 48.0"),
    "locked_knees": ("over_reps = 3", "over_reps = 1"),
    "short_hold": ("below = 5.0", "below = 2.0"),
    "hips_first": ("above = 8.0", "above = 38.0"),
    "contact_lost": ("above = 0.04", "above = 0.4"),
}
"""In config/faults.toml: the limit of each fault, and one that lets it pass or calls it too early."""


def mutants() -> list[tuple[str, str, str, str]]:
    """Return file, where to begin to look, what to replace and with what."""
    core = [(f"pi_coach/core/{file}", "", *change) for file, changes in CORE.items() for change in changes]
    return core + [("config/faults.toml", f"[{fault}]", *change) for fault, change in FAULTS.items()]


def caught_by(copy: Path) -> str | None:
    """Run the core suite; return the test that failed first, None where all passed."""
    command = [sys.executable, "-m", "pytest", "tests/core", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return "its time limit"
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return None if done.returncode == 0 else (lines or [done.stdout[-200:]])[0]


def survives(copy: Path, file: str, after: str, old: str, new: str) -> bool:
    """Break one thing, run the suite and put it right again; tell whether nobody noticed."""
    path = copy / file
    text = path.read_text(encoding="utf-8")
    head, found, tail = text.partition(after) if after else ("", "", text)
    if old not in tail:
        raise SystemExit(f"{file} has no {old!r} any more: put the mutant right in {Path(__file__).name}.")
    path.write_text(head + found + tail.replace(old, new, 1), encoding="utf-8")
    try:
        test = caught_by(copy)
    finally:
        path.write_text(text, encoding="utf-8")
    print(
        f"{'SURVIVED' if test is None else 'caught  '} {file} {after} {old} -> {new}   {test or ''}"[:200], flush=True
    )
    return test is None


def main() -> int:
    """Break everything in turn."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="only mutants whose line holds this text")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("pi_coach", "config", "tests", "fixtures"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        chosen = [mutant for mutant in mutants() if only in " ".join(mutant)]
        survivors = sum(survives(copy, *mutant) for mutant in chosen)
    print(f"{len(chosen) - survivors} of {len(chosen)} caught")
    return int(survivors > (1 - LEAST_CAUGHT) * len(chosen))


if __name__ == "__main__":
    sys.exit(main())
