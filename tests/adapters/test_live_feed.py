"""Whoever looks on sees the newest moment, and nobody who looks on can hold the coach up."""

import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import threading

import pytest

from pi_coach.adapters import live_feed
from pi_coach.adapters.live_feed import LiveFeed
from pi_coach.clock import SystemClock
from pi_coach.core.events import Phase
from pi_coach.core.step import Step
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

CLOCK = SystemClock()


def steps(count, fps=30.0):
    poses = ScriptedBody(Script().hold(1).rep(hinged(84)).hold(60), Filming(fps=fps)).poses()
    for number, (t, pose) in zip(range(count), poses, strict=False):
        yield Step(t, "rdl", Phase.TALL, pose, None, (), None, number, 10)


def look_on(path):
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(10)
    link.connect(str(path))
    return link


def lines(link):
    with link.makefile("rb") as file:
        for line in file:
            yield json.loads(line)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "live.sock"


@pytest.fixture
def feed(path):
    feed = LiveFeed(path, CLOCK, lambda: "where the camera stands")
    yield feed
    feed.close()


def test_who_comes_is_greeted_with_where_the_camera_stands_and_the_moment(feed, path):
    (first,) = steps(1)
    feed.show(first)
    with look_on(path) as link:
        heard = lines(link)
        assert next(heard) == {"schema": 1, "kind": "hello", "fingerprint": "where the camera stands"}
        moment = next(heard)
    assert (moment["kind"], moment["drill"], moment["target_reps"]) == ("moment", "rdl", 10)
    assert len(moment["pose"]["points"]) == 33
    assert moment["sight"]["head"] is True


def test_no_more_than_ten_moments_a_second_are_sent_and_the_newest_wins(feed, path):
    every = list(steps(1500))
    with look_on(path) as link:
        heard = lines(link)
        next(heard), next(heard)
        began_s = CLOCK.now()
        for one in every:
            feed.show(one)
        reps = [next(heard)["reps"]]
        while reps[-1] < len(every) - 1:
            reps.append(next(heard)["reps"])
        assert len(reps) <= (CLOCK.now() - began_s) / live_feed.EVERY_S + 2
    assert reps == sorted(reps)


def test_who_does_not_read_holds_nobody_up_and_is_let_go(path, monkeypatch):
    monkeypatch.setattr(live_feed, "DEAD_S", 0.3)
    monkeypatch.setattr(live_feed, "EVERY_S", 0.0005)
    feed = LiveFeed(path, CLOCK)
    try:
        with look_on(path) as sleeper, look_on(path) as reader:
            heard = lines(reader)
            slowest_s, shown, some = 0.0, 0, list(steps(40))
            # As long as the sleeper's buffer takes to fill, and then for as long as it is waited for.
            while len(feed._readers) != 1 or shown < 10:  # noqa: SLF001
                for one in some:
                    began_s = CLOCK.now()
                    feed.show(one)
                    slowest_s = max(slowest_s, CLOCK.now() - began_s)
                shown += 1
                next(heard)
                assert shown < 20_000
            assert sleeper is not None
            assert slowest_s < 0.5
    finally:
        feed.close()


def test_who_leaves_is_forgotten_and_others_go_on(feed, path):
    with look_on(path) as stays:
        heard = lines(stays)
        next(heard), next(heard)
        leaver = look_on(path)
        next(lines(leaver))
        leaver.close()
        for one in steps(3):
            feed.show(one)
        assert next(heard)["kind"] == "moment"


@pytest.mark.usefixtures("feed")
def test_a_crowd_is_not_let_in(path):
    inside = [look_on(path) for _ in range(live_feed.MOST)]
    for link in inside:
        assert next(lines(link))["kind"] == "hello"
    with look_on(path) as late:
        assert late.recv(1) == b""
    for link in inside:
        link.close()


@pytest.mark.usefixtures("feed")
def test_only_the_coachs_own_group_may_look_on(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_the_end_is_told_by_hanging_up_and_leaves_nothing_behind(path):
    feed = LiveFeed(path, CLOCK)
    with look_on(path) as link:
        heard = lines(link)
        next(heard)
        feed.close()
        assert all(line["kind"] == "moment" for line in heard)
    assert not path.exists()
    assert "live-feed" not in {thread.name for thread in threading.enumerate()}


def test_what_a_killed_coach_left_is_cleared_away(path):
    leave = f"import socket, time; s = socket.socket(socket.AF_UNIX); s.bind({str(path)!r}); s.listen(); input()"
    killed = subprocess.Popen([sys.executable, "-c", leave], stdin=subprocess.PIPE)
    for _ in range(100):
        if path.exists():
            break
        select.select([], [], [], 0.1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(timeout=10)
    killed.stdin.close()
    assert path.exists()
    feed = LiveFeed(path, CLOCK)
    with look_on(path) as link:
        assert next(lines(link))["kind"] == "hello"
    feed.close()


@pytest.mark.usefixtures("feed")
def test_a_second_coach_leaves_the_first_ones_place_alone(path):
    second = LiveFeed(path, CLOCK, lambda: "elsewhere")
    second.show(next(steps(1)))
    second.close()
    with look_on(path) as link:
        assert next(lines(link))["fingerprint"] == "where the camera stands"


def test_where_no_socket_can_be_made_the_session_goes_on_unseen(tmp_path):
    (tmp_path / "file").write_text("no folder")
    feed = LiveFeed(tmp_path / "file" / "live.sock", CLOCK)
    feed.show(next(steps(1)))
    feed.close()
