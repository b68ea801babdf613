"""Which camera is looked through: the one on the ribbon cable, else one on USB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pi_coach.adapters.camera_choice import Wanted
    from pi_coach.clock import Clock
    from pi_coach.ports import LiveCamera
    from pi_coach.settings import CameraSettings

AUTOMATIC, RIBBON, USB = "", "ribbon", "usb"
"""What `device` of [camera] may be, beside the path of a USB camera."""


def wanted_picture(asked: CameraSettings) -> Wanted:
    """Return what to ask of a camera."""
    from pi_coach.adapters.camera_choice import Wanted  # noqa: PLC0415

    return Wanted(
        asked.width_px,
        asked.height_px,
        asked.fps,
        hflip=asked.hflip,
        vflip=asked.vflip,
        clockwise_deg=asked.rotation_deg,
        longest_exposure_ms=asked.longest_exposure_ms,
    )


def upright_size_px(asked: CameraSettings) -> tuple[int, int]:
    """Return width and height of the picture once it is turned."""
    upright = asked.rotation_deg in (0, 180)
    return (asked.width_px, asked.height_px) if upright else (asked.height_px, asked.width_px)


def pick_camera(asked: CameraSettings, clock: Clock) -> LiveCamera:
    """Open the camera that the settings name, or the first that is there.

    Raises CameraLostError where it may come yet, SourceError where it never will.
    """
    from pi_coach.adapters.camera import ribbon_cameras  # noqa: PLC0415
    from pi_coach.adapters.usb_camera import usb_cameras  # noqa: PLC0415

    on_usb = asked.device not in (AUTOMATIC, RIBBON)
    # Without any camera the one on the ribbon says what is missing.
    if on_usb or (asked.device == AUTOMATIC and not ribbon_cameras() and usb_cameras()):
        return _open_usb(asked, clock)
    return _open_ribbon(asked, clock)


def _open_ribbon(asked: CameraSettings, clock: Clock) -> LiveCamera:
    from pi_coach.adapters.camera import Camera  # noqa: PLC0415

    return Camera(wanted_picture(asked), asked.stall_s, clock)


def _open_usb(asked: CameraSettings, clock: Clock) -> LiveCamera:
    from pi_coach.adapters.usb_camera import UsbCamera  # noqa: PLC0415

    path = None if asked.device in (AUTOMATIC, USB) else Path(asked.device)
    return UsbCamera(path, wanted_picture(asked), asked.stall_s, clock)
