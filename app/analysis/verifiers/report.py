"""The report on verifiers: how strictly each scores, how much each has done, and how often scores were corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from app.analysis.scorings import ScoredSeverities, mean_scores
from app.platform.clock import Period
from app.statistics.agreement import Agreement
from app.statistics.severity import NoSeverityReason, VarianceComponents, VerifierSeverity

NO_SCORES = VerifierSeverity(None, NoSeverityReason.TOO_FEW_EVALUATIONS, 0, 0, None)


class VerifierWork(NamedTuple):
    """What a verifier did. The first three are about the evaluations of the period's calls.

    `own_corrections`: revisions of own evaluations. `corrections_by_others`: revisions of them by other people.
    `double_scorings`: evaluations of calls that another verifier evaluated, too. `submitted`: evaluations submitted in
    the period, of any call. `open_assignments`: now.
    """

    user_id: UUID
    name: str
    own_corrections: int
    corrections_by_others: int
    double_scorings: int
    submitted: int
    open_assignments: int


@dataclass(frozen=True, slots=True)
class VerifierRow:
    """`mean_score` is the plain mean of the first scores given; None without one.

    `agreement`: AC1 with the others who scored the same calls; None if there are none, or it does not exist.
    """

    work: VerifierWork
    mean_score: float | None
    severity: VerifierSeverity
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class VerifiersReport:
    """`evaluations` with a first score are what severities are estimated from. Verifiers are by name."""

    period: Period
    evaluations: int
    components: VarianceComponents | None
    verifiers: tuple[VerifierRow, ...]


def report_on_verifiers(
    period: Period,
    scored: ScoredSeverities,
    user_ids: Sequence[UUID],
    work: Sequence[VerifierWork],
    agreements: Mapping[UUID, Agreement],
) -> VerifiersReport:
    """The rows of all who did something.

    user_ids: the verifiers of the scores, in the order of their codes. agreements: by user.
    """
    codes = {user_id: code for code, user_id in enumerate(user_ids)}
    means = mean_scores(scored.evaluations).tolist()
    found = (_row(one, codes, means, scored.severities.verifiers) for one in work)
    rows = (replace(row, agreement=_existing(agreements.get(row.work.user_id))) for row in found)
    return VerifiersReport(period, scored.evaluations.scores.size, scored.severities.components, tuple(rows))


def _row(
    work: VerifierWork, codes: Mapping[UUID, int], means: Sequence[float], severities: Sequence[VerifierSeverity]
) -> VerifierRow:
    code = codes.get(work.user_id)
    if code is None:
        return VerifierRow(work, None, NO_SCORES)
    return VerifierRow(work, means[code], severities[code])


def _existing(agreement: Agreement | None) -> Agreement | None:
    return None if agreement is None or agreement.value is None else agreement


def deviation(variance: float | None) -> float | None:
    """The standard deviation, in points."""
    return None if variance is None else variance**0.5
