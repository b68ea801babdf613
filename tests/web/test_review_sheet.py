"""The sheet of a session: one page that a person can print, keep or send."""

import io
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browsing import browser, setting_in
from PIL import Image

from pi_coach import config
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.paper import rendered
from pi_coach.core.errors import UsageError
from pi_coach.web import sheet

CONFIG = config.load(Path("/nobody's/own/config"))
NEEDS_PANGO = "the library Pango is missing: apt-get install libpangoft2-1.0-0"


def pango_is_here():
    try:
        import weasyprint  # noqa: PLC0415, F401
    except OSError:
        return False
    return True


needs_pango = pytest.mark.skipif(not pango_is_here(), reason=NEEDS_PANGO)


def stored(folder, number):
    with SessionBook(setting_in(folder).places.book) as book:
        return book.session(number)


def print_sheet(folder, number, to):
    data = setting_in(folder).places.data_dir
    command = [sys.executable, "-m", "pi_coach", "--config", str(folder / "config"), "--data", str(data)]
    return subprocess.run(
        [*command, "sessions", "sheet", str(number), "--to", str(to)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_page_of_a_sheet_has_two_plots_the_strengths_one_task_and_figures(trained):
    text = browser(setting_in(trained)).get("/sessions/2/sheet").text
    assert text.count('class="chart"') + text.count("Too little for a plot") == 2
    assert "What went well" in text
    assert "The one thing to work on" in text
    assert "Squatting instead of hinging" in text


def test_a_clean_set_is_praised_for_it_and_a_poor_one_is_not(trained):
    session = stored(trained, 1)
    good = replace(session.sets[0].reps[0], quality=True, faults=())
    for clean, praised in ((8, True), (7, False)):
        reps = tuple(replace(good, quality=number < clean) for number in range(10))
        lines = sheet.strengths(replace(session, sets=(replace(session.sets[0], reps=reps),)))
        assert (f"{clean} of 10 reps were clean." in lines) == praised
        assert 1 <= len(lines) <= 3


def test_the_task_is_the_frequent_fault_that_matters_most_with_its_cue(trained):
    session = stored(trained, 2)
    task = sheet.task(session, CONFIG.drills)
    assert task is not None
    reps = [rep for one in session.sets for rep in one.reps]
    priorities = {fault.id: fault.priority for fault in CONFIG.drills["rdl"].faults}
    often = {name for rep in reps for name in rep.faults if sum(name in one.faults for one in reps) >= 0.2 * len(reps)}
    first = min(often, key=priorities.__getitem__)
    assert task.title == CONFIG.drills["rdl"].fault(first).title
    assert task.cue in CONFIG.drills["rdl"].fault(first).words.cues


def test_nothing_is_praised_of_which_there_was_a_fault(trained):
    session = stored(trained, 1)
    good = session.sets[0].reps[0]
    short = replace(good, faults=("no_lockout",))
    left = {**good.measures, "lockout_residual_deg": 2.0}
    sets = tuple(replace(one, reps=(replace(good, measures=left), short)) for one in session.sets)
    assert not any("stood all the way" in line for line in sheet.strengths(replace(session, sets=sets)))


def test_a_rare_slip_is_no_habit(trained):
    session = stored(trained, 1)
    good = replace(session.sets[0].reps[0], faults=())
    reps = (*(good,) * 9, replace(good, faults=("too_fast",)))
    sets = (replace(session.sets[0], reps=reps),)
    assert sheet.task(replace(session, sets=sets), CONFIG.drills) is None


@pytest.mark.slow
def test_a_file_that_is_neither_page_nor_paper_nor_picture_is_refused(trained, tmp_path):
    done = print_sheet(trained, 1, tmp_path / "sheet.docx")
    assert done.returncode == 2
    assert ".html, .png or .pdf" in done.stderr
    with pytest.raises(UsageError, match="must end in"):
        rendered("<p>", ".docx")


@pytest.mark.slow
def test_a_sheet_as_html_stands_alone_and_says_what_comes_next(trained, tmp_path):
    done = print_sheet(trained, 2, tmp_path / "sheet.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "Next time" in text
    assert not re.search(r"(?:src|href)=|url\(|@import|<script", text)


@pytest.mark.slow
@needs_pango
def test_a_sheet_as_pdf_is_one_page_of_text_and_drawings(trained, tmp_path):
    from pypdfium2 import PdfDocument  # noqa: PLC0415

    done = print_sheet(trained, 2, tmp_path / "sheet.pdf")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document = PdfDocument(tmp_path / "sheet.pdf")
    words = document[0].get_textpage().get_text_range()
    pages = len(document)
    document.close()
    assert pages == 1
    assert "The one thing to work on" in words
    assert "Next time" in words


@pytest.mark.slow
@needs_pango
def test_a_sheet_as_picture_shows_its_curves_in_colour(trained, tmp_path):
    done = print_sheet(trained, 2, tmp_path / "sheet.png")
    assert done.returncode == 0, done.stderr
    picture = Image.open(io.BytesIO((tmp_path / "sheet.png").read_bytes())).convert("RGB")
    assert picture.size == (1191, 1684)
    pixels = np.asarray(picture).reshape(-1, 3)
    for colour in ((15, 92, 74), (184, 92, 0)):
        assert (np.abs(pixels.astype(int) - colour).max(axis=1) < 8).sum() > 100, colour


@pytest.mark.slow
def test_an_old_sheet_is_planned_from_what_was_known_then(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "copy")
    with SessionBook(setting_in(folder).places.book) as book:
        past = book.history("athlete")
    first = stored(folder, 1)
    assert len(past.sessions) == 2
    assert len(sheet.until(past, first).sessions) == 1


@pytest.mark.slow
def test_the_sheet_of_no_session_is_told_so(trained, tmp_path):
    done = print_sheet(trained, 99, tmp_path / "sheet.html")
    assert done.returncode == 1
    assert "There is no session 99" in done.stderr
    assert not (tmp_path / "sheet.html").exists()
