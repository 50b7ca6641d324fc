"""The columns of the report on verifiers."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import period_columns
from app.analysis.verifiers.report import VerifierRow, VerifiersReport, deviation
from app.platform.columns import Column, Report, Table, Unit, part
from app.statistics import Estimate
from app.statistics.agreement import Agreement
from app.statistics.severity import MIN_EVALUATIONS, NoSeverityReason, VarianceComponents

_METHOD: Final = (
    "The severity of a verifier is the number of points by which the verifier scores lower than the average verifier "
    "of the group: positive means stricter. Scores are agent + call mix + call − severity + chance, in a model "
    "of all evaluations with a score: of drawn calls, second scorings and hand-picked calls. Of each, the first "
    "submission counts, because corrections often follow another person's opinion. The call mix is the project, the "
    "version of the scorecard, and the sampling size of the call in doublings. Severities are compared within the "
    "scores of the same agent, and within a call that was scored twice. Verifiers who can be compared in this way, "
    "directly or through others, are a group. The average of every group is 0, so severities of different groups "
    "cannot be compared. They are shrunk towards 0, the more the less is known of the verifier; the 95 % intervals "
    "include that it is uncertain how much verifiers differ. Variances are restricted maximum likelihood estimates."
)

_SEVERITY: Final[Table[Estimate]] = Table(
    "SeverityOut",
    (
        Column("value", float, "estimate", "оценка", "Points; positive means stricter.", Unit.POINTS),
        Column("low", float, "lower limit", "нижняя граница", "The 95 % interval.", Unit.POINTS),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.POINTS),
    ),
)

_DEVIATIONS: Final[Table[VarianceComponents]] = Table(
    "ScoreDeviationsOut",
    (
        Column(
            "agents",
            float,
            "Agents",
            "Сотрудники",
            "Between agents.",
            Unit.POINTS,
            value=lambda components: deviation(components.agent),
        ),
        Column(
            "verifiers",
            float,
            "Verifiers",
            "Верификаторы",
            "Between the severities of verifiers.",
            Unit.POINTS,
            value=lambda components: deviation(components.verifier),
        ),
        Column(
            "calls",
            float,
            "Calls",
            "Звонки",
            "Between the calls of an agent; null if no call was scored twice: `scorings` then includes it.",
            Unit.POINTS,
            value=lambda components: deviation(components.call),
            optional=True,
        ),
        Column(
            "scorings",
            float,
            "Scorings",
            "Проверки",
            "Between scorings of one call, beside severity.",
            Unit.POINTS,
            value=lambda components: deviation(components.scoring),
        ),
    ),
    "Standard deviations of scores.",
)

_AGREEMENT: Final[Table[Agreement]] = Table(
    "VerifierAgreementOut",
    (
        Column("value", float, "estimate", "оценка", "AC1, at most 1; 0 is what chance would give.", Unit.NUMBER),
        Column("low", float, "lower limit", "нижняя граница", "The 95 % interval.", Unit.NUMBER, optional=True),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.NUMBER, optional=True),
    ),
)

_VERIFIERS: Final[Table[VerifierRow]] = Table(
    "VerifierReportOut",
    (
        Column("key", UUID, "User id", "Идентификатор пользователя", value=lambda row: row.work.user_id),
        Column("name", str, "Verifier", "Верификатор", value=lambda row: row.work.name),
        Column(
            "n",
            int,
            "Scored evaluations",
            "Оценок с баллом",
            "Evaluations that were first submitted with a score, of calls of the period.",
            Unit.EVALUATIONS,
            value=lambda row: row.severity.n,
        ),
        Column(
            "mean_score",
            float,
            "Mean score given",
            "Средняя выставленная оценка",
            "The plain mean of these scores, as first submitted. Verifiers score different calls: compare severities "
            "instead.",
            Unit.POINTS,
            optional=True,
        ),
        Column(
            "severity",
            _SEVERITY,
            "Severity",
            "Строгость",
            "Points by which the verifier scores lower than the average verifier of the group: positive means "
            "stricter, negative more lenient. Null where `severity_reason` says why.",
            value=lambda row: row.severity.estimate,
            optional=True,
            cells={"value": "severity", "low": "severity_low", "high": "severity_high"},
        ),
        Column(
            "severity_reason",
            NoSeverityReason,
            "Reason without severity",
            "Почему нет строгости",
            "Why there is no severity; null if there is one. `one_verifier`: nobody else scored. "
            f"`too_few_evaluations`: fewer than {MIN_EVALUATIONS}. `not_connected`: shares no agents with other "
            "verifiers, directly or through others. `no_variation`: the scores of an agent do not differ.",
            value=lambda row: row.severity.reason,
            optional=True,
        ),
        Column(
            "comparable_group",
            int,
            "Comparable group",
            "Группа сравнения",
            "Severities can be compared within a group only: each group has an average of its own. Null for a verifier "
            "in none.",
            Unit.NUMBER,
            value=lambda row: row.severity.group,
            optional=True,
        ),
        Column(
            "shared_agents",
            int,
            "Shared agents",
            "Общих сотрудников",
            "Agents whom other verifiers scored, too: what the comparison rests on.",
            Unit.AGENTS,
            value=lambda row: row.severity.shared_agents,
        ),
        Column(
            "agreement",
            _AGREEMENT,
            "Agreement",
            "Согласие",
            "AC1 with all others who scored the same calls, in sessions revealed and double scorings completed in the "
            "period, whenever the calls were; null without any, or if the answers do not vary.",
            optional=True,
            cells={"value": "agreement", "low": "agreement_low", "high": "agreement_high"},
        ),
        *part(
            "work",
            Column(
                "own_corrections",
                int,
                "Own corrections",
                "Собственных исправлений",
                "Revisions by the verifier of own evaluations of the period's calls.",
                Unit.REVISIONS,
            ),
            Column(
                "corrections_by_others",
                int,
                "Corrections by others",
                "Исправлений другими",
                "Revisions by other people of the verifier's evaluations of the period's calls.",
                Unit.REVISIONS,
            ),
            Column(
                "double_scorings",
                int,
                "Double scorings",
                "Двойных проверок",
                "Evaluations of the period's calls that another verifier evaluated, too, as the draw ordered.",
                Unit.EVALUATIONS,
            ),
            Column(
                "submitted",
                int,
                "Submitted evaluations",
                "Завершено оценок",
                "Evaluations submitted in the period, whenever the calls were.",
                Unit.EVALUATIONS,
            ),
            Column(
                "open_assignments",
                int,
                "Open assignments",
                "Открытых заданий",
                "Assignments that are neither done nor skipped now, whenever the calls were.",
                Unit.ASSIGNMENTS,
            ),
        ),
    ),
)

_DOCUMENT: Final[Table[VerifiersReport]] = Table(
    "VerifiersOut",
    (
        *period_columns(_METHOD),
        Column(
            "evaluations",
            int,
            "Scored evaluations",
            "Оценок с баллом",
            "The evaluations that severities are estimated from.",
            Unit.EVALUATIONS,
        ),
        Column(
            "deviations",
            _DEVIATIONS,
            "Standard deviations",
            "Стандартные отклонения",
            "How much scores differ, and between what; null without severities.",
            value=lambda report: report.components,
            optional=True,
        ),
        Column(
            "verifiers",
            _VERIFIERS,
            "Verifiers",
            "Верификаторы",
            "Those with evaluations or assignments, by name.",
            many=True,
        ),
    ),
)

VERIFIERS: Final[Report[Any]] = Report(
    "verifiers",
    _DOCUMENT,
    _VERIFIERS,
    lambda report: report.verifiers,
    title_en="Verifiers: severity, agreement and output",
    title_ru="Верификаторы: строгость, согласие и объём работы",
)
