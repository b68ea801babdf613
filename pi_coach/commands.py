"""What each command does, once its options are read: nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pi_coach.core.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from pi_coach.assembly import Setting
    from pi_coach.core.sessions.session_plan import Trainee

DONE, FAILED = 0, 1
"""Exit codes."""

MIN_KG, MAX_KG = 0.5, 500.0
"""What people lift."""


def setting_for(options: argparse.Namespace, tell: Callable[[str], None] = print) -> Setting:
    """Return what every command gets, from the options that all share."""
    from pi_coach import config
    from pi_coach.assembly import Setting, find_places
    from pi_coach.clock import SystemClock

    places = find_places(options.config, options.data)
    return Setting(config.load(places.owner_dir), places, SystemClock(), tell)


def _complain(line: str) -> None:
    print(f"pi-coach: {line}", file=sys.stderr)


def run(options: argparse.Namespace) -> None:
    """Coach live."""
    from pi_coach.adapters.power import power_off
    from pi_coach.assembly import default_panel
    from pi_coach.live import Live, coach_live

    panel = options.panel or default_panel()
    if options.load is not None and (options.drill is None or not MIN_KG <= options.load <= MAX_KG):
        raise UsageError(f"--load needs --drill, and {MIN_KG:g} to {MAX_KG:g} kg")
    asked = Live(options.drill, options.source, panel, options.wav, 1.0, options.load, options.calibrate_back)
    setting = setting_for(options)
    # A film is of one drill, whatever is planned.
    planned = (lambda name: _planned(setting, name)) if options.source == "camera" else None
    coach_live(setting, asked, planned, power_off)


def _planned(setting: Setting, athlete: str) -> Trainee:
    from pi_coach import plan as plans
    from pi_coach.adapters.book.reader import SessionBook

    with SessionBook(setting.places.book) as book:
        past = book.history(athlete)
    return plans.trainee(setting.config, past, setting.clock.wall(), athlete)


def replay(options: argparse.Namespace) -> None:
    """Give a pose recording to the live coach."""
    from pi_coach.assembly import default_panel, recorded_drill
    from pi_coach.live import Live, coach_live

    drill = options.drill or recorded_drill(options.file)
    panel = options.panel or default_panel()
    coach_live(setting_for(options), Live(drill, str(options.file), panel, options.wav))


def analyze(options: argparse.Namespace) -> None:
    """Judge every frame of a file."""
    from pi_coach.offline import analyze

    found = analyze(setting_for(options, _complain), options.file, options.drill, options.wall, options.overlay)
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


def record(options: argparse.Namespace) -> None:
    """Keep the poses of a source."""
    from pi_coach.offline import record

    frames = record(setting_for(options, _complain), options.file, options.source, options.drill)
    print(f"{frames} frames of poses in {options.file}.")


def sessions(options: argparse.Namespace) -> None:
    """List, show, export or delete stored sessions."""
    from pi_coach.adapters.book import edits, export
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.session_report import list_lines, show_lines

    book_path = setting_for(options).places.book
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
        _write_json([finding.as_dict() for finding in findings], "-")
    else:
        print("\n".join(lines(findings)))
    return FAILED if any(finding.state == "broken" for finding in findings) else DONE


def bench(options: argparse.Namespace) -> None:
    """Measure this machine."""
    from pi_coach.bench import lines, measure

    figures = measure(setting_for(options, _complain), options.video)
    if options.json is None:
        print("\n".join(lines(figures)))
    else:
        _write_json(figures, options.json)


def plan(options: argparse.Namespace) -> None:
    """Print today's session, and why."""
    from pi_coach import plan as plans
    from pi_coach.adapters.book.reader import SessionBook
    from pi_coach.core.planning.plan import Wish

    setting = setting_for(options)
    athlete = options.athlete or setting.config.settings.coach.athlete
    with SessionBook(setting.places.book) as book:
        past = book.history(athlete)
    wish = Wish(heavy_anyway=options.heavy_anyway)
    today = plans.todays(plans.read_syllabus(setting.config), past, setting.clock.wall(), wish)
    if options.json:
        _write_json(plans.as_json(athlete, today), "-")
    else:
        print("\n".join(plans.lines(athlete, today, setting.config.drills)))


def explain(options: argparse.Namespace) -> None:
    """Print why a rep was judged as it was."""
    from pi_coach import explain as why
    from pi_coach.adapters.book.reader import SessionBook

    setting = setting_for(options)
    with SessionBook(setting.places.book) as book:
        session = book.session(options.session)
    asked = why.Asked(options.rep, options.set_number)
    print("\n".join(why.lines(session, asked, setting.config.drills)))


def athlete(options: argparse.Namespace) -> None:
    """Keep what was told about an athlete, and print what is known."""
    from pi_coach import plan as plans
    from pi_coach.adapters.book import edits
    from pi_coach.adapters.book.reader import SessionBook

    setting = setting_for(options)
    name, path = options.name or setting.config.settings.coach.athlete, setting.places.book
    with SessionBook(path) as book:
        known = book.history(name).profile
    told = plans.profile_told(known, options.body, options.stature, options.basics_only)
    if told != known:
        edits.save_profile(path, name, told)
    if options.screen is not None:
        screen, value = plans.screen_told(setting.config, *options.screen)
        edits.save_screen(path, name, edits.ScreenDone(screen, setting.clock.wall(), value))
    print("\n".join(plans.profile_lines(name, told)))


def answer(options: argparse.Namespace) -> None:
    """Keep how a session felt."""
    from pi_coach.adapters.book import edits
    from pi_coach.adapters.book.rows import Answers

    said = {None: None, "yes": True, "no": False}
    answers = Answers(said[options.comfortable], said[options.pain])
    edits.save_answers(setting_for(options).places.book, options.session, answers)
    print(f"Noted for session {options.session}.")
