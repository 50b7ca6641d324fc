"""Statistical process control: control charts, run rules, EWMA, change points, funnels and Pareto charts of samples.

A chart judges the process that produces the calls, not the calls of one period. Its limits therefore have no finite
population correction: if every call is evaluated, the process still varies by chance.
"""

from app.statistics.control.changes import ChangePoint, change_points
from app.statistics.control.charts import (
    ControlChart,
    laney_sigma_z,
    mean_chart,
    p_chart,
    p_prime_chart,
    u_chart,
    u_prime_chart,
    widened,
)
from app.statistics.control.ewma import Ewma, ewma
from app.statistics.control.funnel import Funnel, FunnelLimit, count_funnel, mean_funnel, proportion_funnel
from app.statistics.control.pareto import Cause, pareto, total_errors
from app.statistics.control.points import Points, count_points, mean_points, proportion_points
from app.statistics.control.rules import NELSON, WESTERN_ELECTRIC, Rule, signals

__all__ = [
    "NELSON",
    "WESTERN_ELECTRIC",
    "Cause",
    "ChangePoint",
    "ControlChart",
    "Ewma",
    "Funnel",
    "FunnelLimit",
    "Points",
    "Rule",
    "change_points",
    "count_funnel",
    "count_points",
    "ewma",
    "laney_sigma_z",
    "mean_chart",
    "mean_funnel",
    "mean_points",
    "p_chart",
    "p_prime_chart",
    "pareto",
    "proportion_funnel",
    "proportion_points",
    "signals",
    "total_errors",
    "u_chart",
    "u_prime_chart",
    "widened",
]
