"""The parts of the simulated call centre."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Value = str | int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Size and period of a centre. The same settings always give the same centre."""

    seed: int = 1
    projects: int = 2
    agents: int = 40
    verifiers: int = 6
    first_day: date = date(2026, 9, 7)
    weeks: int = 8
    calls_per_agent_day: float = 10.0

    @property
    def days(self) -> int:
        return 7 * self.weeks


@dataclass(frozen=True, slots=True)
class Project:
    key: str
    name: str
    client_name: str
    timezone: str
    language: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str
    project_key: str
    supervisor_key: str
    supervisor_name: str


@dataclass(frozen=True, slots=True)
class Agent:
    """`skill` is in standard deviations; `gaps` are items this agent errs on more often than skill explains;
    `weak_topics` are those the agent does not know well."""

    index: int
    external_id: str
    full_name: str
    project_key: str
    team_key: str
    supervisor_key: str
    hired_on: date
    left_on: date | None
    skill: float
    gaps: tuple[str, ...]
    weak_topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verifier:
    """`severity` runs from −1 (lenient: overlooks errors) to 1 (strict: overlooks few and sees some that are none).
    `blames_agent` is the probability of marking an error of the process as the agent's."""

    index: int
    key: str
    full_name: str
    severity: float
    blames_agent: float


@dataclass(frozen=True, slots=True)
class Call:
    """`index` is its row in the outcomes; `week` counts from the first day; the other fields are what a CRM sends."""

    index: int
    week: int
    topic: str
    project_key: str
    external_id: str
    agent_external_id: str
    started_at: datetime
    duration_s: int
    direction: str
    language: str
    hold_s: int
    hold_count: int
    csat: int | None
    complaint: bool
    customer_ref: str

    def body(self, project_id: str, source: str = "crm") -> dict[str, Any]:
        """The call as the body of `POST /v1/calls`."""
        return {
            "source": source,
            "external_id": self.external_id,
            "project_id": project_id,
            "agent_external_id": self.agent_external_id,
            "started_at": self.started_at.isoformat(),
            "duration_s": self.duration_s,
            "direction": self.direction,
            "language": self.language,
            "hold_s": self.hold_s,
            "hold_count": self.hold_count,
            "csat": self.csat,
            "complaint": self.complaint,
            "customer_ref": self.customer_ref,
            "tags": [self.topic],
            "attributes": {"queue": self.topic},
        }


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the simulator needs it: `values` run from best to worst, so everything after the first is an
    error; `visible_if` is the index of an earlier item and the values under which this one is asked."""

    key: str
    values: tuple[Value, ...]
    visible_if: tuple[int, frozenset[Value]] | None
    reasons: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TrueAnswer:
    """The true answer: `cause` is agent, process or customer where the value is an error."""

    item: str
    value: Value
    cause: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that a verifier submits for one item."""

    item: str
    value: Value
    fault: str | None = None
    reason: str | None = None
    at_s: float | None = None

    def body(self) -> dict[str, Any]:
        """The answer as `POST /v1/evaluations` takes it, without empty fields."""
        fields = {"item": self.item, "value": self.value, "fault": self.fault, "reason": self.reason, "at_s": self.at_s}
        return {name: value for name, value in fields.items() if value is not None}
