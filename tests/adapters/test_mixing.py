"""What the device gets: a sentence, tones over it, and what keeps a loudspeaker awake."""

import numpy as np
import pytest

from pi_coach.adapters.playback_worker import BLOCK_S, FADE_S, HUM, QUIET_S, RATE_HZ, Mixer

VOICE = np.full(RATE_HZ // 2, 8000, np.int16)
TONE = np.full(RATE_HZ // 10, 2000, np.int16)
NOTHING = np.zeros(0, np.int16)


def mixer(keep_alive="silence", lead_in_s=0.0, channels=1, tail_s=0.02):
    return Mixer(RATE_HZ, channels, keep_alive, lead_in_s, tail_s)


def heard(mixing, seconds):
    """Return what the device gets in some seconds, and what is told meanwhile, with the second at which it is."""
    blocks, told = [], []
    for number in range(round(seconds / BLOCK_S)):
        blocks.append(mixing.block())
        told += [(round(number * BLOCK_S, 3), fact) for fact in mixing.facts]
    return np.concatenate(blocks), told


def test_a_sentence_begins_with_the_next_block_and_is_done_when_the_device_has_passed_it_on():
    mixing = mixer()
    assert not heard(mixing, 0.1)[0].any()
    mixing.obey("play", 7, VOICE)
    sound, told = heard(mixing, 1.0)
    assert np.array_equal(sound[: len(VOICE)], VOICE)
    assert not sound[len(VOICE) :].any()
    assert told == [(0.0, {"begun": 7}), (pytest.approx(0.52, abs=0.01), {"done": 7})]


def test_a_sentence_that_is_cut_fades_within_five_milliseconds_and_is_never_done():
    mixing = mixer()
    mixing.obey("play", 7, VOICE)
    heard(mixing, 0.1)
    mixing.obey("cut", 0, NOTHING)
    sound, told = heard(mixing, 1.0)
    assert np.flatnonzero(sound)[-1] <= FADE_S * RATE_HZ
    assert np.abs(np.diff(sound.astype(int), prepend=8000)).max() < 200
    assert told == []


def test_an_urgent_sentence_begins_while_the_other_fades():
    mixing = mixer()
    mixing.obey("play", 7, VOICE)
    heard(mixing, 0.1)
    mixing.obey("play", 8, -VOICE)
    sound, told = heard(mixing, 1.0)
    assert sound[round(FADE_S * RATE_HZ) + 2] == -8000
    assert [fact for _, fact in told] == [{"begun": 8}, {"done": 8}]


def test_a_tone_is_added_to_a_sentence_and_never_wraps_round():
    mixing = mixer()
    mixing.obey("play", 7, 4 * VOICE)
    mixing.obey("ring", 0, TONE)
    sound, _ = heard(mixing, 0.2)
    assert sound[100] == 32767
    assert sound[len(TONE) + 100] == 32000


def test_a_sentence_on_two_channels_fades_on_both_alike():
    mixing = mixer(channels=2)
    mixing.obey("play", 7, np.repeat(VOICE, 2))
    heard(mixing, 0.1)
    mixing.obey("cut", 0, NOTHING)
    left, right = heard(mixing, 0.1)[0].reshape(-1, 2).T
    assert left.any()
    assert np.array_equal(left, right)


def test_a_hum_is_never_silent_and_hardly_above_nothing():
    sound, _ = heard(mixer("hum"), 1.0)
    assert 0 < np.abs(sound).max() <= HUM
    assert np.count_nonzero(sound) > 0.9 * len(sound)


def test_a_lead_in_comes_before_the_first_sound_after_a_pause_only():
    mixing = mixer(lead_in_s=0.3)
    heard(mixing, 1.0)
    mixing.obey("play", 7, VOICE)
    sound, told = heard(mixing, 1.5)
    start = np.flatnonzero(np.abs(sound) > HUM)[0]
    assert start / RATE_HZ == pytest.approx(0.3, abs=0.01)
    assert np.count_nonzero(sound[:start]) > 0.9 * start
    assert told[0] == (pytest.approx(0.3, abs=0.01), {"begun": 7})
    mixing.obey("ring", 0, TONE)
    assert heard(mixing, QUIET_S + 0.2)[0][0] == 2000
    mixing.obey("ring", 0, TONE)
    assert abs(heard(mixing, 0.1)[0]).max() <= HUM


def test_a_device_is_let_go_only_if_so_asked_and_after_a_pause():
    mixing = mixer("off")
    assert mixing.asleep
    mixing.obey("ring", 0, TONE)
    assert not mixing.asleep
    heard(mixing, 0.2)
    assert not mixing.asleep
    heard(mixing, QUIET_S)
    assert mixing.asleep
    always = mixer()
    heard(always, 2 * QUIET_S)
    assert not always.asleep
