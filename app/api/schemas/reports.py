"""Wire models of reports."""

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.analysis.coverage_types import Unheard
from app.api.schemas.common import Utc
from app.sampling.types import SamplingMode
from app.statistics import Method, Verdict


def _day_or_time(text: str) -> date | datetime:
    """Read here and not by the union, which would take numbers for times as well and name every fault twice."""
    if re.match(r"\d{4}-\d{2}-\d{2}([Tt]|$)", text):
        at = datetime.fromisoformat(text.upper()) if len(text) > len("2026-11-01") else date.fromisoformat(text)
        if not isinstance(at, datetime) or at.tzinfo:
            return at
    raise ValueError("must be a date, or a time with its offset, as RFC 3339 writes them")


DayOrTime = Annotated[
    datetime | date,
    BeforeValidator(_day_or_time),
    Field(examples=["2026-11-01", "2026-11-01T00:00:00+03:00"]),
]


class FromAttributes(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ReportOut(FromAttributes):
    since: Utc = Field(serialization_alias="from", description="Calls that started at this moment or later,")
    until: Utc = Field(serialization_alias="to", description="and before this one.")
    method: str = Field(description="How the figures came about, in a sentence.")


class EstimateOut(FromAttributes):
    value: float = Field(description="The mean score of all calls, each evaluated call weighted by 1/π.")
    low: float | None = Field(description="95 % interval; null after a single evaluation.")
    high: float | None


class QualityFigureOut(FromAttributes):
    estimate: EstimateOut | None = Field(description="Null where no drawn call was evaluated yet.")
    n: int = Field(description="Evaluated calls with a score.")
    population: float | None = Field(description="About how many calls the estimate speaks for.")
    design_effect: float | None = Field(
        description="Variance against a simple random sample of the same size; null where scores do not differ."
    )
    naive_mean: float | None = Field(description="The plain mean of the evaluated calls, for comparison.")
    selected: int = Field(description="Drawn calls.")
    response_rate: float = Field(description="The share of them that was evaluated; skipped calls were not.")


class QualityItemOut(QualityFigureOut):
    key: str | None = Field(
        description="Id of the group, or ISO week of the call in its project's time zone; null: in no group.",
        examples=["2026-W45"],
    )
    name: str


class QualityOut(ReportOut):
    items: list[QualityItemOut]
    total: QualityFigureOut | None = Field(description="All of them together; null where no call was drawn.")
    unsampled_evaluations: int = Field(
        description="Submitted evaluations of calls that somebody picked: they take no part in the estimates."
    )


class ShareOut(FromAttributes):
    value: float
    low: float = Field(description="95 % interval.")
    high: float


class ProcessShareOut(BaseModel):
    """The share of errors that come from the process; null values where there are no errors."""

    value: float | None
    low: float | None
    high: float | None
    method: Method = Field(description="`provisional`: by the verifiers' marks, none of which has been checked.")
    checked_errors: int


class StandoutAgentOut(FromAttributes):
    agent_id: UUID
    name: str
    errors: int
    error_rate: float


class ReasonShareOut(FromAttributes):
    reason: str
    label: str
    count: int
    share: float = Field(description="Of the item's errors.")


class ErrorItemOut(FromAttributes):
    scorecard_id: UUID
    item: str
    title: str
    section: str
    answers: int = Field(description="Evaluations in which the item applied.")
    population: float = Field(
        description="About how many of all calls the item applies to; times the error rate, how many have the error."
    )
    errors: int = Field(description="Errors heard in the sample.")
    error_rate: ShareOut = Field(description="The share of all calls with this error.")
    p_process: float | None = Field(description="The share of the errors that come from the process.")
    process_share: ShareOut | None = Field(description="The same with its interval.")
    verdict: Verdict | None = Field(description="Null without errors.")
    spread: float = Field(description="The share of agents above their control limit.")
    standout_agents: list[StandoutAgentOut] = Field(description="Those agents, worst first.")
    reasons: list[ReasonShareOut] = Field(description="Reasons given, most frequent first.")
    action: str = Field(examples=["Change the process behind the main reason: Not in the knowledge base."])


class ErrorReasonOut(FromAttributes):
    scorecard_id: UUID
    reason: str
    label: str
    errors: int
    process_share: ShareOut


class ErrorTeamOut(FromAttributes):
    team_id: UUID
    name: str
    errors: int
    process_share: ShareOut


class ErrorSourcesOut(ReportOut):
    evaluations: int
    response_rate: float | None
    errors: int = Field(description="Errors heard in the sample; shares and rates speak about all calls.")
    process_share: ProcessShareOut
    marked_process_share: float | None = Field(
        description="The share of errors that verifiers marked as the process's."
    )
    by_item: list[ErrorItemOut] = Field(description="Most errors first.")
    by_reason: list[ErrorReasonOut]
    by_team: list[ErrorTeamOut] = Field(description="By the agents' present teams.")


class TallyOut(FromAttributes):
    calls: int = Field(description="Calls in the frames of the drawn windows: those that could be drawn.")
    expected: float = Field(description="The sum of their inclusion probabilities: how many were to be drawn.")
    selected: int = Field(description="How many were.")
    realised_rate: float | None = Field(description="The drawn share of the calls; null without calls.")
    evaluated: int = Field(description="Drawn calls with a submitted evaluation of record.")
    skipped: int = Field(description="Drawn calls that a verifier could not score.")
    open: int = Field(description="Drawn calls that wait for their evaluation.")
    overdue: int = Field(description="Those of them that are past their due date.")
    response_rate: float | None = Field(description="The evaluated share of the drawn calls; null if none was drawn.")


class CoverageTotalOut(TallyOut):
    agents: int = Field(description="Agents of whom this report speaks.")
    agents_heard: int = Field(description="Those of whom at least one drawn call was evaluated.")
    doubled_share: float | None = Field(description="The share of the drawn calls that a second verifier is to score.")
    double_scored_share: float | None = Field(description="The share that was scored by both.")


class AgentCoverageOut(TallyOut):
    agent_id: UUID
    external_id: str
    name: str
    team_id: UUID | None = Field(description="The agent's present team.")
    team: str | None
    last_heard_at: Utc | None = Field(
        description="When any call of the agent was last evaluated, drawn or not, in the period or before it."
    )
    reason: Unheard | None = Field(
        description="Why no drawn call of the agent was evaluated; null if one was. `no_plan`: no sampling plan in the "
        "agent's projects. `window_not_drawn`: none of their windows has been drawn yet. `no_calls`: no call in the "
        "drawn windows. `no_eligible_calls`: only calls that are too short or have no recording. `calls_came_late`: "
        "only calls that came after the draw. `not_selected`: chance. `selected_not_evaluated`: drawn calls are open "
        "or were skipped."
    )
    explanation: str | None = Field(
        description="The reason as a sentence, with its numbers.",
        examples=["None of 12 calls was drawn where 0.36 were to be expected: that had a probability of 64.0%."],
    )


class RefusedWindowOut(FromAttributes):
    draw_id: UUID
    window_start: date
    refused_at: Utc
    refusal: str = Field(description="Why the window could not be drawn when it was due.")


class PlanCoverageOut(TallyOut):
    plan_id: UUID
    name: str
    project_id: UUID
    mode: SamplingMode
    planned_rate: float | None = Field(
        description="The rate that the windows were to be drawn at, weighted by their calls; null for quotas."
    )
    quota_per_agent: int | None = Field(description="Calls of each agent in each window; null for rates.")
    windows_drawn: int = Field(description="Windows that meet the period and were drawn.")
    supplementary_draws: int = Field(description="Further draws of calls that came late into those windows.")
    windows_open: int = Field(description="Windows that are not over yet; their seeds are committed to.")
    windows_due: int = Field(description="Windows that are over and not drawn yet.")
    refused: list[RefusedWindowOut] = Field(description="Windows that could not be drawn.")
    planned_double_rate: float = Field(description="The share of drawn calls that was to be scored twice.")
    doubled_share: float | None = Field(description="The share of the drawn calls that a second verifier is to score.")
    double_scored_share: float | None = Field(description="The share that was scored by both.")


class SignalCoverageOut(FromAttributes):
    signal: str = Field(description="`none`: calls without any signal.", examples=["complaint"])
    selected: int = Field(description="Drawn calls with this signal; a call may have several.")
    share_of_sample: float = Field(description="Of the drawn calls.")
    share_of_frame: float = Field(description="Of all calls that could be drawn: each drawn one weighted by 1/π.")
    mean_multiplier: float | None = Field(description="By how much the signal raised a drawn call's size.")


class CoverageOut(ReportOut):
    total: CoverageTotalOut
    agents: list[AgentCoverageOut] = Field(
        description="Whoever works in the project, or had calls in one of its frames, by name."
    )
    plans: list[PlanCoverageOut] = Field(
        description="Plans that are active or have windows that meet the period. With a `team_id` the counts of calls "
        "are the team's, those of windows are not."
    )
    signals: list[SignalCoverageOut] = Field(description="What the sample was spent on.")
