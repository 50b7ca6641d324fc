"""The port of speech recognition."""

from collections.abc import Callable
from typing import Protocol

from app.transcription.types import Audio, ChannelTranscript


class SpeechEngine(Protocol):
    """Turns the sound of one channel into words with times. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """The model, as the transcript will name it."""
        ...

    def transcribe(self, audio: Audio, language: str | None, on_progress: Callable[[float], None]) -> ChannelTranscript:
        """Words and speech of one channel.

        `language` is an ISO 639-1 code, or None to detect it from the speech. `on_progress` is called with
        the seconds of audio done; what it raises ends the transcription.
        """
        ...
