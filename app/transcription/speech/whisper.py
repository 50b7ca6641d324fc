"""Speech recognition on this machine: faster-whisper, which is Whisper on CTranslate2.

Silence never reaches the model: what the voice activity detector finds is packed into windows, and each is
decoded on its own, without the text of the one before it, so that one bad window cannot spoil the next.
Several windows at once would be a little faster, but then a window in which the model stops early is not
taken up again where it stopped, and whole turns are lost.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from app.transcription.speech.passages import Passage, pack
from app.transcription.speech.voice import find_speech
from app.transcription.types import SAMPLE_RATE, Audio, ChannelTranscript, Word

BEAM = 5
_DETECTION_WINDOWS = 4


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
        if not speech:
            on_progress(duration_s)
            return ChannelTranscript(None, (), ())
        passages = list(pack(speech, duration_s))
        spoken = self._known(language) or self._detect(audio, passages)
        words: list[Word] = []
        for passage in passages:
            words.extend(self._words(audio, passage, spoken))
            on_progress(passage.end_s)
        on_progress(duration_s)
        return ChannelTranscript(spoken, tuple(words), speech)

    def _known(self, language: str | None) -> str | None:
        code = (language or "").lower().partition("-")[0]
        return code if code in self._model.supported_languages else None

    def _detect(self, audio: Audio, passages: Sequence[Passage]) -> str:
        sample = np.concatenate([passage.cut(audio) for passage in passages[:_DETECTION_WINDOWS]])
        language, _, _ = self._model.detect_language(sample, language_detection_segments=_DETECTION_WINDOWS)
        return str(language)

    def _words(self, audio: Audio, passage: Passage, language: str) -> Iterator[Word]:
        segments, _ = self._model.transcribe(
            passage.cut(audio),
            language=language,
            beam_size=BEAM,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        for segment in segments:
            for word in segment.words or ():
                if span := passage.original(word.start, word.end):
                    yield Word(span.start_s, span.end_s, word.word, float(word.probability))
