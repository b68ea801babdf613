"""The doctor on a machine with the real units under the real systemd: what it tells of them, and its own rights."""

import json

import pytest
from booted import OPT, SOURCE, Machine, debian, suite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # the first time a Debian is made

RECORDING = SOURCE / "fixtures" / "poses" / "good_wall_set.poses.jsonl.gz"
AS_COACH = ["setpriv", "--reuid=pi-coach", "--regid=pi-coach", "--init-groups"]
WHERE = ["--config", "/etc/pi-coach", "--data", "/var/lib/pi-coach"]


@pytest.fixture(scope="module")
def root():
    return debian(suite())


@pytest.fixture
def machine(root, tmp_path):
    made = Machine(tmp_path, root)
    made.put("/etc/pi-coach/coach.toml", "[speech]\nenabled = false\n")
    made.runs("--source", f"/opt/source/{RECORDING.relative_to(SOURCE)}", "--panel", "sim")
    try:
        yield made
    finally:
        made.close()


def examine(machine, *who):
    """Return what the doctor finds in the machine, by check."""
    done = machine.run(*who, f"{OPT}/bin/pi-coach", *WHERE, "doctor", "--json")
    assert done.returncode == 1, "there is no pose model"
    return {finding["check"]: finding for finding in json.loads(done.stdout)}


def test_the_doctor_tells_how_the_services_are_and_leaves_a_running_coach_its_camera(machine):
    machine.boot()
    stopped = examine(machine)["services"]
    assert stopped["state"] == "note"
    assert "pi-coach.service is inactive" in stopped["found"]
    assert "`sudo systemctl enable --now pi-coach.service`" in stopped["remedy"]
    machine.run("systemctl", "start", "--no-block", "pi-coach", "pi-coach-backup.timer")
    machine.is_now("active")
    found = examine(machine)
    assert "pi-coach.service is active (Coaching" in found["services"]["found"]
    assert "pi-coach-backup.timer is active" in found["services"]["found"]
    assert found["camera"]["found"].startswith("The coach runs, so it holds the camera: not tried.")
    assert "The coach runs, so it holds the panel" in found["panel"]["found"]
    machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "pi-coach")
    machine.until(lambda: machine.show("NRestarts") == "1", 30)
    assert "started again once" in examine(machine)["services"]["found"]


def test_the_services_own_user_is_told_apart_from_root(machine):
    machine.boot()
    assert examine(machine)["permissions"]["found"].startswith("root, ")
    # The kernel here has no camera, no sound and no pins, so a node stands for each.
    for name, group in (("video0", "video"), ("gpiochip0", "root")):
        machine.run("mknod", "-m", "660", f"/dev/{name}", "c", "1", "3")
        machine.run("chgrp", group, f"/dev/{name}")
    told = examine(machine, *AS_COACH)["permissions"]
    assert told["state"] == "note"
    assert "pi-coach, in the groups audio, gpio, pi-coach, render, video; may not open pins" in told["found"]
    assert told["remedy"].startswith("Update the system")
