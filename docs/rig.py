"""The rig: the athlete as the camera sees it, the room from above, and the station."""  # noqa: INP001

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheet import BODY, FAINT, INK, SOFT, TEAL, WALL, Point, Sheet

from pi_coach.testing.script import TALL, hinged

if TYPE_CHECKING:
    from pi_coach.config import Config
    from pi_coach.testing.script import Posture

SHANK_M, THIGH_M, TRUNK_M, HEAD_M, ARM_M = 0.42, 0.42, 0.50, 0.21, 0.27
"""Joint to joint in a body of 1.74 m; the head from the shoulders."""
SEAT_M = 0.135
"""From the hip joint back to where the body ends."""
NEAREST_M, FURTHEST_M, USUAL_M = 2.5, 3.5, 3.0
"""How far the camera stands."""
VIEW_DEG = 66.0
"""What a Camera Module 3 sees from left to right."""


@dataclass(frozen=True)
class Figure:
    """An athlete seen from the side, metres: ahead of the ankle and above the floor."""

    ankle: Point
    knee: Point
    hip: Point
    shoulder: Point
    head: Point
    elbow: Point
    wrist: Point


def figure(posture: Posture) -> Figure:
    """Return where the joints are in a posture."""
    thigh_deg = posture.shank_deg - posture.knee_deg
    trunk_deg = thigh_deg + posture.hip_deg
    ankle = (0.0, 0.08)
    knee = _beyond(ankle, SHANK_M, posture.shank_deg)
    hip = _beyond(knee, THIGH_M, thigh_deg)
    shoulder = _beyond(hip, TRUNK_M, trunk_deg)
    head = _beyond(shoulder, HEAD_M, trunk_deg)
    # The arms are crossed on the chest.
    elbow = _beyond(shoulder, ARM_M, trunk_deg + 158.0)
    return Figure(ankle, knee, hip, shoulder, head, elbow, _beyond(elbow, 0.17, trunk_deg - 2.0))


def _beyond(start: Point, length: float, lean_deg: float) -> Point:
    lean = math.radians(lean_deg)
    return start[0] + length * math.sin(lean), start[1] + length * math.cos(lean)


def draw_rig(settings: Config) -> Sheet:
    """Draw the athlete as the camera sees it, the room from above, and the station."""
    about = (
        "Left: an athlete stands with the back to a wall and pushes the hips back until they touch it, seen from the"
        " side. Middle: from above, the camera stands 2.5 to 3.5 m away at the athlete's side. Right: the station on"
        " its stand at hip height, with camera, rep lights, button and speaker."
    )
    sheet = Sheet(960, 470, "The rig of pi_coach", about)
    _side_view(sheet, settings.drill("wall_touch").target_deg)
    _room(sheet)
    _station(sheet, len(settings.settings.panel.led_pins))
    return sheet


def _heading(sheet: Sheet, x: float, title: str, words: str) -> None:
    sheet.text((x, 44), title, 17, font_weight="600")
    sheet.text((x, 65), words, 12.5, SOFT)


def _side_view(sheet: Sheet, fold_deg: float) -> None:
    _heading(sheet, 36, "What the camera sees", "side on, head and feet in the picture")
    scale, floor, ankle_x = 172.0, 402.0, 150.0

    def at(point: Point) -> Point:
        return ankle_x + scale * point[0], floor - scale * point[1]

    bent, tall = figure(hinged(fold_deg)), figure(TALL)
    wall_x = at((bent.hip[0] - SEAT_M, 0.0))[0]
    sheet.box((wall_x - 26, 92), (26, floor - 92), WALL)
    sheet.line([(36, floor), (330, floor)], SOFT, 2)
    for person, colour, arm in ((tall, FAINT, "#c9c8bf"), (bent, BODY, "#5b7183")):
        _person(sheet, [at(joint) for joint in vars(person).values()], scale, (colour, arm))
    joints = [at(joint) for joint in (bent.ankle, bent.knee, bent.hip, bent.shoulder)]
    sheet.line(joints, "#7fd6cb", 2.5)
    for joint in joints:
        sheet.dot(joint, 5, "#7fd6cb")
    heel_x = at((-0.07, 0.0))[0]
    sheet.span((wall_x, floor + 16), (heel_x, floor + 16))
    sheet.text((wall_x - 26, floor + 41), "heels 15 to 30 cm from the wall", 12.5, SOFT)
    sheet.text((wall_x - 13, 240), "wall", 12.5, INK, text_anchor="middle", transform=f"rotate(-90 {wall_x - 13} 240)")


def _person(sheet: Sheet, joints: list[Point], scale: float, colours: tuple[str, str]) -> None:
    ankle, knee, hip, shoulder, head, elbow, wrist = joints
    colour, arm = colours
    sole = ankle[1] + 0.055 * scale
    sheet.line([(ankle[0] - 0.04 * scale, sole), (ankle[0] + 0.15 * scale, sole)], colour, 0.05 * scale)
    sheet.line([ankle, knee], colour, 0.10 * scale)
    sheet.line([knee, hip], colour, 0.14 * scale)
    sheet.line([hip, shoulder], colour, 0.19 * scale)
    sheet.dot(hip, SEAT_M * scale, colour)
    sheet.line([shoulder, head], colour, 0.10 * scale)
    sheet.dot(head, 0.105 * scale, colour)
    sheet.line([shoulder, elbow, wrist], arm, 0.075 * scale)


def _room(sheet: Sheet) -> None:
    _heading(sheet, 372, "From above", "the camera looks along the wall")
    scale, athlete = 82.0, (452.0, 132.0)
    camera = (athlete[0] + 26, athlete[1] + USUAL_M * scale)
    wall_x = athlete[0] - 0.42 * scale
    reach = (camera[1] - 92) * math.tan(math.radians(VIEW_DEG / 2))
    meets = camera[1] - (camera[0] - wall_x) / math.tan(math.radians(VIEW_DEG / 2))
    seen = [camera, (wall_x, meets), (wall_x, 92.0), (camera[0] + reach, 92.0)]
    sheet.add("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in seen), fill=TEAL, fill_opacity=0.09)
    sheet.box((wall_x - 26, 92), (26, 326), WALL)
    sheet.add("ellipse", cx=athlete[0], cy=athlete[1], rx=0.13 * scale, ry=0.25 * scale, fill=BODY)
    sheet.dot((athlete[0] + 6, athlete[1]), 0.1 * scale, "#5b7183")
    x, y = athlete
    sheet.line([(x + 26, y), (x + 58, y)], SOFT, 1.6)
    sheet.line([(x + 51, y - 5), (x + 58, y), (x + 51, y + 5)], SOFT, 1.6)
    sheet.text((x + 66, y + 4), "athlete", 12.5, SOFT)
    sheet.box((camera[0] - 16, camera[1] - 2), (32, 18), INK, rx=4)
    sheet.box((camera[0] - 5, camera[1] - 9), (10, 9), INK, rx=2)
    sheet.text((camera[0], camera[1] + 34), "camera", 12.5, SOFT, text_anchor="middle")
    sheet.span((camera[0] + 62, y + 26), (camera[0] + 62, camera[1]))
    sheet.text((camera[0] + 52, 262), f"{NEAREST_M} to {FURTHEST_M} m", 13, text_anchor="end")


def _station(sheet: Sheet, lamps: int) -> None:
    _heading(sheet, 706, "The station", "hip height, upright and level")
    left, top, floor = 706.0, 104.0, 402.0
    middle = left + 92
    for foot in (-52, 0, 52):
        sheet.line([(middle, 300), (middle + foot, floor)], SOFT, 5)
    sheet.line([(middle, top + 146), (middle, 300)], SOFT, 7)
    sheet.line([(left - 20, floor), (left + 214, floor)], SOFT, 2)
    sheet.box((left, top), (184, 146), INK, rx=12)
    sheet.dot((middle, top + 34), 17, "#10181f", stroke="#8b98a1", stroke_width=3)
    sheet.dot((middle, top + 34), 6, "#35506a")
    _rep_bar(sheet, (left + 14, top + 70), 163, lamps)
    sheet.dot((left + 32, top + 116), 13, "#d97706", stroke="#f3c178", stroke_width=2)
    for row in range(3):
        for column in range(6):
            sheet.dot((left + 105 + 13 * column, top + 113 + 9 * row), 2.6, "#7d8b95")
    sheet.span((left + 204, top + 34), (left + 204, floor))
    sheet.text((left + 198, 330), "hip height", 12.5, SOFT, text_anchor="end")
    words = ((middle + 26, top + 39, "camera"), (left + 52, top + 120, "button"), (left + 14, top + 62, "rep lights"))
    for x, y, word in words:
        sheet.text((x, y), word, 11, "#c4ccd1")
    sheet.text((left + 137, top + 103), "speaker", 11, "#c4ccd1", text_anchor="middle")


def _rep_bar(sheet: Sheet, at: Point, width: float, lamps: int) -> None:
    """Draw the lamps as they are in the middle of a set."""
    pitch = width / max(lamps, 1)
    for lamp in range(lamps):
        lit = lamp < 0.6 * lamps
        sheet.box((at[0] + lamp * pitch, at[1]), (0.7 * pitch, 12), "#4ade80" if lit else "#3d4a55", rx=2)
