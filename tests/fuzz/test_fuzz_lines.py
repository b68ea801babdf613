"""Whoever opens a line to the coach, and whatever comes over it, the others are served all the same."""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from hostile import broken_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_coach import config
from pi_coach.adapters import webhook
from pi_coach.adapters.live_feed import MOST, LiveFeed
from pi_coach.clock import SystemClock
from pi_coach.commands.serving import MOST_AT_ONCE
from pi_coach.core.errors import DeliveryError, UsageError
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.publishing import targets
from pi_coach.web.following import camera_place, moments

ROOT = Path(__file__).resolve().parents[2]
RANDOM = st.randoms(use_true_random=False)
ANSWER_S = 30.0


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of the real web page, in a process of its own."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    places = ("--config", str(folder / "config"), "--data", str(folder / "data"))
    command = (sys.executable, "-m", "pi_coach", *places, "web", "--port", str(free))
    log = folder / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, env=os.environ)
    try:
        assert select.select([server.stdout], [], [], 60)[0]
        _wait_for(free)
        yield free
        assert server.poll() is None, "the web page has ended"
        assert b"Traceback" not in log.read_bytes(), log.read_text()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        server.stdout.close()


def _wait_for(port):
    waiting = threading.Event()
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        waiting.wait(0.1)
    raise AssertionError("the web page does not listen")


def said_to(port, content, *, finish=True):
    """Send bytes over a line of one's own; return what comes back, all of it, within a bound."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as line, contextlib.suppress(OSError):
        line.sendall(content)
        if finish:
            line.shutdown(socket.SHUT_WR)
        while piece := line.recv(65536):
            answer += piece
    return answer


def serves(port):
    return httpx2.get(f"http://localhost:{port}/", timeout=ANSWER_S).status_code == 200


HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
REQUESTS = {
    "noise": bytes(range(256)) * 40,
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "a head without end": HEAD + b"x-a: " + b"a" * 1_000_000,
    "ten thousand headers": HEAD + b"".join(b"x-%d: 1\r\n" % number for number in range(10_000)) + b"\r\n",
    "two hosts": HEAD + b"Host: evil.example\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a host with a path": b"GET / HTTP/1.1\r\nHost: localhost/@evil\r\n\r\n",
    "a way out of the folder": b"GET /static/../../pin.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a hidden way out": b"GET /static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a name with a nought": b"GET /static/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a name too long for a disk": b"GET /static/" + b"a" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "letters that are none": b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an unknown method": b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a length and pieces": HEAD.replace(b"GET", b"POST")
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a piece of a negative length": HEAD.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n",
    "pieces without end": HEAD.replace(b"GET /", b"POST /login")
    + b"Sec-Fetch-Site: same-origin\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"1000\r\n"
    + b"a" * 4096
    + b"\r\n" * 1,
    "a length that is a word": HEAD + b"Content-Length: ten\r\n\r\n",
    "a cookie of a megabyte": HEAD + b"Cookie: " + b"a=b;" * 250_000 + b"\r\n\r\n",
    "a change of protocol": HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
    "the whole address": b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a line folded": HEAD + b"x-a: b\r\n c\r\n\r\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_no_request_is_answered_or_dropped_and_others_are_served(port, name):
    answer = said_to(port, REQUESTS[name])
    status = answer.split(b" ", 2)[1:2]
    assert status == [] or status[0] < b"500", answer[:500]
    assert b"root:" not in answer
    assert serves(port)


@pytest.mark.slow
@settings(max_examples=settings().max_examples * 3)
@given(RANDOM)
def test_a_damaged_request_is_answered_or_dropped(port, rng):
    whole = HEAD + b"Accept: text/html\r\nCookie: pi_coach=x\r\nRange: bytes=0-5\r\nOrigin: http://localhost\r\n\r\n"
    status = said_to(port, broken_bytes(whole, rng)).split(b" ", 2)[1:2]
    assert status == [] or status[0] < b"500", status


@pytest.mark.slow
def test_lines_on_which_nothing_is_said_do_not_keep_others_out(port):
    """Fifty of them did, for ever: the server waited for the beginning of a request without end."""
    with contextlib.ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S))
            for _ in range(MOST_AT_ONCE + 5)
        ]
        for number, line in enumerate(lines):
            line.sendall(HEAD[: number % len(HEAD)])
        for line in lines:
            assert line.recv(10) in (b"", b"HTTP/1.1 5", b"HTTP/1.1 4")
        assert serves(port)


@pytest.mark.slow
def test_a_form_that_never_arrives_is_given_up(port):
    head = (
        b"POST /login HTTP/1.1\r\nHost: localhost:%d\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 500\r\n" % port
    )
    answer = said_to(port, head + b"Content-Type: application/x-www-form-urlencoded\r\n\r\npin=1", finish=False)
    assert answer.startswith(b"HTTP/1.1 408"), answer[:200]
    assert serves(port)


def looking_on(path):
    """Connect; while others queue up at the door a socket with a bound says at once that it cannot wait."""
    line, pause = socket.socket(socket.AF_UNIX), threading.Event()
    line.settimeout(10)
    for _ in range(100):
        with contextlib.suppress(BlockingIOError):
            line.connect(str(path))
            return line
        pause.wait(0.1)
    raise AssertionError("nobody is let in")


def test_whoever_shouts_at_the_live_feed_is_let_go_and_others_look_on(tmp_path):
    path = tmp_path / "live.sock"
    feed = LiveFeed(path, SystemClock())
    try:
        for content in (b"\x00" * 100_000, b"GET / HTTP/1.1\r\n\r\n", b"{}\n" * 1000, b""):
            for _ in range(MOST + 4):
                with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
                    line.settimeout(10)
                    line.connect(str(path))
                    line.send(content)
        with looking_on(path) as line:
            feed.show(Step(1.0, "rdl", Phase.TALL, None, None, (), None, 0, 10))
            with line.makefile("rb") as file:
                assert json.loads(file.readline())["kind"] == "hello"
                assert json.loads(file.readline())["kind"] == "moment"
    finally:
        feed.close()


FEEDS = (
    b"",
    b"\n",
    b"[]\n",
    b"5\n",
    b'{"kind": "moment"}\n',
    b'{"schema": 9, "kind": "moment", "drill": []}\n',
    b"[" * 60_000 + b"\n",
    b"a" * 200_000 + b"\n",
    b"\xff\xfe\n",
    b'{"schema": 1}\n' * 1000,
)


@pytest.mark.parametrize("content", FEEDS, ids=range(len(FEEDS)))
def test_a_feed_that_is_no_coach_shows_nothing_and_breaks_nothing(tmp_path, content):
    async def both():
        async def talk(_, writer):
            writer.write(content)
            writer.close()

        async with await asyncio.start_unix_server(talk, str(tmp_path / "live.sock")):
            seen = [moment async for moment in moments(tmp_path / "live.sock")]
            return seen, await camera_place(tmp_path / "live.sock")

    assert asyncio.run(asyncio.wait_for(both(), 20)) == ([], None)


def published(tmp_path, password):
    (tmp_path / "word").write_bytes(password)
    told = config.load(tmp_path).settings.publish
    broker = {"mqtt_host": "127.0.0.1", "mqtt_password_file": "word"}
    return targets(replace(told, **broker), tmp_path)


@pytest.mark.parametrize("password", [b"\xff\xfe", b"\x00" * 10, b"x" * 70_000, b"a\nb"], ids=range(4))
def test_a_password_that_no_broker_takes_is_refused_in_a_sentence(tmp_path, password):
    with pytest.raises(UsageError, match="word"):
        published(tmp_path, password)


@pytest.mark.parametrize(
    "url", ["http://[", "http://a b", "http://\x00", "http://:99999", "https://" + "a" * 300, "http://"], ids=range(6)
)
def test_an_address_that_is_none_is_refused_in_a_sentence(url):
    with pytest.raises((DeliveryError, UsageError)) as told:
        webhook.post(url, "{}")
    assert "\n" not in str(told.value)
