"""Shows a picture to the pose engine and keeps what it saw: MODEL PICTURE.npy POSE.npz (runs under emulation too)."""

import sys
from pathlib import Path

import numpy as np

from pi_coach.adapters.litert_pose import LiteRTPose
from pi_coach.core.types import Frame

model, picture, kept = map(Path, sys.argv[1:])
image = np.load(picture)
estimator = LiteRTPose(model, outline=True, threads=2)
# The detector chooses where to look in the first one, the first one's landmarks in the second one.
_, pose = (estimator.find(Frame(seq, seq / 30, image)) for seq in range(2))
seat = pose.silhouette
np.savez(
    kept,
    points=pose.points,
    visibility=pose.visibility,
    seat=np.array((seat.seat_left_x, seat.seat_right_x)),
    back=seat.back,
)
