"""The benchmark runs for real and its ratios stay within their budget."""

import json

import pytest

from pi_coach import bench_idle, bench_voice, cli
from pi_coach.adapters import models
from pi_coach.places import find_places

AROUND_RATIO = {"standing_dowel": 0.05, "wall_touch": 0.15}
"""What the coach may cost beside its model: with landmarks only, and with the outline."""


@pytest.mark.slow
def test_the_coach_costs_little_beside_its_model(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_voice, "TIMES", 3)
    monkeypatch.setattr(bench_voice, "RIVAL_TIMES", 1)
    monkeypatch.setattr(bench_idle, "ACTIVE_S", 5.0)
    monkeypatch.setattr(bench_idle, "EMPTY_S", 4.0)
    monkeypatch.setattr(bench_idle, "IDLE_S", 6.0)
    folder, ours = tmp_path / "data" / "models", find_places(None, None).models_dir
    folder.parent.mkdir()
    if models.model_path(ours, "full").exists():
        folder.symlink_to(ours)
    else:
        models.fetch("full", folder, print)
    out = tmp_path / "bench.json"
    assert cli.main(["--data", str(folder.parent), "bench", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    for drill, most in AROUND_RATIO.items():
        assert found[f"pipeline_{drill}"]["around_model_ratio"] < most
    assert found["start"]["help_s"] < 0.5
    assert found.get("memory_lite_mb", 0.0) < 450.0
    power = found["power"]
    assert power["idle_cpu_s_a_minute"] < min(power["empty_cpu_s_a_minute"], power["active_cpu_s_a_minute"]), power
    # A machine that others keep busy looks at few pictures of the athlete too.
    looked = power["idle_looks_a_second"] / power["active_looks_a_second"]
    assert power["idle_over_active"] < max(0.2, 2.0 * looked), power
    assert 3.0 <= power["idle_looks_a_second"] <= 5.0


def test_a_film_that_is_not_there_is_named(tmp_path, capsys):
    assert cli.main(["bench", "--video", str(tmp_path / "none.mp4")]) == 1
    assert "none.mp4" in capsys.readouterr().err
