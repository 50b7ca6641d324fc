"""SQL of blind scores and of consensus."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.calibration.sessions.types import BlindScore, Consensus
from app.evaluations import Answer, answer_of_document
from app.platform.database import Row, Session, dumps
from app.platform.database.records import read_as

_SCORES = """
SELECT session_id, participant_id, call_id, answers, comment, complete, submitted_at, blind, blind_answers,
    version
FROM calibration_scores WHERE session_id = :session_id
"""
_SAVE = """
INSERT INTO calibration_scores AS s
    (tenant_id, session_id, participant_id, call_id, answers, comment, complete, submitted_at, blind,
     blind_answers, version)
VALUES (:tenant_id, :session_id, :participant_id, :call_id, :answers, :comment, :complete, :submitted_at, :blind,
    :blind_answers, :version)
ON CONFLICT (tenant_id, session_id, participant_id, call_id) DO UPDATE
SET answers = excluded.answers, comment = excluded.comment, complete = excluded.complete,
    submitted_at = excluded.submitted_at, blind = excluded.blind,
    blind_answers = excluded.blind_answers, version = excluded.version
"""
_CONSENSUS = """
SELECT id, session_id, call_id, answers, comment, decided_by, decided_at, evaluation_id, version
FROM calibration_consensus WHERE session_id = :session_id
"""
# That of the first scoring round; where the call was not drawn, the first one.
_EVALUATION_OF_RECORD = """
SELECT e.id FROM evaluations e LEFT JOIN assignments a ON a.id = e.assignment_id
WHERE e.call_id = :call_id AND e.scorecard_id = :scorecard_id AND e.status = 'submitted'
ORDER BY coalesce(a.scoring_round, 3), e.id LIMIT 1
"""
_DECIDE = """
INSERT INTO calibration_consensus
    (tenant_id, id, session_id, call_id, answers, comment, decided_by, decided_at, evaluation_id, version)
VALUES (:tenant_id, :id, :session_id, :call_id, :answers, :comment, :decided_by, :decided_at, :evaluation_id, :version)
ON CONFLICT (tenant_id, session_id, call_id) DO UPDATE
SET answers = excluded.answers, comment = excluded.comment, decided_by = excluded.decided_by,
    decided_at = excluded.decided_at, evaluation_id = excluded.evaluation_id, version = excluded.version
"""


async def read(session: Session, session_id: UUID, participant_id: UUID, call_id: UUID) -> BlindScore | None:
    own = f"{_SCORES} AND participant_id = :participant_id AND call_id = :call_id"
    row = await session.fetch_optional(own, session_id=session_id, participant_id=participant_id, call_id=call_id)
    return None if row is None else _score(row)


async def of_session(session: Session, session_id: UUID) -> list[BlindScore]:
    """Every score of a session, in the order of participants and calls."""
    rows = await session.fetch_all(f"{_SCORES} ORDER BY participant_id, call_id", session_id=session_id)
    return [_score(row) for row in rows]


async def save(session: Session, score: BlindScore) -> None:
    """Write a score over the one that the participant had of this call."""
    await session.execute(
        _SAVE,
        tenant_id=session.tenant_id,
        session_id=score.session_id,
        participant_id=score.participant_id,
        call_id=score.call_id,
        answers=dumps(score.answers),
        comment=score.comment,
        complete=score.complete,
        submitted_at=score.submitted_at,
        blind=score.blind,
        blind_answers=None if score.blind_answers is None else dumps(score.blind_answers),
        version=score.version,
    )


async def consensus_of_session(session: Session, session_id: UUID) -> list[Consensus]:
    rows = await session.fetch_all(f"{_CONSENSUS} ORDER BY call_id", session_id=session_id)
    return [_consensus(row) for row in rows]


async def consensus_of_call(session: Session, session_id: UUID, call_id: UUID) -> Consensus | None:
    row = await session.fetch_optional(f"{_CONSENSUS} AND call_id = :call_id", session_id=session_id, call_id=call_id)
    return None if row is None else _consensus(row)


async def decide(session: Session, consensus: Consensus) -> None:
    """Write a consensus over the one that the call had."""
    await session.execute(
        _DECIDE,
        tenant_id=session.tenant_id,
        id=consensus.id,
        session_id=consensus.session_id,
        call_id=consensus.call_id,
        answers=dumps(consensus.answers),
        comment=consensus.comment,
        decided_by=consensus.decided_by,
        decided_at=consensus.decided_at,
        evaluation_id=consensus.evaluation_id,
        version=consensus.version,
    )


async def evaluation_of_record(session: Session, call_id: UUID, scorecard_id: UUID) -> UUID | None:
    """The submitted evaluation that counts for the call."""
    subject = {"call_id": call_id, "scorecard_id": scorecard_id}
    found: UUID | None = await session.fetch_value(_EVALUATION_OF_RECORD, **subject)
    return found


async def agent_of_call(session: Session, call_id: UUID) -> UUID | None:
    agent_id: UUID | None = await session.fetch_value("SELECT agent_id FROM calls WHERE id = :id", id=call_id)
    return agent_id


def _score(row: Row) -> BlindScore:
    blind_answers = None if row.blind_answers is None else _answers(row.blind_answers)
    return read_as(BlindScore, row, answers=_answers(row.answers), blind_answers=blind_answers)


def _consensus(row: Row) -> Consensus:
    return read_as(Consensus, row, answers=_answers(row.answers))


def _answers(documents: Sequence[Mapping[str, Any]]) -> list[Answer]:
    return [answer_of_document(document) for document in documents]
