"""The command line: nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pi_coach import __version__
from pi_coach.benchmarks.order import GROUPS
from pi_coach.commands import coaching, hub, keeping, machine, publishing, reviewing, serving
from pi_coach.commands.frame import DONE, FAILED
from pi_coach.core.errors import CoachError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

MISUSED = 2
"""Exit code of a wrong option or a wrong config."""

SAFETY = "Not a medical device. Stop if anything hurts."


DOCTOR_JSON = (
    'Each finding of --json has four texts: "check", "state" (good, note or broken), "found", and "remedy", which is'
    " empty where nothing is to be done. Exit code 1: something that even a video file needs is broken."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(argv)
    _start_logging(debug=options.debug)
    try:
        code = int(options.command(options) or DONE)
        sys.stdout.flush()
    except CoachError as error:
        if options.debug:
            raise
        _complain(str(error))
        return MISUSED if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        # Whoever read has left. What is still buffered must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if options.debug:
            raise
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        _complain(f"{type(error).__name__}: {error}. Run again with --debug and report it.")
        return FAILED
    return code


def _start_logging(*, debug: bool) -> None:
    """Log to standard error: a line for a person, or for the journal, which gets what goes well besides."""
    from pi_coach.adapters.service import JournalFormatter, in_journal

    logging.basicConfig(format="%(message)s", level=logging.DEBUG if debug else logging.WARNING)
    if in_journal(sys.stderr, os.environ):
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JournalFormatter("%(name)s: %(message)s"))
        logging.getLogger("pi_coach").setLevel(logging.DEBUG if debug else logging.INFO)


def _complain(sentence: str) -> None:
    """Say what went wrong, to the person at the terminal or to the journal and `systemctl status`."""
    from pi_coach.adapters.service import Service, in_journal, marked

    text = f"pi-coach: {sentence}"
    print(marked(text, logging.ERROR) if in_journal(sys.stderr, os.environ) else text, file=sys.stderr)
    Service(os.environ).status(sentence)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pi-coach", description=f"A coach for the hip hinge. {SAFETY}")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--config", type=Path, metavar="DIR", help="folder of your own coach.toml and drills")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of sessions and models")
    parser.add_argument("--debug", action="store_true", help="say more, and show where an error arose")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_run,
        _add_analyze,
        _add_record,
        _add_replay,
        _add_sessions,
        _add_backups,
        _add_plan,
        _add_drills,
        _add_models,
        _add_checks,
        _add_web,
        _add_publish,
        _add_hub,
    ):
        add(parsers)
    return parser


Parsers = Any
"""argparse keeps the type of its sub-commands to itself."""


def _add_run(parsers: Parsers) -> None:
    run = parsers.add_parser("run", help="coach live")
    run.add_argument("--drill", metavar="ID")
    run.add_argument("--source", default="camera", metavar="camera|FILE", help="a video plays as if it were the camera")
    run.add_argument("--panel", choices=("gpio", "sim"), help="pins, or the same panel drawn in the terminal")
    run.add_argument("--wav", type=Path, metavar="FILE", help="where speech goes when there is no sound device")
    run.add_argument("--load", type=float, metavar="KG", help="the weight that is lifted, with --drill")
    run.add_argument("--calibrate-back", action="store_true", help="measure the range of your own back first")
    run.set_defaults(command=coaching.run)


def _add_analyze(parsers: Parsers) -> None:
    analyze = parsers.add_parser("analyze", help="judge every frame of a video or pose recording")
    analyze.add_argument("file", type=Path)
    analyze.add_argument("--drill", metavar="ID")
    analyze.add_argument("--wall", type=float, metavar="X", help="the wall at hip height, pixels from the left")
    analyze.add_argument("--json", metavar="OUT", help="write the analysis here; - is standard output")
    analyze.add_argument("--overlay", type=Path, metavar="OUT.mp4", help="write a film with skeleton, count and cues")
    analyze.set_defaults(command=coaching.analyze)


def _add_record(parsers: Parsers) -> None:
    record = parsers.add_parser("record", help="keep poses, no picture")
    record.add_argument("file", type=Path, help="ends in .poses.jsonl or .poses.jsonl.gz")
    record.add_argument("--source", default="camera", metavar="camera|FILE")
    record.add_argument("--drill", metavar="ID")
    record.set_defaults(command=coaching.record)


def _add_replay(parsers: Parsers) -> None:
    replay = parsers.add_parser("replay", help="give a pose recording to the live coach")
    replay.add_argument("file", type=Path)
    replay.add_argument("--drill", metavar="ID")
    replay.add_argument("--panel", choices=("gpio", "sim"))
    replay.add_argument("--wav", type=Path, metavar="FILE")
    replay.add_argument("--speed", type=float, default=1.0, metavar="N", help="times as fast as life")
    replay.set_defaults(command=coaching.replay)


SESSION_ACTIONS = ("list", "show", "sheet", "export", "import", "delete")


def _add_sessions(parsers: Parsers) -> None:
    sessions = parsers.add_parser("sessions", help="review stored sessions")
    sessions.add_argument("action", nargs="?", choices=SESSION_ACTIONS, default="list")
    sessions.add_argument("id", nargs="?", type=_number_or_name, metavar="ID|FILE")
    sessions.add_argument("--format", choices=("json", "csv", "fit"), default="json", help="of an export")
    sessions.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="where an export goes, else to standard output; or a sheet: FILE.html, .png or .pdf",
    )
    sessions.add_argument("--with-traces", action="store_true", help="an export as JSON gets the movement too")
    sessions.add_argument("--backups-too", action="store_true", help="delete it from the backups as well")
    sessions.set_defaults(command=reviewing.sessions)


def _number_or_name(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() else text


def _add_backups(parsers: Parsers) -> None:
    backup = parsers.add_parser("backup", help="the session book and your config in one file")
    backup.add_argument(
        "file", nargs="?", type=Path, help="else into the folder of backups, where old ones are deleted"
    )
    backup.set_defaults(command=keeping.backup)
    restore = parsers.add_parser("restore", help="bring a backup back; the book that it replaces is kept")
    restore.add_argument("file", type=Path)
    restore.set_defaults(command=keeping.restore)


def _add_plan(parsers: Parsers) -> None:
    plan = parsers.add_parser("plan", help="today's session, and why")
    plan.add_argument("--athlete", metavar="NAME")
    plan.add_argument("--heavy-anyway", action="store_true", help="a second heavy day within a week")
    plan.add_argument("--json", action="store_true", help="for programs")
    plan.set_defaults(command=reviewing.plan)
    athlete = parsers.add_parser("athlete", help="what the plan should know of somebody")
    athlete.add_argument("--name", metavar="NAME")
    athlete.add_argument("--body", type=float, metavar="KG", help="body weight")
    athlete.add_argument("--stature", type=float, metavar="CM")
    athlete.add_argument("--basics-only", choices=("yes", "no"), help="no loads: for minors and first-timers")
    athlete.add_argument("--screen", nargs=2, metavar=("ID", "VALUE"), help="log a self-test that `plan` names")
    athlete.add_argument("--forget", metavar="NAME", help="delete somebody with all sessions")
    athlete.add_argument("--backups-too", action="store_true", help="from the backups as well")
    athlete.set_defaults(command=reviewing.athlete)
    answer = parsers.add_parser("answer", help="how a session felt")
    answer.add_argument("session", type=int)
    answer.add_argument("--comfortable", choices=("yes", "no"))
    answer.add_argument("--pain", choices=("yes", "no"))
    answer.set_defaults(command=reviewing.answer)
    explain = parsers.add_parser("explain", help="why a rep was judged as it was")
    explain.add_argument("session", type=int)
    explain.add_argument("rep", type=int)
    explain.add_argument("--set", type=int, dest="set_number", metavar="N", help="else the last set that has the rep")
    explain.set_defaults(command=reviewing.explain)


def _add_drills(parsers: Parsers) -> None:
    drills = parsers.add_parser("drills", help="the drills and what they judge")
    drills.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    drills.add_argument("id", nargs="?")
    drills.set_defaults(command=machine.drills)


def _add_models(parsers: Parsers) -> None:
    models = parsers.add_parser("models", help="get and check the pose models")
    models.add_argument("action", nargs="?", choices=("list", "get"), default="list")
    models.add_argument("names", nargs="*", metavar="NAME", help="full (the default), lite, heavy")
    models.set_defaults(command=machine.models)


def _add_checks(parsers: Parsers) -> None:
    doctor = parsers.add_parser("doctor", help="check this machine and say what to do", epilog=DOCTOR_JSON)
    doctor.add_argument("--json", action="store_true", help="for programs, and quiet: a list of the findings")
    doctor.add_argument("--quiet", action="store_true", help="say nothing through the speaker")
    doctor.add_argument("--lights", action="store_true", help="light each lamp in turn, and name it")
    doctor.set_defaults(command=machine.doctor)
    lens = parsers.add_parser("lens", help="measure a wide lens with a chessboard")
    lens.add_argument("--source", default="camera", metavar="camera|FILE", help="a film must come from the same camera")
    lens.add_argument("--corners", default="9x6", metavar="AxB", help="inner corners of the board, across and down")
    lens.set_defaults(command=machine.lens)
    bench = parsers.add_parser("bench", help="measure this machine; ratios in one run")
    bench.add_argument("--video", type=Path, help="the film to measure on")
    bench.add_argument("--json", metavar="OUT", help="write the figures here; - is standard output")
    bench.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    bench.add_argument("--only", action="append", choices=GROUPS, metavar="GROUP", help=", ".join(GROUPS))
    bench.add_argument(
        "--check",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FILE",
        help="fail where a ratio got worse beyond the noise, since the last run here or since a FILE of --json",
    )
    bench.set_defaults(command=machine.bench)


def _add_web(parsers: Parsers) -> None:
    web = parsers.add_parser("web", help="serve the web page")
    web.add_argument("--host", metavar="H", help="another address to listen at than the config's")
    web.add_argument("--port", type=int, metavar="N")
    web.add_argument("--database", metavar="URL", help="show the book of a gym's hub; empty: this machine's own")
    web.set_defaults(command=serving.web)
    pin = parsers.add_parser("pin", help="open the web page to phones at home, with a PIN")
    pin.add_argument("action", choices=("new", "clear"))
    pin.add_argument("--speak", action="store_true", help="say it too, once, digit by digit")
    pin.set_defaults(command=serving.pin)


def _add_publish(parsers: Parsers) -> None:
    publish = parsers.add_parser("publish", help="tell the places under [publish] in coach.toml of finished sessions")
    publish.add_argument("--once", action="store_true", help="send what waits, and end")
    publish.set_defaults(command=publishing.publish)


def _add_hub(parsers: Parsers) -> None:
    gathers = parsers.add_parser("hub", help="gather the sessions of a gym's stations, as [hub] in coach.toml says")
    gathers.add_argument("--forget", metavar="NAME", help="delete somebody with the sessions of all stations")
    gathers.set_defaults(command=hub.hub)
