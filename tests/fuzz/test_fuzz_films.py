"""Whatever is in a file that should be a film, it is analysed or refused in a sentence; no decoder takes us along."""

import fractions
import json
import os
import select
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from hostile import broken_bytes
from hypothesis import given
from hypothesis import strategies as st

from pi_coach.adapters import models
from pi_coach.places import find_places

HERE = Path(__file__).parent
CLIPS = sorted((HERE.parents[1] / "fixtures" / "clips").glob("*.mp4"))
DATA = find_places(None, None).data_dir
ANSWER_S = 120.0
"""The machine may be busy; the processor's time is what is bounded."""
CPU_S = 30.0
HERE_TOO = os.environ | {"PYTHONPATH": str(HERE.parents[1])}
FRAMES = 12
"""Of a small film."""
UNEXPECTED = "Run again with --debug and report it"
RANDOM = st.randoms(use_true_random=False)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not models.model_path(find_places(None, None).models_dir, "full").exists(),
        reason="the pose model is not here: `pi-coach models get`",
    ),
]


class Analyst:
    """Has a process that analyses films, and a new one where that died."""

    def __init__(self, folder):
        self._arguments = (
            *(sys.executable, str(HERE / "film_child.py")),
            *("--config", str(folder / "config"), "--data", str(DATA)),
        )
        self._child = None
        self.path = folder / "film.mp4"

    def judge(self, content, name="film.mp4"):
        """Return what became of a film. Fails where the process died, hung or did not know what to say."""
        path = self.path.with_name(name)
        path.write_bytes(content)
        if self._child is None:
            self._child = subprocess.Popen(
                self._arguments, env=HERE_TOO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        self._child.stdin.write(f"{path}\n")
        self._child.stdin.flush()
        ready, _, _ = select.select([self._child.stdout], [], [], ANSWER_S)
        line = self._child.stdout.readline() if ready else ""
        if not line:
            code = self.close()
            raise AssertionError(f"it hung for {ANSWER_S:g} s" if not ready else f"the process died: {code}")
        found = json.loads(line)
        assert UNEXPECTED not in found["said"], found["said"]
        assert found["code"] in (0, 1), found
        assert found["cpu_s"] < CPU_S, found
        return found

    def close(self):
        child, self._child = self._child, None
        if child is None:
            return None
        child.kill()
        for pipe in (child.stdin, child.stdout):
            pipe.close()
        return child.wait(10)


@pytest.fixture(scope="module")
def analyst(tmp_path_factory):
    found = Analyst(tmp_path_factory.mktemp("films"))
    yield found
    found.close()


def encoded(path, codec, *, frames=FRAMES, size=(96, 64), pixels="yuv420p"):
    """Return a small film in one of the forms that cameras write."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, 15, width=size[0], height=size[1], pix_fmt=pixels)
        stream.time_base = fractions.Fraction(1, 15)
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), 20 * number % 255, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        film.mux(stream.encode())
    return path.read_bytes()


def shortened(path, clip):
    """Return the first frames of a clip."""
    with av.open(str(clip)) as whole, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(whole.streams.video[0])
        for number, packet in enumerate(whole.demux(video=0)):
            if number == FRAMES:
                break
            packet.stream = stream
            film.mux(packet)
    return path.read_bytes()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Small films of all sorts, by name."""
    folder = tmp_path_factory.mktemp("sound")
    kinds = {"a.mkv": "mpeg4", "a.avi": "mjpeg", "a.ts": "mpeg2video", "a.mov": "mpeg4", "a.webm": "vp8"}
    found = {
        name: encoded(folder / name, codec, pixels="yuvj420p" if codec == "mjpeg" else "yuv420p")
        for name, codec in kinds.items()
    }
    return found | {f"{number}.mp4": shortened(folder / f"{number}.mp4", clip) for number, clip in enumerate(CLIPS)}


@given(RANDOM)
def test_a_damaged_film_is_analysed_or_refused_in_a_sentence(analyst, films, rng):
    name = rng.choice(sorted(films))
    analyst.judge(broken_bytes(films[name], rng), name)


def test_sound_films_of_all_sorts_are_analysed_whole(analyst, films):
    for name in ("a.avi", "a.mov", "a.ts", "1.mp4"):
        found = analyst.judge(films[name], name)
        assert (found["code"], found["frames"]) == (0, FRAMES), (name, found)


def sizes_written_over(film, width, height):
    """Return an MP4 whose headers tell another size of the picture."""
    found = bytearray(film)
    for box, at in ((b"mp4v", 28), (b"avc1", 28), (b"tkhd", 80)):
        place = film.find(box)
        if place >= 0:
            form, scale = (">HH", 1) if at == 28 else (">II", 65536)
            struct.pack_into(form, found, place + at, min(width * scale, 2**32 - 1), min(height * scale, 2**32 - 1))
    return bytes(found)


@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (65535, 65535), (16384, 1), (7, 65535)])
def test_a_film_that_states_an_absurd_size_is_analysed_or_refused(analyst, films, width, height):
    analyst.judge(sizes_written_over(films["1.mp4"], width, height))


Y4M = b"YUV4MPEG2 W%d H%d F15:1 C420jpeg\nFRAME\n"
ABSURD = {
    "a picture larger than memory": Y4M % (30_000, 30_000) + b"\x80" * 5000,
    "a picture larger than numbers": Y4M % (2**31 - 1, 2**31 - 1) + b"\x80" * 5000,
    "a picture without a size": Y4M % (0, 0) + b"\x80" * 5000,
    "a playlist that never ends": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-VERSION:3\n#EXTINF:1,\nnext.ts\n",
    "a playlist of itself": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfilm.mp4\n",
    "a list of other people's files": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "a list of itself": b"ffconcat version 1.0\nfile film.mp4\nfile film.mp4\n",
    "an address of a camera in the network": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    b"m=video 50000 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\nHinge\n",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00",
    "a beginning and no more": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41",
    "a box longer than all disks": b"\x00\x00\x00\x01ftyp\x7f\xff\xff\xff\xff\xff\xff\xff" + b"\x00" * 100,
    "noughts": bytes(100_000),
    "letters": b"Hinge at the hips. " * 500,
}


@pytest.mark.parametrize("name", ABSURD)
def test_what_is_no_film_of_a_camera_is_refused_in_a_sentence(analyst, name):
    found = analyst.judge(ABSURD[name])
    assert found["code"] == 1, found
    assert found["said"].startswith("pi-coach: "), found


def test_a_playlist_that_never_ends_is_not_waited_for(analyst, films):
    """It was read again and again, for a player waits for the next piece of a programme that is on the air."""
    (analyst.path.parent / "next.ts").write_bytes(films["a.ts"])
    assert analyst.judge(ABSURD["a playlist that never ends"], "film.m3u8")["code"] == 1


def test_a_playlist_of_itself_is_not_followed(analyst):
    content = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfilm.m3u8\n"
    assert analyst.judge(content, "film.m3u8")["code"] == 1


def test_a_film_of_sound_alone_is_refused(analyst, tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("aac", 16000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), "fltp", "mono")
        sound.sample_rate = 16000
        film.mux(stream.encode(sound))
        film.mux(stream.encode())
    assert "holds no moving picture" in analyst.judge(path.read_bytes())["said"]


def test_a_film_without_a_frame_is_refused(analyst, tmp_path):
    path = tmp_path / "none.avi"
    with av.open(str(path), "w") as film:
        film.add_stream("mpeg4", 15, width=96, height=64)
        film.start_encoding()
    assert analyst.judge(path.read_bytes(), path.name)["code"] == 1


def test_an_analyst_that_dies_is_noticed(analyst):
    """The check can fail: a process that is killed while it works is told as one."""
    analyst.judge(ABSURD["letters"])
    os.kill(analyst._child.pid, 9)  # noqa: SLF001  its own process
    with pytest.raises((AssertionError, BrokenPipeError)):
        analyst.judge(ABSURD["letters"])
    analyst.close()
