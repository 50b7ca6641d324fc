"""The roll-ups that a report may take as they are."""

from collections.abc import Mapping, Sequence, Set
from uuid import UUID

from app import events
from app.analysis.rollups import repository
from app.analysis.rollups.marking import CONSUMER, consumed_types
from app.platform.database import Row, Session


async def changed_draws(session: Session) -> set[UUID]:
    """The draws in which something has happened that the consumer has not seen, so that no roll-up has it."""
    unseen = await events.subjects_not_consumed(session, CONSUMER, consumed_types())
    return set(await repository.draws_of(session, unseen)) if unseen else set()


async def fresh_rollups(
    session: Session, draw_ids: Sequence[UUID], changed: Set[UUID], *, answers: bool
) -> Mapping[UUID, Row]:
    """By draw, the roll-ups in which nothing is missing.

    The changed draws are asked for first: an event that is consumed between the two has marked its roll-up as stale.
    """
    wanted = [draw_id for draw_id in draw_ids if draw_id not in changed]
    return {row.draw_id: row for row in await repository.fresh(session, wanted, answers=answers)}
