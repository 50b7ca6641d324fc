"""Results: what they hold, for whom, and how far they agree with the literature."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook

from app.scorecards import Option
from tests.calibration.sessions.factories import CLIENT, Held, create, good, holding, session_body
from tests.evaluations.factories import submit
from tests.identity.factories import pointers, problem
from tests.people import Centre, bearer_client
from tests.scorecards.factories import binary, choice, one_section, scale


def coefficient(pool: dict[str, Any], name: str, level: str = "nominal") -> dict[str, Any]:
    return next(one for one in pool["coefficients"] if (one["name"], one["level"]) == (name, level))


def item(results: dict[str, Any], key: str) -> dict[str, Any]:
    return next(one for one in results["agreement"]["items"] if one["item"] == key)


async def revealed(held: Held) -> dict[str, Any]:
    await held.move("reveal")
    results: dict[str, Any] = await held.read("client", "/results")
    return results


async def test_results_show_everyones_answers_by_call_and_item(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good(solved="bad"), comment="No answer found")
        await held.score("verifier", good())
        results = await revealed(held)
    (call,) = results["calls"]
    solved = next(one for one in call["items"] if one["item"] == "solved")
    assert solved["unanimous"] is False
    assert sorted((answer["value"], answer["fault"]) for answer in solved["answers"]) == [
        ("bad", "agent"),
        ("good", None),
    ]
    assert sorted((score["score"], score["comment"]) for score in call["scores"]) == [
        (50, "No answer found"),
        (100, None),
    ]
    assert results["agreement"]["items"][0]["item"] == "solved"


async def test_nobody_sees_results_before_the_reveal(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good())
        for person in ("client", "verifier", None):
            assert problem(await held.get(person, "/results")) == (409, "session_not_revealed")


async def test_after_submitting_one_sees_submitted_scores_of_that_call_only(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", calls=2, see_others="after_submit") as held:
        await held.score("client", good(solved="bad"), comment="first")
        await held.score("client", good(), call=1, comment="second")
        await held.score("second_verifier", good(), submit=False, comment="a draft")
        assert problem(await held.get("verifier", "/results")) == (409, "session_not_revealed")
        await held.score("verifier", good())
        seen = await held.get("verifier", "/results")
        body = seen.json()
        assert (body["revealed"], body["agreement"], body["deviations"]) == (False, None, [])
        assert "first" in seen.text
        assert "second" not in seen.text
        assert "a draft" not in seen.text
        assert problem(await held.get("verifier", "/results", format="xlsx")) == (409, "session_not_revealed")


async def test_withdrawn_participants_do_not_count(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good(solved="bad"))
        await held.score("verifier", good())
        await held.post(f"participants/{(await held.participant('Verifier'))['id']}/withdraw")
        results = await revealed(held)
    assert [one["name"] for one in results["participants"]] == ["Cleo Client"]


async def test_one_rater_has_no_coefficient_and_a_reason(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good())
        results = await revealed(held)
    for found in results["agreement"]["overall"]["coefficients"]:
        assert (found["value"], found["reason"]) == (None, "one_rater")
        assert "two" in found["reason_text"]


async def test_a_unanimous_group_agrees_and_has_no_coefficient_beyond_chance(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", calls=3) as held:
        for call in range(3):
            for person in ("client", "verifier"):
                await held.score(person, good(), call=call)
        results = await revealed(held)
    solved = item(results, "solved")
    assert coefficient(solved, "percent")["value"] == 1
    for name in ("ac1", "fleiss_kappa", "alpha"):
        assert (coefficient(solved, name)["value"], coefficient(solved, name)["reason"]) == (None, "no_variation")


async def test_an_item_that_everyone_calls_not_applicable_has_no_coefficient(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", calls=2) as held:
        for call in range(2):
            for person in ("client", "verifier"):
                await held.score(person, good(introduced="na"), call=call)
        results = await revealed(held)
    assert coefficient(item(results, "introduced"), "ac1")["value"] is None


async def test_deviations_are_from_the_reference_participant(app: FastAPI, centre: Centre) -> None:
    reference = str(centre.user_ids["verifier"])
    async with holding(app, centre, "open", calls=2, reference_user_id=reference) as held:
        for call, other in enumerate((good(solved="bad"), good(polite=2))):
            await held.score("verifier", good(), call=call)
            await held.score("client", other, call=call)
        results = await revealed(held)
    own, client = (
        next(one for one in results["deviations"] if one["participant_id"] == found["id"])
        for role in ("verifier", "client")
        for found in results["participants"]
        if found["role"] == role
    )
    assert results["reference"]["compared_with"] == "participant"
    assert (own["points"], own["alignment"]) == (0, 1)
    assert client["points"] == pytest.approx((-50 - 10) / 2)
    assert client["alignment"] == pytest.approx((0.5 + 0.9) / 2)


async def test_deviations_are_from_the_reference_evaluation(app: FastAPI, centre: Centre) -> None:
    body = await session_body(centre)
    subject = {"call_id": body["call_ids"][0], "scorecard_id": body["scorecard_id"]}
    reference = await submit(centre.second_verifier, subject, good(solved="bad"))
    async with holding(app, centre, "open", **body, reference_evaluation_id=reference["id"]) as held:
        await held.score("client", good())
        results = await revealed(held)
    assert results["reference"] == {"participant_id": None, "compared_with": "evaluation"}
    assert results["deviations"][0]["points"] == 50
    assert results["calls"][0]["reference_score"] == 50


async def test_without_a_reference_deviations_are_from_the_mean_of_the_others(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good())
        await held.score("verifier", good(solved="bad"))
        results = await revealed(held)
    assert sorted(one["points"] for one in results["deviations"]) == [-50, 50]
    assert {one["alignment"] for one in results["deviations"]} == {None}


# Fleiss (1971): 10 subjects, 14 raters, 5 categories; the table as Wikipedia and irrCAC have it.
FLEISS = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]
FIVE = tuple(Option(f"o{number}", f"Option {number}", Decimal(number) / 4) for number in range(5))


async def test_fleiss_example_goes_through_a_session_to_the_published_value(app: FastAPI, centre: Centre) -> None:
    people = [{"name": f"Rater {n}", "email": f"rater{n}@example.com", "role": "client"} for n in range(14)]
    definition = one_section(choice("mood", "100", options=FIVE))
    async with holding(app, centre, "open", definition=definition, calls=10, participants=people) as held:
        links = (await held.post("invitations", {})).json()["items"]
        for number, link in enumerate(links):
            token = (await held.post(f"invitations/{link['participant_id']}/renew", {})).json()["token"]
            async with bearer_client(app, token) as held.people["rater"]:
                for call, counts in enumerate(FLEISS):
                    chosen = [option for option, count in enumerate(counts) for _ in range(count)][number]
                    answer = {"item": "mood", "value": f"o{chosen}"} | ({} if chosen == 4 else {"fault": "agent"})
                    assert (await held.score("rater", [answer], call=call)).status_code == 200
        await held.move("reveal")
        results = await held.read(None, "/results")
    found = coefficient(item(results, "mood"), "fleiss_kappa")
    assert found["value"] == pytest.approx(0.20993, abs=5e-6)
    assert found["low"] < found["value"] < found["high"]
    assert coefficient(results["agreement"]["overall"], "fleiss_kappa")["value"] == pytest.approx(found["value"])
    assert (found["n_units"], found["n_raters"]) == (10, 14)


# Krippendorff (2011), Computing Krippendorff's alpha-reliability: four observers, twelve units; a dot is a gap.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


async def test_krippendorffs_example_goes_through_a_session_to_the_published_values(
    app: FastAPI, centre: Centre
) -> None:
    definition = one_section(scale("warmth", "100", scale_max=5))
    users = [str(centre.user_ids[name]) for name in ("verifier", "second_verifier", "leader")]
    people = [*({"user_id": user_id} for user_id in users), CLIENT]
    async with holding(app, centre, "open", definition=definition, calls=12, participants=people) as held:
        held.people["leader"] = centre.leader
        for person, row in zip(("verifier", "second_verifier", "leader", "client"), OBSERVERS, strict=True):
            for call, sign in enumerate(row):
                if sign != ".":
                    answer = {"item": "warmth", "value": int(sign)} | ({} if sign == "5" else {"fault": "agent"})
                    assert (await held.score(person, [answer], call=call)).status_code == 200
        results = await revealed(held)
    warmth = item(results, "warmth")
    published = {"nominal": 0.7434, "ordinal": 0.8154, "interval": 0.8491}
    alphas = {level: coefficient(warmth, "alpha", level)["value"] for level in published}
    assert alphas == pytest.approx(published, abs=5e-5)
    assert coefficient(warmth, "ac1")["value"] == pytest.approx(0.77544, abs=5e-6)
    assert coefficient(warmth, "fleiss_kappa")["value"] == pytest.approx(0.76117, abs=5e-6)
    assert coefficient(warmth, "ac1")["stderror"] == pytest.approx(0.14295, abs=5e-6)


async def test_results_come_as_a_workbook_and_as_pictures(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good(solved="bad"), comment="=1+1")
        await held.score("verifier", good())
        await held.move("reveal")
        book = load_workbook(BytesIO((await held.get("client", "/results", format="xlsx")).content))
        russian = load_workbook(BytesIO((await held.get("client", "/results", format="xlsx", language="ru")).content))
        svg = await held.get("client", "/results", format="svg", language="ru")
        png = await held.get("client", "/results", format="png")
    assert book.sheetnames == ["Agreement", "Scores", "Answers", "Deviations"]
    assert russian.sheetnames == ["Согласие", "Оценки", "Ответы", "Отклонения"]
    rows = list(book["Answers"].values)
    assert rows[0] == ("Call", "Item", "Participant", "Value", "Fault", "Reason", "Comment")
    assert len(rows) == 1 + 6
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert svg.content.lstrip().startswith(b"<?xml")
    assert png.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "name", ["$\\bad$ {x}", "a\u0605\ufffe b", "--><script>", "=1+1", "{=1}", "http://x.example/?a&b"]
)
async def test_no_name_breaks_a_workbook_or_a_picture(app: FastAPI, centre: Centre, name: str) -> None:
    definition = one_section(replace(binary("introduced", "100"), title=name))
    people = [CLIENT | {"name": name}, {"user_id": str(centre.user_ids["verifier"])}]
    async with holding(app, centre, "open", definition=definition, name=name, participants=people) as held:
        await held.score("client", [{"item": "introduced", "value": "bad", "fault": "agent", "comment": name}])
        await held.move("reveal")
        book = load_workbook(BytesIO((await held.get("client", "/results", format="xlsx")).content))
        svg = await held.get("client", "/results", format="svg")
        png = await held.get("client", "/results", format="png")
    assert svg.status_code == png.status_code == 200
    assert ElementTree.fromstring(svg.content).tag.endswith("svg")
    assert all(cell.data_type != "f" for row in book["Answers"].rows for cell in row)


async def test_a_call_that_nobody_else_scored_says_nothing_of_deviations(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", calls=2) as held:
        await held.score("client", good())
        await held.score("verifier", good(solved="bad"))
        await held.score("client", good(), call=1)
        results = await revealed(held)
    assert sorted((one["points"], one["n_calls"]) for one in results["deviations"]) == [(-50, 1), (50, 1)]


async def test_the_same_answer_with_another_fault_is_no_agreement_about_the_fault(app: FastAPI, centre: Centre) -> None:
    process = [answer | ({"fault": "process"} if "fault" in answer else {}) for answer in good(solved="bad")]
    async with holding(app, centre, "open") as held:
        await held.score("client", good(solved="bad"))
        await held.score("verifier", process)
        results = await revealed(held)
    (call,) = results["calls"]
    solved = next(one for one in call["items"] if one["item"] == "solved")
    assert (solved["unanimous"], solved["same_fault"]) == (True, False)
    assert item(results, "solved")["faults"] == {"disagreement": 1, "n_split": 1, "n_units": 1}
    assert results["agreement"]["items"][0]["item"] == "solved"
    assert coefficient(results["agreement"]["faults"], "percent")["value"] == 0


async def test_a_draft_has_no_score_in_the_results(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good()[:1])
        results = await revealed(held)
    (score,) = results["calls"][0]["scores"]
    assert (score["complete"], score["score"], score["passed"]) == (False, None, None)
    assert (score["agent_score"], score["process_loss"]) == (None, None)


async def test_what_is_scored_after_a_reveal_is_not_blind(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good())
        await held.score("verifier", good(solved="bad"))
        await held.move("reveal", "reopen")
        await held.score("verifier", good())
        results = await revealed(held)
        session = await held.read()
        pooled = (await centre.leader.get("/v1/calibration/agreement", params={"by": "verifier"})).json()
    assert sorted(score["blind"] for score in results["calls"][0]["scores"]) == [False, True]
    assert [one["why"] for one in session["reopenings"]] == ["Again"]
    assert [coefficient(row, "percent")["value"] for row in pooled["items"]] == [pytest.approx(2 / 3)] * 2


async def test_consensus_settles_a_call_and_its_errors(app: FastAPI, centre: Centre) -> None:
    body = await session_body(centre)
    subject = {"call_id": body["call_ids"][0], "scorecard_id": body["scorecard_id"]}
    marked = good(introduced="bad", solved="bad")
    evaluation = await submit(centre.second_verifier, subject, marked)
    held = await create(centre, body | {"participants": [CLIENT, *body["participants"][:2]]})
    await held.move("open")
    await held.score("verifier", good())
    url = f"{held.url}/calls/{held.call_ids[0]}/consensus"
    await held.score("second_verifier", marked)
    settled = [dict(answer) for answer in good(solved="bad", polite=3)]
    next(answer for answer in settled if answer["item"] == "solved")["fault"] = "process"
    early = await centre.leader.put(url, json={"answers": settled})
    assert problem(early) == (409, "session_not_revealed")
    await held.move("reveal")
    lacking = await centre.leader.put(url, json={"answers": settled[:1]})
    assert problem(lacking) == (422, "faulty_answers")
    decided = await centre.leader.put(url, json={"answers": settled, "comment": "Agreed", "revise": True})
    assert decided.status_code == 200, decided.text
    assert decided.json()["evaluation_id"] == evaluation["id"]
    revisions = (await centre.leader.get(f"/v1/evaluations/{evaluation['id']}/revisions")).json()["items"]
    assert [one["kind"] for one in revisions] == [None, "calibration"]
    results = await held.read(None, "/results")
    consensus = results["calls"][0]["consensus"]
    assert consensus["comment"] == "Agreed"
    for scored in (consensus, revisions[1], (await centre.leader.get(f"/v1/evaluations/{evaluation['id']}")).json()):
        assert (scored["score"], scored["agent_score"], scored["process_loss"]) == (45, 90, 50)
    for key, verdict in (("solved", "process"), ("introduced", "no_error"), ("polite", "agent")):
        precedents = await centre.verifier.get(f"/v1/items/{body['scorecard_id']}/{key}/precedents")
        assert [one["verdict"] for one in precedents.json()["items"]] == [verdict]
    assert problem(await centre.verifier.put(url, json={"answers": settled})) == (403, "forbidden")


async def test_one_person_alone_or_with_an_interest_checks_no_errors(app: FastAPI, centre: Centre) -> None:
    body = await session_body(centre)
    subject = {"call_id": body["call_ids"][0], "scorecard_id": body["scorecard_id"]}
    await submit(centre.second_verifier, subject, good(solved="bad"))
    held = await create(centre, body)
    await held.move("open")
    await held.score("verifier", good())
    await held.move("reveal")
    url = f"{held.url}/calls/{held.call_ids[0]}/consensus"
    alone = await centre.leader.put(url, json={"answers": good()})
    assert alone.json()["checked_errors"] == 0
    assert "fewer than 2" in alone.json()["not_checked_because"]
    refused = await centre.leader.put(url, json={"answers": good(), "revise": True})
    assert pointers(refused) == ["/revise"]
    await held.move("reopen")
    await held.score("second_verifier", good(solved="bad"))
    await held.move("reveal")
    assert (await centre.leader.put(url, json={"answers": good()})).json()["checked_errors"] == 1
    supervised = {"supervisor_id": str(centre.user_ids["leader"])}
    agent = f"/v1/agents/{centre.agent_ids[0]}"
    etag = (await centre.admin.get(agent)).headers["ETag"]
    changed = await centre.admin.patch(agent, json=supervised, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    own = await centre.leader.put(url, json={"answers": good()})
    assert "supervisor" in own.json()["not_checked_because"]
    assert (await centre.admin.put(url, json={"answers": good()})).json()["checked_errors"] == 1


async def test_calibration_scores_enter_no_average(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good(solved="bad"))
        await held.move("reveal")
    listed = (await centre.leader.get("/v1/evaluations")).json()
    assert listed["items"] == []
