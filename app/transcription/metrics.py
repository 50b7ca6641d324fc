"""Talk, silence and overlap of a call, from the stretches of speech on its channels."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from app.transcription.types import Metrics, Span, Speaker


def call_metrics(channels: Sequence[tuple[Speaker, Sequence[Span]]], duration_s: float) -> Metrics:
    """Seconds in which the agent, the customer, neither and both speak.

    Talk of a party that no channel is attributed to is None, and so is the overlap within one channel.
    """
    merged = [(speaker, merge(speech)) for speaker, speech in channels]
    voices = merge(span for _, speech in merged for span in speech)
    silences = gaps(voices, duration_s)
    overlap = _total(merged[0][1]) + _total(merged[1][1]) - _total(voices) if len(merged) == 2 else None
    return Metrics(
        agent_talk_s=_talk(Speaker.AGENT, merged),
        customer_talk_s=_talk(Speaker.CUSTOMER, merged),
        silence_s=_total(silences),
        overlap_s=overlap if overlap is None else round(overlap, 3),
        longest_silence_s=round(max((span.duration_s for span in silences), default=0.0), 3),
    )


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time covered by spans in order that neither touch nor overlap."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_s <= merged[-1].end_s:
            merged[-1] = Span(merged[-1].start_s, max(merged[-1].end_s, span.end_s))
        else:
            merged.append(span)
    return merged


def gaps(spans: Sequence[Span], duration_s: float) -> list[Span]:
    """What merged spans leave free between 0 and the end of the recording."""
    edges = [Span(0.0, 0.0), *spans, Span(duration_s, duration_s)]
    free = (Span(before.end_s, after.start_s) for before, after in pairwise(edges))
    return [span for span in free if span.duration_s > 0]


def _talk(who: Speaker, channels: Sequence[tuple[Speaker, Sequence[Span]]]) -> float | None:
    attributed = [_total(speech) for speaker, speech in channels if speaker is who]
    return round(sum(attributed), 3) if attributed else None


def _total(spans: Iterable[Span]) -> float:
    return round(sum(span.duration_s for span in spans), 3)
