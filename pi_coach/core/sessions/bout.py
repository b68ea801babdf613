"""The order of a session: bouts of drills, their sets and sides, and where in them the athlete is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.errors import UsageError
from pi_coach.core.events import Side

if TYPE_CHECKING:
    from pi_coach.core.reps.drill import Drill


@dataclass(frozen=True, slots=True)
class Bout:
    """Some sets of one drill."""

    drill: Drill
    sets: int
    reps: int
    """Of a set, on each side where the drill is done per side."""
    rest_s: float
    """After each set."""
    load_kg: float | None = None
    """The weight that is lifted; None where it was not told."""
    wall_cm: float | None = None
    """How far the heels stand from the wall; None where it was not told."""
    silent_first: bool = False
    """Whether nothing is corrected in the first set: the honest test of what has been learnt."""
    reason: str = ""
    """Why it was planned, for whoever asks."""


def bout_of(drill: Drill) -> Bout:
    """Return a drill as its own plan has it."""
    return Bout(drill, drill.plan.sets, drill.plan.reps, drill.plan.rest_s)


@dataclass(frozen=True, slots=True)
class Turn:
    """One set, on one side where the drill is done per side."""

    bout: Bout
    number: int
    """Of the set within its bout, from 1."""
    side: Side | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing is corrected in it."""
        return self.bout.silent_first and self.number == 1

    @property
    def opens(self) -> bool:
        """Whether it is the first of its bout."""
        return self.number == 1 and self.side is not Side.SECOND


def turns(bout: Bout) -> tuple[Turn, ...]:
    """Return a bout's sets in their order: all reps on one side, then on the other."""
    sides = (Side.FIRST, Side.SECOND) if bout.drill.plan.per_side else (None,)
    return tuple(Turn(bout, number, side) for number in range(1, bout.sets + 1) for side in sides)


@dataclass(frozen=True, slots=True)
class Course:
    """The whole session, and how far it has come."""

    bouts: tuple[Bout, ...]
    more: tuple[Bout, ...] = ()
    """What the button goes round once the planned bouts are through."""
    bout: int = 0
    turn: int = 0

    def __post_init__(self) -> None:
        """Refuse a session of nothing."""
        if not self.bouts:
            raise UsageError("a session needs at least one drill")

    @property
    def now(self) -> Turn:
        """The set that is to be done."""
        return turns(self.bouts[self.bout])[self.turn]

    def after_set(self) -> Course | None:
        """Go on after a set; None where that was the last one."""
        if self.turn + 1 < len(turns(self.bouts[self.bout])):
            return replace(self, turn=self.turn + 1)
        return replace(self, bout=self.bout + 1, turn=0) if self.bout + 1 < len(self.bouts) else None

    def next_drill(self) -> Course:
        """Go on to the next drill; after the last one to the next of the round, or to the first again."""
        if self.bout + 1 < len(self.bouts):
            return replace(self, bout=self.bout + 1, turn=0)
        if not self.more:
            return replace(self, bout=0, turn=0)
        return Course((*self.bouts, self._along(1)), self.more, self.bout + 1)

    def drill_before(self) -> Course:
        """Go back to the drill before; from the first one backwards in the round, or to its beginning."""
        if self.bout > 0:
            return replace(self, bout=self.bout - 1, turn=0)
        return Course((self._along(-1), *self.bouts), self.more) if self.more else replace(self, turn=0)

    def lightened(self) -> Course:
        """Forget the weight of this bout, for the athlete was asked to take a lighter one."""
        bouts = (*self.bouts[: self.bout], replace(self.bouts[self.bout], load_kg=None), *self.bouts[self.bout + 1 :])
        return replace(self, bouts=bouts)

    def _along(self, by: int) -> Bout:
        names = [bout.drill.id for bout in self.more]
        here = self.bouts[self.bout].drill.id
        place = names.index(here) + by if here in names else min(by, 0)
        return self.more[place % len(names)]
