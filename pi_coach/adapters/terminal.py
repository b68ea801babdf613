"""What happens, line by line, for the person at the machine."""

from __future__ import annotations

import os
import shutil
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from pi_coach.core import events as ev
from pi_coach.core.session_events import AthleteChosen, BackCalibrated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pi_coach.core.events import Event, Rep
    from pi_coach.core.step import Step

TIME_WIDTH = 10
"""Columns for the time and the gap after it."""
MIN_TEXT_WIDTH = 24
"""A terminal too narrow for this much text beside the lights shows no lights."""
MAX_WIDTH = 100
"""On a wider terminal the lights would stand too far from the text to be read with it."""
FILE_WIDTH = 80
"""Columns of a file or a pipe, which has none of its own."""
SIGNS = "●◐○◌■◁"
PLAIN_SIGNS = str.maketrans(SIGNS, "#+.o#<")
"""For terminals that know only ASCII."""

DIM, BOLD, GREEN, YELLOW, CYAN, RESET = "\033[2m", "\033[1m", "\033[32m", "\033[33m", "\033[1;36m", "\033[0m"

PHASES = {
    ev.Phase.SETUP: "getting ready",
    ev.Phase.TALL: "standing tall",
    ev.Phase.DESCENT: "down",
    ev.Phase.BOTTOM: "bottom",
    ev.Phase.ASCENT: "up",
    ev.Phase.LOCKOUT: "locked out",
}
STAGES = {
    ev.Stage.GREETING: "welcome",
    ev.Stage.FRAMING: "looking for you",
    ev.Stage.CALIBRATION: "measuring",
    ev.Stage.PROMPT: "setting up",
    ev.Stage.COUNTDOWN: "get ready",
    ev.Stage.SET: "go",
    ev.Stage.PAUSED: "paused",
    ev.Stage.SUMMARY: "set done",
    ev.Stage.REST: "rest",
    ev.Stage.DONE: "session done",
    ev.Stage.STOPPED: "stopped",
}
VIEWS = {"left": "from the left", "right": "from the right", "front": "from the front", "oblique": "at an angle"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to tell."""

    t: float
    """Seconds."""
    text: str
    colour: str = ""
    """Terminal code; "" leaves the text as it is."""


class Terminal:
    """Prints one line for each event and each sentence, with the lights and the button beside it.

    `lights` gives their text as it is now; let the panel see a step before the terminal does.
    """

    def __init__(self, stream: TextIO, lights: Callable[[], str]) -> None:
        self._stream = stream
        self._lights = lights
        self._read = True
        self._began_s: float | None = None
        self._live = stream.isatty()
        self._coloured = self._live and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
        self._plain = not _writes(stream, SIGNS)

    def show(self, step: Step) -> None:
        """Print what this step brought, its times counted from the first step; most steps bring nothing."""
        if self._began_s is None:
            self._began_s = step.t
        for line in told(step):
            self._print(line)

    def close(self) -> None:
        """Nothing to free: the stream belongs to the caller."""

    def _print(self, line: Line) -> None:
        if not self._read:
            return
        try:
            self._stream.writelines(f"{self._writable(row)}\n" for row in self._rows(line))
            self._stream.flush()
        except OSError:
            # Whoever read along has left; the athlete is still training.
            self._read = False

    def _rows(self, line: Line) -> Iterator[str]:
        """Lay the line out: time, text, lights; a text too long for its column goes on below."""
        lights = self._lights()
        width = min(shutil.get_terminal_size().columns, MAX_WIDTH) if self._live else FILE_WIDTH
        room = width - TIME_WIDTH - len(lights) - 2
        if room < MIN_TEXT_WIDTH:
            lights, room = "", max(MIN_TEXT_WIDTH, width - TIME_WIDTH)
        time = f"{line.t - (self._began_s or 0.0):6.1f} s"
        for text in textwrap.wrap(line.text, room):
            beside = f"{'':{room - len(text)}}  {lights}" if lights else ""
            yield self._dyed(f"{time:{TIME_WIDTH}}", DIM) + self._dyed(text, line.colour) + beside
            time = lights = ""

    def _dyed(self, text: str, colour: str) -> str:
        return f"{colour}{text}{RESET}" if self._coloured and colour else text

    def _writable(self, row: str) -> str:
        return row.translate(PLAIN_SIGNS).encode("ascii", "replace").decode() if self._plain else row


def told(step: Step) -> Iterator[Line]:
    """Yield what a person wants to read of a step."""
    for event in step.events:
        if not _told_by_another(event, step):
            text, colour = TELL[type(event)](event)
            yield Line(event.t, text, colour)
    if step.cue is not None:
        yield Line(step.cue.t, f"◁)) {step.cue.text}", CYAN)


def _told_by_another(event: Event, step: Step) -> bool:
    """Tell whether another line of the step says as much: a count means a lockout, a spoken summary the set's end."""
    match event:
        case ev.PhaseEntered(phase=ev.Phase.LOCKOUT):
            return any(isinstance(other, ev.RepCounted) for other in step.events)
        case ev.SetCompleted(summary=summary):
            return step.cue is not None and step.cue.text == summary
        case _:
            return False


def _rep(rep: Rep) -> tuple[str, str]:
    """Tell the verdict on a rep."""
    score = "too little seen to score" if rep.score is None else f"score {rep.score}"
    found = ", ".join(map(_words, rep.faults)) or ("clean" if rep.quality else "")
    return f"rep {rep.number}  {score}  {found}".rstrip(), GREEN if rep.quality else YELLOW


def _words(name: str) -> str:
    return name.replace("_", " ")


TELL: dict[type[Event], Callable[[Any], tuple[str, str]]] = {
    ev.SetStarted: lambda e: (f"{_words(e.drill)}, {e.target_reps} reps", BOLD),
    ev.StageEntered: lambda e: (STAGES[e.stage], DIM),
    AthleteChosen: lambda e: (f"{e.athlete} trains", ""),
    BackCalibrated: lambda _: ("your back's own range is measured", ""),
    ev.CueHeld: lambda e: (f"{_words(e.fault)} not named: {e.reason}", DIM),
    ev.SafetyStopped: lambda e: (f"stopped for safety: {_words(e.fault)}", YELLOW),
    ev.SetCutShort: lambda e: (f"set cut short: {e.reason}", YELLOW),
    ev.ViewLatched: lambda e: (f"seen {VIEWS[e.view]}", ""),
    ev.StanceCalibrated: lambda _: ("your tall stance is measured", ""),
    ev.WallCalibrated: lambda _: ("the wall is found", ""),
    ev.TrackingLost: lambda e: (f"cannot see {e.missing}", YELLOW),
    ev.TrackingFound: lambda _: ("all in sight", ""),
    ev.PhaseEntered: lambda e: (PHASES[e.phase], DIM),
    ev.WallTouched: lambda _: ("wall touched", ""),
    ev.FaultRaised: lambda e: (f"! {_words(e.fault)}", YELLOW),
    ev.RepCounted: lambda e: (f"rep {e.number}", BOLD),
    ev.RepCompleted: lambda e: _rep(e.rep),
    ev.RepAborted: lambda _: ("half a rep: not counted", YELLOW),
    ev.SetCompleted: lambda e: (f"set over: {e.summary}", BOLD),
}
"""What each kind of event is in words, and its colour."""


def _writes(stream: TextIO, signs: str) -> bool:
    """Tell whether the stream's encoding knows the signs."""
    try:
        signs.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
