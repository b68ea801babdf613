"""A listener who knows the cues understands them: each rendered for real, and heard by a speech recognizer."""

import re
from pathlib import Path

import numpy as np
import pytest
from hearing import needs_espeak

from pi_coach import config
from pi_coach.adapters.rendering import parts
from pi_coach.adapters.voice import Voice, VoiceStyle
from pi_coach.clock import SystemClock
from pi_coach.core.signals import tones
from pi_coach.core.signals.sound import QUIET
from pi_coach.core.signals.tones import Tone

pocketsphinx = pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed")

pytestmark = [pytest.mark.slow, needs_espeak]

CONFIG = config.load(Path("/nobody's/own/config"))
CUES = list(
    dict.fromkeys(text for drill in CONFIG.drills.values() for fault in drill.faults for text in fault.words.cues)
)
SENTENCES = [
    *(text for drill in CONFIG.drills.values() for text in drill.sentences()),
    *(text for group in ("session", "framing", "coaching") for text in CONFIG.wording.phrases.group(group)),
]
NUMBERS = [number.lower() for number in CONFIG.wording.phrases.numbers[1:13]]
SOUNDS = {"glutes": "G L UW T S", "shins": "SH IH N Z"}
"""Words of the gym that the recognizer's dictionary lacks."""
EAR_HZ = 16000


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    speech = CONFIG.settings.speech
    style = VoiceStyle(speech.voice or CONFIG.wording.voice, speech.rate_wpm, 1.0)
    voice = Voice(tmp_path_factory.mktemp("cache"), style, 30.0, SystemClock())
    yield voice
    voice.close()


def plain(text):
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def listener(texts):
    """Return a recognizer that expects one of the texts."""
    decoder = pocketsphinx.Decoder(samprate=EAR_HZ, loglevel="FATAL", lm=None)
    for word in {word for text in texts for word in plain(text).split() if decoder.lookup_word(word) is None}:
        decoder.add_word(word, SOUNDS[word], True)
    choices = " | ".join(plain(text) for text in texts)
    decoder.add_jsgf_string("cues", f"#JSGF V1.0;\ngrammar cues;\npublic <cue> = {choices};\n")
    decoder.activate_search("cues")
    return decoder


def understood(decoder, samples, loudness=0.5):
    """Return what the recognizer hears in a room that is hardly noisy; None where it is nothing it expects."""
    pause = np.zeros(EAR_HZ // 2)
    sound = np.concatenate([pause, loudness * samples, pause])
    noise = np.random.default_rng(0).normal(0, 8, len(sound))
    decoder.start_utt()
    decoder.process_raw((sound + noise).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    return decoder.hyp().hypstr if decoder.hyp() else None


@pytest.mark.parametrize(("texts", "share"), [(CUES, 0.9), (NUMBERS, 0.8)], ids=["cues", "numbers"])
def test_nearly_every_cue_is_understood_among_all_cues(voice, texts, share):
    decoder = listener(texts)
    heard = {text: understood(decoder, voice.pcm(text).at_rate(EAR_HZ).samples) for text in texts}
    missed = {text: words for text, words in heard.items() if words != plain(text)}
    assert len(missed) <= (1 - share) * len(texts), missed


def test_what_is_no_cue_is_not_taken_for_one(voice):
    decoder = listener(CUES)
    known = {plain(text) for text in CUES}
    for text in ("The weather is lovely in the mountains today", "Buy some milk and a newspaper"):
        assert understood(decoder, voice.pcm(text).at_rate(EAR_HZ).samples) not in known
    assert understood(decoder, np.zeros(EAR_HZ)) is None


def test_a_cue_is_understood_under_a_tone(voice):
    decoder = listener(CUES)
    texts, tone = CUES[::3], tones.sound(Tone.REP).at_volume(tones.UNDER_SPEECH).at_rate(EAR_HZ).samples
    right = 0
    for text in texts:
        samples = voice.pcm(text).at_rate(EAR_HZ).samples.astype(float)
        samples[1000 : 1000 + len(tone)] += tone[: len(samples) - 1000]
        right += understood(decoder, samples) == plain(text)
    assert right >= 0.7 * len(texts)


def test_every_sentence_begins_at_once_ends_soon_and_never_clips_even_with_a_tone_over_it(voice):
    loudest_tone = max(np.abs(tones.sound(tone).samples.astype(int)).max() for tone in Tone) * tones.UNDER_SPEECH
    for text in dict.fromkeys(part for sentence in SENTENCES for part in parts(sentence)):
        pcm = voice.pcm(text)
        loudness = np.abs(pcm.samples.astype(int))
        heard = np.flatnonzero(loudness > QUIET)
        assert heard[0] == 0, text
        assert (len(loudness) - heard[-1]) / pcm.rate_hz < 0.04, text
        assert 10000 < loudness.max() < 32767 - loudest_tone, text
        assert pcm.seconds < 3.5, text
