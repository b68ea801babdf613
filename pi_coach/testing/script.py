"""What an athlete does, scripted in seconds and degrees."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """How the athlete stands; the defaults are somebody standing tall."""

    hip_deg: float = 2.0
    """Hip flexion, 0 straight, as a pose model reads it."""
    knee_deg: float = 6.0
    """Knee flexion."""
    shank_deg: float = 4.0
    """Shin from vertical, knee forward positive. The trunk follows from these three."""
    rounded_pct: float = 0.0
    """How far the lumbar spine makes the back bulge, % of trunk length."""
    chest_pct: float = 0.0
    """How far its upper half bulges."""
    heel_up: float = 0.0
    """How far the heels are off the floor, image heights."""
    head_back_deg: float = 0.0
    """How far the head is tilted back against the trunk."""
    knees_in: float = 0.0
    """How far the knees have come in towards each other: 0 over the feet, 1 together, negative outwards."""
    hands_up: float = 0.0
    """How far both arms are lifted: 0 hanging, 1 overhead."""
    heading_deg: float = 0.0
    """0 faces the right edge of the picture, 90 the camera, 180 the left edge."""
    place: float = 0.65
    """Where the feet stand, image heights from the left."""


TALL = Posture()


def folded(hip_deg: float, knee_deg: float, shank_deg: float, tall: Posture = TALL) -> Posture:
    """Return a posture so many degrees away from standing tall."""
    return replace(
        tall,
        hip_deg=tall.hip_deg + hip_deg,
        knee_deg=tall.knee_deg + knee_deg,
        shank_deg=tall.shank_deg + shank_deg,
    )


def hinged(hip_deg: float, tall: Posture = TALL) -> Posture:
    """Return a good hinge: soft knees, shins a little back (simulated body in balance)."""
    return folded(hip_deg, 0.2 * hip_deg, -0.06 * hip_deg, tall)


def squatted(hip_deg: float, tall: Posture = TALL) -> Posture:
    """Return a squat: the knees bend as much as the hips and go forward."""
    return folded(hip_deg, 0.95 * hip_deg, 0.3 * hip_deg, tall)


@dataclass(frozen=True, slots=True)
class Script:
    """What an athlete does, told by verbs; between two postures everything moves with the least jerk."""

    keys: tuple[tuple[float, Posture], ...] = ((0.0, TALL),)
    """Pairs of time (s) and posture, the first at 0."""

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.keys[-1][0]

    @property
    def last(self) -> Posture:
        """How it ends."""
        return self.keys[-1][1]

    def go(self, posture: Posture, for_s: float) -> Script:
        """Move to a posture."""
        return Script((*self.keys, (self.end_s + for_s, posture)))

    def hold(self, for_s: float) -> Script:
        """Stay."""
        return self.go(self.last, for_s)

    def rep(self, bottom: Posture, *, down_s: float = 1.5, up_s: float = 1.2, top_s: float = 1.0) -> Script:
        """Go down to a bottom and back to the posture before, and stay there."""
        top = self.last
        return self.go(bottom, down_s).hold(0.2).go(top, up_s).hold(top_s)

    def reps(self, count: int, bottom: Posture, **times_s: float) -> Script:
        """Do several of them."""
        return self if count == 0 else self.rep(bottom, **times_s).reps(count - 1, bottom, **times_s)

    def turn(self, heading_deg: float, for_s: float = 0.8) -> Script:
        """Turn to face somewhere else."""
        return self.go(replace(self.last, heading_deg=heading_deg), for_s)

    def walk(self, place: float, for_s: float = 1.0) -> Script:
        """Go to another place, image heights from the left."""
        return self.go(replace(self.last, place=place), for_s)
