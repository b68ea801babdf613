"""Coach live, judge a film, keep poses."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from pi_coach.commands.frame import complain, setting_for, write_json
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from pi_coach.adapters.book.history import Known
    from pi_coach.assembly import Setting
    from pi_coach.core.sessions.session_plan import Trainee

MIN_KG, MAX_KG = 0.5, 500.0
"""What people lift."""
SLOWEST, FASTEST = 0.1, 50.0
"""How much slower or faster than life a recording may play; past that a computer skips most of its frames."""


def run(options: argparse.Namespace) -> None:
    """Coach live."""
    from pi_coach.adapters.power import power_off
    from pi_coach.assembly import default_panel
    from pi_coach.live import Live, coach_live

    panel = options.panel or default_panel()
    if options.load is not None and (options.drill is None or not MIN_KG <= options.load <= MAX_KG):
        raise UsageError(f"--load needs --drill, and {MIN_KG:g} to {MAX_KG:g} kg")
    asked = Live(options.drill, options.source, panel, options.wav, 1.0, options.load, options.calibrate_back)
    # A film is of one drill, whatever is planned.
    planned = functools.partial(_planned, {}) if options.source == "camera" else None
    coach_live(setting_for(options), asked, planned, power_off)


def _planned(known: Known, setting: Setting, athlete: str) -> Trainee:
    """Return what an athlete does today; `known` keeps years of sessions from being read anew for each one."""
    from pi_coach import plan as plans
    from pi_coach.adapters.book.reader import SessionBook

    with SessionBook(setting.places.book) as book:
        past = book.history(athlete, known)
    return plans.trainee(setting.config, past, setting.clock.wall(), athlete)


def replay(options: argparse.Namespace) -> None:
    """Give a pose recording to the live coach."""
    from pi_coach.assembly import default_panel, recorded_drill
    from pi_coach.live import Live, coach_live

    drill = options.drill or recorded_drill(options.file)
    panel = options.panel or default_panel()
    if not SLOWEST <= options.speed <= FASTEST:
        raise UsageError(f"--speed {options.speed:g} is out of range; allowed are {SLOWEST:g} to {FASTEST:g}")
    coach_live(setting_for(options), Live(drill, str(options.file), panel, options.wav, options.speed))


def analyze(options: argparse.Namespace) -> None:
    """Judge every frame of a file."""
    from pi_coach.offline import analyze

    found = analyze(setting_for(options, complain), options.file, options.drill, options.wall, options.overlay)
    if options.json is None:
        _print_analysis(found)
    else:
        write_json(found, options.json)


def _print_analysis(found: dict[str, Any]) -> None:
    for rep in found["reps"]:
        faults = ", ".join(name.replace("_", " ") for name in rep["faults"]) or "clean"
        score = "  -" if rep["score"] is None else f"{rep['score']:3}"
        print(f"{rep['number']:3}  {rep['start_s']:7.2f} s to {rep['end_s']:7.2f} s  score {score}  {faults}")
    print(found["summary"])


def record(options: argparse.Namespace) -> None:
    """Keep the poses of a source."""
    from pi_coach.offline import record

    frames = record(setting_for(options, complain), options.file, options.source, options.drill)
    print(f"{frames} frames of poses in {options.file}.")
