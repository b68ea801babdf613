"""The camera adapter on the real Picamera2, which looks through libcamera's virtual camera at a drawn film."""

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADAPTERS = ROOT / "tests/adapters"
ASKED = os.environ.get("PI_COACH_VIRTUAL_CAMERA")
PREFIX = Path(ASKED or Path.home() / ".cache/pi-coach/virtual-camera")
SHIM = PREFIX / "lib/fakedmabuf.so"

if ASKED is None and not SHIM.exists():
    pytest.skip(
        f"no virtual camera in {PREFIX}: build it once with tests/hardware/build_virtual_camera.sh",
        allow_module_level=True,
    )
pytestmark = [pytest.mark.hardware, pytest.mark.slow]

FRAMES = 30
"""Length of the film, which plays over and over."""
BITS = 6
LIMIT_S = 180
SKY, LEFT, RIGHT = (40, 180, 60), (200, 40, 30), (30, 60, 200)


def picture(number):
    image = np.zeros((486, 648, 3), np.uint8)
    image[:, :324] = LEFT
    image[:, 324:] = RIGHT
    image[:120] = SKY
    for bit in range(BITS):
        image[440:, bit * 108 : (bit + 1) * 108] = 255 * (number >> bit & 1)
    return Image.fromarray(image)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    for number in range(FRAMES):
        picture(number).save(folder / f"{number}.jpg", quality=92)
    return folder


@pytest.fixture
def virtual(film, tmp_path):
    """Run one of the child's scenarios beside a virtual camera; `dies_after` unplugs it after so many frames."""
    assert SHIM.exists(), f"PI_COACH_VIRTUAL_CAMERA names {PREFIX}, where no virtual camera was built"

    def play(scenario, *, dies_after=None, cameras=1, **arguments):
        return run_child(write_config(film, tmp_path, dies_after, cameras), scenario, arguments)

    return play


def write_config(film, folder, dies_after=None, cameras=1):
    """Write what libcamera reads when it begins, and return where."""
    modes = [{"width": w, "height": h, "frame_rates": [1, 60]} for w, h in ((640, 480), (1296, 972))]
    camera = {"supported_formats": modes, "frames": {"path": f"{film}/"}, "pacing": "realtime", "model": "ov5647"}
    camera["location"] = "CameraLocationFront"
    if dies_after is not None:
        camera["stall_after"] = dies_after
    # JSON is YAML too.
    config = folder / "virtual.yaml"
    config.write_text(json.dumps({"/base/soc/i2c0mux/i2c@1/ov5647@36": camera}) if cameras else "{}")
    return config


def run_child(config, scenario, arguments):
    return json.loads(run_beside(config, HERE / "virtual_camera/child.py", scenario, json.dumps(arguments)))


def run_beside(config, *command, **more):
    """Run Python where libcamera's virtual camera is the one that is found, and return what it prints."""
    (site,) = PREFIX.glob("lib/python3*/site-packages")
    beside = {
        "PYTHONPATH": f"{site}:{ROOT}:{ADAPTERS}",
        "LD_LIBRARY_PATH": str(PREFIX / "lib"),
        "LD_PRELOAD": str(SHIM),
        "LIBCAMERA_VIRTUAL_CONFIG": str(config),
    }
    child = subprocess.run(
        [PREFIX / "venv/bin/python", *command],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **beside, **more},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert child.returncode == 0, child.stdout + child.stderr
    return child.stdout


def gaps_s(frames):
    return np.diff([frame["t"] for frame in frames])


def one_sentence(text):
    return text is not None and "\n" not in text and text.endswith(".")


def test_frames_arrive_in_order_at_the_wanted_rate_with_the_sensors_time(virtual):
    seen = virtual("watch")
    gaps = gaps_s(seen["frames"])
    assert np.median(gaps) == pytest.approx(1 / 30, abs=1e-4)
    # A busy machine may lose frames; the times of the others stay on the sensor's beat.
    assert gaps * 30 == pytest.approx(np.round(gaps * 30), abs=0.01)
    assert all(gaps > 0)
    assert all(0 <= frame["age_s"] < 1 for frame in seen["frames"])


@pytest.mark.parametrize("hogging", [False, True], ids=["light", "hogged"])
def test_every_frame_carries_the_sensors_own_number_and_what_was_missed_is_counted(virtual, hogging):
    seen = virtual("watch", count=12, hogging=hogging)
    frames = seen["frames"]
    assert [frame["number"] for frame in frames] == [frame["seq"] % FRAMES for frame in frames]
    assert seen["dropped"] >= frames[-1]["seq"] + 1 - len(frames)
    if hogging:
        # Not even picamera2 was in time for all of these.
        assert seen["dropped"] > len(frames)


def test_another_rate_is_kept_too(virtual):
    assert np.median(gaps_s(virtual("watch", count=10, fps=12.5)["frames"])) == pytest.approx(0.08, abs=1e-4)


def test_a_pause_between_two_pictures_is_waited_for_and_costs_no_buffer(virtual):
    frames = virtual("watch", count=6, fps=1.5)["frames"]
    assert [frame["seq"] for frame in frames] == list(range(6))


@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (500, 376), (1280, 960)])
def test_the_picture_is_red_green_blue_of_the_wanted_size_without_padding(virtual, width_px, height_px):
    picture = virtual("watch", count=2, width_px=width_px, height_px=height_px)["picture"]
    assert picture["shape"] == [height_px, width_px, 3]
    assert picture["contiguous"]
    assert picture["type"] == "uint8"
    for place, colour in {"sky": SKY, "left": LEFT, "right": RIGHT, "edge": RIGHT}.items():
        assert picture[place] == pytest.approx(colour, abs=12)


def test_who_is_slow_gets_the_newest_frame_and_the_rest_are_counted(virtual):
    seen = virtual("watch", count=10, pause_s=0.1)
    frames = seen["frames"]
    assert min(np.diff([frame["seq"] for frame in frames])) >= 2
    assert [frame["number"] for frame in frames] == [frame["seq"] % FRAMES for frame in frames]
    assert np.median([frame["age_s"] for frame in frames]) < 0.1
    assert seen["dropped"] >= frames[-1]["seq"] + 1 - len(frames)


def test_the_sensor_shows_its_whole_view_with_no_more_pixels_than_needed(virtual):
    assert "(640, 480)" in virtual("watch", count=1)["journal"]
    assert "(1296, 972)" in virtual("watch", count=1, width_px=960, height_px=720)["journal"]


def test_a_camera_that_dies_is_named_in_one_sentence_let_go_and_comes_back_without_a_restart(virtual):
    seen = virtual("stall", dies_after=20, count_again=3)
    assert seen["sentence"] == "The camera stopped: no picture for 1 s, so check its cable."
    assert seen["frames"] >= 1
    assert 1.0 <= seen["noticed_s"] < 3.0
    assert seen["close_s"] < 3.0
    assert len(seen["again"]) == 3


def test_a_camera_that_never_gives_a_picture_is_noticed_and_let_go(virtual):
    seen = virtual("stall", dies_after=0, count_again=0)
    assert one_sentence(seen["sentence"])
    assert 8.0 <= seen["noticed_s"] < 11.0
    assert seen["close_s"] < 3.0


def test_a_camera_that_is_in_use_is_named_and_free_again_afterwards(virtual):
    seen = virtual("busy")
    assert one_sentence(seen["sentence"])
    assert "another program uses it" in seen["sentence"]
    assert seen["afterwards"] is None


def test_without_a_camera_one_sentence_says_what_to_check(virtual):
    sentence = virtual("refuse", cameras=0)["sentence"]
    assert one_sentence(sentence)
    assert "No camera was found" in sentence


def test_a_size_that_the_camera_cannot_give_is_refused_and_leaves_it_free(virtual):
    seen = virtual("refuse", width_px=1920, height_px=1080)
    assert one_sentence(seen["sentence"])
    assert "gives 1296x972 pixels as BGR888, not 1920x1080" in seen["sentence"]
    assert seen["afterwards"] is None


def test_flips_are_asked_of_the_camera_itself(virtual):
    # The virtual camera takes them and turns nothing: only that the wish goes through can be seen here.
    assert virtual("refuse", hflip=True, vflip=True)["sentence"] is None


def test_closing_ends_the_frames_at_once_and_leaves_no_thread(virtual):
    seen = virtual("leave")
    assert seen["left"] <= 1
    assert seen["idle_frames"] == 0
    assert seen["idle_s"] < 3.0
    assert seen["after"] == ["MainThread"]


def test_the_camera_has_a_named_thread_of_its_own_while_it_runs(virtual):
    seen = virtual("watch", count=2)
    assert "camera" in seen["during"]
    assert seen["after"] == ["MainThread"]
    assert seen["close_s"] < 3.0
    assert seen["model"] == "ov5647"


def test_the_real_picamera2_keeps_the_contract_of_all_sources(film, tmp_path):
    # Each time it is opened it falls silent after some seconds, as with a loose cable, and can be opened again.
    config = write_config(film, tmp_path, dies_after=75)
    told = run_beside(
        config,
        *("-m", "pytest", "-q", "-rs", "--noconftest", "-c", os.devnull, "--rootdir", ROOT, "-p", "no:cacheprovider"),
        ADAPTERS / "test_frame_sources.py",
        PI_COACH_RIGS="picamera2",
    )
    assert " passed" in told
    assert re.findall(r"SKIPPED.*", told) == re.findall(r"SKIPPED.*empty parameter set.*", told)


def test_another_rate_is_kept_from_a_few_frames_on(virtual):
    gaps = gaps_s(virtual("slow_down", fps=7.5)["frames"])
    assert min(gaps[:8]) == pytest.approx(1 / 30, abs=1e-3)
    assert min(gaps[-5:]) == pytest.approx(1 / 7.5, abs=1e-3)
    assert int(np.argmax(gaps > 0.1)) < 25


def test_an_exposure_that_would_smear_is_held_at_its_limit_until_the_room_is_bright(virtual):
    seen = virtual("expose", longest_ms=4.0, gains=[8.0, 1.0])
    dim = seen["exposures_us"][:40]
    assert (dim[0], dim[-1]) == (10000, 4000)
    assert dim.index(4000) < 15
    assert seen["asked_us"][:2] == [4000, 0]


def test_an_exposure_within_its_limit_is_left_alone(virtual):
    assert set(virtual("expose", longest_ms=10.0, gains=[8.0])["exposures_us"]) == {10000}


def test_the_camera_itself_holds_and_tells_it_in_the_journal(virtual):
    assert "exposure held at 4000 us" in virtual("watch", count=20, longest_exposure_ms=4.0)["journal"]
    assert "exposure" not in virtual("watch", count=20, longest_exposure_ms=20.0)["journal"].split("controls")[-1]


@pytest.mark.parametrize(("turn_deg", "shape"), [(0, [480, 640, 3]), (90, [640, 480, 3]), (270, [640, 480, 3])])
def test_a_camera_on_its_side_gives_an_upright_picture(virtual, turn_deg, shape):
    picture = virtual("watch", count=2, clockwise_deg=turn_deg)["turned"]
    assert picture["shape"] == shape
    assert picture["contiguous"]
    # The sky is above in what the sensor sees: to the right after a quarter clockwise, to the left after three.
    corners = {0: ("top", SKY), 90: ("right", SKY), 270: ("left", SKY)}
    side, colour = corners[turn_deg]
    assert picture[side] == pytest.approx(colour, abs=12)


def test_half_a_turn_is_asked_of_the_camera_itself(virtual):
    # The virtual camera takes it and turns nothing, as with the flips: the picture is not turned a second time.
    picture = virtual("watch", count=2, clockwise_deg=180)["turned"]
    assert picture["top"] == pytest.approx(SKY, abs=12)


def test_the_camera_is_chosen_by_the_config_and_the_one_on_the_ribbon_comes_first(virtual):
    assert virtual("pick", device="")["model"] == "ov5647"
    assert virtual("pick", device="ribbon")["model"] == "ov5647"
    assert virtual("pick", device="usb")["model"] is None
    nothing = virtual("pick", cameras=0, device="")
    assert nothing["model"] is None
    assert "No camera was found" in nothing["sentence"]
