"""Precedents over HTTP: what was decided about an item, without names, for whoever scores it next."""

from typing import Any

from app.calibration import CheckSource, ErrorVerdict, Verdict, record_checked_errors
from app.platform import clock
from app.platform.database import Database
from app.platform.ids import new_id
from tests.assignments.factories import doubled
from tests.calibration.checks.factories import (
    DOUBLES,
    GREETING_BAD,
    SOLUTION_BAD,
    adjudicate,
    complete,
    one_check,
    scored_twice,
)
from tests.people import Centre
from tests.sampling.tenant_factories import items_of, working_in

GREETING_GOOD = {"item": "greeting", "value": "good"}


def url(scorecard_id: str, item: str = "solution") -> str:
    return f"/v1/items/{scorecard_id}/{item}/precedents"


async def decided(centre: Centre, database: Database, comment: str | None = None) -> dict[str, Any]:
    """A double scoring in which both found an error at the solution, decided with this comment."""
    double_score = await scored_twice(centre, await doubled(centre, database), [SOLUTION_BAD], [SOLUTION_BAD])
    answer = {"item": "solution", "value": "bad", "fault": "process", "comment": comment}
    made = await adjudicate(centre.leader, double_score, answer)
    assert made.status_code == 200, made.text
    return double_score


async def test_a_decision_about_an_error_of_both_is_one_precedent(centre: Centre, database: Database) -> None:
    double_score = await decided(centre, database, "The article on tariffs is missing")
    for role in ("verifier", "second_verifier", "leader", "admin"):
        (precedent,) = await items_of(centre.client(role), url(double_score["scorecard_id"]))
        detail = (await centre.leader.get(f"{DOUBLES}/{double_score['id']}")).json()
        assert precedent == {
            "decided_at": detail["decided_at"],
            "source": "double_score",
            "value": "bad",
            "verdict": "process",
            "comment": "The article on tariffs is missing",
            "scorecard_version": 1,
        }
    assert (await centre.agent_user.get(url(double_score["scorecard_id"]))).status_code == 403


async def test_an_item_without_decisions_has_none_and_an_unknown_one_is_named(
    centre: Centre, database: Database
) -> None:
    double_score = await decided(centre, database)
    assert await items_of(centre.verifier, url(double_score["scorecard_id"], "greeting")) == []
    missing = await centre.verifier.get(url(double_score["scorecard_id"], "unknown"))
    assert missing.status_code == 404
    assert "'unknown'" in missing.json()["detail"]
    assert (await centre.verifier.get(url(str(centre.project_id)))).status_code == 404


async def test_a_correction_takes_the_place_of_the_decision_before(centre: Centre, database: Database) -> None:
    double_score = await decided(centre, database)
    good = {"item": "solution", "value": "good", "comment": "It was solved"}
    assert (await adjudicate(centre.admin, double_score, good, why="Listened again")).status_code == 200
    (precedent,) = await items_of(centre.verifier, url(double_score["scorecard_id"]))
    assert (precedent["verdict"], precedent["value"], precedent["comment"]) == ("no_error", "good", "It was solved")


async def test_a_comment_names_neither_the_agent_nor_users_nor_a_card(centre: Centre, database: Database) -> None:
    told = "Agent a-2 told Second Verifier and Leader the card 4111 1111 1111 1111; write to leader@example.com"
    double_score = await decided(centre, database, told)
    (precedent,) = await items_of(centre.verifier, url(double_score["scorecard_id"]))
    assert precedent["comment"] == "[name] told [name] and [name] the card [card number]; write to [e-mail]"


async def test_fault_checks_are_no_precedents(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database)
    assert (await complete(centre.client(checker), check, solution="process")).status_code == 200
    assert await items_of(centre.leader, url(check["scorecard_id"])) == []


async def other_errors(centre: Centre, database: Database, double_score: dict[str, Any], count: int) -> None:
    """So many decisions of calibration sessions about the same call."""
    async with working_in(database, centre) as session:
        sql = "SELECT id FROM scorecard_versions WHERE scorecard_id = :scorecard_id"
        version_id = await session.fetch_value(sql, scorecard_id=double_score["scorecard_id"])
        for number in range(count):
            error = ErrorVerdict(
                call_id=double_score["call_id"],
                scorecard_id=double_score["scorecard_id"],
                scorecard_version_id=version_id,
                item="solution",
                evaluation_id=None,
                verdict=Verdict.UNCLEAR,
                value="bad",
                comment=f"Decision {number}",
            )
            now = clock.now()
            await record_checked_errors(
                session,
                CheckSource.CALIBRATION,
                new_id(),
                [error],
                decided_by=centre.user_ids["leader"],
                decided_at=now,
            )


async def test_they_come_page_by_page_the_newest_first(centre: Centre, database: Database) -> None:
    double_score = await decided(centre, database, "The oldest")
    await other_errors(centre, database, double_score, 4)
    comments, cursor = [], None
    while True:
        params = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = (await centre.verifier.get(url(double_score["scorecard_id"]), params=params)).json()
        comments += [precedent["comment"] for precedent in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert comments == ["Decision 3", "Decision 2", "Decision 1", "Decision 0", "The oldest"]
    (newest, *_) = await items_of(centre.verifier, url(double_score["scorecard_id"]))
    assert newest["source"] == "calibration"


async def test_a_call_that_the_reader_has_yet_to_score_is_left_out(centre: Centre, database: Database) -> None:
    assignments = await doubled(centre, database)
    double_score = {name: assignments[0][name] for name in ("scorecard_id", "call_id")}
    await other_errors(centre, database, double_score, 1)
    for role in ("verifier", "second_verifier"):
        assert await items_of(centre.client(role), url(double_score["scorecard_id"])) == []
    assert len(await items_of(centre.leader, url(double_score["scorecard_id"]))) == 1
    await scored_twice(centre, assignments, [GREETING_BAD], [])
    for role in ("verifier", "second_verifier"):
        assert len(await items_of(centre.client(role), url(double_score["scorecard_id"]))) == 1


async def test_a_call_that_the_reader_has_yet_to_check_is_left_out(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database)
    about = {"scorecard_id": check["scorecard_id"], "call_id": check["call"]["id"]}
    await other_errors(centre, database, about, 1)
    assert await items_of(centre.client(checker), url(check["scorecard_id"])) == []
    assert (await complete(centre.client(checker), check, solution="agent")).status_code == 200
    assert len(await items_of(centre.client(checker), url(check["scorecard_id"]))) == 1
