"""Hold time: which agents put customers on hold longer than the others, and whether a whole project does."""

from app.statistics.hold_time.reading import (
    CAP_S,
    MIN_AGENTS,
    MIN_CALLS,
    MIN_PROJECTS,
    MINUTE_S,
    overall_verdict,
    read_hold_time,
)
from app.statistics.hold_time.types import HoldReading, HoldReason, HoldTotals, HoldVerdict, ProjectHold

__all__ = [
    "CAP_S",
    "MINUTE_S",
    "MIN_AGENTS",
    "MIN_CALLS",
    "MIN_PROJECTS",
    "HoldReading",
    "HoldReason",
    "HoldTotals",
    "HoldVerdict",
    "ProjectHold",
    "overall_verdict",
    "read_hold_time",
]
