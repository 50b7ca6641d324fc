"""Where there is speech: the Silero voice activity detector, which faster-whisper includes."""

from collections.abc import Iterator

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps

from app.transcription.types import SAMPLE_RATE, Audio, Span

LONGEST_SPAN_S = 28.0  # a span and the air around it fit into one window of Whisper

_OPTIONS = VadOptions(
    min_speech_duration_ms=200,  # shorter is a click or a key tone
    max_speech_duration_s=LONGEST_SPAN_S,
    min_silence_duration_ms=300,
    speech_pad_ms=0,
)
_BLOCK = 10 * 60 * SAMPLE_RATE  # bounds the memory that the detector takes for a long recording
_AUDIBLE = 10 ** (-60 / 20)  # speech peaks above -60 dBFS; what is below is the noise of an open line


def find_speech(audio: Audio) -> tuple[Span, ...]:
    """Stretches of speech in order, none longer than LONGEST_SPAN_S; shorter pauses than 0.3 s are part of it."""
    return tuple(
        Span(start / SAMPLE_RATE, end / SAMPLE_RATE)
        for start, end in _detected(audio)
        if np.abs(audio[start:end]).max(initial=0.0) > _AUDIBLE
    )


def _detected(audio: Audio) -> Iterator[tuple[int, int]]:
    """Speech in samples, block by block; what the end of a block cuts is looked at again in the next one."""
    offset = 0
    while offset < len(audio):
        block = np.asarray(audio[offset : offset + _BLOCK])
        spans = [(span["start"], span["end"]) for span in get_speech_timestamps(block, _OPTIONS)]
        is_last = offset + len(block) == len(audio)
        if not is_last and spans and spans[-1][1] == len(block):
            resume, _ = spans.pop()
        else:
            resume = len(block)
        yield from ((offset + start, offset + end) for start, end in spans)
        offset += resume
