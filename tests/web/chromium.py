"""The real program behind the real browser: Debian's Chromium, driven through Playwright."""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from browsing import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 860}}
START_S = 60.0


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def program(folder, *arguments):
    """Run pi-coach on the files of a folder until the end of the block."""
    command = (sys.executable, "-m", "pi_coach", "--config", folder / "config", "--data", folder / "data", *arguments)
    log = (folder / f"{arguments[0]}.log").open("wb")
    env = os.environ | {"CACHE_DIRECTORY": str(folder / "cache")}
    with (
        log,
        subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as running,
    ):
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(timeout=20)
            except subprocess.TimeoutExpired:
                running.kill()


@contextmanager
def site(folder, port=None):
    """Serve a folder's pages; yield their address."""
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    with program(folder, "web", "--port", str(port)) as running:
        for _ in range(int(START_S * 10)):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert running.poll() is None, (folder / "web.log").read_text()
                select.select([], [], [], 0.1)
        yield f"http://localhost:{port}"


@contextmanager
def replay(folder, recording, *more):
    """Let the coach follow a recorded athlete at the athlete's own speed."""
    with program(
        folder, "replay", ROOT / "fixtures" / "poses" / f"{recording}.poses.jsonl.gz", "--panel", "sim", *more
    ) as running:
        yield running


def kept(name):
    """Return where pictures and figures of the pages are kept: a folder that CI names, or none."""
    folder = os.environ.get("PI_COACH_SHOTS")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) / name


def shoot(page, name):
    """Keep a picture of a page where somebody asked for them."""
    path = kept(f"{name}.png")
    if path is not None:
        page.screenshot(path=str(path))


def note(name, figures):
    """Keep figures where somebody asked for them."""
    path = kept(f"{name}.json")
    if path is not None:
        path.write_text(json.dumps(figures) + "\n")


def missing():
    """Say what the browser's tests lack on this machine; None where nothing is missing."""
    if not CHROMIUM.exists():
        return "no Chromium here: apt-get install chromium"
    if shutil.which("espeak-ng") is None:
        return "the coach of the live page cannot speak here: apt-get install espeak-ng"
    return None
