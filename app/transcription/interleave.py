"""The words of the channels as one conversation.

Each channel is first cut into utterances, at pauses and at the ends of sentences. Where the other
party says something in the middle of an utterance it is cut there as well, so that the reader
sees the reply where it was given and not after the end of a long passage.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from app.transcription.types import Segment, Speaker, Word

PAUSE_S = 1.0  # a longer pause ends an utterance in any case
SENTENCE_PAUSE_S = 0.6  # after a full stop a short one is enough
LONG_S = 15.0  # a passage that runs longer ends with its sentence even without a pause
_SENTENCE_ENDS = (".", "!", "?", "…")

Utterance = Sequence[Word]


def interleave(channels: Sequence[Sequence[Word]], speakers: Sequence[Speaker]) -> tuple[Segment, ...]:
    """Segments of all channels in the order in which they begin.

    `channels` holds the words of each channel in order of time, `speakers` who is on it.
    """
    utterances = [_utterances(words) for words in channels]
    turns = [
        (channel, turn)
        for channel, own in enumerate(utterances)
        for turn in _cut_at_replies(own, _others(utterances, channel))
    ]
    turns.sort(key=lambda turn: (turn[1][0].start_s, turn[0]))
    return tuple(
        _segment(number, channel, speakers[channel], words) for number, (channel, words) in enumerate(turns, start=1)
    )


def _utterances(words: Sequence[Word]) -> list[Utterance]:
    ends = [index for index, (word, after) in enumerate(pairwise(words), start=1) if _pauses(word, after)]
    return _cut_long([words[start:end] for start, end in pairwise([0, *ends, len(words)]) if end > start])


def _pauses(word: Word, after: Word) -> bool:
    pause = after.start_s - word.end_s
    return pause > PAUSE_S or (pause > SENTENCE_PAUSE_S and word.text.endswith(_SENTENCE_ENDS))


def _cut_long(utterances: Iterable[Utterance]) -> list[Utterance]:
    cut: list[Utterance] = []
    for words in utterances:
        start = 0
        for index, word in enumerate(words, start=1):
            if word.text.endswith(_SENTENCE_ENDS) and word.end_s - words[start].start_s > LONG_S:
                cut.append(words[start:index])
                start = index
        if start < len(words):
            cut.append(words[start:])
    return cut


def _others(utterances: Sequence[Sequence[Utterance]], channel: int) -> list[float]:
    """The middles of what the other channels say, in seconds."""
    return sorted(
        (words[0].start_s + words[-1].end_s) / 2
        for other, spoken in enumerate(utterances)
        if other != channel
        for words in spoken
    )


def _cut_at_replies(utterances: Iterable[Utterance], replies: Sequence[float]) -> list[Utterance]:
    return [turn for words in utterances for turn in _cut(words, replies)]


def _cut(words: Utterance, replies: Sequence[float]) -> list[Utterance]:
    """Cut one utterance where the middle of a reply lies between two of its words."""
    middles = [(word.start_s + word.end_s) / 2 for word in words]
    ends = [
        index
        for index, (before, after) in enumerate(pairwise(middles), start=1)
        if any(before < reply <= after for reply in replies)
    ]
    return [words[start:end] for start, end in pairwise([0, *ends, len(words)])]


def _segment(number: int, channel: int, speaker: Speaker, words: Utterance) -> Segment:
    return Segment(
        id=number,
        channel=channel,
        speaker=speaker,
        start_s=round(words[0].start_s, 3),
        end_s=round(words[-1].end_s, 3),
        text="".join(word.text for word in words).strip(),
        confidence=round(sum(word.probability for word in words) / len(words), 3),
    )
