"""Whatever is asked of the web page, it answers, soon, in bounds, and without a word of the program's insides."""

import contextlib
import json
import shutil
import sys
from pathlib import Path

import pytest
import schemathesis
from hostile import within
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))
from browsing import browser, setting_in, train

from pi_coach.web import pin as pins
from pi_coach.web.app import create_app

LARGEST_ANSWER = 3_000_000
CPU_S = 3.0
"""A PIN takes a quarter of a second to be tried, a sheet to be printed a second."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    train(folder, "good_wall_set", "wall_touch")
    return folder


def opened(trained, folder, *, locked):
    """Return a browser on a copy of the trained book, logged in where there is a PIN."""
    setting = setting_in(shutil.copytree(trained, folder, dirs_exist_ok=True))
    pin = pins.new(setting.places.pin) if locked else ""
    page = browser(setting)
    if locked:
        assert page.post("/login", data={"pin": pin, "next": "/"}).status_code == 303
    return page


@pytest.fixture(scope="module")
def page(trained, tmp_path_factory):
    return opened(trained, tmp_path_factory.mktemp("open"), locked=False)


@pytest.fixture(scope="module")
def locked_page(trained, tmp_path_factory):
    return opened(trained, tmp_path_factory.mktemp("locked"), locked=True)


def sound(answer):
    """Hold an answer against what all answers owe."""
    assert answer.status_code < 500, answer.text[:2000]
    for word in ("Traceback", "site-packages", 'File "'):
        assert word not in answer.text, answer.text[:2000]
    assert len(answer.content) < LARGEST_ANSWER
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer


SCHEMA = schemathesis.openapi.from_dict(
    create_app(setting_in(Path("/nobody's"))).openapi()  # the addresses do not depend on the setting
)
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}
WEIGHTY = ("/login", "sheet", "/setup")
"""What takes a processor long, or writes."""
QUICK = settings(suppress_health_check=list(HealthCheck), deadline=None)


def ask(page, case):
    """Send what schemathesis made up as a browser of this site."""
    told = case.as_transport_kwargs(base_url="http://localhost")
    headers = {key: str(value) for key, value in (told.get("headers") or {}).items() if _sendable(key, str(value))}
    body = {key: told[key] for key in ("data", "json", "files") if told.get(key) is not None}
    with contextlib.suppress(UnicodeError, TypeError), within(CPU_S):
        return page.request(told["method"], told["url"], params=told.get("params"), headers=headers, **body)
    return None


def _sendable(*texts):
    return all(text.isascii() and text.isprintable() for text in texts)


def asked(page, label, data):
    operation = OPERATIONS[label]
    modes = schemathesis.GenerationMode
    mode = data.draw(st.sampled_from([modes.POSITIVE, modes.NEGATIVE]))
    try:
        case = data.draw(operation.as_strategy(generation_mode=mode))
    except schemathesis.errors.InvalidSchema:
        case = data.draw(operation.as_strategy())
    answer = ask(page, case)
    if answer is not None:
        sound(answer)


@pytest.mark.slow
@pytest.mark.parametrize("label", sorted(OPERATIONS))
@settings(QUICK, max_examples=max(settings().max_examples // 3, 1))
@given(data=st.data())
def test_no_request_makes_a_page_fail(page, label, data):
    asked(page, label, data)


@pytest.mark.slow
@pytest.mark.parametrize("label", sorted(OPERATIONS))
@settings(QUICK, max_examples=max(settings().max_examples // 5, 1))
@given(data=st.data())
def test_no_request_behind_the_pin_makes_a_page_fail(locked_page, label, data):
    asked(locked_page, label, data)


HEADERS = {
    "an origin that is no address": {"origin": "http://["},
    "a host that is no address": {"host": "["},
    "a host of a thousand letters": {"host": "a" * 10_000},
    "a length of five thousand digits": {"content-length": "9" * 5000},
    "a length that is none": {"content-length": "-1"},
    "a cookie of cookies": {"cookie": "pi_coach=" + "=;" * 5000},
    "a cookie that is no token": {"cookie": 'pi_coach="\\377\\000"'},
    "a range beyond all files": {"range": "bytes=0-" + "9" * 5000},
    "many ranges": {"range": "bytes=" + ",".join("0-1" for _ in range(5000))},
    "a range backwards": {"range": "bytes=5-1,-0,--1"},
    "a date that is none": {"if-modified-since": "x" * 1000},
    "marks of a thousand versions": {"if-none-match": '"a",' * 5000},
    "a content of no known kind": {"content-type": "multipart/form-data; boundary=" + "-" * 5000},
    "a way that was forwarded": {"x-forwarded-for": "::1", "forwarded": "for=_x", "x-forwarded-host": "evil"},
    "kinds of answers without end": {"accept": "text/html;q=0." + "0" * 9000},
}


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_makes_a_page_fail(page, locked_page, name):
    address = min((Path(__file__).parents[2] / "pi_coach/web/static").glob("*.css")).name
    for browser_ in (page, locked_page):
        for method, place in (
            ("GET", "/"),
            ("GET", f"/static/{address}"),
            ("POST", "/setup/voice"),
            ("POST", "/login"),
        ):
            with within(CPU_S):
                sound(browser_.request(method, place, headers=HEADERS[name]))


BODIES = {
    "letters that are none": b"name=%ff%fe&pin=%ed%a0%80",
    "half a sign": b"name=%&pin=%2",
    "a thousand fields": b"&".join(b"f%d=1" % number for number in range(10_000)),
    "one field a thousand times": b"drill=rdl&" * 6000,
    "noughts": b"\x00" * 60_000,
    "more than was told": b"name=" + b"a" * 70_000,
    "a form in parts without a part": b"--x\r\n\r\n--x--\r\n",
    "a file for a name": b'--x\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\nAna\r\n--x--\r\n',
    "a part in an unknown alphabet": b'--x\r\nContent-Disposition: form-data; name="pin"\r\n'
    b"Content-Type: text/plain; charset=none\r\n\r\n\xff\xfe\r\n--x--\r\n",
    "JSON": b'{"name": "Ana"}',
}


@pytest.mark.parametrize("name", BODIES)
def test_no_form_makes_a_page_fail(page, locked_page, name):
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "x" * 1000)
    for browser_ in (page, locked_page):
        for place in ("/login", "/setup/people", "/setup/voice", "/setup/button", "/setup/wall"):
            for kind in kinds:
                with within(CPU_S):
                    sound(browser_.post(place, content=BODIES[name], headers={"content-type": kind}))


KEPT = {
    "an empty file": b"",
    "a list": b"[]",
    "nested beyond Python's depth": b"[" * 100_000,
    "an id alone": b'{"id": "x"}',
    "a hash that is no letter": json.dumps({"id": "x", "hash": "\ud800"}).encode(),
    "a hash of another kind": b'{"id": "x", "hash": "$2b$12$abc"}',
    "no letters": b"\xff\xfe\x00",
    "numbers for texts": b'{"id": 5, "hash": 1e999}',
    "logins that are no table": b'{"pin": "x", "wrong": 0, "tried_s": 0, "logins": 5}',
    "tries beyond all numbers": b'{"pin": "x", "wrong": 1e999, "tried_s": NaN, "logins": {}}',
}


@pytest.mark.slow
@pytest.mark.parametrize("file", ["pin.json", "logins.json"])
def test_a_spoilt_file_of_the_door_opens_nothing_and_breaks_nothing(trained, tmp_path, file):
    page = opened(trained, tmp_path, locked=True)
    for content in KEPT.values():
        (tmp_path / "data" / file).write_bytes(content)
        assert sound(page.get("/")).status_code == 303
        answer = sound(page.post("/login", data={"pin": "00000000", "next": "/"}))
        assert "pi_coach=" not in answer.headers.get("set-cookie", "")
