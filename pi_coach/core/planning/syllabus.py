"""The programme's rules, and the drills they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.errors import DrillError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pi_coach.core.planning.rules import Rules, Rung
    from pi_coach.core.reps.drill import Drill


@dataclass(frozen=True, slots=True)
class Syllabus:
    """What a plan is made from, beside the athlete's past."""

    rules: Rules
    drills: Mapping[str, Drill]

    def __post_init__(self) -> None:
        """Refuse a ladder with a drill that is not in the catalogue."""
        for name, rung in self.rules.ladder.items():
            for drill in (rung.drill, rung.needs or rung.drill):
                if drill not in self.drills:
                    raise DrillError(f"ladder.{name}: unknown drill {drill!r}")

    def rung(self, name: str) -> Rung:
        """Return a rung by its name."""
        return self.rules.ladder[name]

    def own_rungs(self, tier: int) -> tuple[str, ...]:
        """Return the names of a tier's rungs, without the optional ones."""
        return tuple(name for name, rung in self.rules.ladder.items() if rung.tier == tier and not rung.optional)

    def drills_of(self, tiers: range) -> frozenset[str]:
        """Return the drills that stand on some tiers."""
        return frozenset(rung.drill for rung in self.rules.ladder.values() if rung.tier in tiers)
