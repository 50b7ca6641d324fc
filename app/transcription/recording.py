"""A whole recording: decode it, transcribe each channel, and join the channels to one conversation."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.transcription.interleave import interleave
from app.transcription.metrics import call_metrics
from app.transcription.speech.decoding import decoded
from app.transcription.speech.engine import SpeechEngine
from app.transcription.speech.leakage import mute_leakage
from app.transcription.speech.voice import find_speech
from app.transcription.types import SAMPLE_RATE, Audio, ChannelTranscript, Progress, Speaker, Transcript

DUAL_MONO = "both channels carry the same sound, so the speakers cannot be told apart"
_SAME_SOUND = 10 ** (-40 / 20)  # two copies that differ by coding noise alone
_BLOCK = 60 * SAMPLE_RATE


def transcribe_recording(
    path: Path | str,
    engine: SpeechEngine,
    channel_roles: Sequence[str] | None,
    language: str | None,
    on_progress: Progress,
) -> Transcript:
    """The transcript of a recording of one or two channels.

    `channel_roles` names the speaker of each channel ("agent", "customer"); a mono recording, roles that are
    not known and two channels with the same sound leave the speaker unknown. `language` is an ISO 639-1 code
    or None to detect it, once for both channels, where there is most speech. Raises UnreadableRecording.
    """
    with decoded(path) as recorded:
        dual_mono = len(recorded) == 2 and is_dual_mono(recorded)
        channels = recorded[:1] if dual_mono else recorded
        if len(channels) == 2:
            mute_leakage(*channels)
        duration_s = len(channels[0]) / SAMPLE_RATE
        transcripts = _transcribe_channels(channels, engine, language, on_progress)
    speakers = _speakers(channel_roles, len(transcripts))
    return Transcript(
        language=next((channel.language for channel in transcripts if channel.language), language),
        model=engine.name,
        duration_s=round(duration_s, 3),
        segments=interleave([channel.words for channel in transcripts], speakers),
        metrics=call_metrics(
            [(speaker, channel.speech) for speaker, channel in zip(speakers, transcripts, strict=True)], duration_s
        ),
        notes=(DUAL_MONO,) if dual_mono else (),
    )


def is_dual_mono(channels: Sequence[Audio]) -> bool:
    """Whether the second channel is a copy of the first, up to the noise of a lossy codec."""
    first, second = channels
    difference = power = 0.0
    for start in range(0, len(first), _BLOCK):
        one, other = first[start : start + _BLOCK], second[start : start + _BLOCK]
        difference += float(np.square(one - other).sum())
        power += float(np.square(one).sum() + np.square(other).sum()) / 2
    return power > 0 and difference <= power * _SAME_SOUND**2


def _transcribe_channels(
    channels: Sequence[Audio], engine: SpeechEngine, language: str | None, on_progress: Progress
) -> list[ChannelTranscript]:
    """Each channel's transcript; the one with most speech goes first and tells the language of the other."""
    transcripts: dict[int, ChannelTranscript] = {}
    total_s = sum(len(channel) for channel in channels) / SAMPLE_RATE
    done_s = 0.0
    for index in _by_speech(channels, language):

        def report(channel_s: float, before_s: float = done_s) -> None:
            on_progress(before_s + channel_s, total_s)

        transcripts[index] = engine.transcribe(channels[index], language, report)
        language = language or transcripts[index].language
        done_s += len(channels[index]) / SAMPLE_RATE
    return [transcripts[index] for index in range(len(channels))]


def _by_speech(channels: Sequence[Audio], language: str | None) -> Sequence[int]:
    """The order in which to listen; it matters only where the language is to be detected."""
    if language is not None or len(channels) == 1:
        return range(len(channels))
    talk = [sum(span.duration_s for span in find_speech(channel)) for channel in channels]
    return sorted(range(len(channels)), key=lambda index: -talk[index])


def _speakers(channel_roles: Sequence[str] | None, channels: int) -> list[Speaker]:
    if channels == 1 or channel_roles is None or len(channel_roles) != channels:
        return [Speaker.UNKNOWN] * channels
    return [Speaker(role) if role in tuple(Speaker) else Speaker.UNKNOWN for role in channel_roles]
