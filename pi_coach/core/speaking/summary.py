"""The sentence at the end of a set: a number, a strength, a fix; at most 16 words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pi_coach.core.events import Rep
    from pi_coach.core.phrases import Phrases
    from pi_coach.core.reps.drill import Drill
    from pi_coach.core.reps.fault import Fault

FIX_SHARE = 0.3
"""A fault in at least this share of the reps is worth a word at the end."""

MOST_WORDS = 16
"""More is not remembered."""


def headline(phrases: Phrases, reps: Sequence[Rep]) -> str:
    """Return the number: how many, how many of them clean."""
    clean = sum(rep.quality for rep in reps)
    if len(reps) <= 1:
        return phrases.say("summary.none" if not reps else "summary.one_clean" if clean else "summary.one_rep")
    words = {"count": phrases.number(len(reps)), "clean": phrases.number(clean).lower()}
    kind = "all_clean" if clean == len(reps) else "some_clean" if clean else "none_clean"
    return phrases.say(f"summary.{kind}", **words)


def strength(drill: Drill, reps: Sequence[Rep]) -> str:
    """Return the most important thing that went well in every rep; empty where nothing is worth a word."""
    if not reps or any(rep.score is None for rep in reps):
        return ""
    flagged = {fault for rep in reps for fault in rep.faults}
    good = [fault for fault in drill.faults if fault.words.praise and fault.id not in flagged and _seen(fault, reps)]
    return min(good, key=lambda fault: fault.priority).words.praise if good else ""


def _seen(fault: Fault, reps: Sequence[Rep]) -> bool:
    return all(rep.measures.get(fault.measure) is not None for rep in reps)


def fix(drill: Drill, reps: Sequence[Rep]) -> str:
    """Return what to do better next time: the most important frequent fault; empty where there is none."""
    counts = Counter(fault for rep in reps for fault in rep.faults)
    worst = most_important([fault for fault in drill.faults if fault.words.fix], counts, len(reps))
    return worst.words.fix if worst is not None else ""


def most_important(faults: Iterable[Fault], counts: Mapping[str, int], reps: int) -> Fault | None:
    """Return the most important of the faults that a set showed frequently; None where none was frequent."""
    frequent = [fault for fault in faults if reps and counts.get(fault.id, 0) / reps >= FIX_SHARE]
    return min(frequent, key=lambda fault: fault.priority, default=None)


def sentence(drill: Drill, phrases: Phrases, reps: Sequence[Rep]) -> str:
    """Return the whole sentence for a set; without the strength where a language has too many words for all three."""
    better = fix(drill, reps)
    number, next_set = headline(phrases, reps), phrases.say("summary.next_set", fix=better) if better else ""
    whole = _joined(number, strength(drill, reps), next_set)
    return whole if len(whole.split()) <= MOST_WORDS else _joined(number, next_set)


def parts(drill: Drill, phrases: Phrases) -> Iterator[str]:
    """Yield every sentence about a strength or a fix, for rendering ahead."""
    for fault in drill.faults:
        if fault.words.praise:
            yield f"{fault.words.praise}."
        if fault.words.fix:
            yield phrases.say("summary.next_set", fix=fault.words.fix)


def _joined(*parts: str) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)
