"""Why a recording was not transcribed."""


class TranscriptionError(Exception):
    """`code` is stable, `reason` is for people."""

    code = "transcription_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnreadableRecording(TranscriptionError):
    """The recording itself is at fault; trying again does not help."""

    code = "recording_unreadable"


class ModelUnavailable(TranscriptionError):
    """The weights of the speech model are neither here nor to be had."""

    code = "speech_model_unavailable"
