"""A transcript as WebVTT, SubRip or plain text."""

from collections.abc import Iterable

from app.transcription.types import Segment, Speaker


def to_vtt(segments: Iterable[Segment]) -> str:
    """WebVTT (W3C) with a voice span for each speaker who is known."""
    cues = [
        f"{segment.id}\n{_times(segment, '.')}\n{_voice(segment)}{_vtt_text(segment.text)}\n" for segment in segments
    ]
    return "\n".join(["WEBVTT\n", *cues])


def to_srt(segments: Iterable[Segment]) -> str:
    """SubRip; the speaker stands before the text."""
    return "\n".join(f"{segment.id}\n{_times(segment, ',')}\n{_labelled(segment)}\n" for segment in segments)


def to_txt(segments: Iterable[Segment]) -> str:
    """One line a segment: [time] speaker: text."""
    return "".join(f"[{_clock(segment.start_s)[:8]}] {_labelled(segment)}\n" for segment in segments)


def _times(segment: Segment, mark: str) -> str:
    return f"{_clock(segment.start_s, mark)} --> {_clock(segment.end_s, mark)}"


def _clock(seconds: float, mark: str = ".") -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{mark}{milliseconds:03d}"


def _voice(segment: Segment) -> str:
    return "" if segment.speaker is Speaker.UNKNOWN else f"<v {segment.speaker}>"


def _vtt_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _labelled(segment: Segment) -> str:
    return segment.text if segment.speaker is Speaker.UNKNOWN else f"{segment.speaker}: {segment.text}"
