"""Run the gym's day and write what grew: `python -m docs.soak --hours 24`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

from pi_coach import __version__, config
from pi_coach.adapters.book.writer import SessionStart, SessionWriter
from pi_coach.adapters.live_feed import LiveFeed
from pi_coach.adapters.panel import GpioPanel, Pins
from pi_coach.adapters.speech import TimedSpeaker
from pi_coach.adapters.terminal import Terminal
from pi_coach.calibrations import Calibrations
from pi_coach.core.sessions.bout import Bout
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.speaking.cue_rules import CuePolicy
from pi_coach.logbook import Logbook
from pi_coach.pipeline import Ends, run
from pi_coach.testing.fakes import ManualClock

from .figure import draw
from .gauges import Gauges, Reading, growth
from .gym import FPS, Gym

if TYPE_CHECKING:
    from pi_coach.config import Config
    from pi_coach.core.step import Step

EVERY_S = 600.0
"""The gauges are read every ten minutes of the gym's time."""
HERE = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run, and write figures and drawing beside this package."""
    parser = argparse.ArgumentParser(prog="python -m docs.soak")
    parser.add_argument("--hours", type=float, default=24.0, help="of the gym's time")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        readings = soak(options.hours, Path(folder))
    options.out.mkdir(parents=True, exist_ok=True)
    told = figures(options.hours, readings)
    (options.out / "soak.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    draw(readings, options.out / "soak.svg")
    sys.stdout.write(json.dumps(told["growth"], indent=1) + "\n")


def figures(hours: float, readings: list[Reading]) -> dict[str, Any]:
    """Return what is kept of a run."""
    last = readings[-1]
    ran = {"hours": hours, "frames_per_s": FPS, "sessions": last.sessions, "version": __version__}
    return {"run": ran, "growth": growth(readings), "readings": [asdict(one) for one in readings]}


def soak(hours: float, folder: Path) -> list[Reading]:
    """Run the whole program but for camera, pose model and sound card, and return what the gauges said."""
    logging.getLogger().setLevel(logging.ERROR)
    settings = config.load(folder / "own")
    clock = ManualClock()
    gym = Gym(hours, clock)
    path = folder / "sessions.db"
    with ExitStack() as stack:
        book = Logbook(lambda: SessionWriter(path, SessionStart("Ada", "camera", __version__, {}), clock))
        stack.callback(book.close)
        gauges = Gauges(EVERY_S, path, lambda: book.waiting, lambda: len(book.written) + 1)
        asked = settings.settings.panel
        pins = Pins(asked.button_pin, asked.led_pins, asked.rgb_pins)
        factory = MockFactory(pin_class=MockPWMPin)
        panel = GpioPanel(pins, asked.plan, clock, lambda: False, factory)
        stack.callback(panel.close)
        feed = LiveFeed(folder / "live.sock", clock)
        stack.callback(feed.close)
        screen = stack.enter_context((folder / "null").open("w", encoding="utf-8"))
        speaker = TimedSpeaker()
        kept = Calibrations(book.save_calibration, clock, None, "Ada")
        outputs = [panel, book, kept, feed, Terminal(screen, lambda: ""), speaker, Forgetting(factory), gauges]
        run(Ends(gym, gym, speaker, panel, outputs), Session(_plan(settings), lambda: _plan(settings)))
    return gauges.readings


class Forgetting:
    """An Output that lets the mock pins forget what they showed: they would keep all of it, real ones keep nothing."""

    def __init__(self, factory: MockFactory) -> None:
        self._factory = factory

    def show(self, _: Step) -> None:
        """Forget."""
        for pin in self._factory.pins.values():
            pin.clear_states()

    def close(self) -> None:
        """Nothing is held."""


def _plan(settings: Config) -> SessionPlan:
    bout = Bout(settings.drill("rdl"), 2, 8, 60.0)
    trainee = Trainee(name="Ada", bouts=(bout,), policies={"rdl": CuePolicy(settings.cues)})
    return SessionPlan(trainees=(trainee,), phrases=settings.wording.phrases, settings=settings.settings.session)


if __name__ == "__main__":
    main()
