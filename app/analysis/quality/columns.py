"""The columns of the report on quality."""

from typing import Any, Final

from app.analysis.columns import POPULATION, period_columns
from app.analysis.quality.adjusting import NoAdjustmentReason
from app.analysis.quality.figures import Figure, QualityReport
from app.analysis.quality.picture import name_ru, quality_picture
from app.platform.columns import Column, Report, Table, Unit
from app.statistics.nonresponse import MIN_CALIBRATED
from app.statistics.severity import MIN_EVALUATIONS

_METHOD: Final = (
    "Mean score of all calls in the drawn windows: Hájek's estimator over the drawn calls that were evaluated, each "
    "weighted by the inverse of its inclusion probability and by the response among the same agent's drawn calls in "
    "neighbouring windows. No agent's calls stand for those of another agent who is not evaluated. From "
    f"{MIN_CALIBRATED} evaluations on, the weights of an agent's calls sum to the number of the agent's calls in these "
    "windows. The calls of an agent in a draw are a stratum; late calls in a supplementary draw are another stratum. A "
    "call that several plans could draw counts once: by the sum of its inclusion probabilities. If they have different "
    "scorecards, it counts in equal parts for each of them. A call keeps the agent and the start time that it had when "
    "it was drawn; teams are the present teams of the agents. 95 % intervals are Wilson's "
    "on the effective sample size with Student's t, from the linearised variance with finite-population correction. A "
    "few evaluations say little about the variance of a group, so it is shrunk towards that of all groups. The agent "
    "score and the points lost to the process are estimated in the same way, by the verifiers' marks of whose fault "
    "each error was. A call in which only errors of others count has no agent score and no part in that mean. Adjusted "
    "means are those of each score plus the severity of its verifier, as the report on verifiers estimates it from the "
    "first submissions of the same period with the same filters: the mean if the average verifier of the group of "
    "comparable verifiers had scored. Their intervals include the uncertainty of the severities. A score whose latest "
    "revision is by another person is not adjusted: it is no longer the verifier's, and is taken for what the average "
    "verifier would have given. The severity of a verifier with fewer than "
    f"{MIN_EVALUATIONS} evaluations is not published; the same model estimates it, shrunk towards 0, to adjust the "
    "scores. If the verifiers of the report are in several groups, adjusted means of different groups could not be "
    "compared, and there are none."
)

_ESTIMATE: Final[Table[Any]] = Table(
    "EstimateOut",
    (
        Column("value", float, "estimate", "оценка", "Each evaluated call is weighted by 1/π.", Unit.POINTS),
        Column(
            "low",
            float,
            "lower limit",
            "нижняя граница",
            "The 95 % interval; null after a single evaluation.",
            Unit.POINTS,
            optional=True,
        ),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.POINTS, optional=True),
    ),
)

_ADJUSTED: Final[Table[Any]] = Table(
    "AdjustedEstimateOut",
    (
        Column(
            "value",
            float,
            "estimate",
            "оценка",
            "Each score is raised by the severity of its verifier, which is negative for a lenient one, unless "
            "somebody else corrected the score.",
            Unit.POINTS,
        ),
        Column(
            "low",
            float,
            "lower limit",
            "нижняя граница",
            "The 95 % interval; null after a single evaluation.",
            Unit.POINTS,
            optional=True,
        ),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.POINTS, optional=True),
    ),
)

_GROUP: Final[tuple[Column[Figure], ...]] = (
    Column(
        "key",
        str,
        "Group key",
        "Ключ группы",
        "Id of the group, or ISO week of the call in its project's time zone; null: in no group.",
        optional=True,
        example="2026-W45",
    ),
    Column("name", str, "Group", "Группа", value_ru=name_ru),
)

_FIGURE: Final[tuple[Column[Figure], ...]] = (
    Column(
        "estimate",
        _ESTIMATE,
        "Mean score",
        "Средняя оценка",
        "The mean score of all calls; null if no drawn call is evaluated yet.",
        optional=True,
        cells={"value": "value", "low": "low", "high": "high"},
    ),
    Column(
        "adjusted_estimate",
        _ADJUSTED,
        "Adjusted mean score",
        "Средняя оценка с поправкой на строгость",
        "The mean score as the average verifier would have scored; null where `adjusted_reason` says why.",
        optional=True,
        cells={"value": "adjusted", "low": "adjusted_low", "high": "adjusted_high"},
    ),
    Column(
        "adjusted_reason",
        NoAdjustmentReason,
        "Reason without adjustment",
        "Почему нет поправки",
        "Why there is no adjusted mean; null if there is one. `no_score`: no drawn call has a score yet. "
        "`no_severity`: some calls were scored by a verifier whose severity cannot be estimated: in the report on "
        "verifiers `comparable_group` is null or `severity_reason` is `no_variation`. "
        "`several_groups`: the verifiers of the report are in several comparable groups, whose adjusted means cannot "
        "be compared; filter the report so that one group remains. "
        "`by_verifier`: verifiers adjusted for their own severity would differ by chance alone.",
        optional=True,
    ),
    Column(
        "agent_score",
        _ESTIMATE,
        "Mean agent score",
        "Средняя оценка сотрудника",
        "The mean of the scores without the errors of the process, of the customer and of unclear fault; null if no "
        "drawn call with such a score is evaluated yet.",
        optional=True,
        cells={"value": "agent_score", "low": "agent_score_low", "high": "agent_score_high"},
    ),
    Column(
        "process_loss",
        _ESTIMATE,
        "Points lost to the process",
        "Потеряно баллов по вине процесса",
        "By how many points the mean score would be higher if every error of the process had full credit; null if no "
        "drawn call is evaluated yet.",
        optional=True,
        cells={"value": "process_loss", "low": "process_loss_low", "high": "process_loss_high"},
    ),
    Column(
        "n",
        int,
        "Scored evaluations",
        "Оценок с баллом",
        "Evaluations of drawn calls with a score. A call that two plans drew may have two.",
        Unit.EVALUATIONS,
    ),
    *POPULATION,
    Column(
        "design_effect",
        float,
        "Design effect",
        "Эффект дизайна выборки",
        "Variance divided by that of a simple random sample of the same size; null if the scores do not differ.",
        Unit.FACTOR,
        optional=True,
    ),
    Column(
        "naive_mean",
        float,
        "Unweighted mean",
        "Невзвешенное среднее",
        "The plain mean of the evaluated calls, for comparison.",
        Unit.POINTS,
        optional=True,
    ),
    Column("selected", int, "Drawn calls", "Отобрано звонков", "Drawn calls.", Unit.CALLS),
    Column(
        "response_rate",
        float,
        "Response rate",
        "Доля оценённых",
        "The share of the drawn calls that is evaluated; skipped calls are not. Null if no call was drawn.",
        Unit.SHARE,
        optional=True,
    ),
)

_ITEMS: Final[Table[Figure]] = Table("QualityItemOut", (*_GROUP, *_FIGURE))

_DOCUMENT: Final[Table[QualityReport]] = Table(
    "QualityOut",
    (
        *period_columns(_METHOD),
        Column("items", _ITEMS, "Groups", "Группы", many=True),
        Column(
            "total",
            Table("QualityFigureOut", _FIGURE),
            "Total",
            "Итого",
            "All groups together; null if there is no call.",
            optional=True,
        ),
        Column(
            "unsampled_evaluations",
            int,
            "Evaluations outside the sample",
            "Оценки вне выборки",
            "Submitted evaluations of calls that were picked by hand. They are not part of the estimates.",
            Unit.EVALUATIONS,
        ),
    ),
)

QUALITY: Final = Report(
    "quality",
    _DOCUMENT,
    _ITEMS,
    lambda report: report.rows,
    title_en="Quality: mean scores",
    title_ru="Качество: средние оценки",
    pictures={"groups": quality_picture},
)
