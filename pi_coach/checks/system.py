"""What the operating system has to give: rights, time, power, services and the web page."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from pi_coach.checks.verdict import State, Verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from pi_coach.adapters.access import Closed
    from pi_coach.assembly import Setting

FIRST_YEAR = 2025
"""A clock that says less was never set: a Pi has none of its own while it is off."""
HOT_C = 80.0
"""A Pi slows down from here."""
MANY_RESTARTS = 3
"""More often than this, something ends the coach again and again."""
LOOPBACK = "127.0.0.1"
PAGE_S = 2.0
"""A page on this machine answers at once."""
COACH, PAGE, TIMER = "pi-coach.service", "pi-coach-web.service", "pi-coach-backup.timer"


def permissions(_: Setting, devices: Path | None = None) -> Verdict:
    """Tell who this is, and what of camera, sound and pins is there but closed to them."""
    from pi_coach.adapters import access  # noqa: PLC0415

    place = devices or access.DEVICES
    who = f"{access.user_name()}, in the groups {', '.join(access.group_names())}"
    shut = access.closed(place)
    if not shut:
        there = access.present(place)
        opens = f"may open what is there: {', '.join(there)}" if there else "finds no camera, sound or pins to open"
        return Verdict(State.GOOD, f"{who}; {opens}.")
    return Verdict(State.NOTE, f"{who}; may not open {_closed(shut)}.", rights(access.user_name(), shut))


def _closed(shut: list[Closed]) -> str:
    return "; ".join(f"{one.part} ({', '.join(one.nodes)}: group {one.group})" for one in shut)


def rights(user: str, shut: list[Closed]) -> str:
    """Say how a user gets the rights to what is shut."""
    groups = sorted({one.group for one in shut} - {"root"})
    if not groups:
        return "Update the system and restart it: its own rules give these devices to no group."
    return f"`sudo usermod -aG {','.join(groups)} {user}`, then log out and in again (or restart the service)."


def clock(setting: Setting) -> Verdict:
    """Tell whether sessions would get a true date."""
    from pi_coach.adapters.machine import clock_is_synchronized, has_own_clock  # noqa: PLC0415

    return clock_verdict(setting.clock.wall(), clock_is_synchronized(), own=has_own_clock())


def clock_verdict(now: dt.datetime, follows: bool | None, *, own: bool) -> Verdict:  # noqa: FBT001  a fact
    """Say what a time is worth that follows a server (None: nobody tells) on a machine with a clock of its `own`."""
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    has = "has a clock of its own" if own else "has no clock of its own while it is off"
    if now.year < FIRST_YEAR:
        remedy = "Connect it to a network once, or set it by hand."
        return Verdict(State.NOTE, f"{found}: it was never set, and this machine {has}.", remedy)
    told = {True: ", set by a time server", False: ", not set by a time server", None: ""}[follows]
    if follows is False and not own:
        remedy = (
            "Connect it to a network after each start, or give a Pi 5 its clock's battery: else dates are too early."
        )
        return Verdict(State.NOTE, f"{found}{told}; this machine {has}.", remedy)
    return Verdict(State.GOOD, f"{found}{told}; this machine {has}.")


def heat_and_power(_: Setting) -> Verdict:
    """Tell what slows the processor down."""
    from pi_coach.adapters.machine import strains, temperature_c  # noqa: PLC0415

    return heat_verdict(temperature_c(), strains())


def heat_verdict(warm_c: float | None, held_back: tuple[str, ...] | None) -> Verdict:
    """Say what temperature and throttling come to, and which of heat and power is to blame."""
    found = "No sensor tells a temperature." if warm_c is None else f"{warm_c:.0f} degrees Celsius."
    if held_back is not None:
        found = f"{found} The Pi tells: {', '.join(held_back) or 'not held back since it was started'}."
    remedies = []
    if any("voltage" in strain for strain in held_back or ()):
        remedies.append("Use the Pi's own power supply, with its own cable: too little voltage loses data, too.")
    if (warm_c is not None and warm_c >= HOT_C) or any("voltage" not in strain for strain in held_back or ()):
        remedies.append("Give the Pi air or a cooler with a fan; until then it coaches with fewer pictures.")
    return Verdict(State.NOTE if remedies else State.GOOD, found, " ".join(remedies))


def coach_runs() -> bool:
    """Tell whether the coach runs here as a service: then it holds camera and pins, and needs the processor."""
    from pi_coach.adapters.machine import units  # noqa: PLC0415

    return (units(COACH) or {}).get(COACH, {}).get("ActiveState") == "active"


def services(_: Setting) -> Verdict:
    """Tell how systemd's units are."""
    from pi_coach.adapters.machine import units  # noqa: PLC0415

    return services_verdict(units(COACH, PAGE, TIMER))


def services_verdict(told: Mapping[str, Mapping[str, str]] | None) -> Verdict:
    """Say what systemd's answer comes to; None stands for a machine without systemd."""
    if told is None:
        return Verdict(State.GOOD, "systemd does not run here; `pi-coach run` coaches until it is stopped.")
    here = {name: unit for name, unit in told.items() if unit.get("LoadState") == "loaded"}
    if not here:
        return Verdict(State.GOOD, "None is installed; `./deploy.sh install` makes a Pi coach from power-on.")
    found = "; ".join(f"{name} {_state(unit)}" for name, unit in here.items())
    remedies = [remedy for name, unit in here.items() if (remedy := _unit_remedy(name, unit))]
    return Verdict(State.NOTE if remedies else State.GOOD, f"{found}.", " ".join(remedies))


def _state(unit: Mapping[str, str]) -> str:
    restarts = unit.get("NRestarts", "0")
    again = {"": "", "0": "", "1": ", started again once"}.get(restarts, f", started again {restarts} times")
    status = f" ({unit['StatusText'].rstrip('.')})" if unit.get("StatusText") else ""
    return f"is {unit.get('ActiveState', 'unknown')}{again}{status}"


def _unit_remedy(name: str, unit: Mapping[str, str]) -> str:
    if unit.get("ActiveState") == "failed":
        return f"`journalctl -u {name} -n 30` says why; `sudo systemctl restart {name}` tries again."
    if int(unit.get("NRestarts") or 0) > MANY_RESTARTS:
        return f"`journalctl -u {name} -n 60` says what ends it again and again."
    if unit.get("ActiveState") == "inactive":
        return f"`sudo systemctl enable --now {name}` starts it, now and at every start."
    return ""


def web_page(setting: Setting) -> Verdict:
    """Ask the web page on this machine for its front page, and tell who else may see it."""
    port = setting.config.settings.web.port
    has_pin = setting.places.pin.exists()
    seen = "phones at home may see it with the PIN" if has_pin else "only this machine may see it, for no PIN is set"
    status = _asked_page(port)
    if status is None:
        how = "`pi-coach web` starts it; as a service: `sudo systemctl enable --now pi-coach-web`."
        return Verdict(State.GOOD, f"Nothing answers on port {port}: it does not run. {how}")
    if status >= http.client.INTERNAL_SERVER_ERROR:
        return Verdict(
            State.NOTE, f"It answers with the error {status}.", "`journalctl -u pi-coach-web -n 30` says why."
        )
    remedy = "" if has_pin else " `pi-coach pin new` sets one."
    return Verdict(State.GOOD, f"http://{LOOPBACK}:{port} answers; {seen}.{remedy}")


def _asked_page(port: int) -> int | None:
    """Return the answer's status; None where nobody answers."""
    page = http.client.HTTPConnection(LOOPBACK, port, timeout=PAGE_S)
    try:
        page.request("GET", "/")
        return page.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        page.close()
