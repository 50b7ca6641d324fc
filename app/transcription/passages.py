"""Speech packed into the windows that Whisper hears at once.

Whisper works on 30 seconds whatever it is given, so that a call of short turns and long pauses costs
least when its speech is packed tightly. Air is left around every stretch: cut closer, the first and
the last syllable are misheard.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.transcription.types import SAMPLE_RATE, Audio, Span

WINDOW_S = 30.0
AIR_S = 0.8


@dataclass(frozen=True, slots=True)
class Passage:
    """Stretches of one channel, in order, that are heard one right after the other."""

    pieces: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        return sum(piece.duration_s for piece in self.pieces)

    def cut(self, audio: Audio) -> Audio:
        """The sound of the passage without what lies between its pieces."""
        return np.concatenate(
            [audio[round(piece.start_s * SAMPLE_RATE) : round(piece.end_s * SAMPLE_RATE)] for piece in self.pieces]
        )

    def original(self, start_s: float, end_s: float) -> Span:
        """Where in the recording lies what was heard at this time of the passage.

        A word belongs to the piece in which its middle lies, and does not reach beyond it.
        """
        offsets = [0.0]
        for piece in self.pieces[:-1]:
            offsets.append(offsets[-1] + piece.duration_s)
        index = bisect_right(offsets, (start_s + end_s) / 2) - 1
        piece, shift = self.pieces[index], self.pieces[index].start_s - offsets[index]
        start = min(max(start_s + shift, piece.start_s), piece.end_s)
        return Span(start, min(max(end_s + shift, start), piece.end_s))


def pack(speech: Sequence[Span], duration_s: float) -> Iterator[Passage]:
    """Passages of at most WINDOW_S that together hold all of the speech and the air around it.

    `speech` is in order and no span is longer than WINDOW_S - 2 AIR_S.
    """
    pieces: list[Span] = []
    for piece in _with_air(speech, duration_s):
        if pieces and sum(held.duration_s for held in pieces) + piece.duration_s > WINDOW_S:
            yield Passage(tuple(pieces))
            pieces = []
        pieces.append(piece)
    if pieces:
        yield Passage(tuple(pieces))


def _with_air(speech: Sequence[Span], duration_s: float) -> Iterator[Span]:
    """Widen each span by AIR_S on both sides, or to the middle of a shorter pause."""
    for index, span in enumerate(speech):
        before = speech[index - 1].end_s if index else -span.start_s
        after = speech[index + 1].start_s if index + 1 < len(speech) else 2 * duration_s - span.end_s
        yield Span(
            span.start_s - min(AIR_S, (span.start_s - before) / 2),
            span.end_s + min(AIR_S, (after - span.end_s) / 2),
        )
