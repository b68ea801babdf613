"""Pictures of rendered athletes for tests that look at pixels, and the model to look with."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from pi_coach.adapters import models
from pi_coach.core.errors import ModelError
from pi_coach.core.types import Frame
from pi_coach.places import find_places

CLIPS = Path(__file__).parents[2] / "fixtures" / "clips"
FPS = 30.0
"""Of every clip."""
CLIP = "wall_touch_good_right"
"""The one that is looked at most."""


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """Return the full model: this machine's own, else one that is fetched for this run."""
    for name, path, ok in models.installed(find_places(None, None).models_dir):
        if ok and name == "full":
            return path
    try:
        return models.fetch("full", tmp_path_factory.mktemp("models"), lambda _line: None)
    except ModelError as error:
        pytest.skip(str(error))


@functools.cache
def pictures(clip, count, start=0):
    """Return frames of a clip, shape (count, rows, columns, 3)."""
    with av.open(str(CLIPS / f"{clip}.mp4")) as video:
        frames = [
            f.to_ndarray(format="rgb24") for f, _ in zip(video.decode(video=0), range(start + count), strict=False)
        ]
    return np.stack(frames[start:])


def film(count, start=0):
    """Yield frames of the usual clip, each with its time."""
    for seq, image in enumerate(pictures(CLIP, count, start)):
        yield Frame(seq, seq / FPS, image)


@functools.cache
def truth(clip):
    """Return what is known of every frame of a clip."""
    return json.loads((CLIPS / f"{clip}.json").read_text())


def in_picture(known, point):
    """Return the column and row at which the camera sees a point in space."""
    camera = known["camera"]
    x, y, z = np.array(camera["R"]) @ point + np.array(camera["t"])
    return camera["cx"] + camera["fx"] * x / z, camera["cy"] + camera["fy"] * y / z


@dataclass(frozen=True)
class Passer:
    """Somebody cut out of a picture, as large as they are to appear."""

    pixels: np.ndarray
    mask: np.ndarray
    feet: int
    """The row on which they stand."""

    def in_front_of(self, picture, x):
        """Return the picture with the passer's middle at column `x`."""
        rows, columns = self.mask.shape
        left, top = round(x) - columns // 2, max(self.feet - rows, 0)
        out = picture.copy()
        shown = slice(max(-left, 0), min(columns, picture.shape[1] - left))
        if shown.start >= shown.stop:
            return out
        place = out[top : self.feet, left + shown.start : left + shown.stop]
        mask = self.mask[-len(place) :, shown]
        place[mask] = self.pixels[-len(place) :, shown][mask]
        return out


def cut_out(picture, mask, size):
    """Return the person of a picture, `size` times as large."""
    ys, xs = np.nonzero(mask)
    box = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
    rows, columns = (np.arange(int(size * (part.stop - part.start))) / size for part in box)
    grown = np.ix_(rows.astype(int), columns.astype(int))
    return Passer(picture[box][grown], mask[box][grown], int(ys.max()) + 1)
