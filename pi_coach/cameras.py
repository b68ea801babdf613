"""Which camera is looked through: the one on the ribbon cable, else one on USB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pi_coach.core.errors import UsageError
from pi_coach.core.sight.lens import CAMERA_MODULE_3_WIDE, Lens

if TYPE_CHECKING:
    from pi_coach.adapters.camera_choice import Wanted
    from pi_coach.clock import Clock
    from pi_coach.ports import FrameSource, LiveCamera
    from pi_coach.settings import CameraSettings

AUTOMATIC, RIBBON, USB = "", "ribbon", "usb"
"""What `device` of [camera] may be, beside the path of a USB camera."""
WIDE_LENS, OWN_LENS = "camera_module_3_wide", "own"
"""What `lens` of [camera] may be, beside "none"."""
UPRIGHT_DEG = (0, 180)
"""Turned by these a picture keeps its width and height."""


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
    upright = asked.rotation_deg in UPRIGHT_DEG
    return (asked.width_px, asked.height_px) if upright else (asked.height_px, asked.width_px)


def chosen_lens(asked: CameraSettings) -> Lens | None:
    """Return the lens to straighten, as it sees the upright picture; None for one that needs nothing.

    Raises UsageError where an owner's numbers are none.
    """
    if asked.lens == OWN_LENS:
        try:
            return Lens.of(asked.lens_own)
        except ValueError as error:
            raise UsageError(f"coach.toml: camera.lens_own {error}: `pi-coach lens` measures them") from error
    if asked.lens != WIDE_LENS:
        return None
    aspect = asked.width_px / asked.height_px
    return CAMERA_MODULE_3_WIDE if asked.rotation_deg in UPRIGHT_DEG else CAMERA_MODULE_3_WIDE.turned(aspect)


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


def open_frames(source: str, asked: CameraSettings, clock: Clock) -> FrameSource:
    """Open "camera", or the video of that name, for who needs no pose."""
    if source != "camera":
        from pi_coach.adapters.video import VideoFile  # noqa: PLC0415

        return VideoFile(Path(source))
    return pick_camera(asked, clock)


def _open_ribbon(asked: CameraSettings, clock: Clock) -> LiveCamera:
    from pi_coach.adapters.camera import Camera  # noqa: PLC0415

    return Camera(wanted_picture(asked), asked.stall_s, clock)


def _open_usb(asked: CameraSettings, clock: Clock) -> LiveCamera:
    from pi_coach.adapters.usb_camera import UsbCamera  # noqa: PLC0415

    path = None if asked.device in (AUTOMATIC, USB) else Path(asked.device)
    return UsbCamera(path, wanted_picture(asked), asked.stall_s, clock)
