"""Which of the proposed times is the best one: compared with the rule, written down a second time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.calibration.meeting.voting import rate_options
from app.calibration.sessions.types import TimeOption, Vote, VoteAnswer

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SESSION_ID = UUID(int=1)

hours = st.lists(st.integers(-3, 6), max_size=6, unique=True)
answers = st.lists(st.sampled_from(VoteAnswer), max_size=5)


@st.composite
def ballots(draw: st.DrawFn) -> tuple[list[TimeOption], dict[UUID, list[Vote]]]:
    options = [
        TimeOption(UUID(int=100 + place), SESSION_ID, NOW + timedelta(hours=hour))
        for place, hour in enumerate(draw(hours))
    ]
    votes = {
        option.id: [Vote(UUID(int=200 + place), answer) for place, answer in enumerate(draw(answers))]
        for option in options
        if draw(st.booleans())
    }
    return options, votes


def beats(one: TimeOption, other: TimeOption, votes: dict[UUID, list[Vote]]) -> bool:
    """Whether more can come to one option than to the other; or as many, and more like it; or it is earlier."""

    def count(option: TimeOption, *wanted: VoteAnswer) -> int:
        return sum(1 for vote in votes.get(option.id, []) if vote.answer in wanted)

    can_come = (VoteAnswer.YES, VoteAnswer.IF_NEEDED)
    if count(one, *can_come) != count(other, *can_come):
        return count(one, *can_come) > count(other, *can_come)
    if count(one, VoteAnswer.YES) != count(other, VoteAnswer.YES):
        return count(one, VoteAnswer.YES) > count(other, VoteAnswer.YES)
    return one.starts_at < other.starts_at


@given(ballots())
def test_the_best_option_beats_every_other_one_to_come(ballot: tuple[list[TimeOption], dict[UUID, list[Vote]]]) -> None:
    options, votes = ballot
    rated = rate_options(options, votes, NOW)
    assert [one.option for one in rated] == options
    assert [list(one.votes) for one in rated] == [votes.get(option.id, []) for option in options]
    ahead = [option for option in options if option.starts_at > NOW]
    wanted = [
        option
        for option in ahead
        if any(vote.answer is not VoteAnswer.NO for vote in votes.get(option.id, []))
        and all(beats(option, other, votes) for other in ahead if other != option)
    ]
    assert [one.option for one in rated if one.best] == wanted


@given(ballots(), st.randoms(use_true_random=False))
def test_the_order_of_options_and_votes_makes_no_difference(
    ballot: tuple[list[TimeOption], dict[UUID, list[Vote]]], random: st.DrawFn
) -> None:
    options, votes = ballot

    def chosen() -> set[UUID]:
        return {one.option.id for one in rate_options(options, votes, NOW) if one.best}

    before = chosen()
    for found in (options, *votes.values()):
        random.shuffle(found)  # type: ignore[attr-defined]
    assert chosen() == before
