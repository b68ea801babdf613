"""The catalogue, the models, and the machine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.commands.frame import DONE, FAILED, complain, setting_for, write_json
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse

CORNER_SIDES = 2
"""A board has corners across and down."""


def drills(options: argparse.Namespace) -> None:
    """List the drills, or show one."""
    from pi_coach.catalogue import list_lines, show_lines

    config = setting_for(options).config
    if options.action == "show" and options.id is None:
        raise UsageError("`pi-coach drills show` needs a drill's id; `pi-coach drills` lists them")
    lines = show_lines(config.drill(options.id)) if options.action == "show" else list_lines(config.drills.values())
    print("\n".join(lines))


def models(options: argparse.Namespace) -> None:
    """List the pose models, or get some."""
    from pi_coach.adapters import models

    setting = setting_for(options)
    folder = setting.places.models_dir
    if options.action == "get":
        for name in options.names or [setting.config.settings.pose.model]:
            models.fetch(name, folder, print)
        return
    for model in models.installed(folder):
        state = "good" if model.ok else ("damaged" if model.path.exists() else "not here")
        print(f"{model.name:6} {state:9} {model.path}")


def doctor(options: argparse.Namespace) -> int:
    """Check this machine; FAILED where something is broken."""
    from pi_coach.checks.order import checks
    from pi_coach.doctor import ending, examine, rows

    # On a terminal somebody hears it; a program that asks for JSON is to be quick and silent.
    asked = checks(speaks=not (options.quiet or options.json), lights=options.lights)
    wide = max(len(check.name) for check in asked)
    findings = []
    for finding in examine(setting_for(options, complain if options.json else print), asked):
        findings.append(finding)
        if not options.json:
            print("\n".join(rows(finding, wide)), flush=True)
    if options.json:
        write_json([finding.as_dict() for finding in findings], "-")
    else:
        print("\n".join(("", *ending(findings))))
    return FAILED if any(finding.state == "broken" for finding in findings) else DONE


def lens(options: argparse.Namespace) -> None:
    """Measure a lens by a chessboard before the camera, and say what to write into the config."""
    from contextlib import closing

    from pi_coach.adapters.chessboard import measure
    from pi_coach.cameras import open_frames

    words = options.corners.split("x")
    if not (len(words) == CORNER_SIDES and all(word.isdigit() and int(word) > CORNER_SIDES for word in words)):
        raise UsageError(f"--corners {options.corners} is no board; it must be such as 9x6, each at least 3")
    setting = setting_for(options)
    with closing(open_frames(options.source, setting.config.settings.camera, setting.clock)) as source:
        complain("Move a flat chessboard through the whole picture, near and far, tilted; hold it still now and then.")
        found = measure(source.frames(), (int(words[0]), int(words[1])))
    print(f"{found.views} views, {found.error_px:.2f} pixels off. Write under [camera] in coach.toml:")
    print(f'lens = "own"\nlens_own = [{", ".join(f"{number:.4f}" for number in found.numbers)}]')


def bench(options: argparse.Namespace) -> int:
    """Measure this machine; FAILED where it was asked to check, and something has become slower."""
    from pi_coach.benchmarks import history, order, table
    from pi_coach.benchmarks.run import QUICK, Amount, Run, asked_film
    from pi_coach.places import make_dir

    setting = setting_for(options, complain)
    kept = make_dir(setting.places.data_dir) / "bench.jsonl"
    before = {}
    if options.check is not None:
        before = history.of_document(options.check) if options.check.name else history.last(kept)
    notes: list[str] = []
    run = Run(setting, asked_film(options.video), QUICK if options.quick else Amount(), notes.append)
    figures = order.measure(run, options.only or order.GROUPS)
    if options.json is None:
        print("\n".join(table.lines(figures, notes)))
    else:
        write_json(table.document(figures, notes, history.about(run)), options.json)
    slower = history.regressions(figures, before)
    if slower:
        complain(history.verdict(slower))
        return FAILED
    if options.check is not None and not before:
        complain("There is nothing to compare with yet; the next --check compares with this run.")
    history.append(kept, figures, setting.clock)
    return DONE
