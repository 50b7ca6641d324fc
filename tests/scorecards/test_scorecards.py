"""Scorecards over HTTP: drafted, published, drafted anew."""

from typing import Any

import asyncpg
import pytest

from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.scorecards.factories import (
    binary,
    body,
    choice,
    draft_scorecard,
    one_section,
    publish_scorecard,
    scale,
    thirty_items,
)

DEFINITION = one_section(binary("greeted", "40", allow_na=True), scale("listened", "30"), choice("solved", "30"))


def pointers(problem: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


async def test_a_new_scorecard_is_a_draft_and_is_read_back_with_its_etag(centre: Centre) -> None:
    created = await draft_scorecard(centre.leader, DEFINITION, project_id=str(centre.project_id))
    read = await centre.verifier.get(f"/v1/scorecards/{created['id']}")
    assert read.json() == created
    assert read.headers["ETag"] == '"1"'
    assert (created["status"], created["version"], created["published_version"]) == ("draft", 1, None)
    assert [item["weight"] for item in created["sections"][0]["items"]] == [40, 30, 30]


async def test_the_example_of_the_contract_can_be_drafted(centre: Centre) -> None:
    item = {
        "key": "introduced",
        "title": "Introduced themselves",
        "good": "Said name and company",
        "bad": "Did not",
        "weight": 3.5,
        "answer_type": "binary",
        "scale_max": None,
        "options": None,
        "allow_na": False,
        "criticality": "none",
        "fatal": "none",
        "visible_if": None,
        "error_reasons": [{"key": "forgot", "label": "Forgot", "default_fault": "agent"}],
    }
    section = {"key": "greeting", "title": "Greeting", "items": [item]}
    scorecard = {"name": "Inbound support", "project_id": None, "passing_score": 80, "sections": [section]}
    created = await centre.leader.post("/v1/scorecards", json=scorecard)
    assert created.status_code == 201
    assert created.json()["sections"] == [section]


async def test_the_list_names_draft_and_published_versions_and_no_items(centre: Centre) -> None:
    draft = await draft_scorecard(centre.leader, DEFINITION, name="First")
    published = await publish_scorecard(centre.leader, DEFINITION, name="Second")
    await centre.leader.post(f"/v1/scorecards/{published['id']}/new-draft")
    first = (await centre.verifier.get("/v1/scorecards", params={"limit": 1})).json()
    rest = (await centre.verifier.get("/v1/scorecards", params={"cursor": first["next_cursor"]})).json()
    rows = [*first["items"], *rest["items"]]
    assert [(row["id"], row["draft_version"], row["published_version"]) for row in rows] == [
        (draft["id"], 1, None),
        (published["id"], 2, 1),
    ]
    assert "sections" not in rows[0]


async def test_a_draft_is_changed_against_the_etag_that_was_read(centre: Centre) -> None:
    scorecard = await draft_scorecard(centre.leader, DEFINITION)
    url = f"/v1/scorecards/{scorecard['id']}"
    change = body(one_section(binary("only", "100")), passing_score=92.5) | {"name": "Renamed"}
    assert (await centre.leader.patch(url, json=change)).status_code == 428
    changed = await centre.leader.patch(url, json=change, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    assert (await centre.leader.get(url)).json() == changed.json()
    assert (changed.json()["name"], changed.json()["passing_score"]) == ("Renamed", 92.5)
    assert [item["key"] for item in changed.json()["sections"][0]["items"]] == ["only"]
    stale = await centre.leader.patch(url, json=change, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_what_is_not_given_stays_when_a_draft_is_changed(centre: Centre) -> None:
    scorecard = await draft_scorecard(centre.leader, DEFINITION)
    url, headers = f"/v1/scorecards/{scorecard['id']}", {"If-Match": '"1"'}
    changed = (await centre.leader.patch(url, json={"passing_score": 50}, headers=headers)).json()
    assert changed == scorecard | {"passing_score": 50}


@pytest.mark.parametrize("change", [{"name": None}, {"passing_score": None}, {"sections": None}])
async def test_what_a_scorecard_must_have_cannot_be_taken_away(centre: Centre, change: dict[str, None]) -> None:
    scorecard = await draft_scorecard(centre.leader, DEFINITION)
    url, headers = f"/v1/scorecards/{scorecard['id']}", {"If-Match": '"1"'}
    refused = await centre.leader.patch(url, json=change, headers=headers)
    assert (refused.status_code, pointers(refused.json())) == (422, [f"/{next(iter(change))}"])


async def test_a_published_version_can_be_renamed_but_its_contents_cannot_change(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    url, headers = f"/v1/scorecards/{scorecard['id']}", {"If-Match": '"2"'}
    refused = await centre.leader.patch(url, json={"passing_score": 1}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_draft")
    renamed = await centre.leader.patch(url, json={"name": "Renamed"}, headers=headers)
    assert renamed.json() == scorecard | {"name": "Renamed"}


async def test_publishing_names_each_broken_rule_and_the_sum(centre: Centre) -> None:
    broken = one_section(binary("greeted", "60"), binary("greeted", "39.9"))
    scorecard = await draft_scorecard(centre.leader, broken)
    refused = await centre.leader.post(f"/v1/scorecards/{scorecard['id']}/publish")
    assert (refused.status_code, refused.json()["code"]) == (422, "faulty_scorecard")
    assert pointers(refused.json()) == ["/sections/0/items/1/key", "/sections"]
    assert "99.9" in refused.json()["errors"][1]["detail"]
    assert (await centre.leader.get(f"/v1/scorecards/{scorecard['id']}")).json() == scorecard


async def test_an_empty_draft_can_be_kept_but_not_published(centre: Centre) -> None:
    created = await centre.leader.post("/v1/scorecards", json={"name": "Empty", "passing_score": 80})
    refused = await centre.leader.post(f"/v1/scorecards/{created.json()['id']}/publish")
    assert (refused.status_code, pointers(refused.json())) == (422, ["/sections"])


async def test_only_a_draft_can_be_published(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    assert (scorecard["status"], scorecard["published_version"], scorecard["draft_version"]) == ("published", 1, None)
    again = await centre.leader.post(f"/v1/scorecards/{scorecard['id']}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "no_draft")


async def test_a_new_draft_begins_as_a_copy_and_leaves_the_published_version_alone(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    url = f"/v1/scorecards/{scorecard['id']}"
    published = (await centre.leader.get(f"{url}/versions/1")).json()
    opened = await centre.leader.post(f"{url}/new-draft")
    assert opened.status_code == 201
    assert (opened.json()["version"], opened.json()["sections"]) == (2, scorecard["sections"])
    again = await centre.leader.post(f"{url}/new-draft")
    assert (again.status_code, again.json()["code"]) == (409, "draft_exists")
    change = {"sections": [], "passing_score": 1}
    await centre.leader.patch(url, json=change, headers={"If-Match": opened.headers["ETag"]})
    assert (await centre.leader.get(f"{url}/versions/1")).json() == published
    assert (await centre.leader.get(f"{url}/versions/2")).json()["sections"] == []


async def test_the_second_version_is_published_in_its_turn(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    url = f"/v1/scorecards/{scorecard['id']}"
    await centre.leader.post(f"{url}/new-draft")
    published = (await centre.leader.post(f"{url}/publish")).json()
    assert (published["version"], published["published_version"], published["status"]) == (2, 2, "published")


async def test_a_version_that_is_read_can_be_posted_as_it_stands(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, thirty_items(), project_id=str(centre.project_id))
    exported = (await centre.leader.get(f"/v1/scorecards/{scorecard['id']}/versions/1")).json()
    imported = await centre.leader.post("/v1/scorecards", json=exported)
    assert imported.status_code == 201
    again = (await centre.leader.get(f"/v1/scorecards/{imported.json()['id']}/versions/1")).json()
    origin = {"scorecard_id", "status", "published_at"}
    assert {key: again[key] for key in again.keys() - origin} == {
        key: exported[key] for key in exported.keys() - origin
    }
    assert again["status"] == "draft"


@pytest.mark.parametrize("change", ["passing_score = 1", "definition = '{}'", "status = 'draft'"])
async def test_the_database_itself_refuses_to_change_a_published_version(
    centre: Centre, database: Database, change: str
) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    statement = f"UPDATE scorecard_versions SET {change} WHERE scorecard_id = :scorecard_id"
    with pytest.raises(Exception, match="a published scorecard version never changes"):
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await session.execute(statement, scorecard_id=scorecard["id"])


async def test_the_owner_of_the_tables_cannot_delete_a_published_version_either(
    centre: Centre, urls: DatabaseUrls
) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    connection = await asyncpg.connect(urls.admin)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="never changes"):
        await connection.execute("DELETE FROM scorecard_versions WHERE scorecard_id = $1", scorecard["id"])
    await connection.close()


async def test_a_preview_scores_without_storing(centre: Centre, queries: QueryRecorder) -> None:
    scorecard = await draft_scorecard(centre.leader, DEFINITION)
    answers = [
        {"item": "greeted", "value": "na"},
        {"item": "listened", "value": 1, "fault": "process"},
        {"item": "solved", "value": "full"},
    ]
    queries.clear()
    url = f"/v1/scorecards/{scorecard['id']}/score-preview"
    preview = await centre.verifier.post(url, json={"answers": answers})
    assert preview.status_code == 200
    assert preview.json() == {
        "score": 66.67,
        "agent_score": 100,
        "process_loss": 33.33,
        "score_before_fatal": 66.67,
        "passed": False,
        "sections": [{"key": "s0", "score": 66.67, "score_before_fatal": 66.67}],
        "families": {"customer": None, "business": None, "compliance": None},
        "fatal_items": [],
        "errors": ["listened"],
    }
    assert not [statement for statement in queries.statements if statement.startswith(("INSERT", "UPDATE"))]


async def test_a_preview_scores_by_the_version_that_is_named(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    url = f"/v1/scorecards/{scorecard['id']}"
    opened = await centre.leader.post(f"{url}/new-draft")
    changed = body(one_section(binary("greeted", "100")))
    await centre.leader.patch(url, json=changed, headers={"If-Match": opened.headers["ETag"]})
    answers = [{"item": "greeted", "value": "good"}, {"item": "listened", "value": 0}]
    first = await centre.leader.post(f"{url}/score-preview", json={"answers": answers, "version": 1})
    assert first.json()["score"] == 57.14
    newest = await centre.leader.post(f"{url}/score-preview", json={"answers": answers})
    assert (newest.status_code, pointers(newest.json())) == (422, ["/answers/1/item"])
    missing = await centre.leader.post(f"{url}/score-preview", json={"answers": answers, "version": 3})
    assert missing.status_code == 404


async def test_a_draft_that_cannot_be_scored_says_why(centre: Centre) -> None:
    scorecard = await draft_scorecard(centre.leader, one_section(scale("listened", scale_max=None)))
    refused = await centre.leader.post(f"/v1/scorecards/{scorecard['id']}/score-preview", json={"answers": []})
    assert (refused.status_code, refused.json()["code"]) == (422, "faulty_scorecard")
    assert pointers(refused.json()) == ["/sections/0/items/0/scale_max"]


async def test_a_preview_names_a_value_that_an_item_cannot_take(centre: Centre) -> None:
    scorecard = await draft_scorecard(centre.leader, DEFINITION)
    refused = await centre.leader.post(
        f"/v1/scorecards/{scorecard['id']}/score-preview", json={"answers": [{"item": "listened", "value": "good"}]}
    )
    assert (refused.status_code, pointers(refused.json())) == (422, ["/answers/0/value"])


ITEM = {"key": "a", "title": "A", "weight": 100, "answer_type": "binary"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"weight": -1}, "weight"),
        ({"weight": 100.5}, "weight"),
        ({"weight": "heavy"}, "weight"),
        ({"answer_type": "essay"}, "answer_type"),
        ({"criticality": "mild"}, "criticality"),
        ({"fatal": "yes"}, "fatal"),
        ({"good": "\x00"}, "good"),
        ({"good": "x" * 20_001}, "good"),
        ({"weigth": 1}, "weigth"),
        ({"options": [{"key": "full", "label": "Full", "credit": 1.1}]}, "options/0/credit"),
        ({"visible_if": {"item": "b", "in": [True]}}, "visible_if/in/0"),
        ({"visible_if": {"item": "b"}}, "visible_if/in"),
        ({"error_reasons": [{"key": "r", "label": "R", "default_fault": "nobody"}]}, "error_reasons/0/default_fault"),
    ],
)
async def test_a_malformed_item_is_named(centre: Centre, change: dict[str, Any], pointer: str) -> None:
    section = {"key": "s", "title": "S", "items": [ITEM | change]}
    refused = await centre.leader.post("/v1/scorecards", json={"name": "A", "passing_score": 80, "sections": [section]})
    assert (refused.status_code, pointers(refused.json())) == (422, [f"/sections/0/items/0/{pointer}"])


@pytest.mark.parametrize("passing_score", [-1, 100.01, 80.123, None])
async def test_a_passing_score_is_a_percentage_with_two_decimals(centre: Centre, passing_score: float | None) -> None:
    refused = await centre.leader.post("/v1/scorecards", json={"name": "A", "passing_score": passing_score})
    assert (refused.status_code, pointers(refused.json())) == (422, ["/passing_score"])


async def test_more_than_two_hundred_items_are_refused(centre: Centre) -> None:
    section = {"key": "s", "title": "S", "items": [ITEM | {"key": f"i{number}"} for number in range(101)]}
    sections = [section, section | {"key": "t"}]
    refused = await centre.leader.post("/v1/scorecards", json={"name": "A", "passing_score": 80, "sections": sections})
    assert (refused.status_code, pointers(refused.json())) == (422, ["/sections"])


async def test_a_project_that_is_not_there_is_named(centre: Centre) -> None:
    refused = await centre.leader.post("/v1/scorecards", json=body(DEFINITION, project_id=str(new_id())))
    assert (refused.status_code, pointers(refused.json())) == (422, ["/project_id"])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/publish"), ("POST", "/new-draft"), ("GET", "/versions/1"), ("POST", "/score-preview")],
)
async def test_a_scorecard_that_is_not_there_is_not_found(centre: Centre, method: str, path: str) -> None:
    content: dict[str, Any] | None = {"answers": []} if path == "/score-preview" else None
    missing = await centre.leader.request(method, f"/v1/scorecards/{new_id()}{path}", json=content)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_a_verifier_reads_scorecards_and_may_not_write_them(centre: Centre) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    assert (await centre.verifier.get(f"/v1/scorecards/{scorecard['id']}")).status_code == 200
    assert (await centre.verifier.post("/v1/scorecards", json=body(DEFINITION))).status_code == 403
    assert (await centre.agent_user.get(f"/v1/scorecards/{scorecard['id']}")).status_code == 403


async def test_a_scorecard_is_read_in_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    scorecard = await draft_scorecard(centre.leader, thirty_items())
    queries.clear()
    await centre.leader.get(f"/v1/scorecards/{scorecard['id']}")
    assert len([statement for statement in queries.statements if "scorecards" in statement]) == 1
