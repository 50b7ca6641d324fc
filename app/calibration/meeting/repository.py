"""SQL of proposed times and votes, and what a calendar entry needs to know."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from app.calibration.sessions.types import TimeOption, Vote, VoteAnswer
from app.platform.database import Row, Session

_INSERT = """
INSERT INTO calibration_time_options (tenant_id, id, session_id, starts_at)
SELECT :tenant_id, o.id, :session_id, o.starts_at FROM unnest(:ids::uuid[], :starts::timestamptz[]) AS o (id, starts_at)
"""
_OPTIONS = """
SELECT id, session_id, starts_at FROM calibration_time_options WHERE session_id = :session_id ORDER BY starts_at
"""
_VOTES = """
SELECT v.option_id, v.participant_id, v.answer
FROM calibration_votes v
JOIN calibration_participants p ON p.id = v.participant_id AND p.withdrawn_at IS NULL
WHERE v.session_id = :session_id ORDER BY v.participant_id
"""
_VOTE = """
INSERT INTO calibration_votes AS v (tenant_id, session_id, option_id, participant_id, answer)
VALUES (:tenant_id, :session_id, :option_id, :participant_id, :answer)
ON CONFLICT (tenant_id, option_id, participant_id) DO UPDATE SET answer = excluded.answer
    WHERE v.answer <> excluded.answer
"""
_CIRCUMSTANCES = """
SELECT (SELECT p.timezone FROM projects p WHERE p.id = :project_id) AS timezone,
    (SELECT p.language FROM projects p WHERE p.id = :project_id) AS language,
    u.full_name AS organizer_name, u.email AS organizer_email
FROM users u WHERE u.tenant_id = :tenant_id AND u.id = :organizer_id
"""


async def insert_options(session: Session, options: Sequence[TimeOption]) -> None:
    await session.execute(
        _INSERT,
        tenant_id=session.tenant_id,
        session_id=options[0].session_id,
        ids=[option.id for option in options],
        starts=[option.starts_at for option in options],
    )


async def options_of(session: Session, session_id: UUID) -> list[TimeOption]:
    """The proposed times, the earliest first."""
    return [TimeOption(*row) for row in await session.fetch_all(_OPTIONS, session_id=session_id)]


async def votes_of(session: Session, session_id: UUID) -> dict[UUID, list[Vote]]:
    """The votes for each option of those who have not withdrawn."""
    votes = defaultdict(list)
    for row in await session.fetch_all(_VOTES, session_id=session_id):
        votes[row.option_id].append(Vote(row.participant_id, VoteAnswer(row.answer)))
    return votes


async def save_vote(session: Session, option: TimeOption, vote: Vote) -> bool:
    """False where the participant had said the same."""
    changed = await session.execute(
        _VOTE,
        tenant_id=session.tenant_id,
        session_id=option.session_id,
        option_id=option.id,
        participant_id=vote.participant_id,
        answer=vote.answer,
    )
    return changed == 1


async def circumstances(session: Session, project_id: UUID | None, organizer_id: UUID) -> Row:
    """The time zone and the language of the project, null without one, and who arranges."""
    return await session.fetch_one(
        _CIRCUMSTANCES, tenant_id=session.tenant_id, project_id=project_id, organizer_id=organizer_id
    )
