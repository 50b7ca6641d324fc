"""Sessions with little to compare: unanimous, one rater, nothing applicable, no reference; and people who change."""

from typing import Any

from fastapi import FastAPI

from tests.calibration.meeting.factories import change
from tests.calibration.sessions.factories import CLIENT, Held, create, good, holding, session_body
from tests.identity.factories import patch, pointers, post_user, problem
from tests.people import Centre
from tests.scorecards.factories import binary, one_section

OPTIONAL = one_section(binary("greeting", "60", allow_na=True), binary("farewell", "40", allow_na=True))
NOT_APPLICABLE = [{"item": "greeting", "value": "na"}, {"item": "farewell", "value": "na"}]


async def revealed(held: Held, **answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The results, once each of these people has scored the first call."""
    for person, given in answers.items():
        assert (await held.score(person, given)).status_code == 200
    await held.move("reveal")
    results: dict[str, Any] = await held.read(None, "/results")
    return results


def pools(results: dict[str, Any]) -> list[dict[str, Any]]:
    agreement = results["agreement"]
    return [agreement["overall"], *agreement["sections"], *agreement["items"]]


def values(results: dict[str, Any], name: str) -> list[float | None]:
    return [one["value"] for pool in pools(results) for one in pool["coefficients"] if one["name"] == name]


def assert_explained(results: dict[str, Any]) -> None:
    """Whether each coefficient or interval that does not exist says why."""
    for pool in pools(results):
        for one in pool["coefficients"]:
            assert (one["low"] is None) == (one["high"] is None) == (one["reason"] is not None), one


async def test_where_all_agree_on_everything_chance_is_not_corrected_for_by_dividing_by_nothing(
    app: FastAPI, centre: Centre
) -> None:
    async with holding(app, centre, "open") as held:
        results = await revealed(held, client=good(), verifier=good(), second_verifier=good())
        assert [one["unanimous"] for one in results["calls"][0]["items"]] == [True] * 3
        assert set(values(results, "percent")) == {1}
        # Where all answers are the same, chance explains as much as agreement does.
        assert {values(results, "fleiss_kappa")[place] for place in (2, 3, 4)} == {None}
        assert_explained(results)
        assert {one["points"] for one in results["deviations"]} == {0}
        for written in ("xlsx", "svg", "png"):
            assert (await held.get("client", "/results", format=written)).status_code == 200


async def test_one_rater_agrees_with_nobody(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        results = await revealed(held, client=good(solved="bad"))
        assert {one["unanimous"] for one in results["calls"][0]["items"]} == {None}
        assert set(values(results, "percent")) == {None}
        assert_explained(results)
        assert results["agreement"]["pairs"] == []
        for written in ("xlsx", "svg", "png"):
            assert (await held.get("client", "/results", format=written)).status_code == 200


async def test_where_nothing_applies_there_is_no_score_and_no_deviation(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", definition=OPTIONAL) as held:
        results = await revealed(held, client=NOT_APPLICABLE, verifier=NOT_APPLICABLE)
        assert {one["score"] for one in results["calls"][0]["scores"]} == {None}
        assert {(one["points"], one["n_calls"]) for one in results["deviations"]} == {(None, 0)}
        # Not 1: that nothing applies is no judgement on which people can agree.
        figures = [(one["value"], one["reason"]) for pool in pools(results) for one in pool["coefficients"]]
        assert {(value, reason is None) for value, reason in figures} == {(None, False)}
        url = f"{held.url}/calls/{held.call_ids[0]}/consensus"
        decided = await held.leader.put(url, json={"answers": NOT_APPLICABLE})
        assert (decided.status_code, decided.json()["evaluation_id"]) == (200, None)
        for written in ("xlsx", "svg", "png"):
            assert (await held.get("client", "/results", format=written)).status_code == 200


async def test_an_item_that_applies_to_nobody_has_no_figure_and_the_other_has(app: FastAPI, centre: Centre) -> None:
    half = [NOT_APPLICABLE[0], {"item": "farewell", "value": "good"}]
    async with holding(app, centre, "open", definition=OPTIONAL) as held:
        results = await revealed(held, client=half, verifier=half)
        percent = {
            item["item"]: next(one["value"] for one in item["coefficients"] if one["name"] == "percent")
            for item in results["agreement"]["items"]
        }
        assert percent == {"greeting": None, "farewell": 1}
        for written in ("xlsx", "svg", "png"):
            assert (await held.get("client", "/results", format=written)).status_code == 200


async def test_saved_without_an_answer_there_is_nothing_to_reveal(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        saved = await held.score("client", [], comment="not begun")
        assert (saved.status_code, saved.json()["complete"]) == (200, False)
        assert problem(await held.post("reveal")) == (409, "nothing_scored")
        await held.score("client", good()[:1])
        withdrawn = (await held.participant("Cleo"))["id"]
        await held.post(f"participants/{withdrawn}/withdraw")
        assert problem(await held.post("reveal")) == (409, "nothing_scored")


async def test_a_reference_who_has_not_scored_or_has_withdrawn_is_compared_with_nobody(
    app: FastAPI, centre: Centre
) -> None:
    """The figures then are from the mean of the others, and say so."""
    reference: Any = {"reference_user_id": str(centre.user_ids["second_verifier"])}
    async with holding(app, centre, "open", **reference) as held:
        results = await revealed(held, client=good(), verifier=good(solved="bad"))
        assert results["reference"] == {"participant_id": None, "compared_with": "group"}
        assert sorted(one["points"] for one in results["deviations"]) == [-50, 50]
    async with holding(app, centre, "open", **reference) as held:
        results = await revealed(held, client=good(), second_verifier=good(solved="bad"))
        assert results["reference"]["compared_with"] == "participant"
        assert sorted(one["points"] for one in results["deviations"]) == [0, 50]
        second = (await held.participant("Second"))["id"]
        assert problem(await held.post(f"participants/{second}/withdraw")) == (409, "session_revealed")
    async with holding(app, centre, "open", **reference) as held:
        await held.score("second_verifier", good(solved="bad"))
        await held.post(f"participants/{(await held.participant('Second'))['id']}/withdraw")
        results = await revealed(held, client=good())
        assert results["reference"] == {"participant_id": None, "compared_with": "group"}
        assert [one["points"] for one in results["deviations"]] == [None]


async def test_a_user_whose_address_has_changed_is_not_added_a_second_time(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        user = centre.user_ids["verifier"]
        assert (await patch(centre.admin, f"/v1/users/{user}", email="new@example.com")).status_code == 200
        again = await held.post("participants", {"user_id": str(user)})
        assert problem(again) == (409, "already_taking_part")
        assert len((await held.read())["participants"]) == 3
        assert (await held.score("verifier", good())).status_code == 200


async def test_an_address_stays_with_the_person_who_had_it_in_the_session(app: FastAPI, centre: Centre) -> None:
    """A guest gets an account and withdraws: the user does not come back in the guest's place."""
    body = await session_body(centre) | {"participants": [CLIENT]}
    held = await create(centre, body)
    account = await post_user(centre.admin, email=CLIENT["email"], role="leader")
    user = {"user_id": account.json()["id"]}
    refused = await held.post("participants", user)
    assert problem(refused) == (409, "already_taking_part")
    guest = (await held.participant("Cleo"))["id"]
    await held.post(f"participants/{guest}/withdraw")
    refused = await held.post("participants", user)
    assert problem(refused) == (409, "already_taking_part")
    assert "as a client" in refused.json()["detail"]
    refused = await held.post("participants", CLIENT)
    assert pointers(refused) == ["/email"]
    assert user["user_id"] in refused.text


async def test_the_journal_has_a_session_as_it_was_before_each_change(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, scheduled_at="2199-01-01T09:00:00Z") as held:
        await change(held, duration_min=30)
        await held.move("cancel")
        answer = await centre.admin.get("/v1/events", params={"subject_id": held.id})
    states = [one for one in answer.json()["items"] if one["before"]]
    ordered = sorted(states, key=lambda one: one["after"]["version"])
    assert [one["type"] for one in ordered] == ["calibration_session.changed", "calibration_session.cancelled"]
    assert ordered[1]["before"] == ordered[0]["after"]
    sequences = [(one["before"]["sequence"], one["after"]["sequence"]) for one in ordered]
    assert sequences == [(0, 1), (1, 2)]


async def test_more_participants_than_a_session_holds_are_refused(centre: Centre) -> None:
    people = [{"name": f"G {n}", "email": f"g{n}@example.com", "role": "client"} for n in range(300)]
    held = await create(centre, await session_body(centre) | {"participants": people})
    refused = await held.post("participants", CLIENT)
    assert problem(refused) == (422, "invalid")
    assert (await held.post("participants", people[0])).json()["code"] == "already_taking_part"
