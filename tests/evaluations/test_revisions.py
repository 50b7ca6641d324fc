"""Revisions over HTTP: each counts from then on, and none is lost."""

import asyncio
from typing import Any

import pytest

from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.evaluations.factories import draft, good_answers, make_subject, submit
from tests.people import Centre
from tests.sampling.tenant_factories import working_in
from tests.scorecards.factories import binary, one_section, scale

DEFINITION = one_section(binary("greeted", "40"), scale("listened", "60"))
GOOD = good_answers(DEFINITION)
BAD = good_answers(DEFINITION, greeted={"value": "bad"})


async def submitted(centre: Centre) -> str:
    """The address of a submitted evaluation without errors."""
    return f"/v1/evaluations/{(await submit(centre.verifier, await make_subject(centre, DEFINITION), GOOD))['id']}"


@pytest.mark.parametrize("author", ["verifier", "leader", "admin"])
async def test_a_revision_counts_from_then_on_and_the_first_stays_readable(centre: Centre, author: str) -> None:
    url = await submitted(centre)
    body = {"answers": BAD, "comment": "No greeting.", "why": "Listened again"}
    revised = await centre.client(author).post(f"{url}/revisions", json=body)
    assert revised.status_code == 201
    assert (revised.json()["revision"], revised.json()["score"], revised.json()["comment"]) == (2, 60, "No greeting.")
    assert (await centre.verifier.get(url)).json() == revised.json()
    first, second = (await centre.verifier.get(f"{url}/revisions")).json()["items"]
    assert (first["number"], first["score"], first["why"], first["comment"]) == (1, 100, None, None)
    assert [answer["value"] for answer in first["answers"]] == ["good", 3]
    assert (second["number"], second["score"], second["why"]) == (2, 60, "Listened again")
    assert [answer["value"] for answer in second["answers"]] == ["bad", 3]
    assert second["author_id"] == str(centre.user_ids[author])


async def test_another_fault_changes_the_agent_score_and_the_process_loss_alone(
    centre: Centre, database: Database
) -> None:
    url = f"/v1/evaluations/{(await submit(centre.verifier, await make_subject(centre, DEFINITION), BAD))['id']}"
    processes = good_answers(DEFINITION, greeted={"value": "bad", "fault": "process"})
    revised = (await centre.leader.post(f"{url}/revisions", json={"answers": processes, "why": "No script"})).json()
    first, second = (await centre.verifier.get(f"{url}/revisions")).json()["items"]
    (listed,) = (await centre.leader.get("/v1/evaluations")).json()["items"]
    figures = [(one["score"], one["agent_score"], one["process_loss"]) for one in (first, second, revised, listed)]
    assert figures == [(60, 60, 0), *[(60, 100, 40)] * 3]
    async with database.begin(Tenant(centre.tenant_id)) as session:
        event = await session.fetch_one("SELECT before, after FROM events WHERE type = 'evaluation.revised'")
    assert (event.before["agent_score"], event.before["process_loss"]) == ("60.00", "0.00")
    assert (event.after["agent_score"], event.after["process_loss"]) == ("100.00", "40.00")


@pytest.mark.parametrize("kind", ["correction", "dispute", "calibration"])
async def test_a_revision_says_what_led_to_it(centre: Centre, database: Database, kind: str) -> None:
    url = await submitted(centre)
    body = {"answers": BAD, "why": "Listened again", "kind": kind}
    assert (await centre.leader.post(f"{url}/revisions", json=body)).status_code == 201
    revisions = (await centre.verifier.get(f"{url}/revisions")).json()["items"]
    assert [revision["kind"] for revision in revisions] == [None, kind]
    async with database.begin(Tenant(centre.tenant_id)) as session:
        event = await session.fetch_one("SELECT after FROM events WHERE type = 'evaluation.revised'")
    assert event.after["kind"] == kind


async def test_a_revision_is_a_correction_unless_it_says_otherwise(centre: Centre, database: Database) -> None:
    url = await submitted(centre)
    assert (await centre.verifier.post(f"{url}/revisions", json={"answers": BAD, "why": "Heard again"})).is_success
    assert (await centre.verifier.get(f"{url}/revisions")).json()["items"][1]["kind"] == "correction"
    refused = await centre.verifier.post(f"{url}/revisions", json={"answers": BAD, "why": "x", "kind": "whim"})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/kind"]


async def test_a_revision_of_before_there_were_kinds_is_a_correction(centre: Centre, database: Database) -> None:
    url = await submitted(centre)
    insert = """
    INSERT INTO evaluation_revisions (tenant_id, id, evaluation_id, number, author_id, why, sections, families,
                                      fatal_items, applicable_count, error_count)
    SELECT tenant_id, :id, evaluation_id, 2, author_id, 'Heard again', '[]', '{}', '{}', 0, 0 FROM evaluation_revisions
    """
    async with working_in(database, centre) as session:
        await session.execute(insert, id=new_id())
    assert [one["kind"] for one in (await centre.verifier.get(f"{url}/revisions")).json()["items"]] == [
        None,
        "correction",
    ]


@pytest.mark.parametrize("why", ["", " ", "\n\t"])
async def test_a_revision_says_why(centre: Centre, why: str) -> None:
    url = await submitted(centre)
    refused = await centre.verifier.post(f"{url}/revisions", json={"answers": BAD, "why": why})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/why"]


async def test_the_etag_grows_with_each_revision(centre: Centre) -> None:
    url = await submitted(centre)
    before = (await centre.verifier.get(url)).headers["ETag"]
    revised = await centre.verifier.post(f"{url}/revisions", json={"answers": BAD, "why": "Listened again"})
    assert (before, revised.headers["ETag"]) == ('"2"', '"3"')
    assert (await centre.verifier.get(url)).headers["ETag"] == '"3"'


async def test_a_revision_tells_the_journal_what_it_was_before(centre: Centre, database: Database) -> None:
    url = await submitted(centre)
    await centre.leader.post(f"{url}/revisions", json={"answers": BAD, "why": "Listened again"})
    async with database.begin(Tenant(centre.tenant_id)) as session:
        event = await session.fetch_one("SELECT before, after FROM events WHERE type = 'evaluation.revised'")
    assert (event.before["score"], event.before["revision"], event.before["errors"]) == ("100.00", 1, [])
    assert (event.after["score"], event.after["revision"], event.after["why"]) == ("60.00", 2, "Listened again")
    assert event.after["errors"] == [{"item": "greeted", "fault": "agent", "reason": None}]


async def test_revisions_made_at_once_are_numbered_one_after_the_other(centre: Centre) -> None:
    url = await submitted(centre)
    body = {"answers": BAD, "why": "Listened again"}
    revised = await asyncio.gather(*(centre.leader.post(f"{url}/revisions", json=body) for _ in range(4)))
    assert sorted(answer.json()["revision"] for answer in revised) == [2, 3, 4, 5]


async def test_pages_hold_every_revision_once_and_in_order(centre: Centre) -> None:
    url = await submitted(centre)
    for _ in range(2):
        await centre.leader.post(f"{url}/revisions", json={"answers": BAD, "why": "Listened again"})
    first = (await centre.leader.get(f"{url}/revisions", params={"limit": 2})).json()
    rest = (await centre.leader.get(f"{url}/revisions", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [revision["number"] for revision in first["items"] + rest["items"]] == [1, 2, 3]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"answers": GOOD[:1]}, "/answers"),
        ({"why": ""}, "/why"),
        ({"why": None}, "/why"),
        ({"submit": True}, "/submit"),
    ],
)
async def test_a_faulty_revision_is_named_and_not_kept(centre: Centre, change: dict[str, Any], pointer: str) -> None:
    url = await submitted(centre)
    refused = await centre.verifier.post(f"{url}/revisions", json={"answers": BAD, "why": "Listened again"} | change)
    assert (refused.status_code, [fault["pointer"] for fault in refused.json()["errors"]]) == (422, [pointer])
    assert (await centre.verifier.get(url)).json()["revision"] == 1


async def test_a_draft_is_not_revised(centre: Centre) -> None:
    created = await draft(centre.verifier, await make_subject(centre, DEFINITION), GOOD)
    body = {"answers": BAD, "why": "Listened again"}
    refused = await centre.verifier.post(f"/v1/evaluations/{created['id']}/revisions", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_submitted")
    nothing = await centre.verifier.get(f"/v1/evaluations/{created['id']}/revisions")
    assert nothing.json() == {"items": [], "next_cursor": None}


async def test_another_verifier_finds_nothing_to_revise_and_an_agent_may_not(centre: Centre) -> None:
    url = await submitted(centre)
    body = {"answers": BAD, "why": "Mine"}
    assert (await centre.second_verifier.post(f"{url}/revisions", json=body)).status_code == 404
    assert (await centre.agent_user.post(f"{url}/revisions", json=body)).status_code == 403
