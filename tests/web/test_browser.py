"""The pages in a real browser, on a real book, while the real coach works."""

import re
import shutil

import chromium
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import setting_in
from playwright.sync_api import expect, sync_playwright

from pi_coach import choices
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.live_feed import LiveFeed
from pi_coach.adapters.recording import PoseRecording
from pi_coach.clock import SystemClock
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.web import pin as pins

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(chromium.missing() is not None, reason=chromium.missing() or ""),
]

PAGES = ("/", "/plan", "/drills", "/drills/wall_touch", "/setup", "/login", "/sessions/1/delete", "/nowhere")
WAIT_MS = 60_000
LINE = re.compile(r"^M[\d.-]+ [\d.-]+L")


@pytest.fixture(scope="module")
def engine():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.CHROMIUM), args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(trained, tmp_path_factory):
    return shutil.copytree(trained, tmp_path_factory.mktemp("house") / "h")


@pytest.fixture(scope="module")
def address(house):
    with chromium.site(house) as where:
        yield where


@pytest.fixture
def open_page(engine):
    """Open pages in windows of their own; whatever a page complains of, or asks elsewhere for, fails the test."""
    complaints, contexts = [], []

    def window(**options):
        context = engine.new_context(**options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if "//localhost:" in asked.url else complaints.append(asked.url))
        return page

    yield window
    for context in contexts:
        context.close()
    # A page that is refused on purpose is told in the console too.
    assert [line for line in complaints if "the server responded with a status of 4" not in line] == []


def test_a_live_page_follows_the_athlete_and_comes_back_when_the_coach_does(open_page, address, house):
    page = open_page(**chromium.PHONE)
    page.goto(address)
    expect(page.get_by_text("Nobody is training")).to_be_visible()
    chromium.shoot(page, "today-nobody")
    with chromium.replay(house, "all_sorts_of_faults"):
        expect(page.locator("#live")).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("#drill")).to_have_text("Romanian deadlift", timeout=WAIT_MS)
        trunk = page.locator("#skeleton .trunk")
        expect(trunk).to_have_attribute("d", LINE, timeout=WAIT_MS)
        before = trunk.get_attribute("d")
        expect(trunk).not_to_have_attribute("d", before)
        expect(page.locator("#count")).to_have_text("1", timeout=WAIT_MS)
        expect(page.locator("#count")).to_have_text("3", timeout=WAIT_MS)
        expect(page.locator("#scores li").first).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("#cue")).not_to_have_text("Nothing said yet")
        chromium.shoot(page, "today-live-phone")
    expect(page.get_by_text("Nobody is training")).to_be_visible(timeout=WAIT_MS)


def log_in(page, address, pin, place="/plan"):
    page.goto(f"{address}{place}")
    page.get_by_label("PIN").fill(pin)
    page.get_by_label("PIN").press("Enter")


@pytest.fixture
def locked_house(tmp_path):
    setting = setting_in(tmp_path)
    return tmp_path, pins.new(setting.places.pin)


def test_a_phone_logs_in_is_told_of_a_wrong_pin_logs_out_and_is_locked_out(open_page, locked_house):
    house, pin = locked_house
    bad = "00000000" if pin != "00000000" else "11111111"
    with chromium.site(house) as address:
        page = open_page(**chromium.PHONE)
        page.goto(f"{address}/plan")
        chromium.shoot(page, "login")
        log_in(page, address, bad)
        expect(page.get_by_role("alert")).to_contain_text("That is not the PIN. 4 more tries")
        log_in(page, address, pin)
        expect(page.get_by_role("heading", level=1)).to_have_text("Today for athlete")
        page.goto(f"{address}/setup")
        page.get_by_role("button", name="Log out here").click()
        expect(page.get_by_label("PIN")).to_be_visible()
        for _ in range(5):
            log_in(page, address, bad)
        log_in(page, address, pin)
        expect(page.get_by_role("alert")).to_contain_text("Too many wrong PINs")
        chromium.shoot(page, "login-locked")


def test_what_is_set_up_on_a_phone_is_kept(open_page, trained, tmp_path):
    house = shutil.copytree(trained, tmp_path / "house")
    with chromium.site(house) as address:
        set_up(open_page, address)
    kept = choices.load(setting_in(house).places)
    assert kept.settings.speech.language == "de"
    assert "hip_thrust" in kept.settings.coach.button_drills
    assert kept.drills["hip_thrust"].plan.reps == 12


def set_up(open_page, address):
    page = open_page(**chromium.PHONE)
    page.goto(f"{address}/setup")
    page.get_by_label("Hip thrust").check()
    page.locator("#button").get_by_role("button", name="Save").click()
    expect(page.get_by_label("Hip thrust")).to_be_checked()
    page.goto(f"{address}/drills/hip_thrust")
    page.get_by_label("Reps").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("next session")
    page.goto(f"{address}/setup")
    page.get_by_label("Language").select_option("de")
    page.locator("#voice").get_by_role("button", name="Save").click()
    expect(page.locator("#voice").get_by_role("status")).to_contain_text("next session")


def test_the_wall_is_dragged_to_where_it_is_and_kept_with_the_cameras_place(open_page, address, house):
    places = setting_in(house).places
    frames = PoseRecording(chromium.ROOT / "fixtures" / "poses" / "good_wall_set.poses.jsonl.gz")
    pose = next(found for found in (frames.find(frame) for frame in frames.frames()) if found is not None)
    feed = LiveFeed(places.live_socket, SystemClock(), lambda: " ".join(["0.0559"] * 320))
    try:
        page = open_page(**chromium.DESK)
        page.goto(f"{address}/setup")
        feed.show(Step(1.0, "wall_touch", Phase.TALL, pose, None, (), None, 0, 10))
        line = page.locator("#skeleton")
        expect(line).to_be_visible(timeout=WAIT_MS)
        box = line.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2, steps=4)
        page.mouse.up()
        chromium.shoot(page, "setup-wall")
        page.get_by_role("button", name="Save the wall").click()
        expect(page.locator("#wall").get_by_text("Saved. It holds")).to_be_visible()
    finally:
        feed.close()
    with SessionBook(places.book) as book:
        kept = book.latest_calibration("wall")
    assert kept.value["wall_x"] == pytest.approx(pose.aspect / 4, abs=0.08)


FIELDS = "select, input:not([type=hidden]):not([type=checkbox]), label.tick"
TARGETS = f"{FIELDS}, button, summary, nav a, a.button, a.line, a.back"


@pytest.mark.parametrize("place", PAGES)
def test_on_a_phone_all_fits_the_width_and_is_large_enough_for_a_thumb(open_page, address, place):
    page = open_page(**chromium.PHONE)
    page.goto(f"{address}{place}")
    chromium.shoot(page, f"phone{place.replace('/', '-')}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """(targets) => [...document.querySelectorAll(targets)].filter((one) => one.checkVisibility())
        .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height]).filter((one) => one[1] < 48)""",
        TARGETS,
    )
    assert small == []


def test_dark_and_light_follow_the_phone(open_page, address):
    seen = {}
    for scheme in ("light", "dark"):
        page = open_page(**chromium.PHONE, color_scheme=scheme)
        page.goto(f"{address}/plan")
        chromium.shoot(page, f"plan-{scheme}")
        seen[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert min(seen["light"]) > 200
    assert max(seen["dark"]) < 40


def test_everything_can_be_done_with_the_keyboard(open_page, address, house):
    page = open_page(**chromium.DESK)
    page.goto(f"{address}/setup")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    expect(page.get_by_text("Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_label("Tones").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#voice").get_by_role("status")).to_be_visible()
    assert choices.load(setting_in(house).places).settings.tones.volume == 0.05


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PAGES)
def test_an_automatic_check_finds_no_barrier(open_page, address, place, scheme):
    page = open_page(**chromium.PHONE, color_scheme=scheme)
    page.goto(f"{address}{place}")
    for more in page.locator("summary").all():
        more.click()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_an_automatic_check_finds_no_barrier_while_somebody_trains(open_page, address, house):
    page = open_page(**chromium.DESK)
    page.goto(address)
    with chromium.replay(house, "all_sorts_of_faults"):
        expect(page.locator("#scores li").first).to_be_visible(timeout=WAIT_MS)
        chromium.shoot(page, "today-live-desk")
        found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_the_first_page_is_painted_within_a_second_and_weighs_little(open_page, address):
    painted_ms, weighs = [], 0
    for _ in range(5):
        page = open_page(**chromium.PHONE)
        page.goto(address, wait_until="load")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)")
        painted_ms += paint
        weighs = page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".filter((one) => !one.name.endsWith('/live')).reduce((sum, one) => sum + one.transferSize, 0)"
        )
    figures = {"first_contentful_paint_ms": sorted(painted_ms), "bytes": weighs}
    chromium.note("first_page", figures)
    assert min(painted_ms) < 1000
    assert weighs < 60_000
