"""Why a call, a batch or a recording is refused."""

from app.calls.audio import NotAudio
from app.platform.errors import DomainError, FieldError, Invalid, UnsupportedMedia


class NotARecording(UnsupportedMedia):
    code, title = "not_audio", "The file is not audio in a supported format"


class CodecNotSupported(UnsupportedMedia):
    code, title = "codec_not_supported", "The codec of the recording is not supported"


class RecordingEmpty(Invalid):
    code, title = "recording_empty", "The recording is empty"


class RecordingTruncated(Invalid):
    code, title = "recording_truncated", "The recording is cut off"


class RecordingUnreadable(Invalid):
    code, title = "recording_unreadable", "The recording cannot be decoded"


class RecordingTooLong(Invalid):
    code, title = "recording_too_long", "The recording is too long"


class TooManyChannels(Invalid):
    code, title = "too_many_channels", "The recording has too many channels"


class DigestMismatch(Invalid):
    code, title = "digest_mismatch", "The bytes that arrived are not those that the digest describes"


class UploadInterrupted(DomainError):
    code, title = "upload_interrupted", "The connection ended before the recording did"


REFUSED_RECORDINGS = (
    NotARecording,
    CodecNotSupported,
    RecordingEmpty,
    RecordingTruncated,
    RecordingUnreadable,
    RecordingTooLong,
    TooManyChannels,
)
_BY_CODE: dict[str, type[DomainError]] = {error.code: error for error in REFUSED_RECORDINGS}


def refused_recording(error: NotAudio) -> DomainError:
    """The answer to a file that cannot be a recording."""
    return _BY_CODE[error.code](error.reason, field_errors=(FieldError("", error.reason),))
