"""Today's session: what to do, how much of it, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_coach.core.planning.dose import dose, wall_place
from pi_coach.core.planning.gates import Lack
from pi_coach.core.planning.history import WEEK_DAYS
from pi_coach.core.planning.ladder import standing
from pi_coach.core.planning.plan import AS_PLANNED, Entry, Note, NoteKind, Plan, Wish
from pi_coach.core.planning.screens import states
from pi_coach.core.planning.week import (
    heavy_days,
    loaded_days,
    sessions_this_week,
    trained_sessions,
    wait_days,
    wave_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pi_coach.core.planning.history import History
    from pi_coach.core.planning.ladder import Standing
    from pi_coach.core.planning.syllabus import Syllabus
    from pi_coach.core.planning.week import WavePlace

SPARE_REPS = 1
"""The screen has this many reps more than it needs: one may not be seen."""


@dataclass(frozen=True, slots=True)
class _Today:
    """Everything that decides about today."""

    syllabus: Syllabus
    history: History
    now_day: float
    wish: Wish
    place: Standing
    wave: WavePlace

    @property
    def tier(self) -> int:
        return self.place.tier or 0

    @property
    def loaded(self) -> bool:
        """Tell whether loads are lifted on this rung."""
        return self.tier >= self.syllabus.rules.week.loaded_tier

    def entry(self, name: str, reason: str) -> Entry:
        """Return a rung in today's dose."""
        rung = self.syllabus.rung(name)
        much = dose(self.syllabus, name, self.history, self.wave, self.now_day)
        wall = self.syllabus.rules.wall
        return Entry(
            rung=name,
            drill=rung.drill,
            sets=much.sets,
            reps=much.reps,
            rest_s=rung.rest_s,
            load_kg=much.load_kg,
            wall_cm=wall_place(wall, rung.drill, self.history).cm if name == wall.rung else None,
            reason=f"{reason}; {much.why}" if much.why else reason,
        )


def today(syllabus: Syllabus, history: History, now_day: float, wish: Wish = AS_PLANNED) -> Plan:
    """Return today's session. `now_day` is days since 1970 UTC."""
    place = standing(syllabus, history, now_day)
    now = _Today(syllabus, history, now_day, wish, place, wave_at(syllabus, history, now_day))
    session = tuple(_first_session(now) if place.tier is None else _session(now))
    entries = [part for part in session if isinstance(part, Entry)]
    notes = [part for part in session if isinstance(part, Note)]
    return Plan(
        tier=place.tier,
        why=_why(place),
        entries=tuple(entries if place.tier is None else _with_silent_set(now, entries)),
        notes=(*notes, *_milestones(now), *_mobility(now)),
        screens=states(syllabus, history, now_day),
    )


def _why(place: Standing) -> str:
    why = place.why[0].upper() + place.why[1:]
    if not place.lacks:
        return f"{why}."
    return f"{why}. For the next rung: {', '.join(lack.text for lack in place.lacks)}."


def _first_session(now: _Today) -> Iterator[Entry]:
    start = now.syllabus.rules.start
    screen = now.entry(start.rung, "the screen: the coach only watches, and knows where to begin")
    yield replace(screen, sets=1, reps=start.reps + SPARE_REPS, silent_first=True)
    for name in now.syllabus.rules.sessions.first:
        yield now.entry(name, "to learn the feel of it")


def _session(now: _Today) -> Iterator[Entry | Note]:
    """Yield today's drills in their order, and what there is to know about them."""
    day = now.syllabus.rules.sessions
    too_soon = _too_soon(now)
    if too_soon is not None:
        yield too_soon
        yield from (now.entry(name, "practice without a load") for name in day.practice if _within(now, name))
        return
    if now.tier >= day.warm_up_tier:
        yield now.entry(day.warm_up, "warm-up: the pattern before the load")
    yield from _main(now)
    if now.loaded:
        yield now.entry(day.after, "after the lifts, for the lockout")
    yield from _extras(now)


def _within(now: _Today, name: str) -> bool:
    return now.syllabus.rung(name).tier <= now.tier


def _too_soon(now: _Today) -> Note | None:
    """Return why today is no day for a load, or for much at all; None where it is one."""
    week = now.syllabus.rules.week
    trained = trained_sessions(now.history)
    if trained and trained[-1].pain:
        return Note(NoteKind.PAIN, "Something hurt last time: no loads today. If pain persists, see a professional.")
    often = week.advanced if now.tier >= week.advanced_tier else week.beginner
    done = sessions_this_week(now.history, now.now_day)
    if done >= often[1]:
        return Note(NoteKind.REST, f"{done} sessions in seven days are enough: rest today, or practise lightly.")
    wait = wait_days(loaded_days(now.syllabus, now.history), now.now_day, week.loaded_apart_days)
    if wait is not None and now.loaded:
        return Note(NoteKind.REST, f"Loads need two days between them: the next in {24 * wait:.0f} hours.")
    return None


def _main(now: _Today) -> Iterator[Entry | Note]:
    """Yield the drills of the athlete's own rung, or what takes their place today."""
    rules = now.syllabus.rules
    own = now.syllabus.own_rungs(now.tier)
    if now.loaded and now.wave.easy:
        yield Note(NoteKind.EASY_WEEK, f"Easy week after {now.wave.week} weeks up: fewer sets, less weight.")
    if not any(now.syllabus.rung(name).heavy for name in own):
        longest_ago = sorted(own, key=lambda name: _last_day(now, name))
        yield from (now.entry(name, f"rung T{now.tier}") for name in longest_ago[: rules.sessions.own[now.tier]])
    elif now.wave.easy:
        yield now.entry(rules.sessions.deload, "the easy week's deadlift")
    else:
        yield from _heavy_day(now, own)


def _last_day(now: _Today, name: str) -> float:
    return max((day for day, _ in now.history.sets_of(now.syllabus.rung(name).drill)), default=0.0)


def _heavy_day(now: _Today, own: tuple[str, ...]) -> Iterator[Entry | Note]:
    """Yield the week's heavy lift, the same for a whole wave; something lighter where it was not a week."""
    day = now.syllabus.rules.sessions
    note = _second_heavy(now)
    if note is not None:
        yield note
    if note is not None and note.kind is NoteKind.HEAVY_REFUSED:
        yield from (now.entry(name, "later in the week, lighter") for name in day.light)
        return
    rested = [name for name in own if (rotated := _rotated_out(now, name)) is None]
    yield from (rotated for name in own if (rotated := _rotated_out(now, name)) is not None)

    def turn(name: str) -> tuple[bool, float]:
        last_day = _last_day(now, name)
        return last_day < now.wave.since_day, last_day

    yield from (now.entry(name, "the week's heavy lift") for name in sorted(rested, key=turn)[: day.own[now.tier]])


def _second_heavy(now: _Today) -> Note | None:
    """Return what to say about a second heavy day within a week; None where none was."""
    wait = wait_days(heavy_days(now.syllabus, now.history), now.now_day, now.syllabus.rules.heavy.apart_days)
    if wait is None:
        return None
    if now.wish.heavy_anyway:
        text = "A second heavy day within a week, at your own wish: use pins or a spotter."
        return Note(NoteKind.HEAVY_WISHED, text)
    days = max(round(wait), 1)
    text = f"One heavy day a week: the next in {days} day{'s' if days > 1 else ''}; lighter today."
    return Note(NoteKind.HEAVY_REFUSED, text)


def _rotated_out(now: _Today, name: str) -> Note | None:
    """Return what to say about a lift that has had its block of weeks; a pause as long as a layoff ends the block."""
    rung = now.syllabus.rung(name)
    pause_days = now.syllabus.rules.layoff.weeks * WEEK_DAYS
    since, last = None, None
    for day, _ in now.history.sets_of(rung.drill):
        since = day if last is None or since is None or day - last >= pause_days else since
        last = day
    if rung.block_weeks is None or since is None or last is None or now.now_day - last >= pause_days:
        return None
    weeks = (last - since) / WEEK_DAYS
    if weeks < rung.block_weeks:
        return None
    rest_weeks = now.syllabus.rules.layoff.weeks
    return Note(NoteKind.ROTATED, f"{weeks:.0f} weeks of {_plain(rung.drill)}: it rests for {rest_weeks:.0f} weeks.")


def _extras(now: _Today) -> Iterator[Entry | Note]:
    for name in now.syllabus.rules.extras:
        rung = now.syllabus.rung(name)
        owned = rung.needs is None or now.history.quality_reps(rung.needs) >= rung.needs_reps
        if _within(now, name) and owned:
            yield now.entry(name, "because you asked for it")
        else:
            first = _plain(rung.needs) if rung.needs and not owned else f"rung T{rung.tier}"
            yield Note(NoteKind.EXTRA_WAITS, f"{_plain(rung.drill).capitalize()} waits: {first} comes first.")


def _with_silent_set(now: _Today, entries: list[Entry]) -> list[Entry]:
    """Let the first set of one drill be silent: where it tells most, and never of a drill that is being learnt."""
    rule = now.syllabus.rules.silent
    own = [entry for entry in entries if now.syllabus.rung(entry.rung).tier == now.tier]
    asked = {lack.lack for lack in now.place.lacks} - {Lack.TIME} == {Lack.SILENT}
    learnt = [one for one in (*own, *entries) if now.history.quality_reps(one.drill) >= rule.from_quality_reps]
    chosen = next(iter((own if asked else []) + learnt), None)
    if chosen is None or not rule.first_set:
        return entries
    why = "the first set is silent, which the next rung asks for" if asked else "the first set is silent"
    quiet = replace(chosen, silent_first=True, reason=f"{chosen.reason}; {why}")
    return [quiet if entry == chosen else entry for entry in entries]


def _milestones(now: _Today) -> Iterator[Note]:
    done = now.history.quality_reps()
    before = replace(now.history, sessions=now.history.sessions[:-1]).quality_reps()
    for reps in now.syllabus.rules.milestones:
        if before < reps <= done:
            yield Note(NoteKind.MILESTONE, f"{reps} clean reps in your life: the hinge becomes a habit.")


def _mobility(now: _Today) -> Iterator[Note]:
    wall = now.syllabus.rules.wall
    if wall_place(wall, now.syllabus.rung(wall.rung).drill, now.history).stuck:
        text = f"The wall is out of reach even at {wall.start_cm:g} cm: work on the hips, and do the self-tests."
        yield Note(NoteKind.MOBILITY, text)


def _plain(identifier: str) -> str:
    return identifier.replace("_", " ")
