"""Today's session in plain words, as JSON, and as bouts for the coach."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from pi_coach import owner_files
from pi_coach.config import structured
from pi_coach.core.errors import DrillError, UsageError
from pi_coach.core.planning.history import DAY_S, Profile
from pi_coach.core.planning.plan import AS_PLANNED
from pi_coach.core.planning.programme import today
from pi_coach.core.planning.rules import Rules
from pi_coach.core.planning.syllabus import Syllabus
from pi_coach.core.sessions.bout import Bout
from pi_coach.core.sessions.session_plan import Trainee
from pi_coach.core.speaking.cue_rules import CuePolicy, Learner

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from pi_coach.config import Config
    from pi_coach.core.planning.history import History
    from pi_coach.core.planning.plan import Entry, Plan, Wish
    from pi_coach.core.planning.screens import ScreenState
    from pi_coach.core.reps.drill import Drill

WIDTH = 88
"""Characters in a line."""

SCHEMA = 1


def read_syllabus(config: Config) -> Syllabus:
    """Read programme.toml, the owner's laid over the default. Raises DrillError that names file and key."""
    name = "programme.toml"
    place = owner_files.blame(config.owner_dir, name)
    try:
        return Syllabus(structured(owner_files.read(config.owner_dir, name), Rules, place), config.drills)
    except DrillError as error:
        raise DrillError(str(error) if str(error).startswith(place) else f"{place}: {error}") from error


def todays(syllabus: Syllabus, history: History, wall: dt.datetime, wish: Wish = AS_PLANNED) -> Plan:
    """Return the session of the day."""
    return today(syllabus, history, wall.timestamp() / DAY_S, wish)


def bouts(plan: Plan, drills: Mapping[str, Drill]) -> tuple[Bout, ...]:
    """Return the plan as the session does it."""
    return tuple(
        Bout(
            drill=drills[entry.drill],
            sets=entry.sets,
            reps=entry.reps,
            rest_s=entry.rest_s,
            load_kg=entry.load_kg,
            wall_cm=entry.wall_cm,
            silent_first=entry.silent_first,
            reason=entry.reason,
        )
        for entry in plan.entries
    )


LIMITS = {"--body": (20.0, 300.0), "--stature": (100.0, 230.0)}
"""What people weigh, kg, and how tall they are, cm."""


def profile_told(known: Profile, body_kg: float | None, stature_cm: float | None, basics_only: str | None) -> Profile:
    """Return a profile with what was told just now. Raises UsageError for a number that no body has."""
    for option, value in (("--body", body_kg), ("--stature", stature_cm)):
        low, high = LIMITS[option]
        if value is not None and not low <= value <= high:
            raise UsageError(f"{option} is {value:g}; allowed are {low:g} to {high:g}")
    return Profile(
        known.body_kg if body_kg is None else body_kg,
        known.stature_cm if stature_cm is None else stature_cm,
        known.basics_only if basics_only is None else basics_only == "yes",
    )


def profile_lines(name: str, profile: Profile) -> list[str]:
    """Return what is known of an athlete."""
    body = "not told" if profile.body_kg is None else f"{profile.body_kg:g} kg"
    stature = "not told" if profile.stature_cm is None else f"{profile.stature_cm:g} cm"
    basics = "yes" if profile.basics_only else "no"
    return [name, f"  body weight  {body}", f"  stature      {stature}", f"  basics only  {basics}"]


def screen_told(config: Config, screen: str, value: str) -> tuple[str, float]:
    """Return a self-test and what was measured in it. Raises UsageError for an unknown one or no number."""
    known = read_syllabus(config).rules.screens
    if screen not in known:
        raise UsageError(f"unknown self-test {screen!r}; known are {', '.join(known)}")
    try:
        return screen, float(value)
    except ValueError as error:
        raise UsageError(f"{value!r} is no number; {screen} is measured in {known[screen].unit}") from error


def trainee(config: Config, past: History, wall: dt.datetime, name: str) -> Trainee:
    """Return an athlete with today's bouts, and with what the coach has to know to say the right amount."""
    today_ = todays(read_syllabus(config), past, wall)
    learners = {
        drill: Learner(past.quality_reps(drill), past.best_streak(drill), past.best_load_kg(drill))
        for drill in config.drills
    }
    return Trainee(
        name=name,
        bouts=bouts(today_, config.drills),
        body_kg=past.profile.body_kg,
        policies={drill: CuePolicy(config.cues, learner) for drill, learner in learners.items()},
    )


def lines(athlete: str, plan: Plan, drills: Mapping[str, Drill]) -> list[str]:
    """Return the plan as lines for a terminal."""
    rung = "before the first screen" if plan.tier is None else f"rung T{plan.tier}"
    notes = [line for note in plan.notes for line in _wrapped(note.text, "  ")]
    tests = [line for state in plan.screens for line in _screen_lines(state)]
    return [
        f"Today for {athlete}, {rung}",
        *_wrapped(plan.why, ""),
        "",
        *(line for entry in plan.entries for line in _entry_lines(entry, drills[entry.drill])),
        *(["", "To know", *notes] if notes else []),
        *(["", "Self-tests (shown and logged; no diagnosis)", *tests] if tests else []),
    ]


def _entry_lines(entry: Entry, drill: Drill) -> list[str]:
    side = " a side" if drill.plan.per_side else ""
    parts = [
        f"{entry.sets} x {entry.reps}{side}",
        f"{entry.load_kg:g} kg" if entry.load_kg is not None else "",
        f"heels {entry.wall_cm:g} cm from the wall" if entry.wall_cm is not None else "",
        f"rest {entry.rest_s:g} s",
        "first set silent" if entry.silent_first else "",
    ]
    much = ", ".join(part for part in parts if part)
    return [f"  {drill.name[0].upper()}{drill.name[1:]}: {much}", *_wrapped(f"{entry.reason}.", "    ")]


def _screen_lines(state: ScreenState) -> list[str]:
    """Return a self-test that is due, or what is known of it; nothing for one that the coach has not read yet."""
    screen = state.screen
    read = _reading(state)
    if state.due:
        want = f"good from {screen.good:g} {screen.unit}, limited below {screen.fair:g}"
        return [f"  {screen.title}{read}: due; {want}", *_wrapped(screen.how_to, "    ")]
    return [f"  {screen.title}{read}"] if read else []


def _reading(state: ScreenState) -> str:
    value = "" if state.value is None else f" {state.value:.3g} {state.screen.unit}"
    verdict = "" if state.verdict is None else f" ({state.verdict})"
    return f":{value}{verdict}" if value or verdict else ""


def as_json(athlete: str, plan: Plan) -> dict[str, Any]:
    """Return the plan as a dict that `json.dumps` takes; what is not known is null."""
    return {
        "schema": SCHEMA,
        "athlete": athlete,
        "tier": plan.tier,
        "why": plan.why,
        "entries": [_entry_json(entry) for entry in plan.entries],
        "notes": [{"kind": note.kind.value, "text": note.text} for note in plan.notes],
        "screens": [_screen_json(state) for state in plan.screens],
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "rung": entry.rung,
        "drill": entry.drill,
        "sets": entry.sets,
        "reps": entry.reps,
        "rest_s": entry.rest_s,
        "load_kg": entry.load_kg,
        "wall_cm": entry.wall_cm,
        "silent_first": entry.silent_first,
        "reason": entry.reason,
    }


def _screen_json(state: ScreenState) -> dict[str, Any]:
    return {
        "screen": state.name,
        "title": state.screen.title,
        "how_to": state.screen.how_to,
        "unit": state.screen.unit,
        "good": state.screen.good,
        "fair": state.screen.fair,
        "value": state.value,
        "verdict": None if state.verdict is None else state.verdict.value,
        "due": state.due,
    }


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
