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


def bench(options: argparse.Namespace) -> None:
    """Measure this machine."""
    from pi_coach.bench import lines, measure

    figures = measure(setting_for(options, complain), options.video)
    if options.json is None:
        print("\n".join(lines(figures)))
    else:
        write_json(figures, options.json)
