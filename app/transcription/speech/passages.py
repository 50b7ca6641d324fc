"""Speech packed into the windows that Whisper hears at once.

Whisper works on 30 seconds whatever it is given, so that a call of short turns and long pauses costs
least when its speech is packed tightly. Air is left around every stretch: cut closer, the first and
the last syllable are misheard.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from app.transcription.types import SAMPLE_RATE, Audio, Span

WINDOW_S = 30.0
AIR_S = 0.8
STRAY_S = 0.3


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech, and the window of sound that is recognised for it: the speech with air around it."""

    speech: Span
    window: Span


@dataclass(frozen=True, slots=True)
class Passage:
    """Pieces of one channel, in order, that are recognised one right after the other."""

    pieces: tuple[Piece, ...]

    @property
    def end_s(self) -> float:
        """Where in the recording the passage ends."""
        return self.pieces[-1].window.end_s

    def cut(self, audio: Audio) -> Audio:
        """The sound of the passage without what lies between its pieces."""
        spans = [piece.window for piece in self.pieces]
        return np.concatenate(
            [audio[round(span.start_s * SAMPLE_RATE) : round(span.end_s * SAMPLE_RATE)] for span in spans]
        )

    def original(self, start_s: float, end_s: float) -> Span | None:
        """Where in the recording the given time of the passage lies.

        A word belongs to the piece in which its middle lies. Whisper likes to begin the first word at the
        beginning of the air and to end the last one at its end: such a word is held to the speech. A word
        that lies in the air altogether, further than STRAY_S from speech, was not spoken: None.
        """
        offsets = list(accumulate((piece.window.duration_s for piece in self.pieces[:-1]), initial=0.0))
        index = max(bisect_right(offsets, (start_s + end_s) / 2) - 1, 0)
        shift = self.pieces[index].window.start_s - offsets[index]
        return _limited_to(self.pieces[index], Span(start_s + shift, end_s + shift))


def _limited_to(piece: Piece, word: Span) -> Span | None:
    speech = piece.speech
    if word.start_s > speech.end_s + STRAY_S or word.end_s < speech.start_s - STRAY_S:
        return None
    overlaps = word.start_s < speech.end_s and word.end_s > speech.start_s
    limits = speech if overlaps else piece.window
    start_s = min(max(word.start_s, limits.start_s), limits.end_s)
    return Span(start_s, max(min(word.end_s, limits.end_s), start_s))


def pack(speech: Sequence[Span], duration_s: float) -> Iterator[Passage]:
    """Passages of at most WINDOW_S that together hold all of the speech and the air around it.

    `speech` is in order and no span is longer than WINDOW_S - 2 AIR_S.
    """
    pieces: list[Piece] = []
    packed_s = 0.0
    for piece in _with_air(speech, duration_s):
        if pieces and packed_s + piece.window.duration_s > WINDOW_S:
            yield Passage(tuple(pieces))
            pieces, packed_s = [], 0.0
        pieces.append(piece)
        packed_s += piece.window.duration_s
    if pieces:
        yield Passage(tuple(pieces))


def _with_air(speech: Sequence[Span], duration_s: float) -> Iterator[Piece]:
    """Widen each span by AIR_S on both sides, or to the middle of a shorter pause."""
    for index, span in enumerate(speech):
        before_s = (span.start_s - speech[index - 1].end_s) / 2 if index else span.start_s
        is_last = index + 1 == len(speech)
        after_s = duration_s - span.end_s if is_last else (speech[index + 1].start_s - span.end_s) / 2
        yield Piece(span, Span(span.start_s - min(AIR_S, before_s), span.end_s + min(AIR_S, after_s)))
