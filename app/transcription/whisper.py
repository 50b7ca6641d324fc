"""Speech recognition on this machine: faster-whisper, which is Whisper on CTranslate2.

Silence never reaches the model: what the voice activity detector finds is packed into windows, and the
windows go through in batches. A window that comes out repetitive or improbable is heard again, alone and
with rising temperature; one that still sounds like nobody speaking gives no text.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment as Heard

from app.transcription.passages import Passage, pack
from app.transcription.types import SAMPLE_RATE, Audio, ChannelTranscript, Word
from app.transcription.voice import find_speech

BATCH = 4  # windows at once: more is hardly faster on a CPU and makes the progress coarse
BEAM = 5
_RETRY_TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0)
_DETECTION_WINDOWS = 4
# The thresholds of Whisper's own decoding (Radford et al. 2022, section 4.5).
_REPETITIVE = 2.4
_IMPROBABLE = -1.0
_NO_SPEECH = 0.6


class FasterWhisperEngine:
    """Holds the model, loaded once; CTranslate2 queues what several threads ask of it."""

    def __init__(self, model_dir: Path | str, *, name: str, compute_type: str = "int8", cpu_threads: int = 0) -> None:
        self._name = name
        self._model = WhisperModel(str(model_dir), compute_type=compute_type, cpu_threads=cpu_threads)

    @property
    def name(self) -> str:
        return self._name

    def transcribe(self, audio: Audio, language: str | None, on_progress: Callable[[float], None]) -> ChannelTranscript:
        """See SpeechEngine. A language that the model does not know is detected instead."""
        duration_s = len(audio) / SAMPLE_RATE
        speech = find_speech(audio)
        passages = list(pack(speech, duration_s))
        spoken = self._known(language) or self._detect(audio, passages)
        words: list[Word] = []
        for first in range(0, len(passages), BATCH):
            batch = passages[first : first + BATCH]
            words.extend(self._words(audio, batch, spoken))
            on_progress(batch[-1].end_s)
        on_progress(duration_s)
        return ChannelTranscript(spoken if speech else None, tuple(words), speech)

    def _known(self, language: str | None) -> str | None:
        code = (language or "").lower().partition("-")[0]
        return code if code in self._model.supported_languages else None

    def _detect(self, audio: Audio, passages: Sequence[Passage]) -> str:
        """The language of the first windows of speech; English when there is none, and nothing to decode."""
        if not passages:
            return "en"
        sample = np.concatenate([passage.cut(audio) for passage in passages[:_DETECTION_WINDOWS]])
        language, _, _ = self._model.detect_language(sample, language_detection_segments=_DETECTION_WINDOWS)
        return str(language)

    def _words(self, audio: Audio, passages: Sequence[Passage], language: str) -> Iterator[Word]:
        sounds = [passage.cut(audio) for passage in passages]
        edges = [0.0, *accumulate(len(sound) / SAMPLE_RATE for sound in sounds)]
        heard = self._hear(sounds, edges, language)
        for passage, sound, start_s, window in zip(passages, sounds, edges[:-1], heard, strict=True):
            if _is_silence(window):
                continue
            if _is_doubtful(window):
                yield from _placed(self._hear_again(sound, language), 0.0, passage)
            else:
                yield from _placed([window], start_s, passage)

    def _hear(self, sounds: Sequence[Audio], edges: Sequence[float], language: str) -> Iterable[Heard]:
        """One result a sound; its times count from the beginning of the first one."""
        pipeline = BatchedInferencePipeline(self._model)  # it keeps state, so every batch gets its own
        windows: Iterable[Heard]
        windows, _ = pipeline.transcribe(
            np.concatenate(sounds),
            language=language,
            beam_size=BEAM,
            word_timestamps=True,
            clip_timestamps=[{"start": start, "end": end} for start, end in pairwise(edges)],
            batch_size=len(sounds),
        )
        return windows

    def _hear_again(self, sound: Audio, language: str) -> Iterable[Heard]:
        segments: Iterable[Heard]
        segments, _ = self._model.transcribe(
            sound,
            language=language,
            temperature=_RETRY_TEMPERATURES,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        return segments


def _is_silence(window: Heard) -> bool:
    return bool(window.no_speech_prob > _NO_SPEECH and window.avg_logprob < _IMPROBABLE)


def _is_doubtful(window: Heard) -> bool:
    return bool(window.compression_ratio > _REPETITIVE or window.avg_logprob < _IMPROBABLE)


def _placed(segments: Iterable[Heard], offset_s: float, passage: Passage) -> Iterator[Word]:
    """Words at their times in the recording."""
    for segment in segments:
        for word in segment.words or ():
            span = passage.original(word.start - offset_s, word.end - offset_s)
            yield Word(span.start_s, span.end_s, word.word, float(word.probability))
