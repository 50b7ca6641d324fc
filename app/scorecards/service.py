"""Scorecards: drafted, published, and drafted anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import events
from app.platform import clock
from app.platform.database import Session
from app.platform.database.records import map_integrity_errors
from app.platform.errors import FieldError, Invalid, NotFound, StaleVersion, invalid
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, page_of
from app.scorecards import repository
from app.scorecards.definition import Definition
from app.scorecards.errors import DraftExists, FaultyScorecard, NoDraft
from app.scorecards.scorecard import Scorecard, ScorecardSummary, VersionStatus
from app.scorecards.scoring import Score, passed, score
from app.scorecards.types import AnswerValue, DefinitionFault
from app.scorecards.validation import publish_faults, shape_faults

# What belongs to the draft; the rest belongs to the scorecard and may change at any time.
_OF_THE_DRAFT = frozenset({"passing_score", "definition"})


def _known_project() -> Any:
    return map_integrity_errors(
        fk_scorecards_tenant_id_project_id_projects=invalid("/project_id", "there is no such project")
    )


async def create_scorecard(
    session: Session, *, name: str, project_id: UUID | None, passing_score: Decimal, definition: Definition
) -> Scorecard:
    """A scorecard with a draft version 1, which may still have faults."""
    scorecard = Scorecard(
        id=new_id(),
        name=name,
        project_id=project_id,
        version=1,
        created_at=clock.now(),
        version_id=new_id(),
        number=1,
        status=VersionStatus.DRAFT,
        passing_score=passing_score,
        published_at=None,
        definition=definition,
    )
    with _known_project():
        await repository.insert(session, scorecard)
    await _record(session, "scorecard.created", None, scorecard)
    return scorecard


async def get_scorecard(session: Session, scorecard_id: UUID) -> Scorecard:
    """A scorecard at its newest version: the draft, where it has one."""
    scorecard = await repository.read(session, scorecard_id)
    if scorecard is None:
        raise NotFound(f"there is no scorecard {scorecard_id}")
    return scorecard


async def get_version(session: Session, scorecard_id: UUID, number: int) -> Scorecard:
    scorecard = await repository.read(session, scorecard_id, number)
    if scorecard is None:
        raise NotFound(f"there is no version {number} of a scorecard {scorecard_id}")
    return scorecard


async def list_scorecards(session: Session, page: PageRequest) -> Page[ScorecardSummary]:
    rows = await repository.page_of_summaries(session, page)
    return page_of(rows, page, lambda scorecard: (scorecard.id,))


async def change_scorecard(session: Session, scorecard_id: UUID, version: int, changes: dict[str, Any]) -> Scorecard:
    """Change the name or project, and the contents of the draft."""
    before = await get_scorecard(session, scorecard_id)
    if before.version != version:
        raise StaleVersion(f"the scorecard is now at version {before.version}")
    of_the_draft = not _OF_THE_DRAFT.isdisjoint(changes)
    if of_the_draft and before.status is not VersionStatus.DRAFT:
        raise NoDraft("a published version never changes; open a new draft")
    after = replace(before, **changes, version=version + 1)
    with _known_project():
        await repository.update(session, after, expected=version)
    if of_the_draft:
        await repository.update_draft(session, after)
    await _record(session, "scorecard.changed", before, after)
    return after


async def publish(session: Session, scorecard_id: UUID, user_id: UUID | None) -> Scorecard:
    """Freeze the draft: from now on calls are judged by it."""
    await repository.lock(session, scorecard_id)
    draft = await get_scorecard(session, scorecard_id)
    if draft.status is not VersionStatus.DRAFT:
        raise NoDraft(f"version {draft.number} is published already")
    _refuse(publish_faults(draft.definition), "the draft cannot be published")
    now = clock.now()
    published = replace(draft, version=draft.version + 1, status=VersionStatus.PUBLISHED, published_at=now)
    await repository.update(session, published, expected=draft.version)
    await repository.publish(session, draft.version_id, now, user_id)
    await _record(session, "scorecard.published", None, published)
    return published


async def open_draft(session: Session, scorecard_id: UUID) -> Scorecard:
    """A new draft that begins as a copy of the published version."""
    await repository.lock(session, scorecard_id)
    published = await get_scorecard(session, scorecard_id)
    if published.status is VersionStatus.DRAFT:
        raise DraftExists(f"version {published.number} is a draft already")
    draft = replace(
        published,
        version=published.version + 1,
        version_id=new_id(),
        number=published.number + 1,
        status=VersionStatus.DRAFT,
        published_at=None,
    )
    await repository.update(session, draft, expected=published.version)
    await repository.insert_draft(session, draft)
    await _record(session, "scorecard.drafted", None, draft)
    return draft


async def preview(
    session: Session, scorecard_id: UUID, number: int | None, answers: Sequence[tuple[str, AnswerValue]]
) -> tuple[Score, bool | None]:
    """What the answers (item key, value) would score, and whether that passes; nothing is stored."""
    scorecard = await (
        get_scorecard(session, scorecard_id) if number is None else get_version(session, scorecard_id, number)
    )
    _refuse(shape_faults(scorecard.definition), f"version {scorecard.number} cannot be scored")
    if faults := tuple(_value_faults(scorecard.definition, answers)):
        raise Invalid("the scorecard does not take these answers", field_errors=faults)
    worth = score(scorecard.definition, dict(answers))
    return worth, passed(worth.score, scorecard.passing_score)


def _value_faults(definition: Definition, answers: Iterable[tuple[str, AnswerValue]]) -> Iterator[FieldError]:
    for place, (key, value) in enumerate(answers):
        item = definition.item_by_key.get(key)
        if item is None:
            yield FieldError(f"/answers/{place}/item", f"The scorecard has no item {key!r}.")
        elif not item.accepts(value):
            yield FieldError(f"/answers/{place}/value", f"The item {key!r} cannot be answered with {value!r}.")


def _refuse(faults: Sequence[DefinitionFault], what: str) -> None:
    if faults:
        count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
        raise FaultyScorecard(
            f"{what}: it has {count}", field_errors=tuple(FieldError(fault.pointer, fault.detail) for fault in faults)
        )


async def _record(session: Session, event_type: str, before: Scorecard | None, after: Scorecard) -> None:
    await events.record(
        session,
        event_type,
        subject=("scorecard", after.id),
        before=before.document() if before else None,
        after=after.document(),
    )
