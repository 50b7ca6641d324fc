"""Which of the proposed times suits the participants best."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.calibration.sessions.types import RatedTimeOption, TimeOption, Vote, VoteAnswer


def rate_options(
    options: Sequence[TimeOption], votes: Mapping[UUID, Sequence[Vote]], now: datetime
) -> list[RatedTimeOption]:
    """The options with their votes, the best one marked; none is where nobody can come to a time to come.

    The best time is the one to which most can come, if need be; among these the one that most like; then the earliest.
    """
    ahead = [option for option in options if option.starts_at > now]
    best = max(
        ahead, key=lambda option: (*_support(votes.get(option.id, ())), -option.starts_at.timestamp()), default=None
    )
    if best is not None and _support(votes.get(best.id, ())) == (0, 0):
        best = None
    return [RatedTimeOption(option, votes.get(option.id, ()), option == best) for option in options]


def _support(votes: Sequence[Vote]) -> tuple[int, int]:
    """How many can come, and how many of these without "if needed"."""
    yes = sum(vote.answer is VoteAnswer.YES for vote in votes)
    return yes + sum(vote.answer is VoteAnswer.IF_NEEDED for vote in votes), yes
