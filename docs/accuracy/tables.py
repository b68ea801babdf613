"""Markdown tables out of the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .score import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .rows import Row

VIEWS = {"10": "10° off the side", "20": "20° off the side", "45": "45° off the side"}
ANGLES = {"hip_flexion_deg": "hip flexion", "knee_flexion_deg": "knee flexion", "trunk_deg": "trunk inclination"}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; None is shown as a dash."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(cell: object) -> str:
    return "-" if cell is None else str(cell)


def _counter(name: str) -> str:
    return f"**{name}**" if name == OURS else name


def _view(name: str) -> str:
    return VIEWS.get(name, name)


def counts(rows: Sequence[Row], *, people: bool, model: str) -> str:
    """Return who counts how many clips exactly, at each rate."""
    mine = [row for row in rows if row["people"] is people and row["model"] == model]
    rates = sorted({row["fps"] for row in mine}, reverse=True)
    lines = []
    for counter in dict.fromkeys(row["counter"] for row in mine):
        by_rate = {row["fps"]: row for row in mine if row["counter"] == counter}
        lines.append([_counter(counter), *(_counted(by_rate[rate]) for rate in rates)])
    return table(["counter", *(f"{rate:g} fps" for rate in rates)], lines)


def _counted(row: Row) -> str:
    return f"{row['exact']} of {row['clips']} ({row['off_by_one']}), {row['mae']:.2f}"


def conditions(rows: Iterable[Row]) -> str:
    """Return the figures by view and light."""
    head = ["seen from, or with", "clips", "count exact", "reps", *OUTCOME_HEADS, "hip bias"]
    return table(head, [_condition(row) for row in rows])


OUTCOME_HEADS = ("found", "missed", "not judged", "invented", "rightly silent")


def _condition(row: Row) -> list[object]:
    hip = None if row["hip_bias_deg"] is None else f"{row['hip_bias_deg']:+.1f}°"
    return [_view(row["condition"]), row["clips"], row["exact"], row["reps"], *outcomes(row), hip]


def outcomes(row: Mapping[str, Any]) -> list[object]:
    """Return the cells of what became of faults."""
    return [row[name] for name in ("hit", "missed", "abstained", "false alarm", "clean")]


def faults(rows: Iterable[Row]) -> str:
    """Return what became of each fault."""
    return table(["fault", *OUTCOME_HEADS], [[_words(row["fault"]), *outcomes(row)] for row in rows])


def _words(name: str) -> str:
    return name.replace("_", " ")


def rates(outcome_rows: Iterable[Row], time_rows: Iterable[Row]) -> str:
    """Return faults and times of the bottom by model and rate."""
    times = {(row["model"], row["fps"]): row for row in time_rows}
    lines = []
    for row in outcome_rows:
        late = times[row["model"], row["fps"]]
        times_ms = [None if late[key] is None else f"{1e3 * late[key]:.0f} ms" for key in ("mean_s", "p95_s")]
        lines.append([row["model"], f"{row['fps']:g}", *outcomes(row), *times_ms])
    return table(["model", "fps", *OUTCOME_HEADS, "bottom off, mean", "95 %"], lines)


def angles(rows: Iterable[Row]) -> str:
    """Return the errors of the angles at the bottom."""
    head = ["seen from", "angle", "reps", "bias", "mean error", "mean error without the bias"]
    return table(head, [[_view(row["view"]), ANGLES[row["angle"]], row["reps"], *_errors(row)] for row in rows])


def _errors(row: Row) -> list[str]:
    return [f"{row['bias']:+.1f}°", f"{row['mae']:.1f}°", f"{row['mae_without_bias']:.1f}°"]


def back(rows: Iterable[Row]) -> str:
    """Return by true lumbar flexion what was made of the back."""
    head = ["lumbar flexion", "reps", "AUC of the outline", "AUC of the shortening"]
    head += ["told by pi_coach", "trunk < 0.85", "trunk < 0.80", "height < 0.85", "median outline", "median trunk"]
    return table(head, [_back(row) for row in rows if "told" in row])


def _back(row: Row) -> list[object]:
    name = "flat, to 12°" if row["lumbar_deg"] == "flat" else f"about {row['lumbar_deg']}°"
    areas = [None if row.get(key) is None else f"{row[key]:.2f}" for key in ("auc", "ratio_auc")]
    middles = [row["median_pct"] and f"{row['median_pct']:.1f} %", row["median_ratio"] and f"{row['median_ratio']:.2f}"]
    return [
        name,
        row["reps"],
        *areas,
        row["told"],
        row["ratio_below_0.85"],
        row["ratio_below_0.80"],
        row["height_below_0.85"],
        *middles,
    ]


def squat_rules(rows: Iterable[Row]) -> str:
    """Return who tells squats from hinges."""
    lines = [
        [_counter(row["rule"]), f"{row['told']} of {row['squats']}", f"{row['false']} of {row['hinges']}"]
        for row in rows
    ]
    return table(["rule", "squats found", "hinges called squats"], lines)


def people(rows: Sequence[Row], model: str) -> str:
    """Return the recordings of people one by one."""
    head = ["recording", "drill", "view", "true", "pi_coach", "labelled faults"]
    return table(head, [_person(row) for row in rows if row["model"] == model])


def _person(row: Row) -> list[object]:
    least, most = row["true"]
    true = f"{most}" if least == most else f"{least} or {most}"
    counted: object = row["counted"][OURS]
    if row["squats"] is not None:
        true, counted = f"{row['squats']} squats", f"{row['passed']} passed as a hinge"
    said = [f"{_words(fault)} in {share:.0%}" for fault, share in row["found"].items()]
    said += [f"**invented: {_words(fault)} in {share:.0%}**" for fault, share in row["invented"].items()]
    said += [f"none of {row['absent']} invented"] if row["absent"] and not row["invented"] else []
    return [row["clip"].replace("__", " "), _words(row["drill"]), row["view"], true, counted, "; ".join(said)]


def slips(rows: Iterable[Row]) -> str:
    """Return every verdict that was wrong."""
    head = ["fault", "was", "clip", "rep", "asked for", "truly", "measured", "limit"]
    wrong = [row for row in rows if row["outcome"] in SLIPS]
    keys = ("clip", "rep", "asked", "true", "value", "limit")
    lines = [
        [_words(row["fault"]), SLIPS[row["outcome"]], *(row[key] for key in keys)]
        for row in sorted(wrong, key=lambda row: (row["fault"], row["outcome"], row["clip"], row["rep"]))
    ]
    return table(head, lines)


SLIPS = {"missed": "missed", "false alarm": "invented"}


def legs(rows: Iterable[Row]) -> str:
    """Return how far the knee is off, before and after a leg is chosen."""
    head = ["model", "legs", "frames of", "knee", "median", "95 %", "more than 20° off", "not told"]
    return table(head, [_knee(row) for row in rows])


def _knee(row: Row) -> list[object]:
    def degrees(key: str) -> str | None:
        return None if row[key] is None else f"{row[key]:.1f}°"

    def share(key: str) -> str | None:
        return None if row[key] is None else f"{100 * row[key]:.0f} %"

    place = [row["model"], row["legs"], row["part"], row["knee"]]
    return [*place, degrees("median_deg"), degrees("p95_deg"), share("far_share"), share("untold_share")]
