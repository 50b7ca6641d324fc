"""The checks of the errors of a report."""

from typing import Final

from app.analysis.errors.checks import CheckRow
from app.analysis.errors.table import ItemKey
from app.analysis.samples import ReportScope
from app.calibration import CheckSource, Verdict
from app.platform.database import Row, Session
from app.statistics.fixed_point import TRILLION

# The draws' calls that chance drew for a check, and every verdict on an error of an evaluation of record. Sessions take
# the calls of a draw in one random order: all that they have reached had the probability that the last one had.
_CHECKS: Final = """
WITH compared AS (
    SELECT s.tenant_id, s.draw_id, s.scorecard_id, x.call_id, x.inclusion_prob_e12
    FROM calibration_sessions s
    JOIN calibration_calls x ON x.tenant_id = s.tenant_id AND x.session_id = s.id
    WHERE s.draw_id = ANY(:draw_ids::uuid[]) AND x.inclusion_prob_e12 IS NOT NULL
      AND (s.state IN ('revealed', 'closed') OR s.reopenings <> '[]')
), reached AS (
    SELECT draw_id, scorecard_id, max(inclusion_prob_e12) AS prob_e12 FROM compared GROUP BY draw_id, scorecard_id
), found AS (
    SELECT g.tenant_id, g.id AS assignment_id, 'double_score' AS source, NULL AS item, NULL AS verdict,
        true AS by_chance, 0 AS prob_e12
    FROM assignments g2
    JOIN assignments g ON g.tenant_id = g2.tenant_id AND g.subject_id = g2.subject_id AND g.scoring_round = 1
    WHERE g2.batch_id = ANY(:draw_ids::uuid[]) AND g2.scoring_round = 2 AND g.double_inclusion_prob_e12 > 0
    UNION ALL
    SELECT e.tenant_id, e.assignment_id, 'fault_check', NULL, NULL, true, f.inclusion_prob_e12
    FROM fault_checks f
    JOIN evaluations e ON e.tenant_id = f.tenant_id AND e.id = f.evaluation_id
    WHERE f.draw_id = ANY(:draw_ids::uuid[])
    UNION ALL
    SELECT g.tenant_id, g.id, 'calibration', NULL, NULL, true, 0
    FROM compared x
    JOIN assignments g ON g.tenant_id = x.tenant_id AND g.call_id = x.call_id AND g.batch_id = x.draw_id
    WHERE g.scorecard_id = x.scorecard_id
    UNION ALL
    SELECT e.tenant_id, e.assignment_id, c.source, c.item, c.verdict, c.by_chance, c.inclusion_prob_e12
    FROM checked_errors c
    JOIN evaluations e ON e.tenant_id = c.tenant_id AND e.id = c.evaluation_id
    JOIN assignments g ON g.tenant_id = e.tenant_id AND g.id = e.assignment_id
    WHERE c.superseded_at IS NULL AND g.batch_id = ANY(:draw_ids::uuid[]) AND g.scoring_round = 1
)
SELECT width_bucket(s.draw_id, :draw_ids::uuid[]) AS draw, s.position, e.scorecard_id, f.source, f.item, f.verdict,
    f.by_chance, f.prob_e12, g.double_inclusion_prob_e12 AS double_prob_e12,
    CASE WHEN d.fault_check_seed IS NOT NULL AND (v.revealed_at IS NULL OR e.submitted_at < v.revealed_at)
        THEN (d.parameters ->> 'fault_check_rate')::float8 ELSE 0 END AS fault_check_prob,
    coalesce(c.prob_e12, 0) AS session_prob_e12
FROM found f
JOIN assignments g ON g.tenant_id = f.tenant_id AND g.id = f.assignment_id AND g.scoring_round = 1
JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
JOIN selections s ON s.tenant_id = g.tenant_id AND s.id = g.subject_id
JOIN draws d ON d.tenant_id = s.tenant_id AND d.id = s.draw_id
LEFT JOIN fault_check_reveals v ON v.tenant_id = d.tenant_id AND v.draw_id = d.id
LEFT JOIN reached c ON c.draw_id = d.id AND c.scorecard_id = e.scorecard_id
ORDER BY draw, s.position, f.source, f.item
"""


async def check_rows(session: Session, scope: ReportScope) -> list[CheckRow]:
    """The checks of the draws' evaluations: what was drawn, and every verdict that counts."""
    rows = await session.fetch_all(_CHECKS, draw_ids=scope.draw_ids)
    return [_check_row(scope, row) for row in rows]


def _check_row(scope: ReportScope, row: Row) -> CheckRow:
    source = CheckSource(row.source)
    probabilities = {
        CheckSource.DOUBLE_SCORE: row.double_prob_e12 / TRILLION,
        CheckSource.FAULT_CHECK: row.fault_check_prob,
        CheckSource.CALIBRATION: row.session_prob_e12 / TRILLION,
    }
    # What was stored with the check itself is at least as certain as what follows from the draw.
    probabilities[source] = max(probabilities[source], (row.prob_e12 or 0) / TRILLION)
    double_score, fault_check, calibration = probabilities.values()
    return CheckRow(
        draw=scope.draw_ranks[row.draw - 1],
        position=row.position,
        source=source,
        key=None if row.item is None else ItemKey(row.scorecard_id, row.item),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        by_chance=row.by_chance,
        probabilities=(double_score, fault_check, calibration),
    )
