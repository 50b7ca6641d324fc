"""Whole calls, transcribed by the real model."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import pytest
from numpy.typing import NDArray

from app.transcription.errors import UnreadableRecording
from app.transcription.recording import DUAL_MONO, transcribe_recording
from app.transcription.speech.decoding import decoded
from app.transcription.speech.whisper import FasterWhisperEngine
from app.transcription.types import Audio, ChannelTranscript, Metrics, Segment, Speaker, Transcript, Word
from benchmarks.transcription import normalised
from tests.transcription.recordings import DATA, encode, said_in, tone

WORD_ERRORS_AT_MOST = 0.15
ROLES = {"english-call.flac": ["agent", "customer"], "russian-call.ogg": ["customer", "agent"]}


def ignore(_done_s: float, _total_s: float) -> None:
    """For tests that do not look at the progress."""


def word_errors(said: str, recognised: str) -> float:
    return float(jiwer.wer(normalised(said), normalised(recognised)))


def call(path: Path, *channels: NDArray[np.float32]) -> Path:
    return encode(path, "pcm_s16le", list(channels), rate=16_000)


def text_of(transcript: Transcript) -> str:
    return " ".join(segment.text for segment in transcript.segments)


@pytest.fixture(scope="module")
def greeting() -> NDArray[np.float32]:
    with decoded(DATA / "greeting-gsm.wav") as (channel,):
        return np.array(channel)


@pytest.fixture(scope="module", params=list(ROLES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def transcript(name: str, engine: FasterWhisperEngine) -> Transcript:
    """The language is not given, so that it is detected."""
    return transcribe_recording(DATA / name, engine, ROLES[name], None, ignore)


class TestSpokenCall:
    def test_the_turns_are_those_that_were_spoken(self, transcript: Transcript, name: str) -> None:
        spoken = [one.speaker for one in said_in(name)]
        assert [segment.speaker for segment in _turns(transcript)] == spoken

    def test_the_words_are_those_that_were_spoken(self, transcript: Transcript, name: str) -> None:
        said = " ".join(one.text for one in said_in(name))
        recognised = " ".join(segment.text for segment in transcript.segments)
        assert word_errors(said, recognised) <= WORD_ERRORS_AT_MOST

    def test_every_turn_begins_when_it_was_spoken(self, transcript: Transcript, name: str) -> None:
        for segment, one in zip(_turns(transcript), said_in(name), strict=True):
            assert segment.start_s == pytest.approx(one.start_s, abs=0.5)

    def test_the_language_is_detected(self, transcript: Transcript, name: str) -> None:
        assert transcript.language == {"english-call.flac": "en", "russian-call.ogg": "ru"}[name]

    def test_talk_and_silence_make_up_the_call(self, transcript: Transcript) -> None:
        metrics = transcript.metrics
        assert metrics.agent_talk_s is not None
        assert metrics.customer_talk_s is not None
        assert metrics.overlap_s == pytest.approx(0, abs=0.1)
        talk = metrics.agent_talk_s + metrics.customer_talk_s
        assert talk + metrics.silence_s == pytest.approx(transcript.duration_s, abs=0.1)
        assert min(metrics.agent_talk_s, metrics.customer_talk_s) > 2.5

    def test_the_transcript_names_its_model(self, transcript: Transcript) -> None:
        assert transcript.model == "base"


def _turns(transcript: Transcript) -> list[Segment]:
    """The first segment of each turn."""
    segments = transcript.segments
    changes = [after for before, after in pairwise(segments) if before.speaker is not after.speaker]
    return [*segments[:1], *changes]


class TestUnevenRecordings:
    """Recordings of which a channel, or all, says nothing of its own."""

    def test_a_mono_call_has_text_and_no_speakers(self, engine: FasterWhisperEngine) -> None:
        transcript = transcribe_recording(DATA / "greeting-gsm.wav", engine, ["agent", "customer"], "en", ignore)
        assert word_errors(said_in("greeting-gsm.wav")[0].text, text_of(transcript)) <= WORD_ERRORS_AT_MOST
        assert {segment.speaker for segment in transcript.segments} == {Speaker.UNKNOWN}
        assert transcript.metrics.agent_talk_s is None

    def test_a_silent_channel_says_nothing(
        self, engine: FasterWhisperEngine, greeting: NDArray[np.float32], tmp_path: Path
    ) -> None:
        path = call(tmp_path / "call.wav", np.zeros_like(greeting), greeting)
        transcript = transcribe_recording(path, engine, ["agent", "customer"], None, ignore)
        assert {segment.speaker for segment in transcript.segments} == {Speaker.CUSTOMER}
        assert transcript.metrics.agent_talk_s == 0
        assert transcript.language == "en"

    def test_two_equal_channels_are_one_with_unknown_speakers_and_it_is_said(
        self, engine: FasterWhisperEngine, greeting: NDArray[np.float32], tmp_path: Path
    ) -> None:
        path = call(tmp_path / "call.wav", greeting, greeting)
        transcript = transcribe_recording(path, engine, ["agent", "customer"], "en", ignore)
        assert {(segment.channel, segment.speaker) for segment in transcript.segments} == {(0, Speaker.UNKNOWN)}
        assert transcript.notes == (DUAL_MONO,)

    def test_silence_noise_and_tones_have_no_text(self, engine: FasterWhisperEngine, tmp_path: Path) -> None:
        noise = np.random.default_rng(1).normal(0, 0.05, 8 * 16_000).astype(np.float32)
        path = call(tmp_path / "call.wav", noise, tone(8.0, 16_000))
        transcript = transcribe_recording(path, engine, ["agent", "customer"], None, ignore)
        assert (transcript.segments, transcript.language) == ((), None)
        assert transcript.metrics == Metrics(0, 0, 8, 0, 8)

    def test_a_broken_file_fails_with_the_reason(self, engine: FasterWhisperEngine, tmp_path: Path) -> None:
        path = tmp_path / "call.wav"
        path.write_bytes(b"RIFF but nothing else")
        with pytest.raises(UnreadableRecording, match="Invalid data found"):
            transcribe_recording(path, engine, None, None, ignore)

    def test_a_call_of_several_windows_is_transcribed_to_its_end(
        self, engine: FasterWhisperEngine, greeting: NDArray[np.float32], tmp_path: Path
    ) -> None:
        with decoded(DATA / "english-call.flac") as channels:
            conversation = channels[0] + channels[1]
        path = call(tmp_path / "call.wav", np.concatenate([conversation, conversation, greeting]))
        transcript = transcribe_recording(path, engine, None, "en", ignore)
        said = " ".join(one.text for one in [*said_in("english-call.flac") * 2, *said_in("greeting-gsm.wav")])
        assert word_errors(said, text_of(transcript)) <= WORD_ERRORS_AT_MOST
        assert transcript.segments[-1].end_s == pytest.approx(transcript.duration_s, abs=1)


@pytest.mark.parametrize("language", ["EN-us", "tlh"])
def test_a_language_is_understood_with_its_region_or_else_detected(
    engine: FasterWhisperEngine, greeting: NDArray[np.float32], language: str
) -> None:
    assert engine.transcribe(greeting, language, lambda _done_s: None).language == "en"


class Scribe:
    """An engine that notes what it is given, and says one word at the beginning of each channel."""

    name = "scribe"

    def __init__(self) -> None:
        self.asked: list[tuple[float, str | None]] = []

    def transcribe(self, audio: Audio, language: str | None, on_progress: Callable[[float], None]) -> ChannelTranscript:
        self.asked.append((round(float(np.abs(audio).max()), 1), language))
        on_progress(len(audio) / 32_000)
        on_progress(len(audio) / 16_000)
        return ChannelTranscript("ru", (Word(0.0, 0.5, " Алло", 1.0),), ())


class TestOrderAndProgress:
    @pytest.fixture
    def path(self, greeting: NDArray[np.float32], tmp_path: Path) -> Path:
        """The first channel holds a loud tone, the second one the speech."""
        speech = 0.5 * greeting / np.abs(greeting).max()
        return call(tmp_path / "call.wav", tone(len(greeting) / 16_000, 16_000, level=0.9), speech)

    def test_the_channel_with_most_speech_tells_the_language_of_the_other(self, path: Path) -> None:
        engine = Scribe()
        transcribe_recording(path, engine, None, None, ignore)
        assert engine.asked == [(0.5, None), (0.9, "ru")]

    def test_a_given_language_is_used_for_both_channels(self, path: Path) -> None:
        engine = Scribe()
        transcribe_recording(path, engine, None, "de", ignore)
        assert engine.asked == [(0.9, "de"), (0.5, "de")]

    def test_progress_counts_the_audio_of_both_channels(self, path: Path) -> None:
        reports: list[tuple[float, float]] = []
        transcribe_recording(path, Scribe(), None, "ru", lambda done_s, total_s: reports.append((done_s, total_s)))
        length_s = 3.72
        assert [done for done, _ in reports] == pytest.approx([length_s * part for part in (0.5, 1, 1.5, 2)])
        assert [total for _, total in reports] == pytest.approx([2 * length_s] * 4)

    def test_a_listener_that_raises_ends_the_transcription(self, path: Path) -> None:
        def hang_up(_done_s: float, _total_s: float) -> None:
            raise InterruptedError

        engine = Scribe()
        with pytest.raises(InterruptedError):
            transcribe_recording(path, engine, None, "ru", hang_up)
        assert len(engine.asked) == 1

    @pytest.mark.parametrize("roles", [None, [], ["agent"], ["agent", "supervisor"]])
    def test_roles_that_are_not_known_leave_speakers_unknown(self, path: Path, roles: list[str] | None) -> None:
        transcript = transcribe_recording(path, Scribe(), roles, "ru", ignore)
        assert transcript.segments[-1].speaker is Speaker.UNKNOWN
