"""Measures in words: what they are called and in which unit they are told."""

from __future__ import annotations

UNITS = (
    ("_leg_s", " leg lengths/s", 2),
    ("_deg", "°", 0),
    ("_pct", " % of the trunk", 1),
    ("_leg", " leg lengths", 3),
    ("_trunk", " trunk lengths", 2),
    ("_foot", " of the foot", 2),
    ("_s", " s", 1),
    ("_share", " of the target", 2),
)
"""The end of a measure's name, its unit and the decimals that mean something, the longer end first."""

NAMES = {
    "hip_flexion_deg": "hip flexion",
    "knee_flexion_deg": "knee flexion",
    "trunk_deg": "trunk from vertical",
    "shank_deg": "shin from vertical",
    "shank_forward_deg": "shin forward",
    "hip_knee_ratio": "hip bend over knee bend",
    "hips_back_leg": "hips back",
    "back_drop_ratio": "hips back over down",
    "stoop_squat_index": "Stoop-Squat-Index",
    "squat_votes": "signs of a squat",
    "knee_over_hip_leg": "knees above the hips",
    "knee_bend_deg": "knee bend",
    "back_curve_pct": "back curve",
    "back_doubt_pct": "not counted, the arms hung",
    "back_lower_pct": "lower back curve",
    "chest_drop_pct": "chest caved in",
    "elbow_ahead_trunk": "elbow ahead",
    "heel_rise_leg": "heel off the floor",
    "head_back_deg": "head tilted back",
    "weight_foot": "weight over the foot",
    "knee_gap_ratio": "knees against feet",
    "knee_splay": "knees apart",
    "wall_gap_leg": "gap to the wall",
    "wall_speed_leg_s": "speed at the wall",
    "wall_lean_s": "leaning on the wall",
    "hips_first_deg": "hips first",
    "lean_back_deg": "leaning back",
    "lockout_residual_deg": "left at the top",
    "depth_share": "depth",
    "down_s": "way down",
    "up_s": "way up",
    "hold_s": "held",
    "contact_gap_trunk": "away from the stick",
}
"""What a measure is called in a table; one that is missing here is called by its own name."""


def told(measure: str, value: float) -> str:
    """Return a value with its unit, in as many digits as mean something."""
    for end, unit, decimals in UNITS:
        if measure.endswith(end):
            # A little below nothing is nothing: "-0" only puzzles.
            return f"{round(value, decimals) + 0.0:.{decimals}f}{unit}"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
