"""The catalogue, the models, and the machine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.commands.frame import DONE, FAILED, complain, setting_for, write_json
from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse


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
    from pi_coach.doctor import examine, lines

    findings = examine(setting_for(options))
    if options.json:
        write_json([finding.as_dict() for finding in findings], "-")
    else:
        print("\n".join(lines(findings)))
    return FAILED if any(finding.state == "broken" for finding in findings) else DONE


def bench(options: argparse.Namespace) -> None:
    """Measure this machine."""
    from pi_coach.bench import lines, measure

    figures = measure(setting_for(options, complain), options.video)
    if options.json is None:
        print("\n".join(lines(figures)))
    else:
        write_json(figures, options.json)
