"""The errors of transcription: of requests for transcripts, and of recordings that cannot be transcribed."""

from app.platform.errors import Conflict


class NothingToTranscribe(Conflict):
    code = "no_recording"
    title = "The call has no recording"


class TranscriptNotReady(Conflict):
    code = "transcript_not_ready"
    title = "There is no text yet"


class TranscriptionError(Exception):
    """A recording was not transcribed. `code` is stable, `reason` is a sentence for people."""

    code = "transcription_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnreadableRecording(TranscriptionError):
    """The recording cannot be decoded. Trying again does not help."""

    code = "recording_unreadable"


class ModelUnavailable(TranscriptionError):
    """The weights of the speech model are not on this machine and cannot be fetched."""

    code = "speech_model_unavailable"
