"""The command line: nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pi_coach import __version__
from pi_coach.core.errors import CoachError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pi_coach.assembly import Setting

DONE, FAILED, MISUSED = 0, 1, 2
"""Exit codes."""

SAFETY = "Not a medical device. Stop if anything hurts."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(argv)
    logging.basicConfig(format="%(message)s", level=logging.DEBUG if options.debug else logging.WARNING)
    try:
        return int(options.command(options) or DONE)
    except CoachError as error:
        if options.debug:
            raise
        print(f"pi-coach: {error}", file=sys.stderr)
        return MISUSED if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as error:
        if options.debug:
            raise
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        print(f"pi-coach: {type(error).__name__}: {error}. Run again with --debug and report it.", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pi-coach", description=f"A coach for the hip hinge. {SAFETY}")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--config", type=Path, metavar="DIR", help="folder of your own coach.toml and drills")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of sessions and models")
    parser.add_argument("--debug", action="store_true", help="say more, and show where an error arose")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_run, _add_analyze, _add_record, _add_replay, _add_sessions, _add_drills, _add_models, _add_checks):
        add(commands)
    return parser


Commands = Any
"""argparse keeps the type of its sub-commands to itself."""


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="coach live")
    run.add_argument("--drill", metavar="ID")
    run.add_argument("--source", default="camera", metavar="camera|FILE", help="a video plays as if it were the camera")
    run.add_argument("--panel", choices=("gpio", "sim"), help="pins, or the same panel drawn in the terminal")
    run.add_argument("--wav", type=Path, metavar="FILE", help="where speech goes when there is no sound device")
    run.add_argument("--calibrate-back", action="store_true", help="measure the range of your own back first")
    run.set_defaults(command=_run)


def _add_analyze(commands: Commands) -> None:
    analyze = commands.add_parser("analyze", help="judge every frame of a video or pose recording")
    analyze.add_argument("file", type=Path)
    analyze.add_argument("--drill", metavar="ID")
    analyze.add_argument("--wall", type=float, metavar="X", help="the wall at hip height, pixels from the left")
    analyze.add_argument("--json", metavar="OUT", help="write the analysis here; - is standard output")
    analyze.add_argument("--overlay", type=Path, metavar="OUT.mp4", help="write a film with skeleton, count and cues")
    analyze.set_defaults(command=_analyze)


def _add_record(commands: Commands) -> None:
    record = commands.add_parser("record", help="keep poses, no picture")
    record.add_argument("file", type=Path, help="ends in .poses.jsonl or .poses.jsonl.gz")
    record.add_argument("--source", default="camera", metavar="camera|FILE")
    record.add_argument("--drill", metavar="ID")
    record.set_defaults(command=_record)


def _add_replay(commands: Commands) -> None:
    replay = commands.add_parser("replay", help="give a pose recording to the live coach")
    replay.add_argument("file", type=Path)
    replay.add_argument("--drill", metavar="ID")
    replay.add_argument("--panel", choices=("gpio", "sim"))
    replay.add_argument("--wav", type=Path, metavar="FILE")
    replay.set_defaults(command=_replay)


def _add_sessions(commands: Commands) -> None:
    sessions = commands.add_parser("sessions", help="review stored sessions")
    sessions.add_argument("action", nargs="?", choices=("list", "show", "export", "delete"), default="list")
    sessions.add_argument("id", nargs="?", type=int)
    sessions.add_argument("--format", choices=("json",), default="json")
    sessions.set_defaults(command=_sessions)


def _add_drills(commands: Commands) -> None:
    drills = commands.add_parser("drills", help="the drills and what they judge")
    drills.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    drills.add_argument("id", nargs="?")
    drills.set_defaults(command=_drills)


def _add_models(commands: Commands) -> None:
    models = commands.add_parser("models", help="get and check the pose models")
    models.add_argument("action", nargs="?", choices=("list", "get"), default="list")
    models.add_argument("names", nargs="*", metavar="NAME", help="full (the default), lite, heavy")
    models.set_defaults(command=_models)


def _add_checks(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="check this machine and say what to do")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.set_defaults(command=_doctor)
    bench = commands.add_parser("bench", help="measure this machine; ratios in one run")
    bench.add_argument("--video", type=Path, help="the film to measure on")
    bench.add_argument("--json", metavar="OUT", help="write the figures here; - is standard output")
    bench.set_defaults(command=_bench)


def _setting(options: argparse.Namespace, tell: Callable[[str], None] = print) -> Setting:
    from pi_coach import config
    from pi_coach.assembly import Setting, find_places
    from pi_coach.clock import SystemClock

    places = find_places(options.config, options.data)
    return Setting(config.load(places.owner_dir), places, SystemClock(), tell)


def _complain(line: str) -> None:
    print(f"pi-coach: {line}", file=sys.stderr)


def _run(options: argparse.Namespace) -> None:
    from pi_coach.adapters.power import power_off
    from pi_coach.assembly import default_panel
    from pi_coach.live import Live, coach_live

    panel = options.panel or default_panel()
    asked = Live(options.drill, options.source, panel, options.wav, calibrate_back=options.calibrate_back)
    coach_live(_setting(options), asked, power_off=power_off)


def _replay(options: argparse.Namespace) -> None:
    from pi_coach.assembly import default_panel, recorded_drill
    from pi_coach.live import Live, coach_live

    drill = options.drill or recorded_drill(options.file)
    panel = options.panel or default_panel()
    coach_live(_setting(options), Live(drill, str(options.file), panel, options.wav))


def _analyze(options: argparse.Namespace) -> None:
    from pi_coach.offline import analyze

    found = analyze(_setting(options, _complain), options.file, options.drill, options.wall, options.overlay)
    if options.json is None:
        _print_analysis(found)
    else:
        _write_json(found, options.json)


def _print_analysis(found: dict[str, Any]) -> None:
    for rep in found["reps"]:
        faults = ", ".join(name.replace("_", " ") for name in rep["faults"]) or "clean"
        score = "  -" if rep["score"] is None else f"{rep['score']:3}"
        print(f"{rep['number']:3}  {rep['start_s']:7.2f} s to {rep['end_s']:7.2f} s  score {score}  {faults}")
    print(found["summary"])


def _write_json(value: object, where: str) -> None:
    text = json.dumps(value, indent=1, allow_nan=False)
    if where == "-":
        print(text)
        return
    from pi_coach.assembly import write_whole

    write_whole(Path(where), text + "\n")


def _record(options: argparse.Namespace) -> None:
    from pi_coach.offline import record

    frames = record(_setting(options, _complain), options.file, options.source, options.drill)
    print(f"{frames} frames of poses in {options.file}.")


def _sessions(options: argparse.Namespace) -> None:
    from pi_coach.adapters.book import edits, export
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.session_report import list_lines, show_lines

    book_path = _setting(options).places.book
    if options.action == "list":
        with SessionBook(book_path) as book:
            print("\n".join(list_lines(book.sessions())))
        return
    if options.id is None:
        raise UsageError(f"`sessions {options.action}` needs a session's number; `pi-coach sessions list` names them")
    if options.action == "delete":
        edits.delete_session(book_path, options.id)
        print(f"Session {options.id} is deleted.")
        return
    with SessionBook(book_path) as book:
        session = book.session(options.id)
    if options.action == "show":
        print("\n".join(show_lines(session)))
    else:
        _write_json(export.export_json(session), "-")


def _drills(options: argparse.Namespace) -> None:
    from pi_coach.catalogue import list_lines, show_lines

    config = _setting(options).config
    if options.action == "show" and options.id is None:
        raise UsageError("`pi-coach drills show` needs a drill's id; `pi-coach drills` lists them")
    lines = show_lines(config.drill(options.id)) if options.action == "show" else list_lines(config.drills.values())
    print("\n".join(lines))


def _models(options: argparse.Namespace) -> None:
    from pi_coach.adapters import models

    setting = _setting(options)
    folder = setting.places.models_dir
    if options.action == "get":
        for name in options.names or [setting.config.settings.pose.model]:
            models.fetch(name, folder, print)
        return
    for model in models.installed(folder):
        state = "good" if model.ok else ("damaged" if model.path.exists() else "not here")
        print(f"{model.name:6} {state:9} {model.path}")


def _doctor(options: argparse.Namespace) -> int:
    from pi_coach.doctor import examine, lines

    findings = examine(_setting(options))
    if options.json:
        _write_json([finding.as_dict() for finding in findings], "-")
    else:
        print("\n".join(lines(findings)))
    return FAILED if any(finding.state == "broken" for finding in findings) else DONE


def _bench(options: argparse.Namespace) -> None:
    from pi_coach.bench import lines, measure

    figures = measure(_setting(options, _complain), options.video)
    if options.json is None:
        print("\n".join(lines(figures)))
    else:
        _write_json(figures, options.json)
