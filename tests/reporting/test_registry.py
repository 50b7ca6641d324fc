"""The registry of reports is held against their routes: a report that has a route can be sent."""

import pytest

from app.analysis import REPORTS_BY_NAME, FileFormat
from tests.contract import Operation, operations

PREFIX = "/v1/reports/"
ROUTES = [one for one in operations() if one.path.startswith(PREFIX)]
# Reports with a route of their own that nobody would have sent to them, each with the reason.
NOT_SENT = {
    "bonus": "it decides what people are paid, and is read where it can be previewed",
    "control-chart": "it asks for a metric, which a schedule does not have",
    "critical-errors": "its groups are not those of other reports, which a schedule chooses among",
    "funnel": "it asks for a metric, which a schedule does not have",
    "pareto": "its groups are not those of other reports, which a schedule chooses among",
    "today": "it is about the moment at which it is read",
}
SENT = [one for one in ROUTES if one.path.removeprefix(PREFIX) not in NOT_SENT]


def parameters(operation: Operation) -> dict[str, object]:
    return {one["name"]: one["schema"] for one in operation.spec["parameters"] if one["in"] == "query"}


def test_every_report_is_in_the_registry_or_has_a_reason_not_to_be() -> None:
    names = {one.path.removeprefix(PREFIX) for one in ROUTES}
    assert names == REPORTS_BY_NAME.keys() | NOT_SENT.keys()


@pytest.mark.parametrize("operation", SENT, ids=str)
def test_a_report_takes_the_filters_of_its_route(operation: Operation) -> None:
    kind, taken = REPORTS_BY_NAME[operation.path.removeprefix(PREFIX)], parameters(operation)
    assert kind.grouped == ("by" in taken)
    assert kind.by_scorecard == ("scorecard_id" in taken)
    assert {"project_id", "team_id"} <= taken.keys()
    assert kind.printed == ("month" in taken)


@pytest.mark.parametrize("operation", SENT, ids=str)
def test_a_report_is_sent_in_the_formats_of_its_route(operation: Operation) -> None:
    kind = REPORTS_BY_NAME[operation.path.removeprefix(PREFIX)]
    answered = {*operation.spec["responses"]["200"]["content"]} - {"application/json"}
    assert {one.media_type for one in kind.formats} == answered
    assert {*kind.formats} <= {*FileFormat}
