"""What must never be stored: the numbers of payment cards.

A card number has 12 to 19 digits (ISO/IEC 7812) and is read aloud in groups, so recognition writes it with any
separators and sometimes with a digit doubled or missing: asking for the check digit would let such numbers through.
"""

import re
from dataclasses import replace

from app.transcription.types import Segment, Transcript

MASK = "[card number]"
_CARD = re.compile(r"(?<![\d])\d(?:[ \-.,/]{0,3}\d){11,18}(?!\d)")


def redact(text: str) -> str:
    return _CARD.sub(MASK, text)


def redacted(transcript: Transcript) -> Transcript:
    """The transcript as it may be stored."""
    return replace(transcript, segments=tuple(_redacted_segment(segment) for segment in transcript.segments))


def _redacted_segment(segment: Segment) -> Segment:
    return replace(segment, text=redact(segment.text))
