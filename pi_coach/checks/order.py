"""Every check, what matters most first."""

from __future__ import annotations

from functools import partial

from pi_coach.checks import parts, pose, software, storage, system
from pi_coach.checks.verdict import Check

LOAD_S = 45.0
"""Loading the pose engine and measuring it: two seconds on a PC, twenty on a Pi that reads it from a card."""
CAMERA_S = 20.0
"""A camera may take eight seconds to its first picture, and four to let go."""
SOUND_S = 25.0
"""Ten seconds to open a device, a sentence, and what rendering it may take."""
LAMPS_S = 60.0
"""Thirty lamps, one after the other."""


def checks(*, speaks: bool = False, lights: bool = False) -> tuple[Check, ...]:
    """Return the checks; where asked to, a sentence is spoken and each lamp is lit."""
    return (
        Check("program", software.program),
        Check("processor", pose.processor, needed=True),
        Check("pose model", pose.pose_model, needed=True),
        Check("pose speed", pose.pose_speed, needed=True, patience_s=LOAD_S),
        Check("camera", parts.camera, patience_s=CAMERA_S),
        Check("voice", parts.voice),
        Check("sound", partial(parts.sound, speaks=speaks), patience_s=SOUND_S),
        Check("panel", partial(parts.panel, lights=lights), patience_s=LAMPS_S),
        Check("permissions", system.permissions),
        Check("heat and power", system.heat_and_power),
        Check("disk", storage.disk, needed=True),
        Check("session book", storage.session_book, needed=True),
        Check("backups", storage.backups),
        Check("memory card", storage.card),
        Check("clock", system.clock),
        Check("services", system.services),
        Check("web page", system.web_page),
        Check("config", software.config, needed=True),
        Check("versions", software.versions),
    )
