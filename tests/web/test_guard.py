"""Who may see the pages, from where, and what is refused: on the real application."""

import datetime as dt
import json
import socket
import stat

import pytest
from browsing import HERE, browser, setting_in

from pi_coach.clock import SystemClock
from pi_coach.web import doorkeeper as doors
from pi_coach.web import pin as pins

PHONE = ("192.168.1.23", 50000)
PAGES = ("/", "/plan", "/drills", "/drills/rdl", "/setup", "/sessions", "/progress")
FORM = {"language": "de", "volume": "50", "tones": "50"}


class SetClock:
    """A clock whose date is set by hand."""

    def __init__(self):
        self.date = dt.datetime(2026, 5, 12, 16, 0, tzinfo=dt.UTC)

    def now(self):
        return SystemClock().now()

    def wall(self):
        return self.date

    def go_on(self, seconds):
        self.date += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def setting(tmp_path, clock):
    return setting_in(tmp_path, clock)


@pytest.fixture
def pin(setting):
    return pins.new(setting.places.pin)


def log_in(page, pin, place="/"):
    return page.post("/login", data={"pin": pin, "next": place})


def wrong(pin):
    return "0" * 8 if pin != "0" * 8 else "1" * 8


# Without a PIN


@pytest.mark.parametrize("address", PAGES)
def test_without_a_pin_this_machine_sees_every_page(page, address):
    assert page.get(address).status_code == 200


@pytest.mark.parametrize("address", [*PAGES, "/live", "/login", "/static/style.css"])
def test_without_a_pin_a_phone_sees_nothing_even_if_it_reaches_the_server(setting, address):
    answer = browser(setting, client=PHONE).get(address)
    assert answer.status_code == 403
    assert "coach's own machine" in answer.text.replace("&#39;", "'")


# With one


@pytest.mark.usefixtures("pin")
@pytest.mark.parametrize("client", [HERE, PHONE], ids=["this machine", "a phone"])
@pytest.mark.parametrize("address", [*PAGES, "/openapi.json", "/nowhere"])
def test_with_a_pin_everybody_is_asked_for_it_this_machine_too(setting, address, client):
    answer = browser(setting, client=client).get(address)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={address}"


@pytest.mark.usefixtures("pin")
def test_with_a_pin_scripts_and_forms_are_refused_rather_than_led_to_the_question(setting):
    page = browser(setting)
    assert page.get("/live", headers={"accept": "text/event-stream"}).status_code == 401
    assert page.post("/setup/voice", data=FORM).status_code == 401
    assert not setting.places.choices.exists()


def test_the_right_pin_opens_the_page_that_was_asked_for(setting, pin):
    page = browser(setting, client=PHONE)
    answer = log_in(page, pin, "/drills/rdl")
    assert (answer.status_code, answer.headers["location"]) == (303, "/drills/rdl")
    assert page.get("/drills/rdl").status_code == 200


def test_the_pin_may_be_typed_in_its_two_halves(setting, pin):
    assert log_in(browser(setting), pins.grouped(pin)).status_code == 303


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\x00"])
def test_logging_in_leads_nowhere_but_to_this_site(setting, pin, place):
    assert log_in(browser(setting), pin, place).headers["location"] == "/"


def test_a_wrong_pin_opens_nothing_and_says_how_many_tries_are_left(setting, pin):
    page = browser(setting)
    answer = log_in(page, wrong(pin))
    assert answer.status_code == 401
    assert "4 more tries" in answer.text
    assert "set-cookie" not in answer.headers
    assert page.get("/").status_code == 303


def test_the_pin_is_kept_as_a_hash_that_costs_memory_for_its_owners_eyes_only(setting, pin):
    kept = json.loads(setting.places.pin.read_text())
    assert kept["hash"].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert pin not in setting.places.pin.read_text()
    log_in(browser(setting), pin)
    for path in (setting.places.pin, setting.places.doorkeeping):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_pins_have_eight_digits_and_are_not_alike(setting):
    made = {pins.new(setting.places.pin) for _ in range(5)}
    assert len(made) == 5
    assert all(len(pin) == 8 and pin.isdigit() for pin in made)


def test_a_pin_file_that_cannot_be_read_lets_nobody_in(setting, pin):
    setting.places.pin.write_text("{")
    page = browser(setting)
    assert page.get("/").status_code == 303
    assert log_in(page, pin).status_code == 401


# Guessing


def test_after_five_wrong_pins_the_door_is_locked_for_everybody_and_ever_longer(setting, pin, clock):
    for number in range(5):
        assert log_in(browser(setting, client=(f"192.168.1.{number}", 1)), wrong(pin)).status_code == 401
    for wait_s in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        answer = log_in(browser(setting), pin)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(wait_s))
        clock.go_on(wait_s)
        assert log_in(browser(setting), wrong(pin)).status_code == 401
    clock.go_on(3600)
    assert log_in(browser(setting), pin).status_code == 303


def test_a_restart_gives_no_fresh_tries(setting, pin, tmp_path, clock):
    for _ in range(5):
        log_in(browser(setting), wrong(pin))
    again = browser(setting_in(tmp_path, clock))
    assert log_in(again, pin).status_code == 429


def test_a_try_counts_before_it_is_looked_at(setting, pin, monkeypatch):
    keeper, seen = doors.Doorkeeper(setting.places, setting.clock), []
    monkeypatch.setattr(pins, "fits", lambda *_: seen.append(keeper.tries_left(pins.known(setting.places.pin))))
    keeper.enter(pins.known(setting.places.pin), wrong(pin))
    assert seen == [4]


def test_the_right_pin_forgives_the_wrong_ones_before_it(setting, pin):
    page = browser(setting)
    for _ in range(4):
        log_in(page, wrong(pin))
    log_in(page, pin)
    page.cookies.clear()
    assert "4 more tries" in log_in(page, wrong(pin)).text


def test_a_clock_that_is_set_back_locks_the_door_no_longer_than_planned(setting, pin, clock):
    for _ in range(5):
        log_in(browser(setting), wrong(pin))
    clock.go_on(-86_400 * 400)
    assert log_in(browser(setting), pin).headers["retry-after"] == "30"


# Logins


def test_the_cookie_is_for_this_site_and_its_server_only(setting, pin):
    cookie = log_in(browser(setting), pin).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "max-age=1209600" in cookie
    assert "domain" not in cookie


def test_behind_a_proxy_with_tls_the_cookie_is_never_sent_without(setting, pin):
    answer = browser(setting).post(
        "https://localhost/login", data={"pin": pin}, headers={"origin": "https://localhost"}
    )
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_token_is_not_kept_where_a_thief_of_the_file_could_use_it(setting, pin):
    page = browser(setting)
    log_in(page, pin)
    assert page.cookies["pi_coach"] not in setting.places.doorkeeping.read_text()


def test_a_login_outlasts_a_restart_and_ends_after_a_fortnight(setting, pin, tmp_path, clock):
    page = browser(setting)
    log_in(page, pin)
    again = browser(setting_in(tmp_path, clock))
    again.cookies = page.cookies
    clock.go_on(14 * 86_400 - 1)
    assert again.get("/").status_code == 200
    clock.go_on(2)
    assert again.get("/").status_code == 303


def test_another_pin_logs_everybody_out(setting, pin):
    page = browser(setting)
    log_in(page, pin)
    assert page.get("/").status_code == 200
    pins.new(setting.places.pin)
    assert page.get("/").status_code == 303


def test_logging_out_ends_the_login_and_not_only_the_cookie(setting, pin):
    page = browser(setting)
    log_in(page, pin)
    token = page.cookies["pi_coach"]
    assert page.post("/logout").status_code == 303
    page.cookies.clear()
    page.cookies.set("pi_coach", token)
    assert page.get("/").status_code == 303


def test_a_made_up_cookie_opens_nothing(setting, pin):
    page = browser(setting)
    log_in(browser(setting), pin)
    page.cookies.set("pi_coach", "x" * 43)
    assert page.get("/").status_code == 303


def test_what_leaves_the_machine_or_cannot_be_undone_wants_the_pin_again_after_five_minutes(setting, pin, clock):
    page = browser(setting)
    log_in(page, pin)
    places = ("/sessions/1/export?format=json", "/sessions/1/delete")
    assert [page.get(place).status_code for place in places] == [404, 404]
    clock.go_on(301)
    assert page.get("/drills").status_code == 200
    for place in places:
        answer = page.get(place)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=/sessions/1/")
    assert page.post("/sessions/1/delete").headers["location"] == "/login?next=/sessions/1/delete"
    log_in(page, pin)
    assert page.post("/sessions/1/delete").status_code == 409


# Names and origins


def own_names():
    return ("localhost", "LOCALHOST.", "127.0.0.1", socket.gethostname(), f"{socket.gethostname()}.local")


@pytest.mark.parametrize("host", own_names())
def test_the_machine_answers_to_its_own_names(setting, host):
    assert browser(setting, "127.0.0.1").get("/drills", headers={"host": f"{host}:8080"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.168.1.5", "[::2]", "[", "", "a:b:c"])
def test_a_name_that_is_not_the_machines_is_refused_for_it_may_be_rebound(setting, host):
    answer = browser(setting, "127.0.0.1").get("/drills", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.usefixtures("pin")
def test_an_address_is_the_machines_if_the_connection_came_in_on_it(setting):
    page = browser(setting, "192.168.1.7", client=PHONE)
    assert page.get("/login").status_code == 200
    assert page.get("/login", headers={"host": "192.168.1.8"}).status_code == 421


def test_an_owner_may_add_names(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "coach.toml").write_text('[web]\nnames = ["coach.home.example"]\n')
    page = browser(setting_in(tmp_path), "127.0.0.1")
    assert page.get("/drills", headers={"host": "coach.home.example"}).status_code == 200


FOREIGN = {
    "another site": {"sec-fetch-site": "cross-site"},
    "another port of this machine": {"sec-fetch-site": "same-site"},
    "typed by nobody": {"sec-fetch-site": "none"},
    "an old browser elsewhere": {"sec-fetch-site": None, "origin": "http://evil.example"},
    "a page without origin": {"sec-fetch-site": None, "origin": "null"},
    "both, one of them foreign": {"origin": "http://evil.example"},
    "the right host on another port": {"origin": "http://localhost:81"},
    "neither is told": {"sec-fetch-site": None},
}
WRITES = (
    "/setup/voice", "/setup/wall", "/setup/button", "/setup/people", "/plan/screens", "/drills/rdl", "/login",
    "/logout", "/sessions/1/delete",
)  # fmt: skip


@pytest.mark.parametrize("whence", FOREIGN)
def test_nothing_is_changed_from(setting, whence):
    page = browser(setting)
    for name, value in FOREIGN[whence].items():
        page.headers.pop(name, None)
        if value is not None:
            page.headers[name] = value
    assert {page.post(address, data=FORM).status_code for address in WRITES} == {403}
    assert not setting.places.choices.exists()


def test_every_form_of_the_site_is_among_those_that_are_guarded(setting):
    paths = browser(setting).get("/openapi.json").json()["paths"]
    posts = {path.format(session_id=1, drill_id="rdl") for path, ways in paths.items() if set(ways) - {"get"}}
    assert set(WRITES) <= posts | {"/login"}
    page = browser(setting)
    page.headers["sec-fetch-site"] = "cross-site"
    assert {page.post(path).status_code for path in posts} == {403}


@pytest.mark.parametrize(
    "said", [{}, {"sec-fetch-site": None, "origin": "http://localhost"}], ids=["new", "old browser"]
)
def test_a_page_of_the_site_changes_what_it_is_for(setting, said):
    page = browser(setting)
    page.headers.update({name: value for name, value in said.items() if value})
    if said:
        del page.headers["sec-fetch-site"]
    assert page.post("/setup/voice", data=FORM).status_code == 303
    assert 'language = "de"' in setting.places.choices.read_text()


# Answers


@pytest.mark.parametrize("address", ["/", "/login", "/nowhere", "/static/style.css", "/sessions/99"])
def test_every_answer_tells_the_browser_what_it_may_not_do(page, address):
    headers = page.get(address).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("address", PAGES)
def test_no_page_runs_or_styles_anything_inside_itself(page, address):
    text = page.get(address).text
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert "https://" not in text
    for script in text.split("<script")[1:]:
        assert "src=" in script.split(">")[0] or "application/json" in script.split(">")[0]


def test_pages_are_not_kept_by_the_browser_and_their_style_is(page):
    assert page.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in page.get("/static/style.css?v=1").headers["cache-control"]
    assert page.get("/static/skeleton.js").headers["cache-control"] == "no-cache"


def test_a_page_that_fails_says_so_without_its_insides(setting):
    page = browser(setting)

    @page.app.get("/fails")
    def fails():
        raise RuntimeError("the secret of the house")

    answer = page.get("/fails")
    assert answer.status_code == 500
    assert "This page failed" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("address", ["/nowhere", "/drills/nope", "/sessions/99", "/sessions/99/export"])
def test_what_is_not_there_is_told_in_a_sentence(page, address):
    answer = page.get(address)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_damaged_book_is_told_in_a_sentence(setting):
    setting.places.data_dir.mkdir(parents=True)
    setting.places.book.write_bytes(b"no database at all" * 100)
    answer = browser(setting).get("/sessions/1/export")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


def test_more_than_a_form_is_refused_whether_it_tells_its_length_or_not(setting):
    page, much = browser(setting), b"pin=" + b"1" * 70_000
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert page.post("/login", content=much, headers=form).status_code == 413
    pieces = (much[start : start + 1000] for start in range(0, len(much), 1000))
    assert page.post("/login", content=pieces, headers=form).status_code == 413
    assert page.post("/login", content=b"", headers={"content-length": "much"}).status_code == 413


def test_a_field_that_is_out_of_range_is_named(page):
    answer = page.post("/setup/people", data={"name": "Ada", "body_kg": "3"})
    assert answer.status_code == 422
    assert "body_kg" in answer.text


def test_where_tries_cannot_be_counted_nobody_gets_in(setting, pin):
    setting.places.doorkeeping.mkdir()
    answer = log_in(browser(setting), pin)
    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers
