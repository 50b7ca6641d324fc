"""The demo scorecard is one that the service publishes, and shows all that a scorecard can do."""

from typing import Any

from app.demo.scorecard import scorecard_body
from app.scorecards import definition_from_document
from app.scorecards.validation import publish_violations

BODY = scorecard_body()
ITEMS: list[dict[str, Any]] = [item for section in BODY["sections"] for item in section["items"]]


def test_weights_of_thirty_items_in_five_sections_sum_to_exactly_100() -> None:
    assert len(BODY["sections"]) == 5
    assert len(ITEMS) == 30
    assert sum(item["weight"] for item in ITEMS) == 100


def test_it_can_be_published() -> None:
    assert publish_violations(definition_from_document(BODY)) == []


def test_every_answer_type_family_and_fatal_scope_occurs() -> None:
    assert {item["answer_type"] for item in ITEMS} == {"binary", "scale", "choice"}
    assert {item["criticality"] for item in ITEMS} == {"none", "customer", "business", "compliance"}
    assert sorted(item["fatal"] for item in ITEMS if item["fatal"] != "none") == ["scorecard", "section"]
    assert sum(item["allow_na"] for item in ITEMS) >= 3
    assert sum(item["visible_if"] is not None for item in ITEMS) == 3


def test_every_item_says_what_is_good_and_bad_and_has_two_to_four_reasons() -> None:
    for item in ITEMS:
        assert item["good"], item["key"]
        assert item["bad"], item["key"]
        assert 2 <= len(item["error_reasons"]) <= 4, item["key"]


def test_changing_one_body_leaves_the_next_untouched() -> None:
    changed = scorecard_body("project")
    for section in changed["sections"]:
        for item in section["items"]:
            item["error_reasons"][0]["label"] = "changed"
            item["weight"] = 0

    assert scorecard_body() == BODY
