"""A scorecard of every answer type with a hidden item, and answers to it."""

from app.scorecards import Condition
from tests.evaluations.factories import good_answers
from tests.scorecards.factories import REASONS, binary, choice, one_section, scale

DEFINITION = one_section(
    binary("greeted", "40", allow_na=True, error_reasons=REASONS),
    scale("listened", "30"),
    choice("solved", "20"),
    binary("explained", "10", visible_if=Condition("solved", ("part", "nothing"))),
)
# The best answers hide the last item.
GOOD = good_answers(DEFINITION)[:3]
NOT_SOLVED = [
    *GOOD[:2],
    {"item": "solved", "value": "nothing", "fault": "process"},
    {"item": "explained", "value": "good"},
]
