"""Finding the athlete's own tall stance by watching: no angle of a textbook fits everybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import TYPE_CHECKING

from pi_coach.core.sight.contour import BackShape
from pi_coach.core.sight.posture import Posture, Stance
from pi_coach.core.sight.stick import usual_contact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pi_coach.core.sight.body import Bones

QUIET_S = 0.4
"""Standing still this long shows the stance."""

REFINE_S = 2.0
"""The stance is refined by further quiet standing up to this long."""

QUIET_DEG = 4.0
"""Hip and trunk angle stay within this while standing still."""

MOVED_LEG = 0.3
"""Feet that stand further than this from where they stood, in leg lengths, need a stance of their own."""

BETTER_DEG = 4.0
"""A later quiet stance replaces the first where it is nearer to upright by this, in trunk and in hip."""

GENERIC = Stance(
    0.0, hip_deg=2.0, knee_deg=6.0, trunk_deg=0.0, shank_deg=4.0, bow_deg=0.0, trunk_length=0.0, leg_length=0.0
)
"""What people read on average in a tall stance (rendered athletes, both models); stands in until theirs is known."""


@dataclass(frozen=True, slots=True)
class UprightRule:
    """Which postures may be somebody standing, or kneeling, tall."""

    max_trunk_deg: float = 15.0
    max_hip_deg: float = 32.0
    max_knee_deg: float = 35.0
    min_knee_deg: float = -25.0
    bows: bool = True
    """Whether the trunk is upright in the tall stance, so that its shortening shows a fold."""

    def allows(self, now: Posture) -> bool:
        """Tell whether a posture is upright enough to be a tall stance."""
        if now.hip_deg is None or now.trunk_deg is None:
            return now.bow_deg <= self.max_trunk_deg
        return (
            abs(now.trunk_deg) <= self.max_trunk_deg
            and now.hip_deg <= self.max_hip_deg
            and (now.knee_deg is None or self.min_knee_deg <= now.knee_deg <= self.max_knee_deg)
        )


@dataclass(frozen=True, slots=True)
class StanceWatch:
    """Quiet standing seen so far."""

    recent: tuple[Posture, ...] = ()
    stance: Stance | None = None
    quiet_s: float = 0.0
    """How long a quiet stand the stance rests on."""


def observe(watch: StanceWatch, now: Posture, bones: Bones, rule: UprightRule) -> StanceWatch:
    """Return the watch after one more posture; its stance changes only for a better one."""
    recent = (*(p for p in watch.recent if p.t > now.t - REFINE_S), now)
    if not rule.allows(now) or not _still(recent):
        kept = (now,) if rule.allows(now) else ()
        return StanceWatch(kept, watch.stance, REFINE_S if watch.stance else 0.0)
    quiet_s = now.t - recent[0].t
    if quiet_s < QUIET_S:
        return StanceWatch(recent, watch.stance, watch.quiet_s)
    if watch.stance is None or watch.quiet_s < quiet_s <= REFINE_S or _moved_house(now, watch.stance, bones):
        return StanceWatch(recent, _stance(recent, bones), quiet_s)
    if _nearer_upright(recent, watch.stance):
        return StanceWatch(recent, _stance(recent, bones), REFINE_S)
    return StanceWatch(recent, _with_stick(watch.stance, recent), watch.quiet_s)


def _with_stick(stance: Stance, recent: tuple[Posture, ...]) -> Stance:
    """Return the stance with the stick's contact: it may be taken up after the stance was learnt."""
    return stance if stance.contact is not None else replace(stance, contact=usual_contact([p.contact for p in recent]))


def forget_grip(watch: StanceWatch) -> StanceWatch:
    """Forget how the stick lay: it is gripped anew before a set."""
    return watch if watch.stance is None else replace(watch, stance=replace(watch.stance, contact=None))


def relearn(watch: StanceWatch) -> StanceWatch:
    """Keep the stance for now, but take the next quiet stand in its place: the athlete is seen from elsewhere."""
    return StanceWatch((), watch.stance, 0.0)


def _moved_house(now: Posture, stance: Stance, bones: Bones) -> bool:
    return abs(now.feet_x - stance.feet_x) > MOVED_LEG * max(bones.leg, 1e-6)


def _still(recent: tuple[Posture, ...]) -> bool:
    hips = [p.hip_deg if p.hip_deg is not None else p.bow_deg for p in recent]
    trunks = [p.trunk_deg if p.trunk_deg is not None else p.bow_deg for p in recent]
    return all(max(values) - min(values) <= 2 * QUIET_DEG for values in (hips, trunks))


def _nearer_upright(recent: tuple[Posture, ...], stance: Stance) -> bool:
    hip = _median(p.hip_deg for p in recent)
    trunk = _median(p.trunk_deg for p in recent)
    if hip is None or trunk is None:
        return False
    return stance.hip_deg - hip > BETTER_DEG and abs(stance.trunk_deg) - abs(trunk) > BETTER_DEG


def _median(values: Iterable[float | None]) -> float | None:
    seen = [value for value in values if value is not None]
    return median(seen) if seen else None


def _usual_back(recent: tuple[Posture, ...]) -> BackShape | None:
    """Return the middle shape of the back, if most of the postures showed it: half an outline is no calibration."""
    shapes = [p.back for p in recent if p.back is not None]
    if 2 * len(shapes) <= len(recent):
        return None
    return BackShape(*(median(part) for part in zip(*shapes, strict=True)))


def _stance(recent: tuple[Posture, ...], bones: Bones) -> Stance:
    def seen_or(value: float | None, generic: float) -> float:
        return generic if value is None else value

    return Stance(
        recent[-1].t,
        seen_or(_median(p.hip_deg for p in recent), GENERIC.hip_deg),
        seen_or(_median(p.knee_deg for p in recent), GENERIC.knee_deg),
        seen_or(_median(p.trunk_deg for p in recent), GENERIC.trunk_deg),
        seen_or(_median(p.shank_deg for p in recent), GENERIC.shank_deg),
        fmean(p.bow_deg for p in recent),
        bones.trunk,
        bones.leg,
        _median(p.hip_ahead for p in recent),
        _median(p.hip_height for p in recent),
        _median(p.shoulder_height for p in recent),
        _usual_back(recent),
        _median(p.neck_deg for p in recent),
        _median(p.knee_gap for p in recent),
        _median(p.heel_up for p in recent),
        _median(p.toe_x for p in recent),
        recent[-1].feet_x,
        _median(p.elbow_ahead for p in recent),
        usual_contact([p.contact for p in recent]),
    )
