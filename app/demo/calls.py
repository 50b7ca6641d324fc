"""The simulated calls as a CRM would report them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from app.demo.outcomes import Outcomes, rate_satisfaction
from app.demo.traffic import Traffic
from app.demo.types import Agent, Call, Project

_CUSTOMERS_PER_CALL = 0.4


class _Row(NamedTuple):
    project: int
    agent: int
    topic: int
    day: int
    started: int
    duration: int
    inbound: bool
    hold: int
    hold_count: int
    rating: int
    complaint: bool
    customer: int


def make_calls(
    rng: np.random.Generator,
    traffic: Traffic,
    outcomes: Outcomes,
    projects: Sequence[Project],
    agents: Sequence[Agent],
) -> tuple[Call, ...]:
    ratings, complaints = rate_satisfaction(rng, (outcomes.levels > 0).sum(axis=1), traffic.hold)
    customers = rng.integers(1, 2 + int(_CUSTOMERS_PER_CALL * len(traffic)), size=len(traffic))
    columns = (
        traffic.project,
        traffic.agent,
        traffic.topic,
        traffic.day,
        traffic.started,
        traffic.duration,
        traffic.inbound,
        traffic.hold,
        traffic.hold_count,
        ratings,
        complaints,
        customers,
    )
    rows = map(_Row._make, zip(*(column.tolist() for column in columns), strict=True))
    return tuple(_call(index, row, projects[row.project], agents[row.agent]) for index, row in enumerate(rows))


def _call(index: int, row: _Row, project: Project, agent: Agent) -> Call:
    return Call(
        index=index,
        week=row.day // 7,
        topic=project.topics[row.topic],
        project_key=project.key,
        external_id=f"call-{index + 1:07}",
        agent_external_id=agent.external_id,
        started_at=datetime.fromtimestamp(row.started, UTC),
        duration_s=row.duration,
        direction="inbound" if row.inbound else "outbound",
        language=project.language,
        hold_s=row.hold,
        hold_count=row.hold_count,
        csat=row.rating or None,
        complaint=row.complaint,
        customer_ref=f"c-{row.customer}",
    )
