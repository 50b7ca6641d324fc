"""Scorecards: drafted, published, and drafted anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app import events
from app.platform import clock
from app.platform.database import Session
from app.platform.database.records import map_integrity_errors
from app.platform.errors import FieldError, Invalid, StaleVersion, invalid, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.scorecards import repository
from app.scorecards.errors import DraftExists, InvalidScorecard, NoDraft
from app.scorecards.events import (
    ScorecardChanged,
    ScorecardCreated,
    ScorecardDrafted,
    ScorecardPublished,
    scorecard_document,
)
from app.scorecards.scoring import error_items, score
from app.scorecards.types import (
    Definition,
    PreviewedAnswer,
    PublishedVersion,
    Score,
    Scorecard,
    ScorecardSummary,
    VersionStatus,
    Violation,
)
from app.scorecards.validation import publish_violations, shape_violations

# What belongs to the draft; the rest belongs to the scorecard and may change at any time.
_OF_THE_DRAFT = frozenset({"passing_score", "definition"})

# Published versions by tenant and id: every evaluation needs one.
_MOST_KEPT: Final = 512
_kept: dict[tuple[UUID, UUID], PublishedVersion] = {}


def _known_project() -> Any:
    return map_integrity_errors(
        fk_scorecards_tenant_id_project_id_projects=invalid("/project_id", "there is no such project")
    )


async def create_scorecard(
    session: Session, *, name: str, project_id: UUID | None, passing_score: Decimal, definition: Definition
) -> Scorecard:
    """A scorecard with a draft version 1, which may still break rules."""
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
    await events.record(session, ScorecardCreated(subject_id=scorecard.id, after=scorecard_document(scorecard)))
    return scorecard


async def get_scorecard(session: Session, scorecard_id: UUID) -> Scorecard:
    """A scorecard at its newest version: the draft, where it has one."""
    return require_found(await repository.read(session, scorecard_id), "scorecard", scorecard_id)


async def get_version(session: Session, scorecard_id: UUID, number: int) -> Scorecard:
    found = await repository.read(session, scorecard_id, number)
    return require_found(found, f"version {number} of a scorecard", scorecard_id)


async def list_scorecards(session: Session, page: PageRequest) -> Page[ScorecardSummary]:
    return await repository.page_of_summaries(session, page)


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
    changed = ScorecardChanged(subject_id=after.id, before=scorecard_document(before), after=scorecard_document(after))
    await events.record(session, changed)
    return after


async def publish(session: Session, scorecard_id: UUID, user_id: UUID | None) -> Scorecard:
    """Freeze the draft: calls are scored by it from now on."""
    await repository.lock(session, scorecard_id)
    draft = await get_scorecard(session, scorecard_id)
    if draft.status is not VersionStatus.DRAFT:
        raise NoDraft(f"version {draft.number} is published already")
    _refuse(publish_violations(draft.definition), "the draft cannot be published")
    now = clock.now()
    published = replace(draft, version=draft.version + 1, status=VersionStatus.PUBLISHED, published_at=now)
    await repository.update(session, published, expected=draft.version)
    await repository.publish(session, draft.version_id, now, user_id)
    await events.record(session, ScorecardPublished(subject_id=published.id, after=scorecard_document(published)))
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
    await events.record(session, ScorecardDrafted(subject_id=draft.id, after=scorecard_document(draft)))
    return draft


async def preview(
    session: Session, scorecard_id: UUID, number: int | None, answers: Sequence[PreviewedAnswer]
) -> tuple[Score, Sequence[str]]:
    """The score that the answers would get, and the items that are errors; nothing is stored."""
    scorecard = await (
        get_scorecard(session, scorecard_id) if number is None else get_version(session, scorecard_id, number)
    )
    _refuse(shape_violations(scorecard.definition), f"version {scorecard.number} cannot be scored")
    if errors := tuple(_value_errors(scorecard.definition, answers)):
        raise Invalid("the scorecard does not take these answers", field_errors=errors)
    values = {answer.item: answer.value for answer in answers}
    faults = {answer.item: answer.fault for answer in answers}
    scored = score(scorecard.definition, values, scorecard.passing_score, faults)
    return scored, error_items(scorecard.definition, values)


async def published_version(session: Session, version_id: UUID) -> PublishedVersion:
    """A published version that the caller knows to exist. It never changes, so the process keeps it."""
    key = session.tenant_id, version_id
    version = _kept.get(key)
    if version is None:
        version = await repository.read_published(session, version_id)
        if len(_kept) >= _MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = version
    return version


def _value_errors(definition: Definition, answers: Iterable[PreviewedAnswer]) -> Iterator[FieldError]:
    for position, (key, value, _) in enumerate(answers):
        item = definition.item_by_key.get(key)
        if item is None:
            yield FieldError(f"/answers/{position}/item", f"The scorecard has no item {key!r}.")
        elif not item.accepts(value):
            yield FieldError(f"/answers/{position}/value", f"The item {key!r} cannot be answered with {value!r}.")


def _refuse(violations: Sequence[Violation], what: str) -> None:
    if violations:
        count = f"{len(violations)} rule{'' if len(violations) == 1 else 's'}"
        errors = tuple(FieldError(violation.pointer, violation.detail) for violation in violations)
        raise InvalidScorecard(f"{what}: it breaks {count}", field_errors=errors)
