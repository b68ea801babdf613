"""What was measured in earlier sessions and still holds: the wall until the camera moves, the back for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.adapters.book.rows import back_of
from pi_coach.core.events import WallCalibrated
from pi_coach.core.session_events import AthleteChosen, BackCalibrated
from pi_coach.core.sessions.back_range import BackRange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pi_coach.adapters.book.rows import Calibration
    from pi_coach.adapters.scene import SceneWatch
    from pi_coach.clock import Clock
    from pi_coach.core.step import Step


def known_back(book: Path, athlete: str) -> BackRange | None:
    """Return the athlete's own range of the back; None where it was never measured."""
    known = _latest(book, back_of(athlete))
    if known is None:
        return None
    flat, bulged = known.value.get("flat_pct"), known.value.get("round_pct")
    return BackRange(flat, bulged) if isinstance(flat, float) and isinstance(bulged, float) else None


def known_wall(book: Path, scene: SceneWatch) -> float | None:
    """Return where the wall was, and let the scene watch whether the camera is moved from there.

    None where there was none, or the camera is already seen to stand elsewhere.
    """
    from pi_coach.adapters.scene import from_text, moved  # noqa: PLC0415

    known = _latest(book, "wall")
    wall_x = known.value.get("wall_x") if known is not None else None
    if known is None or not isinstance(wall_x, float):
        return None
    place = from_text(known.fingerprint)
    if scene.latest is not None and moved(place, scene.latest):
        return None
    scene.reference = place
    return wall_x


def _latest(book: Path, kind: str) -> Calibration | None:
    from pi_coach.adapters.book.reader import SessionBook  # noqa: PLC0415

    with SessionBook(book) as reader:
        return reader.latest_calibration(kind)


class Calibrations:
    """An Output that keeps what is measured in the session."""

    def __init__(
        self, keep: Callable[[Calibration], None], clock: Clock, scene: SceneWatch | None, athlete: str
    ) -> None:
        """Keep the wall only where a scene tells when it stops to hold."""
        self._keep = keep
        self._clock = clock
        self._scene = scene
        self._athlete = athlete

    def show(self, step: Step) -> None:
        """Look whether something was measured."""
        for event in step.events:
            match event:
                case AthleteChosen(athlete=athlete):
                    self._athlete = athlete
                case WallCalibrated(wall_x=wall_x) if self._scene is not None:
                    self._keep_wall(wall_x, self._scene)
                case BackCalibrated(flat_pct=flat_pct, round_pct=round_pct):
                    self._save(back_of(self._athlete), {"flat_pct": flat_pct, "round_pct": round_pct}, "")
                case _:
                    pass

    def close(self) -> None:
        """Nothing is held."""

    def _keep_wall(self, wall_x: float, scene: SceneWatch) -> None:
        from pi_coach.adapters.scene import to_text  # noqa: PLC0415

        if scene.latest is not None:
            scene.reference = scene.latest
            self._save("wall", {"wall_x": wall_x}, to_text(scene.latest))

    def _save(self, kind: str, value: dict[str, object], fingerprint: str) -> None:
        from pi_coach.adapters.book.rows import Calibration  # noqa: PLC0415

        self._keep(Calibration(kind, value, fingerprint, self._clock.wall()))
