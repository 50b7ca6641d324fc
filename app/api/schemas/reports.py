"""Wire models of reports."""

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.analysis.types import Method, Verdict
from app.api.schemas.common import Utc


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
