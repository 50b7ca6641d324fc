"""Pictures of reports, from plain numbers and labels."""

from app.analysis.pictures.draw import draw, is_empty
from app.analysis.pictures.style import short
from app.analysis.pictures.types import ControlChart, Funnel, Pareto, Picture, Quantity, Trend, Whiskers
from app.analysis.pictures.weekly import trend_by_week

__all__ = [
    "ControlChart",
    "Funnel",
    "Pareto",
    "Picture",
    "Quantity",
    "Trend",
    "Whiskers",
    "draw",
    "is_empty",
    "short",
    "trend_by_week",
]
