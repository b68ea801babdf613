"""The whole program on a machine that fails around it: signals, disk, clock, network, sound, pins and the page."""

import contextlib
import itertools
import math
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from statistics import median

import httpx2
import pytest
from rig import CLOCK, PATIENCE_S, QUIET, REPS, ROOT, Program, compiled, recorded_set

from pi_coach.adapters.book.backups import is_sound
from pi_coach.adapters.book.reader import SessionBook
from pi_coach.adapters.voice import espeak_version
from pi_coach.testing.ear import SoundServer, missing_tools, private_sound

pytestmark = pytest.mark.slow
SPEED = 4
DAY_S, YEAR_S = 86400, 365 * 86400
SLOWLY = 0.5
STILL_S, AWAKE_S = 0.3, 0.1
"""A computer that is far too slow: the program stands still for the one, then runs for the other, and at that speed of
the recording it is in time for five pictures a second."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return recorded_set(tmp_path_factory.mktemp("poses") / "set.poses.jsonl")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    return compiled(Path(__file__).with_name("machine.c"), tmp_path_factory.mktemp("machine"))


@pytest.fixture
def coach(recording, tmp_path):
    """Start the program on the recording, in a folder of its own."""
    with contextlib.ExitStack() as stack:

        def begin(speed=SPEED, **more):
            arguments = ("replay", recording, "--panel", "sim", "--speed", speed)
            return stack.enter_context(Program(tmp_path, *arguments, **more))

        yield begin


@pytest.fixture
def failing(coach, machine, tmp_path):
    """Start it on a machine whose disk and clock obey."""
    faults = tmp_path / "faults"
    faults.mkdir()

    def set_fault(part, text):
        (faults / f"{part}.new").write_text(text)
        (faults / f"{part}.new").rename(faults / part)

    def begin(**more):
        environ = {"FAULTS": str(faults), "FAULTS_DISK": str(tmp_path / "data")}
        return coach(environ=environ, preload=[machine], **more), set_fault

    return begin


# Signals


def test_a_session_that_is_told_to_end_is_summed_up_and_kept(coach):
    program = coach()
    program.until_reps(2)
    program.signal(signal.SIGTERM)
    assert program.ended() == 0
    assert "session done" in program.told
    assert program.endings() == ["finished"]
    assert program.stored() == [program.reps]


class Remote:
    """The program in a terminal of its own, as over ssh."""

    def __init__(self, folder, recording):
        self.folder, self.told = folder, b""
        (folder / "config").mkdir()
        (folder / "config" / "coach.toml").write_text(QUIET)
        child, self.terminal = pty.fork()
        self.child = child
        if child == 0:
            os.environ["CACHE_DIRECTORY"] = str(folder / "cache")
            os.chdir(ROOT)
            os.execv(  # noqa: S606 - the program itself
                sys.executable,
                [
                    *(sys.executable, "-m", "pi_coach", "--config", folder / "config", "--data", folder / "data"),
                    *("replay", recording, "--panel", "sim", "--speed", str(SPEED)),
                ],
            )

    def until(self, words):
        end_s = CLOCK.now() + PATIENCE_S
        while words not in self.told and CLOCK.now() < end_s:
            self.told += os.read(self.terminal, 4096)
        assert words in self.told

    def hang_up(self):
        """Close the terminal, as a connection that breaks does: the system tells the program with SIGHUP."""
        os.close(self.terminal)

    def code(self):
        """Wait for the end and return the exit code."""
        ends = os.pidfd_open(self.child)
        in_time = select.select([ends], [], [], PATIENCE_S)[0]
        os.close(ends)
        if not in_time:
            os.kill(self.child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def test_a_connection_that_breaks_ends_no_set_that_was_started_over_it(recording, tmp_path):
    remote = Remote(tmp_path, recording)
    remote.until(b"rep 2  score")
    remote.hang_up()
    assert remote.code() == 0
    with SessionBook(tmp_path / "data" / "sessions.db") as book:
        (session,) = book.sessions()
    assert (session.reps, session.ending) == (REPS, "finished")


def test_a_computer_that_stands_still_for_a_moment_invents_no_rep_and_counts_on(coach):
    program = coach()
    program.until_reps(2)
    program.signal(signal.SIGSTOP)
    # In the recording these are five seconds: one rep and a half.
    program.listen(1.2)
    program.signal(signal.SIGCONT)
    assert program.ended() == 0
    assert REPS - 3 <= program.reps <= REPS
    assert program.stored() == [program.reps]


def test_a_computer_that_is_far_too_slow_counts_every_rep(tmp_path):
    reps = 3
    arguments = ("replay", recorded_set(tmp_path / "set.poses.jsonl", reps, fps=30.0), "--panel", "sim")
    with Program(tmp_path, *arguments, "--speed", SLOWLY) as program:
        program.until("welcome")
        while program.process.poll() is None and "session done" not in program.told:
            program.signal(signal.SIGSTOP)
            program.listen(STILL_S)
            program.signal(signal.SIGCONT)
            program.listen(AWAKE_S)
        assert program.ended() == 0
    assert program.reps == reps
    assert program.stored() == [reps]
    with SessionBook(program.data / "sessions.db") as book:
        seen_s = [moment.t_s for moment in book.trace(1, 0.0, math.inf)]
    assert median(b - a for a, b in itertools.pairwise(seen_s)) == pytest.approx(0.2, abs=0.05), "it was not slow"


# Disk and clock


def test_a_slow_disk_costs_no_rep_and_holds_up_no_frame(failing, tmp_path):
    program, set_fault = failing()
    program.until_reps(1)
    set_fault("disk", "slow")
    assert program.ended() == 0
    assert (tmp_path / "faults" / "waited").exists()
    assert program.reps == REPS
    assert program.stored() == [REPS]
    assert "I cannot save" not in program.told


def test_a_card_that_turns_read_only_in_a_set_is_told_and_what_was_kept_till_then_is_sound(failing):
    program, set_fault = failing()
    program.until_reps(2)
    set_fault("disk", "read-only")
    program.until("I cannot save: ")
    assert program.ended() == 0, program.told
    set_fault("disk", "")
    assert "trouble" in program.told
    assert "records of this session not saved" in program.told
    assert "Traceback" not in program.told
    assert program.reps == REPS
    assert is_sound(program.data / "sessions.db")
    assert 1 <= program.stored()[0] < REPS


def test_a_card_that_takes_writes_again_gets_every_rep(failing):
    program, set_fault = failing()
    program.until_reps(1)
    set_fault("disk", "read-only")
    program.until("I cannot save: ")
    set_fault("disk", "")
    program.until("Saving again.")
    assert program.ended() == 0
    assert program.stored() == [program.reps] == [REPS]


def test_a_wall_clock_that_is_set_in_a_set_changes_neither_reps_nor_lengths(failing):
    program, set_fault = failing()
    began_s = CLOCK.now()
    for wrong_s in (-40 * YEAR_S, DAY_S, 40 * YEAR_S):
        program.until_reps(1)
        set_fault("clock", str(wrong_s))
    assert program.ended() == 0
    with SessionBook(program.data / "sessions.db") as book:
        (session,) = book.sessions()
        assert [rep.number for rep in book.session(session.id).sets[0].reps] == list(range(1, REPS + 1))
    assert session.ended_at.year - session.started_at.year >= 39, "the clock was never wrong"
    assert 5 < session.length_s < CLOCK.now() - began_s
    assert "Traceback" not in program.told


# What stands around the coach


def test_without_any_network_the_coach_coaches_as_ever(coach):
    alone = ("unshare", "--net")
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, to take the network away: sudo")
    program = coach(before=alone)
    assert program.ended() == 0
    assert program.stored() == [program.reps] == [REPS]


@pytest.mark.skipif(espeak_version() is None, reason="needs a voice: apt-get install espeak-ng")
@pytest.mark.skipif(bool(missing_tools()), reason="needs a sound server: apt-get install pulseaudio pulseaudio-utils")
def test_a_loudspeaker_that_goes_and_comes_back_in_a_set_costs_no_rep(coach, tmp_path):
    sound = tmp_path / "sound"
    sound.mkdir()
    with private_sound(sound):
        server = SoundServer(sound)
        server.start()
        try:
            program = coach(speed=3, config="[session]\ncountdown_s = 0.0\n")
            program.until("Speaking to the sound device")
            program.until_reps(1)
            server.stop()
            program.until("it is looked for every")
            program.until_reps(1)
            server.start()
            assert program.ended() == 0
        finally:
            server.stop()
    assert program.stored() == [program.reps] == [REPS]
    assert "Traceback" not in program.told


def test_a_machine_without_pins_is_told_before_anybody_trains(recording, tmp_path):
    if any(Path("/dev").glob("gpiochip*")):
        pytest.skip("this machine has pins")
    with Program(tmp_path, "replay", recording, "--panel", "gpio") as program:
        assert program.ended() == 1
    assert program.lines[-1].startswith("pi-coach: This machine has no GPIO pins: use the panel on the screen")
    assert "Traceback" not in program.told


def test_a_web_page_that_is_killed_costs_the_coach_nothing_and_serves_the_session_once_it_is_back(coach, tmp_path):
    program = coach(config=QUIET)
    with page(tmp_path) as (address, server):
        assert httpx2.get(f"{address}/sessions", timeout=PATIENCE_S).status_code == 200
        program.until_reps(1)
        server.process.kill()
    program.until_reps(1)
    with page(tmp_path) as (address, _):
        assert program.ended() == 0
        assert "Session 1, from " in httpx2.get(f"{address}/sessions/1", timeout=PATIENCE_S).text
    assert program.stored() == [program.reps] == [REPS]


@contextlib.contextmanager
def page(folder):
    """Serve the pages beside the coach, from the same folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Program(folder, "web", "--port", port) as server:
        server.until(f":{port}")
        yield f"http://127.0.0.1:{port}", server
