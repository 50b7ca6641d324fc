"""Evaluations as they were first submitted: what a scorer answered before anyone else could have a say."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from app.evaluations.answers import errors_among
from app.evaluations.repository import reading
from app.evaluations.types import Answer, Submission
from app.platform.database import Session
from app.scorecards import published_version


async def submissions_of(session: Session, evaluation_ids: Collection[UUID]) -> dict[UUID, Submission]:
    """The first submissions of evaluations, by evaluation. Drafts are missing."""
    rows = await reading.first_revisions(session, evaluation_ids)
    answers = await reading.answer_rows(session, [row.revision_id for row in rows])
    found = {}
    for row in rows:
        version = await published_version(session, row.scorecard_version_id)
        submission = reading.submission_of(row, version)
        given = [reading.answer_of(answer, version.definition) for answer in answers[row.revision_id]]
        found[submission.evaluation_id] = replace(submission, answers=given)
    return found


def errors_of(submission: Submission) -> list[Answer]:
    """The errors of a submission, in the order of the scorecard."""
    return errors_among(submission.answers, submission.version.definition)
