"""The pages that look back in a real browser, on a book that the real coach has written."""

import re

import chromium
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import setting_in, train
from playwright.sync_api import expect
from test_browser import engine, open_page  # noqa: F401  the same windows, which fail where a page complains

from pi_coach.adapters.book.reader import SessionBook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(chromium.missing() is not None, reason=chromium.missing() or ""),
]

SMALL = {**chromium.PHONE, "viewport": {"width": 360, "height": 740}}
REP = "/sessions/1/sets/1/reps/2"
PLACES = (
    "/sessions",
    "/sessions?drill=rdl",
    "/sessions/2",
    "/sessions/3/compare?with=1",
    REP,
    "/progress?period=all",
    "/sessions/2/sheet",
)
PRESSED = "button, .button, select, input, summary, a.card, a.rep, a.day, a.back"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Three sessions of the real coach, two of them with one drill."""
    folder = tmp_path_factory.mktemp("review") / "h"
    for recording, drill, more in (
        ("good_wall_set", "wall_touch", {}),
        ("all_sorts_of_faults", "rdl", {"load_kg": 40.0}),
        ("good_wall_set", "wall_touch", {}),
    ):
        train(folder, recording, drill, **more)
    return folder


@pytest.fixture(scope="module")
def address(house):
    with chromium.site(house) as where:
        yield where


@pytest.fixture
def player(open_page, address):  # noqa: F811  the fixture that is imported above
    page = open_page(**chromium.DESK)
    page.goto(f"{address}{REP}")
    expect(page.locator("#play")).to_be_visible()
    return page


def moment(page):
    return float(page.locator("#scrub").input_value())


def cursor(page):
    return float(page.locator("#cursor").get_attribute("x1"))


def trunk(page):
    return page.locator("#figure polyline").last.get_attribute("points")


def test_a_thumb_goes_from_the_list_to_a_session_to_a_rep_and_on_to_the_next(open_page, address):  # noqa: F811
    page = open_page(**SMALL)
    page.goto(f"{address}/sessions")
    page.locator('a.card[href="/sessions/1"]').tap()
    expect(page.get_by_role("heading", name=re.compile("Wall touch"))).to_be_visible()
    page.get_by_role("link", name="Rep 1 of set 1").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rep 1")
    page.get_by_role("link", name="Next rep").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rep 2")


def test_a_filter_is_chosen_and_shown(open_page, address):  # noqa: F811
    page = open_page(**SMALL)
    page.goto(f"{address}/sessions")
    page.get_by_text("Filter", exact=True).tap()
    page.get_by_label("Drill").select_option(label="Romanian deadlift")
    page.get_by_role("button", name="Show").tap()
    expect(page.locator("a.card.session")).to_have_count(1)
    expect(page.get_by_label("Drill")).to_have_value("rdl")


def test_a_session_is_put_beside_an_earlier_one(open_page, address):  # noqa: F811
    page = open_page(**SMALL)
    page.goto(f"{address}/sessions/3")
    page.get_by_role("button", name="Side by side").tap()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(page.locator("table.versus")).to_have_count(2)
    chromium.shoot(page, "review-compare-phone")


def test_a_rep_opens_at_its_bottom_with_figure_ghost_and_curves(player):
    assert moment(player) == pytest.approx(0.0, abs=0.05)
    expect(player.locator("#figure polyline")).to_have_count(5)
    expect(player.locator("#ghost polyline")).to_have_count(5)
    deepest = player.locator("#hip-now").text_content()
    player.locator("#scrub").fill("-10")
    expect(player.locator("#hip-now")).not_to_have_text(deepest)


def test_arrow_keys_step_through_a_rep_and_the_cursor_follows(player):
    before, at, pose = moment(player), cursor(player), trunk(player)
    player.keyboard.press("ArrowRight")
    assert 0.02 < moment(player) - before < 0.25
    assert cursor(player) > at
    for _ in range(4):
        player.keyboard.press("ArrowRight")
    assert trunk(player) != pose
    for _ in range(5):
        player.keyboard.press("ArrowLeft")
    assert moment(player) == pytest.approx(before, abs=0.11)


def test_space_plays_and_stops_and_the_rep_ends_by_itself(player):
    player.keyboard.press("Space")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(player.locator("#scrub")).to_have_value(re.compile(r"^(0\.[3-9]|[1-9])"))
    player.keyboard.press("Space")
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    stopped = moment(player)
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    end = player.locator("#scrub").get_attribute("max")
    expect(player.locator("#scrub")).to_have_value(end)
    assert float(end) > stopped


def test_half_speed_takes_twice_as_long(player):
    took = {}
    for speed in ("1", "0.25"):
        player.get_by_label("Speed").select_option(speed)
        player.locator("#scrub").fill("-0.5")
        took[speed] = player.evaluate(
            """() => new Promise((done) => {
              const scrub = document.querySelector('#scrub'), play = document.querySelector('#play');
              const begun = performance.now();
              const look = () => Number(scrub.value) >= 0.2 ? (play.click(), done(performance.now() - begun))
                : requestAnimationFrame(look);
              play.click();
              look();
            })"""
        )
    assert 2.5 < took["0.25"] / took["1"] < 6.0


def test_the_scrubber_drags_the_figure_along(player):
    box = player.locator("#scrub").bounding_box()
    pose = trunk(player)
    player.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    player.mouse.down()
    player.mouse.move(box["x"] + box["width"] * 0.02, box["y"] + box["height"] / 2)
    player.mouse.up()
    assert moment(player) < -0.5
    assert trunk(player) != pose


def test_the_ghost_goes_where_nobody_wants_it(player):
    expect(player.locator("#ghost")).to_be_visible()
    player.get_by_label("Your best rep as a ghost").uncheck()
    expect(player.locator("#ghost")).to_be_hidden()
    expect(player.locator(".curves polyline.ghost").first).to_be_hidden()
    expect(player.locator("#figure")).to_be_visible()


def test_without_scripts_a_rep_still_shows_its_bottom_and_its_curves(open_page, address):  # noqa: F811
    page = open_page(**SMALL, java_script_enabled=False)
    page.goto(f"{address}{REP}")
    expect(page.locator("#figure polyline")).to_have_count(5)
    expect(page.locator(".curves polyline.hip").first).to_be_visible()
    expect(page.locator(".controls")).to_be_hidden()
    chromium.shoot(page, "review-rep-without-scripts")


def test_progress_of_a_drill_is_chosen_and_drawn(open_page, address):  # noqa: F811
    page = open_page(**SMALL)
    page.goto(f"{address}/progress")
    page.get_by_label("Drill").select_option("wall_touch")
    page.get_by_label("Period").select_option("all")
    page.get_by_role("button", name="Show").tap()
    expect(page.get_by_label("Drill")).to_have_value("wall_touch")
    expect(page.get_by_role("heading", name="Clean reps in your life")).to_be_visible()
    expect(page.get_by_role("heading", name="Personal bests")).to_be_visible()


@pytest.mark.parametrize("place", PLACES)
def test_on_a_small_phone_all_fits_the_width_and_is_large_enough(open_page, address, place):  # noqa: F811
    page = open_page(**SMALL)
    page.goto(f"{address}{place}")
    chromium.shoot(page, f"review-phone{re.sub(r'[^a-z0-9]+', '-', place)}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for more in page.locator("summary").all():
        more.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        """(pressed) => [...document.querySelectorAll(pressed)].filter((one) => one.checkVisibility())
        .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect().height])
        .filter((one) => one[1] < 48 && !one[0].includes('checkbox'))""",
        PRESSED,
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_an_automatic_check_finds_no_barrier_in_what_was(open_page, address, place, scheme):  # noqa: F811
    page = open_page(**SMALL, color_scheme=scheme)
    page.goto(f"{address}{place}")
    for more in page.locator("summary").all():
        more.click()
    if scheme == "dark":
        chromium.shoot(page, f"review-dark{re.sub(r'[^a-z0-9]+', '-', place)}")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("place", PLACES)
def test_a_page_that_looks_back_weighs_little(open_page, address, place):  # noqa: F811
    page = open_page(**SMALL)
    page.goto(f"{address}{place}", wait_until="networkidle")
    weighs = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    chromium.note(f"weight{re.sub(r'[^a-z0-9]+', '-', place)}", {"page": place, "bytes": weighs})
    assert 0 < weighs < 120_000


def test_the_real_book_was_written_by_the_real_coach(house):
    with SessionBook(setting_in(house).places.book) as book:
        assert [row.ending for row in book.sessions()] == ["finished"] * 3
