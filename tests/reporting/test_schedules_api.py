"""Schedules of reports over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.platform.clock import FixedClock, use_clock
from tests.identity.factories import post_user
from tests.notifications.outbox import events_of
from tests.people import Centre
from tests.reporting.factories import EVERY_DAY, MADE, SCHEDULES, body, change, create, shown

OUTSIDE = {"email": "head@customer.example"}
NOBODY = "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2f"


def pointers(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


async def test_a_schedule_is_kept_as_it_was_sent(centre: Centre) -> None:
    when = {"every": "week", "weekday": 1, "day": None, "at": "07:30", "timezone": "Europe/Berlin"}
    filters = {
        "project_id": str(centre.project_id),
        "team_id": str(centre.team_id),
        "scorecard_id": None,
        "by": "agent",
    }
    written: Any = {"language": "ru", "locale": "ru", "bom": True, "format": "csv", "period": "previous_week"}
    made = await create(centre, when=when, filters=filters, **written)
    assert made | written == made
    assert (made["when"], made["filters"]) == (when, filters)
    assert made["recipients"] == [{"user_id": str(centre.user_ids["leader"]), "email": None, "allowed_by": None}]
    assert (made["owner_id"], made["active"], made["version"]) == (str(centre.user_ids["leader"]), True, 1)
    # The Monday after it was made, at 07:30 of winter time.
    assert made["next_due_at"] == "2026-11-09T06:30:00Z"
    assert await shown(centre, made) == made
    (listed,) = (await centre.leader.get(SCHEDULES)).json()["items"]
    assert listed == made
    (created,) = await events_of(centre, "report_schedule.created")
    assert created["subject_id"] == made["id"]
    assert created["after"]["recipients"] == [
        {"user_id": str(centre.user_ids["leader"]), "email": None, "allowed_by": None}
    ]


async def test_the_time_zone_is_the_projects_unless_it_is_given(centre: Centre) -> None:
    zone = "America/Sao_Paulo"
    project = await centre.admin.post("/v1/projects", json={"name": "Loans", "timezone": zone, "language": "pt"})
    without = {"every": "day", "at": "08:00"}
    made = await create(centre, filters={"project_id": project.json()["id"]}, when=without)
    assert (made["when"]["timezone"], made["next_due_at"]) == (zone, "2026-11-03T11:00:00Z")
    made = await create(centre, when=without)
    assert made["when"]["timezone"] == "UTC"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"report": "weather"}, {"/report"}),
        ({"report": "verifiers", "format": "png"}, {"/format"}),
        ({"report": "verifiers", "filters": {"by": "team"}}, {"/filters/by"}),
        ({"report": "sampling-coverage", "filters": {"scorecard_id": NOBODY}}, {"/filters/scorecard_id"}),
        (
            {"filters": {"project_id": NOBODY, "team_id": NOBODY, "scorecard_id": NOBODY}},
            {"/filters/project_id", "/filters/team_id", "/filters/scorecard_id"},
        ),
        ({"when": {"every": "week", "at": "08:00"}}, {"/when"}),
        ({"when": {"every": "month", "at": "08:00"}}, {"/when"}),
        ({"when": EVERY_DAY | {"weekday": 1}}, {"/when"}),
        ({"when": EVERY_DAY | {"at": "24:00"}}, {"/when/at"}),
        ({"when": EVERY_DAY | {"at": "8:00"}}, {"/when/at"}),
        ({"when": EVERY_DAY | {"timezone": "Europe/Atlantis"}}, {"/when/timezone"}),
        ({"when": {"every": "month", "day": 32, "at": "08:00"}}, {"/when/day"}),
        ({"period": "next_week"}, {"/period"}),
        ({"report": "monthly", "format": "pdf", "period": "previous_week"}, {"/period"}),
        ({"report": "monthly", "format": "csv", "period": "previous_month"}, {"/format"}),
        ({"format": "pdf"}, {"/format"}),
        ({"language": "fr"}, {"/language"}),
        ({"locale": "xx"}, {"/locale"}),
        ({"recipients": []}, {"/recipients"}),
        ({"recipients": [{}]}, {"/recipients/0"}),
        ({"recipients": [{"user_id": NOBODY}]}, {"/recipients/0/user_id"}),
        ({"recipients": [{"user_id": NOBODY, "email": "head@customer.example"}]}, {"/recipients/0"}),
        ({"recipients": [OUTSIDE, OUTSIDE]}, {"/recipients/1"}),
        ({"recipients": [OUTSIDE, {"email": "Head@Customer.example"}]}, {"/recipients/1"}),
        ({"recipients": [{"email": "leader@example.com"}]}, {"/recipients/0/email"}),
        ({"recipients": [{"email": '"a\\"@customer.example'}]}, {"/recipients/0/email"}),
        ({"recipients": [{"email": f"head{number}@customer.example"} for number in range(21)]}, {"/recipients"}),
    ],
    # The elements of a set come in any order.
    ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given),
)
async def test_what_cannot_be_sent_is_refused(centre: Centre, changes: dict[str, Any], expected: set[str]) -> None:
    assert pointers(await centre.admin.post(SCHEDULES, json=body(centre, **changes))) == expected
    made = await create(centre)
    assert pointers(await change(centre.admin, made, **changes)) == expected


async def test_an_unknown_report_is_answered_with_those_that_exist(centre: Centre) -> None:
    answer = await centre.leader.post(SCHEDULES, json=body(centre, report="weather"))
    assert "error-sources, hold-time, monthly, quality, sampling-coverage, verifiers" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["verifier", "agent"])
async def test_who_may_not_read_reports_is_no_recipient(centre: Centre, role: str) -> None:
    recipients = [{"user_id": str(centre.user_ids[role])}]
    answer = await centre.leader.post(SCHEDULES, json=body(centre, recipients=recipients))
    assert pointers(answer) == {"/recipients/0/user_id"}


async def test_only_an_administrator_sends_reports_outside(centre: Centre) -> None:
    refused = await centre.leader.post(SCHEDULES, json=body(centre, recipients=[OUTSIDE]))
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_recipient")
    made = await create(centre)
    assert (await change(centre.leader, made, recipients=[OUTSIDE])).status_code == 403
    allowed = (await change(centre.admin, made, recipients=[OUTSIDE])).json()
    admin = str(centre.user_ids["admin"])
    assert allowed["recipients"] == [{"user_id": None, "email": OUTSIDE["email"], "allowed_by": admin}]
    # What was allowed stays allowed, whoever changes the rest of the list.
    mixed = [OUTSIDE, {"user_id": str(centre.user_ids["leader"])}]
    kept = (await change(centre.leader, allowed, recipients=mixed)).json()
    assert kept["recipients"][0]["allowed_by"] == admin
    assert (await change(centre.leader, kept, recipients=[*mixed, {"email": "b@customer.example"}])).status_code == 403


@pytest.mark.parametrize("content", [{"report": "verifiers"}, {"filters": {"by": "agent"}}], ids=str)
async def test_an_address_outside_is_allowed_for_one_report(centre: Centre, content: dict[str, Any]) -> None:
    made = await create(centre)
    allowed = (await change(centre.admin, made, recipients=[OUTSIDE])).json()
    refused = await change(centre.leader, allowed, **content)
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_recipient")
    later = await change(centre.leader, allowed, when=EVERY_DAY | {"at": "09:00"}, format="xlsx")
    assert later.status_code == 200
    # Without the address the owner may.
    own = [{"user_id": str(centre.user_ids["leader"])}]
    assert (await change(centre.leader, later.json(), recipients=own, **content)).status_code == 200


async def test_a_change_needs_the_version_that_was_read(centre: Centre) -> None:
    made = await create(centre)
    changed = (await change(centre.leader, made, name="Every day")).json()
    assert changed == made | {"name": "Every day", "version": 2}
    assert (await change(centre.leader, made, name="Again")).status_code == 412
    assert (await centre.leader.patch(f"{SCHEDULES}/{made['id']}", json={"name": "Again"})).status_code == 428
    (event,) = await events_of(centre, "report_schedule.changed")
    assert (event["before"]["name"], event["after"]["name"]) == ("Every morning", "Every day")


async def test_only_the_owner_and_administrators_change_a_schedule(centre: Centre) -> None:
    made = await create(centre, centre.admin)
    url = f"{SCHEDULES}/{made['id']}"
    refused = [
        await change(centre.leader, made, name="Mine"),
        await centre.leader.delete(url),
        await centre.leader.post(f"{url}/send"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "not_schedule_owner")] * 3
    of_leader = await create(centre)
    assert (await change(centre.admin, of_leader, name="Checked")).status_code == 200


async def test_an_administrator_gives_a_schedule_another_owner(centre: Centre) -> None:
    made = await create(centre)
    admin = str(centre.user_ids["admin"])
    assert (await change(centre.leader, made, owner_id=admin)).status_code == 403
    assert (await change(centre.admin, made, owner_id=admin)).json()["owner_id"] == admin
    verifier = str(centre.user_ids["verifier"])
    refused = await change(centre.admin, made | {"version": 2}, owner_id=verifier)
    assert (refused.status_code, refused.json()["code"]) == (409, "owner_may_not_read_reports")
    assert (await change(centre.admin, made | {"version": 2}, owner_id=NOBODY)).status_code == 404


async def test_a_schedule_that_is_not_active_is_never_due(centre: Centre) -> None:
    made = await create(centre)
    stopped = (await change(centre.leader, made, active=False)).json()
    assert (stopped["active"], stopped["next_due_at"]) == (False, None)
    with use_clock(FixedClock(datetime(2026, 12, 1, 12, tzinfo=UTC))):
        started = (await change(centre.leader, stopped, active=True)).json()
    assert started["next_due_at"] == "2026-12-02T08:00:00Z"


async def test_another_time_is_counted_from_now(centre: Centre) -> None:
    made = await create(centre)
    with use_clock(FixedClock(MADE)):
        renamed = (await change(centre.leader, made, name="Early", format="xlsx")).json()
        assert renamed["next_due_at"] == made["next_due_at"]
        earlier = (await change(centre.leader, renamed, when=EVERY_DAY | {"at": "13:00"})).json()
    assert earlier["next_due_at"] == "2026-11-02T13:00:00Z"


async def test_a_deleted_schedule_is_gone(centre: Centre) -> None:
    made = await create(centre)
    url = f"{SCHEDULES}/{made['id']}"
    assert (await centre.leader.post(f"{url}/send")).status_code == 202
    assert (await centre.leader.delete(url)).status_code == 204
    gone = [await centre.leader.get(url), await centre.leader.get(f"{url}/deliveries"), await centre.leader.delete(url)]
    assert [answer.status_code for answer in gone] == [404] * 3
    (event,) = await events_of(centre, "report_schedule.deleted")
    assert event["before"]["name"] == "Every morning"


async def test_an_inactive_user_is_no_recipient(centre: Centre) -> None:
    user = (await post_user(centre.admin, role="leader")).json()
    await create(centre, recipients=[{"user_id": user["id"]}])
    await centre.admin.patch(f"/v1/users/{user['id']}", json={"active": False}, headers={"If-Match": '"1"'})
    answer = await centre.leader.post(SCHEDULES, json=body(centre, recipients=[{"user_id": user["id"]}]))
    assert pointers(answer) == {"/recipients/0/user_id"}


async def test_a_schedule_does_not_start_again_while_its_owner_may_not_read(centre: Centre) -> None:
    owner = (await post_user(centre.admin, role="leader")).json()
    made = await create(centre)
    given = (await change(centre.admin, made, owner_id=owner["id"], active=False)).json()
    await centre.admin.patch(f"/v1/users/{owner['id']}", json={"active": False}, headers={"If-Match": '"1"'})
    assert (await change(centre.admin, given, active=True)).status_code == 409
    answer = await centre.admin.post(f"{SCHEDULES}/{made['id']}/send")
    assert (answer.status_code, answer.json()["code"]) == (409, "owner_may_not_read_reports")
