"""A camera that plays a scripted athlete as a list of deliveries, so that each fault is a change of that list."""

import functools
import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pi_coach import config
from pi_coach.adapters.athlete_lock import AthleteLock
from pi_coach.adapters.dark_watch import DarkWatch
from pi_coach.adapters.easing import EasedSource
from pi_coach.adapters.freshness import FreshCamera
from pi_coach.adapters.scene import SceneWatch
from pi_coach.adapters.steadfast import SteadfastCamera
from pi_coach.core.events import RepCompleted
from pi_coach.core.sessions.bout import Bout
from pi_coach.core.sessions.session import Session
from pi_coach.core.sessions.session_plan import SessionPlan, Trainee
from pi_coach.core.types import Frame
from pi_coach.pipeline import Ends, run
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock, Recorder
from pi_coach.testing.script import Script, hinged

CONFIG = config.load(Path("/nobody's/own/config"))
SIZE_PX = 64, 48
FPS = 15.0
REPS = 5
READY_S = 14.0
BLACK = -1
"""The number of a picture that shows nothing."""
SET = Script().hold(READY_S).reps(REPS, hinged(84), down_s=1.3, up_s=1.2, top_s=1.0).hold(2.0)


@dataclass(frozen=True)
class Delivery:
    """One picture, as it comes from the camera."""

    at_s: float
    """When it comes."""
    stamp_s: float
    """When the camera says that it was taken."""
    picture: int
    """Which of the pictures of the athlete it is."""


class Reel:
    """A LiveCamera in the time of a clock that it moves itself."""

    model = "reel"

    def __init__(self, deliveries, clock):
        self._deliveries, self._clock = deliveries, clock
        self._open = True

    def set_rate(self, fps):
        """It plays what it has."""

    def frames(self):
        for seq, one in enumerate(self._deliveries):
            if not self._open:
                return
            self._clock.advance_to(one.at_s)
            yield Frame(seq, one.stamp_s, shot(one.picture))

    def close(self):
        self._open = False


@functools.cache
def shot(number):
    """Return a picture with noise as every sensor has it, whose first pixel is its number."""
    if number == BLACK:
        return np.zeros((SIZE_PX[1], SIZE_PX[0], 3), np.uint8)
    image = np.random.default_rng(number).integers(60, 200, (SIZE_PX[1], SIZE_PX[0], 3), np.uint8)
    image[0, 0] = number >> 8, number & 255, 0
    return image


class Sight:
    """A PoseEstimator that finds in a picture what it shows, whenever it comes."""

    def __init__(self, script):
        self._poses = [pose for _, pose in ScriptedBody(script, Filming(fps=FPS)).poses()]

    def find(self, frame):
        high, low, _ = (int(part) for part in frame.image[0, 0])
        pose = self._poses[high << 8 | low] if frame.image.any() else None
        return None if pose is None else replace(pose, t=frame.t)

    def close(self):
        """Nothing is held."""

    def deliveries(self):
        """Return the pictures as they come from a camera without a fault."""
        return [Delivery(100.0 + n / FPS, 100.0 + n / FPS, n) for n in range(len(self._poses))]


def trained(deliveries, script=SET, drill="rdl"):
    """Let the real loop coach before the camera as it is assembled for real, and return what was recorded."""
    clock = ManualClock(99.0)
    sources = itertools.chain([FreshCamera(Reel(deliveries, clock), clock)])
    camera = SteadfastCamera(lambda: next(sources), SIZE_PX, 60.0, clock)
    dark = DarkWatch(camera)
    scene = SceneWatch(EasedSource(dark, FPS, clock), lambda: None)
    trainee = Trainee(name="Ada", bouts=(Bout(CONFIG.drills[drill], 1, REPS, 60.0),))
    plan = SessionPlan(trainees=(trainee,), phrases=CONFIG.wording.phrases, settings=CONFIG.settings.session)
    voice, record = FakeSpeaker(clock), Recorder()
    run(Ends(scene, AthleteLock(Sight(script)), voice, FakeButtons(), [record]), Session(plan))
    return record


def reps(record):
    """Return the number and the faults of every rep."""
    return [(event.rep.number, event.rep.faults) for event in record.events if isinstance(event, RepCompleted)]
