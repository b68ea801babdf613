"""`pi-coach web` and `pi-coach pin` as their user meets them: the real program, on real sockets."""

import contextlib
import re
import shutil
import socket
import sqlite3
import stat

import chromium
import httpx2
import pytest

from pi_coach.clock import SystemClock
from pi_coach.testing.ear import Ear, SoundServer, missing_tools, private_sound
from pi_coach.web import pin as pins

CLOCK = SystemClock()


def own_address():
    """Return this machine's address in its network; None where it has none but loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            link.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = link.getsockname()[0]
    return None if found.startswith("127.") else found


def listens(host, port):
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def test_a_new_pin_is_told_once_and_kept_as_a_hash(pi_coach, tmp_path):
    code, out, told = pi_coach("pin", "new")
    assert (code, told) == (0, "")
    digits = "".join(re.search(r"PIN  (\d{4}) (\d{4})", out).groups())
    kept = tmp_path / "data" / "pin.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert digits not in kept.read_text()
    assert pins.fits(pins.known(kept), digits)


def test_a_pin_can_be_taken_away(pi_coach, tmp_path):
    pi_coach("pin", "new")
    assert "The PIN is gone" in pi_coach("pin", "clear")[1]
    assert not (tmp_path / "data" / "pin.json").exists()
    assert pi_coach("pin", "clear")[:2] == (0, "There was no PIN.\n")


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_tools()), reason="no private sound server here: apt-get install pulseaudio")
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="nothing speaks here: apt-get install espeak-ng")
def test_a_new_pin_is_spoken_digit_by_digit_and_no_sound_of_it_stays(pi_coach, tmp_path):
    folder = tmp_path / "sound"
    folder.mkdir()
    with private_sound(folder):
        server = SoundServer(folder)
        server.start()
        try:
            with Ear(CLOCK) as ear:
                began_s = CLOCK.now()
                assert pi_coach("pin", "new", "--speak")[0] == 0
                loud_s = ear.loud_after(began_s)
                spoken_s = ear.quiet_after(loud_s, for_s=1.5) - loud_s
        finally:
            server.stop()
    assert 3.0 < spoken_s < 12.0
    assert not list((tmp_path / "cache").rglob("*"))


def test_a_port_that_is_taken_is_told_in_a_sentence(pi_coach):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, told = pi_coach("web", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "name another --port" in told


@pytest.mark.slow
def test_without_a_pin_nothing_listens_beyond_this_machine_whatever_the_config_says(tmp_path):
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback: give it a network")
    (tmp_path / "config").mkdir()
    port = chromium.free_port()
    (tmp_path / "config" / "coach.toml").write_text(f'[web]\nhost = "0.0.0.0"\nport = {port}\n')
    with chromium.site(tmp_path, port) as where:
        assert listens("127.0.0.1", port)
        assert not listens(address, port)
        assert httpx2.get(where, timeout=10).status_code == 200
    pins.new(tmp_path / "data" / "pin.json")
    with chromium.site(tmp_path, port):
        assert listens(address, port)
        assert "Enter the PIN" in httpx2.get(f"http://{address}:{port}/login", timeout=10).text


@pytest.mark.slow
def test_the_server_ends_at_once_when_told_to_although_somebody_looks_on(tmp_path):
    with chromium.site(tmp_path) as where, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as coach:
        (tmp_path / "data").mkdir(exist_ok=True)
        coach.bind(str(tmp_path / "data" / "live.sock"))
        coach.listen()
        host, port = where.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as looker:
            looker.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert looker.recv(100).startswith(b"HTTP/1.1 200")
            began_s = CLOCK.now()
    assert CLOCK.now() - began_s < 15


def everything(folder):
    with contextlib.closing(sqlite3.connect(folder / "data" / "sessions.db")) as book:
        return list(book.iterdump())


@pytest.mark.slow
def test_the_page_opens_the_book_for_reading_only(trained, tmp_path):
    house = shutil.copytree(trained, tmp_path / "house")
    with chromium.site(house) as where:
        for place in ("/", "/plan", "/sessions", "/progress"):
            assert httpx2.get(f"{where}{place}", timeout=30).status_code == 200
    assert everything(house) == everything(trained)
