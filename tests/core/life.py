"""An athlete's weeks, told in days: what the programme plans, and how the athlete does it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from story import CONFIG

from pi_coach.core.planning.history import History, PastRep, PastScreen, PastSession, PastSet, Profile
from pi_coach.core.planning.plan import AS_PLANNED, Plan, Wish
from pi_coach.core.planning.programme import today
from pi_coach.plan import read_syllabus

SYLLABUS = read_syllabus(CONFIG)
RULES = SYLLABUS.rules

CLEAN = PastRep(92, quality=True, hip_flexion_deg=72.0, back_curve_pct=1.5)
SHORT = PastRep(72, quality=False, faults=("no_lockout",))
"""Not standing all the way up."""
SQUAT = PastRep(60, quality=False, faults=("squatting",))
MISS = PastRep(70, quality=False, faults=("wall_missed",))
ROUNDED = PastRep(40, quality=False, faults=("back_rounding",), severe=("back_rounding",))
"""A severely rounded back: critical under load."""
UNSEEN = PastRep(None, quality=False)

FIRST_DAY = 20_600.0
"""Days since 1970."""


class Life:
    """Goes on from day to day; trains as planned unless told otherwise."""

    def __init__(self, profile: Profile | None = None, syllabus=SYLLABUS) -> None:
        self.day = FIRST_DAY
        self.history = History(profile=profile or Profile())
        self.syllabus = syllabus
        self._planned: tuple[object, Plan] | None = None

    def plan(self, wish: Wish = AS_PLANNED) -> Plan:
        """What is planned for today; asked twice it is worked out once."""
        asked = (id(self.history), self.day, wish)
        if self._planned is None or self._planned[0] != asked:
            self._planned = (asked, today(self.syllabus, self.history, self.day, wish))
        return self._planned[1]

    @property
    def tier(self) -> int | None:
        return self.plan().tier

    def wait(self, days: float) -> Life:
        self.day += days
        return self

    def do(self, *sets: PastSet, **answers) -> Life:
        """One session of these sets."""
        session = PastSession(self.day, sets, **answers)
        self.history = replace(self.history, sessions=(*self.history.sessions, session))
        return self

    def train(self, reps: tuple[PastRep, ...] = (CLEAN,), kg: float | None = None, wish: Wish = AS_PLANNED, **answers):
        """Do what is planned, the reps of each set taken from `reps` round and round; `kg` where no load is known."""
        sets = []
        for entry in self.plan(wish).entries:
            loaded = self.syllabus.rung(entry.rung).tier >= RULES.week.loaded_tier
            load_kg = (entry.load_kg or kg) if loaded else None
            for number in range(entry.sets):
                done = tuple(reps[i % len(reps)] for i in range(entry.reps))
                silent = entry.silent_first and number == 0
                sets.append(PastSet(entry.drill, entry.reps, done, silent, load_kg))
        return self.do(*sets, **answers)

    def screen(self, *reps: PastRep) -> Life:
        """Do the screen and nothing else."""
        return self.do(PastSet("standing_dowel", 6, reps, silent=True))

    def log(self, screen: str, value: float | None = None, *, passed: bool | None = None) -> Life:
        done = PastScreen(screen, self.day, value, passed)
        self.history = replace(self.history, screens=(*self.history.screens, done))
        return self

    def weeks(self, count: int, every_days: tuple[float, ...] = (3.0, 4.0), **how) -> Life:
        """Train so many weeks, with so many days after each session."""
        for _ in range(count):
            for days in every_days:
                self.train(**how).wait(days)
        return self

    def climb(self, tier: int, **how) -> Life:
        """Train cleanly until a rung is reached."""
        for _ in range(60):
            if self.tier is not None and self.tier >= tier:
                return self
            self.train(**how).wait(3.5)
        raise AssertionError(f"T{tier} was never reached: {self.plan().why}")


def on_rung(tier: int, kg: float | None = None) -> Life:
    """Somebody who has just come to a rung."""
    life = Life()
    life.history, life.day = _climbed(tier, kg)
    return life


@cache
def _climbed(tier: int, kg: float | None) -> tuple[History, float]:
    life = Life().climb(tier, kg=kg)
    return life.history, life.day


def a_set(drill: str, *reps: PastRep, silent: bool = False, kg: float | None = None) -> PastSet:
    return PastSet(drill, len(reps), reps, silent, kg)


def drills_of(plan: Plan) -> list[str]:
    return [entry.drill for entry in plan.entries]


def entry_of(plan: Plan, drill: str):
    return next(entry for entry in plan.entries if entry.drill == drill)


def notes_of(plan: Plan) -> set[str]:
    return {note.kind.value for note in plan.notes}
