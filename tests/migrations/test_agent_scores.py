"""The migration that adds agent scores gives the revisions that there are what the service would have given them."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.evaluations.answers import grades_of
from app.platform.database import migrate
from app.platform.database.embedded import EmbeddedPostgres
from app.platform.ids import new_id
from app.scorecards import NA, AnswerValue, Condition, Definition, Fatal, Fault, Score, definition_to_document, score
from app.scorecards.scoring import visible_items
from tests.conftest import make_empty_database
from tests.scorecards.factories import binary, choice, scale, sections

BEFORE, AFTER = "20261128_calibration_suggestions", "20261128_agent_scores"
# More than a batch of the migration, although those with errors of agents alone are in none.
REVISIONS = 1300
TENANTS = [new_id(), new_id()]

DEFINITION = sections(
    (binary("a", "7.5", fatal=Fatal.SECTION), scale("b", "12.5", scale_max=3), scale("c", "10", scale_max=7)),
    (choice("d", "30", allow_na=True), binary("e", "5", visible_if=Condition("d", ("part", "nothing")))),
    (scale("f", "15", scale_max=2, fatal=Fatal.SCORECARD), binary("g", "20", allow_na=True)),
)
ROWS = (
    "INSERT INTO tenants (id, slug, name) VALUES ($1, $1::uuid::text, 'T')",
    "INSERT INTO users (tenant_id, id, email, full_name, role, active, version) "
    "VALUES ($1, $1, 'v@example.com', 'V', 'verifier', true, 1)",
    "INSERT INTO projects (tenant_id, id, name, timezone, language, version) VALUES ($1, $1, 'Cards', 'UTC', 'en', 1)",
    "INSERT INTO scorecards (tenant_id, id, name, version) VALUES ($1, $1, 'S', 1)",
    "INSERT INTO calls (tenant_id, id, source, external_id, project_id, started_at, duration_s, direction, complaint, "
    "tags, attributes) VALUES ($1, $1, 'crm', '1', $1, now(), 60, 'inbound', false, '{}', '{}')",
)
VERSION = """
INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition, published_at)
VALUES ($1, $1, $1, 1, 'published', 80, $2, now())
"""
EVALUATION = """
INSERT INTO evaluations (tenant_id, id, call_id, project_id, scorecard_id, scorecard_version_id, verifier_id, status,
                         version, submitted_at)
VALUES ($1, $1, $1, $1, $1, $1, $1, 'submitted', 1, now())
"""
SCORES = "SELECT id, agent_score, process_loss FROM evaluation_revisions"
TRIGGER = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid = 'evaluation_revisions'::regclass"
FORCED = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname IN ('evaluation_revisions', 'answers')"


@dataclass(frozen=True)
class Submitted:
    """A revision, the answers of which are random."""

    id: UUID
    tenant_id: UUID
    answers: dict[str, AnswerValue]
    faults: dict[str, Fault | None]

    @property
    def score(self) -> Score:
        return score(DEFINITION, self.answers, None, self.faults)


def submitted(rng: Random, tenant_id: UUID) -> Submitted:
    answers: dict[str, AnswerValue] = {}
    for item in DEFINITION.items:
        answers[item.key] = rng.choice([*item.values, NA] if item.allow_na else list(item.values))
    shown = visible_items(DEFINITION, answers)
    faults = {item.key: rng.choice(list(Fault)) if item.is_error(answers[item.key]) else None for item in shown}
    return Submitted(new_id(), tenant_id, {item.key: answers[item.key] for item in shown}, faults)


def all_na(tenant_id: UUID) -> Submitted:
    """Without a score: only items that may be N/A are answered."""
    return Submitted(new_id(), tenant_id, {"d": NA, "g": NA}, {"d": None, "g": None})


@pytest.fixture
def revisions() -> list[Submitted]:
    rng = Random(9)
    return [all_na(TENANTS[0]), *(submitted(rng, TENANTS[number % 2]) for number in range(REVISIONS))]


@pytest.fixture
async def engine(cluster: EmbeddedPostgres, worker_name: str, revisions: list[Submitted]) -> AsyncIterator[AsyncEngine]:
    """A database at the migration before, with the revisions of two tenants."""
    urls = await make_empty_database(cluster, f"qmt_agent_scores_{worker_name}")
    engine = migrate.owner_engine(urls.owner)
    async with engine.connect() as connection:
        await connection.run_sync(migrate.upgrade, BEFORE)
    admin = await asyncpg.connect(urls.admin)
    try:
        await insert(admin, DEFINITION, revisions)
    finally:
        await admin.close()
    yield engine
    await engine.dispose()


async def insert(admin: Any, definition: Definition, revisions: list[Submitted]) -> None:
    for tenant_id in TENANTS:
        for statement in ROWS:
            await admin.execute(statement, tenant_id)
        await admin.execute(VERSION, tenant_id, json.dumps(definition_to_document(definition)))
        await admin.execute(EVALUATION, tenant_id)
    await admin.copy_records_to_table(
        "evaluation_revisions",
        columns=["tenant_id", "id", "evaluation_id", "number", "author_id", "score", "sections", "families",
                 "fatal_items", "applicable_count", "error_count"],
        records=[
            (one.tenant_id, one.id, one.tenant_id, number, one.tenant_id, one.score.score, "[]", "{}", [], 7, 0)
            for number, one in enumerate(revisions, 1)
        ],
    )  # fmt: skip
    grades = grades_of(definition)
    await admin.copy_records_to_table(
        "answers",
        columns=["tenant_id", "revision_id", "position", "item", "value", "credit", "is_error", "fault"],
        records=[
            (one.tenant_id, one.id, position, key, grade.text, grade.credit, grade.is_error, one.faults[key])
            for one in revisions
            for position, key in enumerate(one.answers)
            for grade in [grades[key][one.answers[key]]]
        ],
    )


async def scores(engine: AsyncEngine) -> dict[UUID, tuple[Decimal | None, Decimal | None]]:
    async with engine.connect() as connection:
        await connection.exec_driver_sql("ALTER TABLE evaluation_revisions NO FORCE ROW LEVEL SECURITY")
        rows = (await connection.exec_driver_sql(SCORES)).all()
        await connection.rollback()
    return {row.id: (row.agent_score, row.process_loss) for row in rows}


def kind_of(revision: Submitted) -> str:
    if revision.score.score is None:
        return "no score"
    return "agents" if set(revision.faults.values()) <= {None, Fault.AGENT} else "others"


async def test_every_revision_gets_what_the_service_would_have_given_it(
    engine: AsyncEngine, revisions: list[Submitted]
) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(migrate.upgrade, AFTER)
    expected = {one.id: (one.score.agent_score, one.score.process_loss) for one in revisions}
    assert await scores(engine) == expected
    # The cases are worth the test: every kind of figure is among them.
    kinds = Counter(kind_of(one) for one in revisions)
    assert kinds["agents"] > 0 < kinds["no score"]
    assert kinds["others"] > 1000
    assert len({one.score.process_loss for one in revisions}) > 50


async def test_revisions_are_as_protected_as_before(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(migrate.upgrade, AFTER)
        assert (await connection.exec_driver_sql(TRIGGER)).scalar_one() in ("O", b"O")
        assert (await connection.exec_driver_sql(FORCED)).scalar_one()


async def test_it_can_be_taken_back_and_repeated(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(migrate.upgrade, AFTER)
        first = await scores(engine)
        await connection.run_sync(migrate.downgrade, BEFORE)
        await connection.run_sync(migrate.upgrade, AFTER)
    assert await scores(engine) == first
