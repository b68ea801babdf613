"""The benchmark runs for real, its ratios stay within their budget, and a stage that became slower is told."""

import json
from dataclasses import replace

import pytest

from pi_coach import cli, config
from pi_coach.adapters import models
from pi_coach.benchmarks import figures, history, order, run, table
from pi_coach.benchmarks.peers import AIGYM, COUNTERS, Core
from pi_coach.clock import SystemClock
from pi_coach.core.sessions.coach import Coach
from pi_coach.core.types import Pose
from pi_coach.places import find_places
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged

AROUND_RATIO = 0.15
"""What the coach may cost beside its engine."""
TINY = replace(run.QUICK, blocks=3, frames=4, rounds=1, played=170, said=3, rival_said=1, reps=4, sessions=12)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A folder for the data of a machine that has the models."""
    data = tmp_path_factory.mktemp("data")
    ours = find_places(None, None).models_dir
    if models.model_path(ours, "full").exists():
        (data / "models").symlink_to(ours)
    else:
        models.fetch("full", data / "models", lambda _: None)
    return data


@pytest.fixture
def bench(machine, tmp_path, monkeypatch, capsys):
    """Run the command with hardly any amount; return its exit code and what it complained of."""
    monkeypatch.setattr(run, "QUICK", TINY)

    def bench(*words):
        code = cli.main(["--config", str(tmp_path / "config"), "--data", str(machine), "bench", "--quick", *words])
        return code, capsys.readouterr()

    return bench


@pytest.mark.slow
def test_every_group_is_measured_and_the_coach_costs_little_beside_its_engine(bench, tmp_path):
    out = tmp_path / "bench.json"
    silent = [word for group in order.GROUPS if group != "voice" for word in ("--only", group)]
    code, told = bench(*silent, "--json", str(out))
    assert code == 0, told.err
    found = json.loads(out.read_text(encoding="utf-8"))
    by_key = {figure.key: figure for figure in map(figures.from_dict, found["figures"])}
    assert {figure.group for figure in by_key.values()} == set(order.GROUPS) - {"voice"}, found["notes"]
    for drill in ("standing_dowel", "wall_touch"):
        assert by_key[f"whole: {drill} around the engine"].ratio.value < AROUND_RATIO
    assert by_key["start: litert full, peak memory"].value < 450
    assert by_key["idle: empty place, watched"].ratio.value < by_key["idle: empty place, looked at whole"].ratio.value
    assert by_key["peers: pi_coach's core, faults and cues as well: counted"].value == 1
    assert any("Ultralytics" in note for note in found["notes"])
    rows = table.lines(list(by_key.values()), [])
    assert max(map(len, rows)) <= 100


@pytest.mark.slow
def test_the_command_fails_where_a_ratio_is_worse_than_in_the_run_it_is_held_against(bench, machine, tmp_path):
    (machine / "bench.jsonl").unlink(missing_ok=True)
    out, once_fast = tmp_path / "now.json", tmp_path / "once_fast.json"
    code, told = bench("--only", "whole", "--check", "--json", str(out))
    assert (code, "nothing to compare" in told.err) == (0, True)
    found = json.loads(out.read_text(encoding="utf-8"))
    for row in found["figures"]:
        if row["ratio"] is not None:
            row["ratio"] |= {"value": row["ratio"]["value"] / 20, "noise": 0.001}
    once_fast.write_text(json.dumps(found), encoding="utf-8")
    code, told = bench("--only", "whole", "--check", str(once_fast))
    assert code == 1
    assert "Slower than before: whole: " in told.err
    # A slow run is no measure for the next one.
    assert len((machine / "bench.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def core_beside_a_counter(coaches):
    """Measure the core, here of so many coaches one after the other, in turns with a counter on the same poses."""
    plain = config.load(find_places(None, None).owner_dir)
    poses = [pose for _, pose in ScriptedBody(Script().hold(2.0).reps(3, hinged(70.0))).poses()]
    stages = [Core(Coach(plain.assignment("rdl"))) for _ in range(coaches)]
    counter = COUNTERS[AIGYM]()
    length = len(poses) // 12

    def block(see):
        return lambda number: [
            figures.timed(SystemClock(), see, pose) for pose in poses[number * length : (number + 1) * length]
        ]

    def stage(pose):
        for core in stages:
            core.see(pose)

    found = figures.take_turns({"core": block(stage), "counter": block(counter.see)}, 11)
    figure = figures.figure("core", "us", found["core"], figures.Against("counter", found["counter"]))
    return replace(figure, group="whole")


def test_a_deliberately_slowed_stage_is_told_and_an_unchanged_one_is_not(tmp_path):
    kept = tmp_path / "bench.jsonl"
    history.append(kept, [core_beside_a_counter(1)], SystemClock())
    assert history.regressions([core_beside_a_counter(1)], history.last(kept)) == []
    (told,) = history.regressions([core_beside_a_counter(8)], history.last(kept))
    assert told.startswith("whole: core takes ")


def test_a_film_that_is_not_there_is_named(tmp_path, capsys):
    assert cli.main(["--data", str(tmp_path), "bench", "--video", str(tmp_path / "none.mp4")]) == 1
    assert "none.mp4" in capsys.readouterr().err


def test_a_check_against_no_run_is_a_misuse(tmp_path, capsys):
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")
    assert cli.main(["--data", str(tmp_path), "bench", "--check", str(tmp_path / "notes.json")]) == 2
    assert "--json" in capsys.readouterr().err


def measured(cost, noise=0.01, group="whole", name="core"):
    return figures.Figure(name, 1.0, "ms", ratio=figures.Ratio(cost, "engine", noise), group=group)


def before(cost, noise=0.01):
    return {"whole: core": figures.Ratio(cost, "engine", noise)}


def test_chance_is_no_regression_and_more_than_chance_is_one():
    assert history.regressions([measured(1.1)], before(1.0)) == []
    assert history.regressions([measured(1.3, noise=0.2)], before(1.0)) == []
    assert history.regressions([measured(0.5)], before(1.0)) == []
    (text,) = history.regressions([measured(1.3)], before(1.0))
    assert text.startswith("whole: core takes 1.3 times engine, it was 1 ")


def test_figures_of_too_few_blocks_or_of_another_comparison_are_not_judged():
    assert history.regressions([measured(3.0, noise=None)], before(1.0)) == []
    assert history.regressions([measured(3.0)], {"whole: core": figures.Ratio(1.0, "something else", 0.01)}) == []


def test_the_worst_of_several_regressions_is_told_first_in_one_sentence():
    known = before(1.0) | {"whole: lock": figures.Ratio(1.0, "engine", 0.01)}
    found = history.regressions([measured(1.5), measured(4.0, name="lock")], known)
    assert history.verdict(found).startswith("Slower than before: whole: lock takes 4 times")
    assert history.verdict(found).endswith("; 1 more.")


def test_a_run_is_compared_with_the_newest_ones_of_its_own_machine(tmp_path):
    kept = tmp_path / "bench.jsonl"
    history.append(kept, [measured(1.0)], SystemClock())
    history.append(kept, [measured(2.0), measured(5.0, name="lock", noise=None)], SystemClock())
    other = json.loads(kept.read_text(encoding="utf-8").splitlines()[0])
    with kept.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**other, "machine": "another"}) + "\n{damaged\n")
    found = history.last(kept)
    assert found["whole: core"] == figures.Ratio(2.0, "engine", 0.01)
    assert found["whole: lock"].noise is None
    assert history.last(tmp_path / "none.jsonl") == {}


def test_a_busy_machine_hits_both_sides_of_a_ratio_alike():
    theirs = [[1.0, 1.1], [5.0, 5.1], [2.0, 2.1]]
    ours = [[2.0, 2.2], [10.0, 10.2], [4.0, 4.2]]
    found = figures.figure("ours", "ms", ours, figures.Against("theirs", theirs))
    assert found.ratio == figures.Ratio(2.0, "theirs", 0.0)
    assert found.value == pytest.approx(4100.0)
    assert found.spread > 1000
    assert figures.from_dict(figures.as_dict(found)).ratio == found.ratio


def test_contenders_take_turns_and_warm_up_first():
    order_of_calls = []

    def turn(name):
        return lambda number: order_of_calls.append((name, number)) or [float(number)]

    found = figures.take_turns({"a": turn("a"), "b": turn("b")}, 2)
    assert order_of_calls == [("b", 0), ("a", 0), ("a", 1), ("b", 1), ("b", 2), ("a", 2)]
    assert found == {"a": [[1.0], [2.0]], "b": [[1.0], [2.0]]}


def test_the_film_runs_to_and_fro_in_rising_time():
    loop = run.Loop([0, 1, 2])
    frames = [*loop.block(0, 4), *loop.block(1, 4)]
    assert [frame.image for frame in frames] == [0, 1, 2, 1, 0, 1, 2, 1]
    assert [frame.seq for frame in frames] == list(range(8))
    assert frames[6].t == pytest.approx(0.2)


def test_the_counters_written_anew_count_deep_hinges_as_their_originals_do():
    script = Script().hold(2.0).reps(3, hinged(100.0))
    poses = [pose for _, pose in ScriptedBody(script, Filming(fps=15.0)).poses() if isinstance(pose, Pose)]
    for name, make in COUNTERS.items():
        counter = make()
        for pose in poses:
            counter.see(pose)
        assert counter.count == 3, name
