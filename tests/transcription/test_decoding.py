"""Recordings as samples, and why some cannot be."""

import re
from pathlib import Path

import numpy as np
import pytest

from app.transcription.errors import UnreadableRecording
from app.transcription.speech.decoding import decoded
from app.transcription.types import SAMPLE_RATE
from tests.transcription.recordings import DATA, encode, tone


def reason(path: Path) -> str:
    with pytest.raises(UnreadableRecording) as caught, decoded(path):
        pass
    return caught.value.reason


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_s16le", 8000),
        ("a.wav", "pcm_alaw", 8000),
        ("a.wav", "pcm_mulaw", 8000),
        ("a.mp3", "libmp3lame", 8000),
        ("a.ogg", "libopus", 48_000),
        ("a.flac", "flac", 44_100),
        ("a.m4a", "aac", 16_000),
        ("a.webm", "libopus", 48_000),
    ],
)
def test_channels_come_apart_at_sixteen_kilohertz(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = encode(tmp_path / name, codec, [tone(2.0, rate, 400), tone(2.0, rate, 1000)], rate)
    with decoded(path) as channels:
        pitches = [np.abs(np.fft.rfft(channel[:SAMPLE_RATE])).argmax() for channel in channels]
        lengths = [len(channel) / SAMPLE_RATE for channel in channels]
    assert pitches == [pytest.approx(400, abs=5), pytest.approx(1000, abs=5)]
    assert lengths == [pytest.approx(2.0, abs=0.25)] * 2


def test_gsm_is_decoded() -> None:
    with decoded(DATA / "greeting-gsm.wav") as (channel,):
        assert len(channel) / SAMPLE_RATE == pytest.approx(3.7, abs=0.05)
        assert np.abs(channel).max() > 0.1


def test_a_file_that_is_no_audio_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_text("thank you for calling", encoding="utf-8")
    assert reason(path) == "the recording cannot be read: Invalid data found when processing input"


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    assert reason(tmp_path / "gone.wav") == "the recording cannot be read: No such file or directory"


def test_a_recording_without_samples_is_unreadable(tmp_path: Path) -> None:
    path = encode(tmp_path / "call.wav", "pcm_s16le", [tone(1.0)])
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"data") + 8])
    assert reason(path) == "the recording holds no sound"


def test_three_channels_are_unreadable(tmp_path: Path) -> None:
    path = encode(tmp_path / "call.wav", "pcm_s16le", [tone(1.0)] * 3)
    assert reason(path) == "the recording has 3 channels, 2 are supported"


def _damaged(path: Path, share: float) -> Path:
    """Overwrite the given share of a FLAC file behind its header."""
    content = bytearray(path.read_bytes())
    start = len(content) - int(len(content) * share)
    content[start:] = np.random.default_rng(1).bytes(len(content) - start)
    path.write_bytes(content)
    return path


def test_a_crackle_at_the_end_does_not_cost_the_recording(tmp_path: Path) -> None:
    path = encode(tmp_path / "call.flac", "flac", [tone(20.0)])
    with decoded(_damaged(path, 0.1)) as (channel,):
        assert len(channel) / SAMPLE_RATE > 15


def test_a_recording_of_which_most_is_damaged_is_unreadable(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 160_000).astype(np.float32)
    path = encode(tmp_path / "call.flac", "flac", [noise])
    assert re.fullmatch(r"only \d\.\d s of 20\.0 s can be decoded", reason(_damaged(path, 0.9)))
