"""Where speech is found, and where it is not."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from app.transcription.speech.decoding import decoded
from app.transcription.speech.voice import find_speech
from app.transcription.types import SAMPLE_RATE
from tests.transcription.recordings import DATA, tone

SECONDS = 10.0
NOISE = np.random.default_rng(1).normal(0, 1, int(SECONDS * SAMPLE_RATE)).astype(np.float32)
PULSE = (np.arange(len(NOISE)) / SAMPLE_RATE) % 0.7 < 0.35
SILENT = {
    "digital silence": np.zeros_like(NOISE),
    "an open line": 0.0005 * NOISE,
    "loud noise": 0.1 * NOISE,
    "bursts of noise": 0.1 * NOISE * PULSE,
    "a ringing tone": tone(SECONDS, SAMPLE_RATE),
    "a busy tone": tone(SECONDS, SAMPLE_RATE) * PULSE,
    "key tones": (tone(SECONDS, SAMPLE_RATE, 770) + tone(SECONDS, SAMPLE_RATE, 1336)) * PULSE,
}


@pytest.mark.parametrize("sound", [pytest.param(sound, id=name) for name, sound in SILENT.items()])
def test_nobody_speaks_in_silence_noise_and_tones(sound: NDArray[np.float32]) -> None:
    assert find_speech(sound.astype(np.float32)) == ()


def test_speech_is_found_where_it_is() -> None:
    with decoded(DATA / "greeting-gsm.wav") as (speech,):
        audio = np.concatenate([np.zeros(5 * SAMPLE_RATE, np.float32), speech, np.zeros(5 * SAMPLE_RATE, np.float32)])
    spans = find_speech(audio)
    assert spans[0].start_s == pytest.approx(5.2, abs=0.2)
    assert spans[-1].end_s == pytest.approx(8.4, abs=0.3)


def test_a_voice_too_faint_to_be_meant_is_not_speech() -> None:
    with decoded(DATA / "greeting-gsm.wav") as (speech,):
        assert find_speech(np.asarray(0.0005 * speech, dtype=np.float32)) == ()


def test_long_recordings_are_searched_to_their_end_without_cutting_speech() -> None:
    with decoded(DATA / "greeting-gsm.wav") as (speech,):
        before = np.zeros(10 * 60 * SAMPLE_RATE - len(speech) // 2, np.float32)
        spans = find_speech(np.concatenate([before, speech]))
    offset = len(before) / SAMPLE_RATE
    assert spans[0].start_s > offset
    assert sum(span.duration_s for span in spans) == pytest.approx(3.2, abs=0.4)
    assert all(after.start_s - span.end_s > 0.2 for span, after in pairwise(spans))
