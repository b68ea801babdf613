"""Golden replays: recorded poses in fixtures/poses, and everything the coach made of them in fixtures/events.

python -m tests.golden --write                      rewrites the events of every recording; review the diff like code
python -m tests.golden --record CLIPS --data DATA   records the poses again: rendered films in CLIPS, models in DATA
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pi_coach import cli, config
from pi_coach.adapters.recording import PoseRecorder, PoseRecording, RecordingHeader
from pi_coach.core.events import Phase, RepAborted, RepCompleted
from pi_coach.core.sessions.coach import Coach
from pi_coach.core.step import Step
from pi_coach.pipeline import Ends, run
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.fakes import FakeButtons, FakeSpeaker, ManualClock, Recorder
from pi_coach.testing.script import TALL, Script, folded, hinged, squatted

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
POSES, EVENTS = FIXTURES / "poses", FIXTURES / "events"
SUFFIX = ".poses.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Take:
    """One recording: a part of a rendered film, or a script."""

    drill: str
    film: str = ""
    """File name without its suffix; empty for a script."""
    from_s: float = 0.0
    until_s: float = 99.0
    wall_px: float | None = None
    """The wall's surface at hip height, pixels from the left of a picture of 480 lines."""
    script: Script | None = None


def _leaving() -> Script:
    return Script().hold(1).rep(hinged(84)).go(hinged(84), 1.5).hold(0.3).walk(1.7, 1.2).hold(2.5)


def _half_reps() -> Script:
    return Script().hold(1).rep(hinged(84)).reps(3, hinged(38), down_s=1, up_s=0.9, top_s=0.8)


def _all_sorts() -> Script:
    soft, lean = folded(18, 6, 0), folded(-14, -2, 0)
    script = Script().hold(1).rep(squatted(95)).rep(hinged(84), down_s=0.5).rep(hinged(52))
    return (
        script.go(hinged(84), 1.5)
        .go(soft, 1.2)
        .hold(1)
        .go(hinged(84), 1.5)
        .go(lean, 1.2)
        .hold(0.8)
        .go(TALL, 0.4)
        .hold(1)
    )


TAKES = {
    "good_wall_set": Take("wall_touch", "wall_touch_good_right", until_s=15.2, wall_px=258.5),
    "wall_faults": Take("wall_touch", "wall_touch_faults_left", wall_px=380.4),
    "squat_shown_to_the_rdl": Take("rdl", "squat_left", until_s=10.2),
    "rdl": Take("rdl", "rdl_good_right", until_s=11.4),
    "kettlebell_deadlift": Take("kettlebell_deadlift", "kb_deadlift_right", from_s=5.5),
    "two_people": Take("wall_touch", "wall_touch_lowlight_second", wall_px=258.8),
    "half_reps": Take("rdl", script=_half_reps()),
    "walking_out_of_view": Take("conventional_deadlift", script=_leaving()),
    "all_sorts_of_faults": Take("rdl", script=_all_sorts()),
}


class Clockwork:
    """Lets the fake voice follow the time of the data."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def show(self, step: Step) -> None:
        self._clock.advance_to(step.t)

    def close(self) -> None:
        """Nothing is held."""


def replay(name: str, fps: float | None = None) -> Recorder:
    """Give a recording to the coach, thinned to about `fps` frames a second."""
    recording = PoseRecording(POSES / f"{name}{SUFFIX}", fps=fps)
    wall_px = TAKES[name].wall_px
    wall_x = None if wall_px is None else wall_px / recording.header.height_px
    job = config.load(FIXTURES / "no owner").assignment(recording.header.drill, wall_x=wall_x)
    clock, seen = ManualClock(), Recorder()
    ends = Ends(recording, recording, FakeSpeaker(clock), FakeButtons(), [Clockwork(clock), seen])
    run(ends, Coach(job))
    return seen


def told(seen: Recorder) -> list[dict[str, object]]:
    """Return everything that happened and was said, one plain value each."""
    lines = []
    for step in seen.steps:
        lines += [_plain(event) for event in step.events]
        lines += [_plain(step.cue)] if step.cue is not None else []
    return lines


def counts(seen: Recorder) -> tuple[int, int]:
    """Return how many reps were counted and how many attempts were not."""
    kinds = [type(event) for event in seen.events]
    return kinds.count(RepCompleted), kinds.count(RepAborted)


def _plain(value: object) -> dict[str, object]:
    return {"kind": type(value).__name__, **_rounded(asdict(value))}


def _rounded(value):
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return value


def written(name: str) -> list[dict[str, object]]:
    """Return the golden lines of a recording."""
    return [json.loads(line) for line in (EVENTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def write() -> None:
    """Rewrite the golden lines of every recording."""
    EVENTS.mkdir(parents=True, exist_ok=True)
    for path in sorted(POSES.glob(f"*{SUFFIX}")):
        name = path.name.removesuffix(SUFFIX)
        seen = replay(name)
        text = "".join(json.dumps(line) + "\n" for line in told(seen))
        (EVENTS / f"{name}.jsonl").write_text(text, encoding="utf-8")
        reps, partials = counts(seen)
        sys.stdout.write(f"{name}: {reps} reps, {partials} attempts\n")


def record(clips: Path, data: Path) -> None:
    """Record the poses of every take again."""
    POSES.mkdir(parents=True, exist_ok=True)
    for name, take in TAKES.items():
        path = POSES / f"{name}{SUFFIX}"
        if take.script is None:
            _record_film(path, take, clips / f"{take.film}.mp4", data)
        else:
            body = ScriptedBody(take.script, Filming(jitter=0.001, seed=1))
            _keep(path, RecordingHeader(640, 480, 30.0, "scripted", take.drill), body.poses())
        sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")


def _record_film(path: Path, take: Take, film: Path, data: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / f"whole{SUFFIX}"
        asked = ["--data", str(data), "record", str(whole), "--source", str(film), "--drill", take.drill]
        if cli.main(asked) != cli.DONE:
            raise SystemExit(1)
        recording = PoseRecording(whole)
        poses = [(frame.t, recording.find(frame)) for frame in recording.frames()]
    _keep(path, recording.header, [(t, pose) for t, pose in poses if take.from_s <= t < take.until_s])


def _keep(path: Path, header: RecordingHeader, poses) -> None:
    recorder = PoseRecorder(path, header)
    begin_s = poses[0][0]
    for t, pose in poses:
        shifted = pose and replace(pose, t=t - begin_s)
        recorder.show(Step(t - begin_s, header.drill, Phase.TALL, shifted, None, (), None, 0, 0))
    recorder.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", type=Path, metavar="CLIPS", help="folder of the rendered films")
    parser.add_argument("--data", type=Path, metavar="DATA", help="folder that holds models/")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.record is not None:
        record(options.record, options.data)
    if options.write:
        write()


if __name__ == "__main__":
    main()
