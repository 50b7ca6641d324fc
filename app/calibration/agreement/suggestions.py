"""Suggested sessions: listed, and made with one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from app.calibration.agreement import repository
from app.calibration.agreement.service import DEFAULT_PERIOD, pooled_scorings
from app.calibration.agreement.suggesting import Draws, project_of, suggest
from app.calibration.agreement.types import AgreementFilter, PooledScorings, Suggestion, Threshold
from app.calibration.sessions.arranging import create_session
from app.calibration.sessions.errors import SessionMade
from app.calibration.sessions.types import NewParticipant, NewSession, SeeOthers, SessionDetail
from app.identity import Principal
from app.platform import clock
from app.platform.clock import Period
from app.platform.database import Session
from app.platform.errors import NotFound, invalid, require_found
from app.platform.threads import COMPUTING

# So many calls a suggested session has, where there are as many.
SESSION_CALLS: Final = 5
SESSION_MINUTES: Final = 60
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class SuggestionBasis:
    """What suggestions are computed from."""

    scorings: PooledScorings
    thresholds: Sequence[Threshold]
    draws: Draws
    # The sessions that were made from suggestions and are not revealed yet, by suggestion.
    sessions_under_way: Mapping[str, UUID]


@dataclass(frozen=True, kw_only=True)
class SuggestedChanges:
    """What is to be other than suggested; None leaves it as it is."""

    name: str | None = None
    scheduled_at: datetime | None = None
    count: int | None = None
    participants: Sequence[NewParticipant] | None = None


async def read_basis(session: Session, project_id: UUID | None) -> SuggestionBasis:
    """The last 90 days of the project, or of all that want some agreement. NotFound if there is no such project."""
    projects = await repository.projects(session, project_id)
    if project_id is not None:
        require_found(projects or None, "project", project_id)
    thresholds = [project.threshold for project in projects if project.threshold is not None]
    ids = [threshold.project_id for threshold in thresholds]
    period = Period(clock.now() - DEFAULT_PERIOD, clock.now(), UTC)
    scorings = await pooled_scorings(session, AgreementFilter(), period, ids)
    draws = await repository.newest_draws(session, ids)
    return SuggestionBasis(
        scorings,
        sorted(thresholds, key=lambda one: (one.project_name, one.project_id)),
        draws,
        await repository.sessions_under_way(session),
    )


def suggestions_from(basis: SuggestionBasis) -> list[Suggestion]:
    found = suggest(basis.scorings, basis.thresholds, basis.draws)
    return [replace(one, session_id=basis.sessions_under_way.get(one.id)) for one in found]


def suggested_session(suggestion: Suggestion, changes: SuggestedChanges | None = None) -> NewSession:
    """The session that is suggested: of calls of the newest draw, or of those on which the raters disagreed most."""
    changed = changes or SuggestedChanges()
    draw = suggestion.draw
    available = len(suggestion.call_ids) if draw is None else draw.sample_size
    count = min(SESSION_CALLS, available) if changed.count is None else changed.count
    if draw is None and count > available:
        raise invalid("/count", f"there are {available} calls to choose from")
    suggested = [NewParticipant(user_id=rater.user_id) for rater in suggestion.participants]
    return NewSession(
        name=changed.name or f"{suggestion.subject}, {suggestion.threshold.project_name}"[:_LONGEST_NAME],
        scheduled_at=changed.scheduled_at,
        duration_min=SESSION_MINUTES,
        place=None,
        hide_agent=True,
        see_others=SeeOthers.AFTER_REVEAL,
        reference_user_id=None,
        reference_evaluation_id=None,
        scorecard_id=suggestion.scorecard_id,
        scorecard_version=None,
        call_ids=suggestion.call_ids[:count] if draw is None else (),
        from_draw=None if draw is None else draw.draw_id,
        count=None if draw is None else count,
        participants=suggested if changed.participants is None else changed.participants,
        suggestion_id=suggestion.id,
    )


async def create_suggested_session(
    session: Session, principal: Principal, suggestion_id: str, changes: SuggestedChanges
) -> SessionDetail:
    """The session of a suggestion; SessionMade while there is one. NotFound if the suggestion stands no more."""
    project_id = project_of(suggestion_id)
    if project_id is not None:
        await repository.lock_project(session, project_id)
    basis = None if project_id is None else await read_basis(session, project_id)
    found = [] if basis is None else await COMPUTING.run(suggestions_from, basis)
    suggestion = next((one for one in found if one.id == suggestion_id), None)
    if suggestion is None:
        raise NotFound("there is no such suggestion: list them again, for agreement may have risen since")
    if suggestion.session_id is not None:
        raise SessionMade(f"the session {suggestion.session_id} came of this suggestion: reveal or cancel it first")
    return await create_session(session, principal, suggested_session(suggestion, changes))
