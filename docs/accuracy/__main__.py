"""Writes docs/accuracy.md, docs/accuracy.json and docs/figures: `just accuracy`, or see --help."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach import config

from . import legs, page, summary, tracks, truth
from .score import trial

if TYPE_CHECKING:
    from collections.abc import Sequence

DOCS = Path(__file__).resolve().parent.parent


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and write what was measured."""
    asked = _parser().parse_args(words)
    clips = [clip for folder in asked.clips for clip in truth.people(folder)]
    clips += [clip for folder in asked.athlete for clip in truth.rendered(folder)]
    absent = [str(clip.video) for clip in clips if not clip.video.exists()]
    if not clips or absent:
        sys.exit(f"these films are absent: {', '.join(absent)}" if absent else "name folders with clips: see --help")
    settings = config.load(asked.out / "no config of an owner")
    cache = tracks.PoseCache(asked.cache, asked.data, settings, _tell)
    trials, seen = [], []
    for clip in clips:
        for model in asked.models:
            track = cache.track(clip, model)
            trials += [trial(clip, model, fps, track, settings) for fps in asked.fps]
            seen.append(legs.knees(clip, model, track, settings.drill(clip.drill)))
        _tell(f"scored: {clip.name}")
    figures = summary.summarize(trials)
    figures["legs"] = legs.rows(knees for knees in seen if knees is not None)
    _write(asked.out, figures, draw=not asked.no_figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m docs.accuracy", description=__doc__)
    parser.add_argument("--clips", nargs="*", type=Path, default=[], help="folders of recordings with labels.json")
    parser.add_argument("--athlete", nargs="*", type=Path, default=[], help="folders of films of the rendered athlete")
    parser.add_argument("--cache", type=Path, required=True, help="where the poses are kept between runs")
    parser.add_argument("--data", type=Path, required=True, help="where `pi-coach models get` put the models")
    parser.add_argument("--models", nargs="+", default=["full", "lite"])
    parser.add_argument("--fps", nargs="+", type=float, default=[30.0, 15.0, 10.0, 7.5])
    parser.add_argument("--out", type=Path, default=DOCS)
    parser.add_argument("--no-figures", action="store_true", help="the numbers only; drawing needs matplotlib")
    return parser


def _write(out: Path, figures: dict[str, object], *, draw: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "accuracy.json").write_text(summary.as_json(figures), encoding="utf-8")
    (out / "accuracy.md").write_text(page.page(figures), encoding="utf-8")
    if draw:
        from . import figures as drawing  # noqa: PLC0415  the numbers need no matplotlib

        drawing.draw(figures, out / "figures")


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
