"""The filters that reports share."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field

from app.analysis import Filters


def _day_or_time(text: str) -> date | datetime:
    """Read here and not by the union: that would also take numbers for times, and report every error twice."""
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

_SINCE = Query(
    alias="from", description="Calls that started at this time or later. The default is 28 days before `to`."
)
_UNTIL = Query(alias="to", description="Calls that started before this time. The default is now.")
_PROJECT = Query(description="Calls of one project. Days are then days of its time zone, and otherwise of UTC.")
_TEAM = Query(description="Calls of the agents who are now in this team.")
_SCORECARD = Query(description="Evaluations by one scorecard.")


async def _window_filters(
    since: Annotated[DayOrTime | None, _SINCE] = None,
    until: Annotated[DayOrTime | None, _UNTIL] = None,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    team_id: Annotated[UUID | None, _TEAM] = None,
) -> Filters:
    return Filters(since, until, project_id, team_id)


WindowFiltersDep = Annotated[Filters, Depends(_window_filters)]


async def _filters(filters: WindowFiltersDep, scorecard_id: Annotated[UUID | None, _SCORECARD] = None) -> Filters:
    return replace(filters, scorecard_id=scorecard_id)


FiltersDep = Annotated[Filters, Depends(_filters)]
