"""What the tests of the camera let happen beside the real Picamera2; prints what came of it as one line of JSON."""

import faulthandler
import io
import json
import logging
import sys
import threading
from contextlib import closing
from functools import partial

from picamera2 import Picamera2

from pi_coach.adapters.camera import Camera
from pi_coach.adapters.camera_choice import Wanted
from pi_coach.adapters.exposure import ShutterLimit
from pi_coach.cameras import pick_camera
from pi_coach.clock import SystemClock
from pi_coach.core.errors import SourceError
from pi_coach.settings import CameraSettings

LIMIT_S = 60
BITS = 6
STALL_S = 1.0

clock = SystemClock()
journal = io.StringIO()


def open_camera(width_px=640, height_px=480, fps=30.0, **flips):
    return Camera(Wanted(width_px, height_px, fps, **flips), STALL_S, clock)


def burnt_number(image):
    """Read the frame's number, which the film shows in black and white along its lower edge."""
    height, width, _ = image.shape
    return sum(1 << bit for bit in range(BITS) if image[int(height * 0.95), int((bit + 0.5) * width / BITS), 1] > 128)


def told(frame):
    return {"seq": frame.seq, "t": frame.t, "number": burnt_number(frame.image), "age_s": clock.now() - frame.t}


def look(image):
    height, width, _ = image.shape
    places = {"sky": (0.1, 0.5), "left": (0.5, 0.25), "right": (0.5, 0.75), "edge": (0.5, 0.998)}
    seen = {name: image[int(y * height), int(x * width)].tolist() for name, (y, x) in places.items()}
    return {"shape": image.shape, "contiguous": image.flags.c_contiguous, "type": str(image.dtype), **seen}


def sides(image):
    height, width, _ = image.shape
    places = {"top": (0.05, 0.5), "left": (0.5, 0.05), "right": (0.5, 0.95)}
    seen = {name: image[int(y * height), int(x * width)].tolist() for name, (y, x) in places.items()}
    return {"shape": image.shape, "contiguous": image.flags.c_contiguous, **seen}


def hog():
    """Let no other thread run for a few frames' time: this adds up in C and never hands over the interpreter."""
    sum(range(10_000_000))


def take(camera, count, pause_s=0.0, *, hogging=False):
    """Return some frames; whoever takes them needs `pause_s` for each, or hogs the interpreter."""
    work = hog if hogging else partial(threading.Event().wait, pause_s)
    taken = []
    for frame in camera.frames():
        taken.append(told(frame))
        if len(taken) == count:
            return taken, frame
        work()
    raise AssertionError("the camera ended")


def close(camera):
    began_s = clock.now()
    camera.close()
    return clock.now() - began_s


def threads():
    return [thread.name for thread in threading.enumerate()]


def refused(**wanted):
    try:
        open_camera(**wanted).close()
    except SourceError as error:
        return str(error)
    return None


def watch(count=45, pause_s=0.0, *, hogging=False, **wanted):
    camera = open_camera(**wanted)
    frames, last = take(camera, count, pause_s, hogging=hogging)
    during, dropped = threads(), camera.dropped
    return {
        "frames": frames,
        "picture": look(last.image),
        "turned": sides(last.image),
        "dropped": dropped,
        "model": camera.model,
        "during": during,
        "close_s": close(camera),
        "after": threads(),
    }


def stall(count_again):
    camera = open_camera()
    seen_s = [clock.now()]
    try:
        seen_s.extend(clock.now() for _ in camera.frames())
        sentence = None
    except SourceError as error:
        sentence = str(error)
    noticed_s = clock.now() - seen_s[-1]
    closed_s = close(camera)
    with closing(open_camera()) as camera:
        again = [told(frame)["seq"] for _, frame in zip(range(count_again), camera.frames(), strict=False)]
    return {
        "sentence": sentence,
        "noticed_s": noticed_s,
        "close_s": closed_s,
        "frames": len(seen_s) - 1,
        "again": again,
    }


def busy():
    camera = open_camera()
    take(camera, 1)
    sentence = refused()
    camera.close()
    return {"sentence": sentence, "afterwards": refused()}


def leave():
    """Close a camera that never ran, one in the middle of a wait, and one twice."""
    idle = open_camera()
    idle_s = close(idle)
    camera = open_camera(fps=10.0)
    take(camera, 1)
    closer = threading.Thread(target=camera.close)
    closer.start()
    left = len(list(camera.frames()))
    closer.join()
    camera.close()
    return {"idle_s": idle_s, "idle_frames": len(list(idle.frames())), "left": left, "after": threads()}


def refuse(**wanted):
    return {"sentence": refused(**wanted), "afterwards": refused()}


def slow_down(fps):
    with closing(open_camera()) as camera:
        frames = camera.frames()
        told_frames = [told(next(frames)) for _ in range(12)]
        camera.set_rate(fps)
        told_frames += [told(next(frames)) for _ in range(20)]
    return {"frames": told_frames}


def expose(longest_ms, gains):
    """Return each frame's exposure where the limit alone decides, in a room as dim as these gains say, 40 frames each.

    The virtual camera reports what it was told last, and 10 ms before that; it has no choice of its own to go back to.
    """
    exposures_us, asked = [], []
    with closing(Picamera2()) as camera:
        camera.configure(camera.create_video_configuration())
        limit = ShutterLimit(longest_ms, camera.camera_controls)
        camera.start()
        for gain in gains:
            camera.set_controls({"AnalogueGain": gain})
            for _ in range(40):
                seen = camera.capture_metadata()
                exposures_us.append(seen["ExposureTime"])
                asked_us = limit.after(seen)
                if asked_us is not None:
                    asked.append(asked_us)
                    camera.set_controls({"ExposureTime": asked_us})
        camera.stop()
    return {"exposures_us": exposures_us, "asked_us": asked}


def pick(device):
    settings = CameraSettings(
        width_px=640,
        height_px=480,
        fps=30.0,
        device=device,
        hflip=False,
        vflip=False,
        rotation_deg=0,
        longest_exposure_ms=10.0,
        lens="none",
        lens_own=(),
        stall_s=STALL_S,
        return_s=1.0,
    )
    try:
        with closing(pick_camera(settings, clock)) as camera:
            return {"model": camera.model, "sentence": None}
    except SourceError as error:
        return {"model": None, "sentence": str(error)}


def main():
    faulthandler.dump_traceback_later(LIMIT_S, exit=True)
    logging.basicConfig(stream=journal, level=logging.INFO)
    scenario, arguments = sys.argv[1:]
    outcome = globals()[scenario](**json.loads(arguments))
    sys.stdout.write(json.dumps({**outcome, "journal": journal.getvalue()}))


if __name__ == "__main__":
    main()
