"""The agent score and the process loss of every revision.

Those of the revisions that there are follow from their answers. The rule is written out here, as it was when the
columns came: a migration does not change with the code.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from migrations.tables import SCORE, optional
from migrations.tenancy import create_view, seeing_all

revision = "20261128_agent_scores"
down_revision = "20261128_calibration_suggestions"
branch_labels = None
depends_on = None

# As in the migration of evaluations, with more columns.
CURRENT_REVISIONS = """
SELECT r.tenant_id, r.evaluation_id, r.id AS revision_id, r.number AS revision, r.author_id, r.comment,
       {scores}, r.score_before_fatal, r.passed, r.sections, r.families, r.fatal_items,
       r.applicable_count, r.error_count, r.created_at AS revised_at,
       e.call_id, e.project_id, e.agent_id, e.scorecard_id, e.scorecard_version_id, e.assignment_id, e.verifier_id,
       e.submitted_at
FROM evaluations e
JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id
WHERE NOT EXISTS (
    SELECT FROM evaluation_revisions later
    WHERE later.tenant_id = r.tenant_id AND later.evaluation_id = r.evaluation_id AND later.number > r.number
)
"""
CHECKS = {
    "agent_score": "agent_score BETWEEN 0 AND 100",
    "process_loss": "process_loss BETWEEN 0 AND 100 - score",
    "scores": "score IS NOT NULL OR num_nonnulls(agent_score, process_loss) = 0",
}
# Without an error that is not the agent's there is nothing to compute.
BACKFILL_THE_AGENTS = """
UPDATE evaluation_revisions r SET agent_score = r.score, process_loss = 0
WHERE r.score IS NOT NULL AND NOT EXISTS (
    SELECT FROM answers a
    WHERE a.tenant_id = r.tenant_id AND a.revision_id = r.id AND a.is_error AND a.fault <> 'agent'
)
"""
BATCH = 1000
NEXT_BATCH = sa.text(
    """
WITH batch AS (
    SELECT tenant_id, id, evaluation_id FROM evaluation_revisions
    WHERE score IS NOT NULL AND process_loss IS NULL
        AND (tenant_id, id) > (CAST(:tenant_id AS uuid), CAST(:revision_id AS uuid))
    ORDER BY tenant_id, id LIMIT :batch
)
SELECT b.tenant_id, b.id, e.scorecard_version_id, array_agg(a.item) AS items, array_agg(a.value) AS values,
       array_agg(CASE WHEN a.is_error THEN a.fault END) AS faults
FROM batch b
JOIN evaluations e ON e.tenant_id = b.tenant_id AND e.id = b.evaluation_id
JOIN answers a ON a.tenant_id = b.tenant_id AND a.revision_id = b.id
GROUP BY b.tenant_id, b.id, e.scorecard_version_id ORDER BY b.tenant_id, b.id
"""
)
DEFINITION = sa.text("SELECT definition FROM scorecard_versions WHERE (tenant_id, id) = (:tenant_id, :id)")
WRITE_BATCH = sa.text(
    """
UPDATE evaluation_revisions r SET agent_score = given.agent_score, process_loss = given.process_loss
FROM unnest(CAST(:tenant_ids AS uuid[]), CAST(:ids AS uuid[]), CAST(:agent_scores AS numeric[]),
            CAST(:process_losses AS numeric[])) AS given (tenant_id, id, agent_score, process_loss)
WHERE r.tenant_id = given.tenant_id AND r.id = given.id
"""
)


def upgrade() -> None:
    """The release before writes revisions without both: until they are revised, they have neither."""
    for column in ("agent_score", "process_loss"):
        op.add_column("evaluation_revisions", optional(column, SCORE))
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "evaluation_revisions", condition)
    op.execute("DROP VIEW current_revisions")
    create_view("current_revisions", CURRENT_REVISIONS.format(scores="r.score, r.agent_score, r.process_loss"))
    with seeing_all("evaluation_revisions", "evaluations", "answers", "scorecard_versions"):
        # Nobody else changes a revision.
        op.execute("ALTER TABLE evaluation_revisions DISABLE TRIGGER append_only")
        op.execute(BACKFILL_THE_AGENTS)
        backfill_the_others(op.get_bind())
        op.execute("ALTER TABLE evaluation_revisions ENABLE TRIGGER append_only")


def downgrade() -> None:
    """Checks of a column go with it."""
    op.execute("DROP VIEW current_revisions")
    op.drop_column("evaluation_revisions", "process_loss")
    op.drop_column("evaluation_revisions", "agent_score")
    create_view("current_revisions", CURRENT_REVISIONS.format(scores="r.score"))


def backfill_the_others(connection: sa.Connection) -> None:
    scorecards: dict[Any, Credits] = {}
    last = {"tenant_id": UUID(int=0), "revision_id": UUID(int=0)}
    while rows := connection.execute(NEXT_BATCH, {**last, "batch": BATCH}).all():
        found = []
        for row in rows:
            version = (row.tenant_id, row.scorecard_version_id)
            if version not in scorecards:
                key = {"tenant_id": row.tenant_id, "id": row.scorecard_version_id}
                scorecards[version] = credits_in(connection.execute(DEFINITION, key).scalar_one())
            found.append(two_scores(scorecards[version], zip(row.items, row.values, row.faults, strict=True)))
        written = {
            "tenant_ids": [row.tenant_id for row in rows],
            "ids": [row.id for row in rows],
            "agent_scores": [agent_score for agent_score, _ in found],
            "process_losses": [process_loss for _, process_loss in found],
        }
        connection.execute(WRITE_BATCH, written)
        last = {"tenant_id": rows[-1].tenant_id, "revision_id": rows[-1].id}


class Credit(NamedTuple):
    """What an answer earns of its item's weight, in whole units. `zeroes`: the scope that it leaves nothing."""

    section: int
    weight: int
    earned: int
    zeroes: str


# Item key → value as it is stored → what it earns.
Credits: TypeAlias = Mapping[str, Mapping[str, Credit]]


def credits_in(definition: Mapping[str, Any]) -> Credits:
    items = [(place, item) for place, section in enumerate(definition["sections"]) for item in section["items"]]
    weights = {item["key"]: Fraction(str(item["weight"])) for _, item in items}
    shares = {item["key"]: shares_of(item) for _, item in items}
    earned = (weights[key] * share for key, of_item in shares.items() for share in of_item.values())
    unit = lcm(*(points.denominator for points in (*weights.values(), *earned)))

    def credit(place: int, item: Mapping[str, Any], share: Fraction) -> Credit:
        weight = weights[item["key"]] * unit
        zeroes = item.get("fatal", "none") if share == 0 else "none"
        return Credit(place, int(weight), int(weight * share), zeroes)

    return {
        item["key"]: {value: credit(place, item, share) for value, share in shares[item["key"]].items()}
        for place, item in items
    }


def shares_of(item: Mapping[str, Any]) -> dict[str, Fraction]:
    """The share of the item's weight that each value earns."""
    match item["answer_type"]:
        case "binary":
            return {"good": Fraction(1), "bad": Fraction(0)}
        case "scale":
            return {str(value): Fraction(value, item["scale_max"]) for value in range(item["scale_max"] + 1)}
        case _:
            return {option["key"]: Fraction(str(option["credit"])) for option in item["options"]}


def two_scores(
    scorecard: Credits, answers: Iterable[tuple[str, str, str | None]]
) -> tuple[Decimal | None, Decimal | None]:
    """The agent score and the process loss of the answers (item, value, fault of an error)."""
    counted = [(scorecard[item][value], fault) for item, value, fault in answers if value != "na"]
    agents = [credit for credit, fault in counted if fault in (None, "agent")]
    process_at_full_credit = [
        credit._replace(earned=credit.weight, zeroes="none") if fault == "process" else credit
        for credit, fault in counted
    ]
    lost = left(process_at_full_credit) - left([credit for credit, _ in counted])
    weight = sum(credit.weight for credit, _ in counted)
    return percentage(left(agents), sum(credit.weight for credit in agents)), percentage(lost, weight)


def left(answers: list[Credit]) -> int:
    """What fatal rules leave of what the answers earned."""
    if any(credit.zeroes == "scorecard" for credit in answers):
        return 0
    zeroed = {credit.section for credit in answers if credit.zeroes == "section"}
    return sum(credit.earned for credit in answers if credit.section not in zeroed)


def percentage(part: int, whole: int) -> Decimal | None:
    """Rounded half-even to two decimals."""
    return None if whole == 0 else Decimal(round(Fraction(10_000 * part, whole))).scaleb(-2)
