"""The accuracy page: its numbers are those of its run, its peers' rules do what their names say."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pi_coach.core.types import Joint, Pose
from pi_coach.testing.body import Filming, ScriptedBody
from pi_coach.testing.script import Script, hinged, squatted

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs.accuracy import page, peers, rules, summary, tracks, truth  # noqa: E402
from docs.accuracy.__main__ import main  # noqa: E402

DOCS, FIXTURES = ROOT / "docs", ROOT / "fixtures"
RECORDED = {"wall_touch_good_right": "good_wall_set", "wall_touch_faults_left": "wall_faults"}
"""Films, and the recordings that were made of them; the first one ends before its fourth rep."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Measure the two films of the fixtures, on poses that were found before."""
    folder = tmp_path_factory.mktemp("accuracy")
    films, cache = folder / "films", folder / "cache"
    films.mkdir()
    cache.mkdir()
    for film, recording in RECORDED.items():
        known = json.loads((FIXTURES / "clips" / f"{film}.json").read_text(encoding="utf-8"))
        known["reps"] = known["reps"][:3] if recording == "good_wall_set" else known["reps"]
        (films / f"{film}.json").write_text(json.dumps(known), encoding="utf-8")
        video = shutil.copy(FIXTURES / "clips" / f"{film}.mp4", films)
        kept = cache / tracks.recording_name(Path(video), "full")
        shutil.copy(FIXTURES / "poses" / f"{recording}.poses.jsonl.gz", kept)
    places = ["--athlete", films, "--cache", cache, "--data", folder, "--out", folder / "docs"]
    main([*map(str, places), "--models", "full", "--fps", "30", "10", "--no-figures"])
    return folder / "docs"


@pytest.fixture
def figures(measured):
    return json.loads((measured / "accuracy.json").read_text(encoding="utf-8"))


def test_every_rep_of_the_films_in_the_repository_is_counted(figures):
    assert figures["material"]["rendered"] == {"clips": 2, "hinges": 8, "squats": 0}
    ours = [row for row in figures["counts"] if row["counter"] == "pi_coach"]
    assert [(row["fps"], row["exact"], row["clips"]) for row in ours] == [(30.0, 2, 2), (10.0, 2, 2)]


def test_the_plain_faults_of_the_film_are_found(figures):
    found = {row["fault"]: row for row in figures["faults"]["full"]}
    for fault, reps in {"squatting": 1, "wall_missed": 2, "overextension": 1}.items():
        assert (found[fault]["hit"], found[fault]["missed"]) == (reps, 0), fault


def test_the_hip_at_the_bottom_is_within_five_degrees(figures):
    (hip,) = [row for row in figures["angles"]["full"] if row["angle"] == "hip_flexion_deg"]
    assert hip["view"] == "side"
    assert hip["reps"] >= 7
    assert hip["mae"] < 5


def test_the_page_says_what_was_measured(measured, figures):
    text = (measured / "accuracy.md").read_text(encoding="utf-8")
    assert text == page.page(figures)
    assert "**Measured on** 2 films of a *rendered* athlete with 8 hinges" in text
    assert "| **pi_coach** | 2 of 2 (2), 0.00 | 2 of 2 (2), 0.00 |" in text
    assert "$" not in text


@pytest.mark.slow
def test_the_figures_are_drawn_alike_twice(figures, tmp_path):
    pytest.importorskip("matplotlib", reason="drawing needs the dependency group accuracy")
    from docs.accuracy.figures import draw  # noqa: PLC0415

    drawn = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        draw(figures, folder)
        drawn.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert sorted(drawn[0]) == ["angles.svg", "back.svg", "counts.svg", "faults.svg"]
    assert drawn[0] == drawn[1]


def test_the_committed_page_has_the_committed_figures():
    kept = (DOCS / "accuracy.json").read_text(encoding="utf-8")
    known = json.loads(kept)
    assert summary.as_json(known) == kept
    assert page.page(known) == (DOCS / "accuracy.md").read_text(encoding="utf-8"), "run `just accuracy`"


def test_the_page_shows_every_figure_that_is_there_and_all_are_small():
    drawings = list((DOCS / "figures").iterdir())
    text = (DOCS / "accuracy.md").read_text(encoding="utf-8")
    assert [path.name for path in drawings if f"](figures/{path.name})" not in text] == []
    assert sum(path.stat().st_size for path in drawings) < 1_000_000


def test_every_film_that_can_be_made_again_has_a_name_of_its_own():
    films = json.loads((DOCS / "accuracy" / "clips.json").read_text(encoding="utf-8"))
    assert len({film["name"] for film in films}) == len(films)
    assert {film["ex"] for film in films} <= set(truth.DRILLS)


# The peers' rules.


def played(script, fps=15):
    frames = tuple(ScriptedBody(script, Filming(fps=fps)).poses())
    return tracks.Track(frames, 480)


def test_two_fixed_angles_count_a_deep_hinge_and_lose_a_careful_one():
    deep = played(Script().hold(1.5).reps(3, hinged(84)).hold(1))
    careful = played(Script().hold(1.5).reps(3, hinged(50)).hold(1))
    assert [peers.two_thresholds(peers.hip_angles_deg(track), 120, 160) for track in (deep, careful)] == [3, 0]


def test_two_fixed_angles_lose_an_athlete_who_never_stands_quite_straight():
    assert peers.two_thresholds([155, 100, 155, 100, 155], 120, 160) == 0


def test_the_gym_counter_counts_on_the_way_down():
    assert peers.gym_counter([170, 120, 85]) == 1
    assert peers.gym_counter([170, 120, 95, 170]) == 0


def test_a_zigzag_needs_a_fall_and_a_rise_of_its_step():
    assert peers.zigzag([180, 150, 180, 150, 180], 25) == 2
    assert peers.zigzag([180, 160, 180, 160, 180], 25) == 0
    assert peers.zigzag([180, 150], 25) == 0


def test_a_zigzag_takes_half_a_rep_for_a_rep():
    half = played(Script().hold(1.5).reps(2, hinged(40)).hold(1))
    assert peers.zigzag(peers.hip_angles_deg(half), 25.0) == 2


def test_the_angle_between_two_limbs_is_the_smaller_one():
    points = np.zeros((33, 2), np.float32)
    points[Joint.L_SHOULDER], points[Joint.L_HIP], points[Joint.L_KNEE] = (1, 0), (0, 0), (0, 1)
    assert peers.included_deg(points, Joint.L_SHOULDER, Joint.L_HIP, Joint.L_KNEE) == pytest.approx(90)


def test_the_near_side_is_the_one_that_is_seen_better():
    visibility = np.zeros(33, np.float32)
    visibility[list(peers.LEFT)] = 0.9
    assert peers.near_side([Pose(0.0, np.zeros((33, 2), np.float32), visibility, 1.3)]) == peers.LEFT


def a_rep(start_s, end_s):
    times = (start_s, start_s, end_s, end_s)
    return truth.TrueRep(1, *times, frozenset(), 0.0, {}, touched=False, measured={}, asked="good")


def test_a_trunk_that_keeps_its_length_keeps_its_ratio_however_far_it_leans():
    script = Script().hold(1.5).rep(hinged(84))
    assert peers.trunk_ratio(played(script), a_rep(1.5, script.end_s)) == pytest.approx(1.0, abs=0.05)


def test_a_squat_bends_the_knee_further_than_a_hinge():
    hinge, squat = Script().hold(1.5).rep(hinged(84)), Script().hold(1.5).rep(squatted(95))
    bent = [peers.least_knee_deg(played(script), a_rep(1.5, script.end_s)) for script in (hinge, squat)]
    assert bent[0] > 140
    assert bent[1] < 120


def test_nobody_in_sight_has_no_ratio_and_no_knee():
    nobody = tracks.Track(((0.0, None), (1.5, None)), 480)
    assert peers.trunk_ratio(nobody, a_rep(0, 2)) is None
    assert peers.standing_trunk(nobody) is None


# What is counted as what.


def test_leaving_out_frames_keeps_the_rhythm():
    whole = tracks.Track(tuple((number / 30, None) for number in range(31)), 480)
    assert [round(t, 3) for t, _ in whole.at(10).frames] == [round(number / 10, 3) for number in range(11)]
    assert len(whole.at(60).frames) == 31


def test_the_area_under_the_curve_is_a_coin_for_equal_groups_and_one_for_parted_ones():
    assert rules.auc([1, 2, 3], [1, 2, 3]) == pytest.approx(0.5)
    assert rules.auc([1, 2], [3, 4]) == 1
    assert rules.auc([], [1]) is None


def test_a_half_rep_may_be_counted_or_left_out():
    (clip, *_) = truth.rendered(FIXTURES / "clips")
    clip = replace(clip, least=3, most=5)
    assert [clip.count_error(counted) for counted in (2, 3, 4, 5, 7)] == [1, 0, 0, 0, 2]


def test_a_rule_on_heights_takes_a_flat_hinge_for_a_round_back():
    script = Script().hold(1.5).rep(hinged(84))
    assert peers.height_ratio(played(script), a_rep(1.5, script.end_s)) < 0.85
