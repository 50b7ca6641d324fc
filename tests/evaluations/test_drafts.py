"""Evaluations over HTTP that are drafted first."""

from typing import Any

from app.platform.database import Database
from tests.evaluations.examples import DEFINITION, GOOD, NOT_SOLVED
from tests.evaluations.factories import draft, make_subject, submit
from tests.identity.factories import journal, pointers
from tests.people import Centre


async def test_a_draft_may_lack_answers_and_is_scored_as_it_stands(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    answers: list[dict[str, Any]] = [{"item": "greeted", "value": "bad"}, {"item": "listened", "value": 3}]
    created = await draft(centre.verifier, subject, answers)
    assert (created["status"], created["revision"], created["submitted_at"]) == ("draft", 0, None)
    assert (created["score"], created["agent_score"], created["process_loss"]) == (42.86, 42.86, 0)
    read = await centre.verifier.get(f"/v1/evaluations/{created['id']}")
    assert (read.json(), read.headers["ETag"]) == (created, '"1"')


async def test_a_draft_is_scored_by_the_faults_that_it_has_so_far(centre: Centre, database: Database) -> None:
    created = await draft(
        centre.verifier, await make_subject(centre, DEFINITION), [{"item": "greeted", "value": "bad"}]
    )
    url = f"/v1/evaluations/{created['id']}"
    answers = [{"item": "greeted", "value": "bad", "fault": "process"}, {"item": "listened", "value": 2}]
    changed = (await centre.verifier.patch(url, json={"answers": answers}, headers={"If-Match": '"1"'})).json()
    assert (changed["score"], changed["agent_score"], changed["process_loss"]) == (28.57, 66.67, 57.14)
    assert (await centre.verifier.get(url)).json() == changed
    _, event = await journal(database, centre, created["id"])
    assert event.before
    assert event.after
    assert [document["agent_score"] for document in (event.before, event.after)] == ["0.00", "66.67"]
    assert [document["process_loss"] for document in (event.before, event.after)] == ["0.00", "57.14"]


async def test_a_draft_keeps_everything_that_an_answer_says(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    said = {"value": "bad", "fault": "unclear", "reason": "forgot", "comment": "No name.", "at_s": 1.5}
    created = await draft(centre.verifier, subject, [{"item": "greeted", **said}])
    assert said.items() <= (await centre.verifier.get(f"/v1/evaluations/{created['id']}")).json()["answers"][0].items()


async def test_a_draft_is_changed_against_the_etag_that_was_read(centre: Centre, database: Database) -> None:
    created = await draft(centre.verifier, await make_subject(centre, DEFINITION), [])
    url = f"/v1/evaluations/{created['id']}"
    assert (await centre.verifier.patch(url, json={"answers": GOOD})).status_code == 428
    changed = await centre.verifier.patch(url, json={"answers": GOOD}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["score"]) == (200, 100)
    commented = await centre.verifier.patch(url, json={"comment": "Fine."}, headers={"If-Match": '"2"'})
    assert commented.json() == changed.json() | {"comment": "Fine."}
    assert (await centre.verifier.get(url)).json() == commented.json()
    stale = await centre.verifier.patch(url, json={"comment": "Late."}, headers={"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    types = [event.type for event in await journal(database, centre, created["id"])]
    assert types == ["evaluation.drafted", "evaluation.changed", "evaluation.changed"]


async def test_a_faulty_change_of_a_draft_is_refused(centre: Centre) -> None:
    created = await draft(centre.verifier, await make_subject(centre, DEFINITION), [])
    headers = {"If-Match": '"1"'}
    answers = [{"item": "greeted", "value": "full"}]
    refused = await centre.verifier.patch(
        f"/v1/evaluations/{created['id']}", json={"answers": answers}, headers=headers
    )
    assert pointers(refused) == ["/answers/0/value"]


async def test_a_draft_is_submitted_as_it_stands(centre: Centre, database: Database) -> None:
    created = await draft(centre.verifier, await make_subject(centre, DEFINITION), NOT_SOLVED[::-1])
    url = f"/v1/evaluations/{created['id']}"
    submitted = await centre.verifier.post(f"{url}/submit")
    assert submitted.status_code == 200
    assert (submitted.json()["status"], submitted.json()["revision"], submitted.json()["score"]) == ("submitted", 1, 80)
    assert (await centre.verifier.get(url)).json() == submitted.json()
    again = await centre.verifier.post(f"{url}/submit")
    assert (again.status_code, again.json()["code"]) == (409, "not_a_draft")
    types = [event.type for event in await journal(database, centre, created["id"])]
    assert types == ["evaluation.drafted", "evaluation.submitted"]


async def test_an_incomplete_draft_cannot_be_submitted(centre: Centre) -> None:
    created = await draft(centre.verifier, await make_subject(centre, DEFINITION), GOOD[:1])
    refused = await centre.verifier.post(f"/v1/evaluations/{created['id']}/submit")
    assert pointers(refused) == ["/answers", "/answers"]
    assert (await centre.verifier.get(f"/v1/evaluations/{created['id']}")).json()["status"] == "draft"


async def test_a_submitted_evaluation_can_no_longer_be_changed(centre: Centre) -> None:
    created = await submit(centre.verifier, await make_subject(centre, DEFINITION), GOOD)
    url, headers = f"/v1/evaluations/{created['id']}", {"If-Match": '"2"'}
    refused = await centre.verifier.patch(url, json={"comment": "Late."}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_draft")


async def test_a_draft_stays_with_the_version_it_was_begun_on(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    created = await draft(centre.verifier, subject, GOOD)
    url = f"/v1/scorecards/{subject['scorecard_id']}"
    opened = await centre.leader.post(f"{url}/new-draft")
    shorter = {"sections": [{"key": "s", "title": "S", "items": [_only_item()]}]}
    await centre.leader.patch(url, json=shorter, headers={"If-Match": opened.headers["ETag"]})
    assert (await centre.leader.post(f"{url}/publish")).status_code == 200
    submitted = await centre.verifier.post(f"/v1/evaluations/{created['id']}/submit")
    assert (submitted.status_code, submitted.json()["scorecard_version"]) == (200, 1)
    other = await submit(centre.second_verifier, subject, [{"item": "only", "value": "good"}])
    assert other["scorecard_version"] == 2


def _only_item() -> dict[str, Any]:
    return {"key": "only", "title": "Only", "weight": 100, "answer_type": "binary"}


async def test_nobody_else_changes_or_submits_a_draft(centre: Centre) -> None:
    created = await draft(centre.verifier, await make_subject(centre, DEFINITION), GOOD)
    url, headers = f"/v1/evaluations/{created['id']}", {"If-Match": '"1"'}
    assert (await centre.leader.patch(url, json={"comment": "Mine."}, headers=headers)).status_code == 403
    assert (await centre.leader.post(f"{url}/submit")).status_code == 403
    assert (await centre.second_verifier.post(f"{url}/submit")).status_code == 404


async def test_a_draft_drops_answers_to_hidden_items_and_names_them(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    hidden = {"item": "explained", "value": "bad"}
    created = await draft(centre.verifier, subject, [hidden, *GOOD])
    assert created["dropped_items"] == ["explained"]
    assert [answer["item"] for answer in created["answers"]] == ["greeted", "listened", "solved"]
    url = f"/v1/evaluations/{created['id']}"
    assert (await centre.verifier.get(url)).json() == created | {"dropped_items": []}
    shown = await centre.verifier.patch(url, json={"answers": NOT_SOLVED}, headers={"If-Match": '"1"'})
    assert (shown.json()["dropped_items"], len(shown.json()["answers"])) == ([], 4)
    solved = await centre.verifier.patch(url, json={"answers": [*GOOD, hidden]}, headers={"If-Match": '"2"'})
    assert (solved.status_code, solved.json()["dropped_items"]) == (200, ["explained"])
    assert (await centre.verifier.post(f"{url}/submit")).status_code == 200


async def test_a_submission_with_an_answer_to_a_hidden_item_is_refused(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    body = {**subject, "answers": [*GOOD, {"item": "explained", "value": "good"}], "submit": True}
    assert pointers(await centre.verifier.post("/v1/evaluations", json=body)) == ["/answers/3/item"]
