"""Pooled agreement over HTTP, against plain loops over what the API was given."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.calibration.agreement.rows import MIN_PAIR_CALLS
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.statistics.agreement import Coefficient, Level
from tests.assignments.factories import both_verifiers, drawn
from tests.calibration.agreement.factories import (
    AGREEMENT,
    PEOPLE,
    Unit,
    against_others,
    by_loops,
    doubled,
    pooled,
    row_of,
    scorecard_id,
    session_of,
    value,
)
from tests.calibration.checks.factories import DOUBLES, GREETING_BAD, SOLUTION_BAD, client_of, submitted
from tests.calibration.sessions.factories import good, holding
from tests.identity.factories import problem
from tests.people import Centre, make_centre
from tests.sampling.tenant_factories import DAY, items_of, working_in
from tests.scorecards.factories import binary, body, one_section, scale
from tests.statistics.agreement.oracles import irr_cac_estimates

SOLVED = "Item solved"


def solved(**answers: str) -> Unit:
    return Unit(dict(answers))


def given(unit: Unit) -> dict[str, list[dict[str, Any]]]:
    """What the people answer about a call whose item `solved` is answered so."""
    return {person: good(solved=answer) for person, answer in unit.answers.items()}


FIRST = [
    solved(verifier="good", second_verifier="good", leader="bad"),
    solved(verifier="bad", second_verifier="good"),
    solved(verifier="good", second_verifier="good", leader="good"),
]
SECOND = [
    solved(verifier="bad", second_verifier="bad"),
    solved(second_verifier="good", leader="good"),
    # One rater: no pair, but part of what chance is estimated from.
    solved(leader="bad"),
]


async def two_sessions(centre: Centre) -> tuple[str, list[Unit]]:
    scorecard = await scorecard_id(centre)
    for units in (FIRST, SECOND):
        await session_of(centre, scorecard, *map(given, units))
    return scorecard, [*FIRST, *SECOND]


async def test_items_pool_all_revealed_sessions(centre: Centre) -> None:
    _, units = await two_sessions(centre)
    row = row_of(await pooled(centre), SOLVED)
    expected = by_loops(units)
    assert (value(row, "percent"), value(row, "ac1"), value(row, "fleiss_kappa")) == pytest.approx(
        (expected.percent, expected.ac1, expected.fleiss_kappa)
    )
    assert row["calls"] == {"total": 5, "sessions": 5, "double_scores": 0}
    assert (row["item"], row["section"]) == ("solved", "s0")


async def test_pooled_coefficients_are_those_of_another_library(centre: Centre) -> None:
    _, units = await two_sessions(centre)
    row = row_of(await pooled(centre), SOLVED)
    numbers = {"good": 1.0, "bad": 0.0, None: np.nan}
    values = np.array([[numbers[unit.answers.get(name)] for name in PEOPLE] for unit in units])
    names = {
        "ac1": Coefficient.GWET_AC,
        "alpha": Coefficient.KRIPPENDORFF_ALPHA,
        "fleiss_kappa": Coefficient.FLEISS_KAPPA,
    }
    expected = irr_cac_estimates(values, list(names.values()), Level.NOMINAL)
    for name, estimate in zip(names, expected, strict=True):
        found = next(one for one in row["coefficients"] if one["name"] == name)
        assert found["value"] == pytest.approx(estimate["coefficient_value"], abs=1e-9)
        assert found["stderror"] == pytest.approx(estimate["se"], abs=1e-9)


async def test_verifiers_and_pairs_are_compared_over_all_items(centre: Centre) -> None:
    _, units = await two_sessions(centre)
    # The other two items are answered well by all, so that every call has two more units of agreement.
    agreed = [Unit(dict.fromkeys(unit.answers, "good"), unit.weight) for unit in units for _ in range(2)]
    rows = await pooled(centre, "verifier")
    for person in PEOPLE:
        row = row_of(rows, person.replace("_", " ").title())
        assert value(row, "percent") == pytest.approx(against_others([*units, *agreed], person))
        assert row["calls"]["total"] == sum(person in unit.answers and len(unit.answers) > 1 for unit in units)
        assert row["raters"] == [{"user_id": str(centre.user_ids[person]), "name": row["name"]}]
        assert row["compares_verdicts"]
    assert await pooled(centre, "pair") == []
    await session_of(centre, await scorecard_id(centre), given(FIRST[0]), given(FIRST[1]))
    (pair,) = await pooled(centre, "pair")
    shared = [one for one in [*units, *FIRST[:2]] if {"verifier", "second_verifier"} <= set(one.answers)]
    assert pair["calls"]["total"] == len(shared) >= MIN_PAIR_CALLS
    differing = sum(one.answers["verifier"] != one.answers["second_verifier"] for one in shared)
    assert value(pair, "percent") == pytest.approx(1 - differing / (3 * len(shared)))
    assert {one["user_id"] for one in pair["raters"]} == {
        str(centre.user_ids[name]) for name in ("verifier", "second_verifier")
    }


async def test_sections_pool_their_items(centre: Centre) -> None:
    _, units = await two_sessions(centre)
    (section,) = await pooled(centre, "section")
    verdicts = [Unit({key: answer == "good" for key, answer in unit.answers.items()}) for unit in units]
    fine = [Unit(dict.fromkeys(unit.answers, True)) for unit in units for _ in range(2)]
    assert (section["name"], section["item"], section["compares_verdicts"]) == ("Section 0", None, True)
    assert value(section, "ac1") == pytest.approx(by_loops([*verdicts, *fine]).ac1)
    assert section["n_units"] == 15


async def test_double_scorings_weigh_the_inverse_of_their_probability(centre: Centre, database: Database) -> None:
    first = await doubled(centre, database, [(True, False), (True, True), (False, False)])
    (plan,) = await items_of(centre.leader, "/v1/sampling-plans")
    await session_of(
        centre,
        plan["scorecard_id"],
        {
            "verifier": [{"item": "greeting", "value": "good"}, {"item": "solution", "value": "good"}],
            "second_verifier": [{"item": "greeting", "value": "good"}, SOLUTION_BAD],
        },
    )
    probabilities = [0.1, 0.5, 0.8]
    ids = [one["id"] for one in await items_of(centre.leader, DOUBLES)]
    by_call = {one["id"]: one["call_id"] for one in await items_of(centre.leader, DOUBLES)}
    order = list(dict.fromkeys(one["call_id"] for one in await items_of(centre.leader, "/v1/assignments")))
    async with working_in(database, centre) as session:
        for subject_id in ids:
            probability = probabilities[order.index(by_call[subject_id])]
            await session.execute(
                "UPDATE assignments SET double_inclusion_prob_e12 = :prob WHERE subject_id = :id",
                prob=round(probability * 1e12),
                id=UUID(subject_id),
            )
    mean = sum(1 / one for one in probabilities) / 3
    for unit, probability in zip(first, probabilities, strict=True):
        unit.weight = 1 / probability / mean
    session_unit = Unit({"verifier": "good", "second_verifier": "bad"})
    row = row_of(await pooled(centre), "Item solution")
    assert value(row, "ac1") == pytest.approx(by_loops([*first, session_unit]).ac1)
    assert row["calls"] == {"total": 4, "sessions": 1, "double_scores": 3}
    alone = row_of(await pooled(centre, source="double_scores"), "Item solution")
    assert value(alone, "ac1") == pytest.approx(by_loops(first).ac1)
    assert alone["calls"] == {"total": 3, "sessions": 0, "double_scores": 3}
    only = row_of(await pooled(centre, source="sessions"), "Item solution")
    assert value(only, "percent") == 0
    verifier = row_of(await pooled(centre, "verifier"), "Verifier")
    named = [
        Unit({str(centre.user_ids[key]): answer for key, answer in session_unit.answers.items()}),
        *first,
    ]
    greeted = [Unit(dict.fromkeys(unit.answers, "good"), unit.weight) for unit in named]
    assert value(verifier, "percent") == pytest.approx(
        against_others([*named, *greeted], str(centre.user_ids["verifier"]))
    )


async def test_the_draw_of_the_call_is_part_of_the_probability(centre: Centre, database: Database) -> None:
    """Two draws of one scorecard: of all calls of a day, and of half the calls of the next one."""
    all_of_two = await doubled(centre, database, [(True, False), (False, False)])
    (plan,) = await items_of(centre.leader, "/v1/sampling-plans")
    half_of_eight = await doubled(
        centre,
        database,
        [(True, True)] * 8,
        DAY + timedelta(days=1),
        scorecard_id=plan["scorecard_id"],
        rate=0.5,
        floor_per_agent=0,
    )
    assert len(half_of_eight) == 4
    mean = (2 * 1 + 4 * 2) / 6
    units = [Unit(one.answers, 1 / mean) for one in all_of_two] + [Unit(one.answers, 2 / mean) for one in half_of_eight]
    row = row_of(await pooled(centre, scorecard_id=plan["scorecard_id"]), "Item solution")
    assert value(row, "ac1") == pytest.approx(by_loops(units).ac1)


async def test_what_is_blind_is_left_out(centre: Centre) -> None:
    scorecard = await scorecard_id(centre)
    await session_of(centre, scorecard, given(FIRST[1]), reveal=False)
    assert await pooled(centre) == []
    again = await session_of(centre, scorecard, given(FIRST[1]), given(FIRST[2]))
    assert row_of(await pooled(centre), SOLVED)["calls"]["total"] == 2
    await again.move("reopen")
    for by in ("item", "section", "verifier", "pair"):
        assert await pooled(centre, by) == []
    await again.move("reveal", "close")
    assert row_of(await pooled(centre), SOLVED)["calls"]["total"] == 2


async def test_who_has_withdrawn_does_not_count(centre: Centre) -> None:
    held = await session_of(centre, await scorecard_id(centre), given(FIRST[0]), given(FIRST[2]), reveal=False)
    await held.post(f"participants/{(await held.participant('Leader'))['id']}/withdraw")
    await held.move("reveal")
    row = row_of(await pooled(centre), SOLVED)
    assert value(row, "percent") == 1
    assert {one["name"] for one in await pooled(centre, "verifier")} == {"Verifier", "Second Verifier"}


async def test_a_double_scoring_counts_once_both_are_submitted(centre: Centre, database: Database) -> None:
    await drawn(centre, database, 1, double_score_rate=1, **both_verifiers(centre))
    record, second = sorted(await items_of(centre.leader, "/v1/assignments"), key=lambda one: str(one["place"]))
    first = await submitted(client_of(centre, record), record, GREETING_BAD)
    body = {"call_id": second["call_id"], "scorecard_id": second["scorecard_id"], "assignment_id": second["id"]}
    drafted = await client_of(centre, second).post("/v1/evaluations", json={**body, "submit": False})
    assert drafted.status_code == 201, drafted.text
    assert await pooled(centre) == []
    evaluation = drafted.json()
    answers = [{"item": key, "value": "good"} for key in ("greeting", "solution")]
    changed = await client_of(centre, second).patch(
        f"/v1/evaluations/{evaluation['id']}", json={"answers": answers}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    done = await client_of(centre, second).post(
        f"/v1/evaluations/{evaluation['id']}/submit", headers={"If-Match": changed.headers["ETag"]}
    )
    assert done.status_code == 200, done.text
    assert value(row_of(await pooled(centre), "Item greeting"), "percent") == 0
    # What was first submitted is compared, whatever was revised since.
    revision = {"answers": answers, "why": "Listened again"}
    revised = await centre.leader.post(f"/v1/evaluations/{first['id']}/revisions", json=revision)
    assert revised.status_code == 201, revised.text
    assert value(row_of(await pooled(centre), "Item greeting"), "percent") == 0


async def test_what_has_no_value_comes_last_with_its_reason(centre: Centre) -> None:
    calls = [{person: good(introduced="na") for person in PEOPLE[:2]} for _ in range(2)]
    await session_of(centre, await scorecard_id(centre), *calls, given(solved(verifier="bad", second_verifier="good")))
    rows = await pooled(centre)
    assert [row["item"] for row in rows] == ["solved", "introduced", "polite"]
    assert value(rows[1], "ac1") == 1
    alone = next(one for one in rows[2]["coefficients"] if one["name"] == "ac1")
    assert (alone["value"], alone["reason"], rows[2]["calls"]["total"]) == (None, "no_variation", 3)


async def test_not_applicable_is_an_answer_and_no_number(centre: Centre) -> None:
    definition = one_section(scale("polite", "100", scale_max=4, allow_na=True))
    answers = [(4, 3), (2, 2), ("na", 0), (1, 4)]

    def polite(answer: Any) -> list[dict[str, Any]]:
        return [{"item": "polite", "value": answer} | ({} if answer in (4, "na") else {"fault": "agent"})]

    calls = [{"verifier": polite(one), "second_verifier": polite(two)} for one, two in answers]
    await session_of(centre, await scorecard_id(centre, definition), *calls)
    (row,) = await pooled(centre)
    expected = by_loops([Unit({"one": str(one), "two": str(two)}) for one, two in answers])
    assert value(row, "ac1") == pytest.approx(expected.ac1)
    interval = next(one for one in row["coefficients"] if (one["name"], one["level"]) == ("alpha", "interval"))
    assert (row["n_units"], interval["n_units"]) == (4, 3)


async def test_one_rater_alone_has_no_agreement(centre: Centre) -> None:
    await session_of(centre, await scorecard_id(centre), given(solved(verifier="bad")))
    for row in await pooled(centre):
        assert {(one["value"], one["reason"]) for one in row["coefficients"]} == {(None, "one_rater")}
    assert await pooled(centre, "verifier") == []


async def test_clients_are_raters_under_their_names(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good(solved="bad"))
        await held.score("verifier", good())
        await held.move("reveal")
    client = row_of(await pooled(centre, "verifier"), "Cleo Client")
    assert client["raters"] == [{"user_id": None, "name": "Cleo Client"}]
    assert value(client, "percent") == pytest.approx(2 / 3)


async def test_the_period_begins_with_its_first_moment_and_ends_before_its_last(
    centre: Centre, database: Database
) -> None:
    held = await session_of(centre, await scorecard_id(centre), given(FIRST[1]))
    # Midnight of 3 March in Moscow, where the project is.
    revealed_at = datetime(2026, 3, 2, 21, tzinfo=UTC)
    async with working_in(database, centre) as session:
        await session.execute(
            "UPDATE calibration_sessions SET revealed_at = :at WHERE id = :id", at=revealed_at, id=UUID(held.id)
        )
    project = {"project_id": str(centre.project_id)}
    for since, until, found in (
        ("2026-03-03", "2026-03-04", True),
        ("2026-03-02", "2026-03-03", False),
        ("2026-03-02T21:00:00Z", "2026-03-02T21:00:01Z", True),
        ("2026-03-02T20:00:00Z", "2026-03-02T21:00:00Z", False),
    ):
        assert bool(await pooled(centre, **{"from": since, "to": until}, **project)) is found
    # Without a project, days are those of UTC.
    assert not await pooled(centre, **{"from": "2026-03-03", "to": "2026-03-04"})
    assert await pooled(centre, **{"from": "2026-03-02", "to": "2026-03-03"})


async def test_the_period_is_ninety_days_unless_asked_for(centre: Centre) -> None:
    answer = (await centre.leader.get(AGREEMENT, params={"by": "item"})).json()
    since, until = (datetime.fromisoformat(answer[name]) for name in ("from", "to"))
    assert until - since == timedelta(days=90)
    assert (answer["by"], answer["source"], answer["items"]) == ("item", "all", [])
    assert "inverse of the probability" in answer["method"]


async def test_double_scorings_belong_to_the_time_at_which_the_later_one_was_submitted(
    centre: Centre, database: Database
) -> None:
    await drawn(centre, database, 1, double_score_rate=1, **both_verifiers(centre))
    second, first = sorted(await items_of(centre.leader, "/v1/assignments"), key=lambda one: str(one["place"]))
    # The scoring of record is the later one.
    for assignment, at in ((first, datetime(2026, 3, 3, tzinfo=UTC)), (second, datetime(2026, 3, 5, tzinfo=UTC))):
        with use_clock(FixedClock(at)):
            await submitted(client_of(centre, assignment), assignment, GREETING_BAD)
    assert await pooled(centre, **{"from": "2026-03-05", "to": "2026-03-06"})
    assert not await pooled(centre, **{"from": "2026-03-01", "to": "2026-03-05"})


async def test_filters_leave_only_what_is_asked_for(centre: Centre, database: Database) -> None:
    scorecard, _ = await two_sessions(centre)
    await doubled(centre, database, [(True, False)])
    assert {row["scorecard_id"] for row in await pooled(centre)} > {scorecard}
    assert {row["scorecard_id"] for row in await pooled(centre, scorecard_id=scorecard)} == {scorecard}
    other = {"name": "Loans", "timezone": "UTC", "language": "en"}
    project = (await centre.admin.post("/v1/projects", json=other)).json()
    assert await pooled(centre, project_id=project["id"]) == []
    assert await pooled(centre, project_id=str(centre.project_id)) == await pooled(centre)


async def test_versions_of_an_item_are_one_row_under_the_newest_title(centre: Centre) -> None:
    scorecard = await scorecard_id(centre, one_section(scale("tone", "60", scale_max=2), binary("gone", "40")))
    full: list[dict[str, Any]] = [{"item": "tone", "value": 2}, {"item": "gone", "value": "good"}]
    half: list[dict[str, Any]] = [{"item": "tone", "value": 1, "fault": "agent"}, {"item": "gone", "value": "good"}]
    await session_of(centre, scorecard, {"verifier": full, "second_verifier": half})
    await new_version(centre, scorecard, scale_max=4)
    four, three = ([{"item": "tone", "value": number, "fault": "agent"}] for number in (2, 3))
    await session_of(centre, scorecard, {"verifier": four, "second_verifier": three})
    rows = await pooled(centre)
    tone = next(row for row in rows if row["item"] == "tone")
    assert (tone["name"], tone["calls"]["total"]) == ("Tone of voice", 2)
    # A 2 was the best answer, and is an error by now: only verdicts can be compared.
    assert tone["compares_verdicts"]
    assert value(tone, "percent") == 0.5
    assert next(row for row in rows if row["item"] == "gone")["name"] == "Item gone"


async def new_version(centre: Centre, scorecard: str, **changes: Any) -> None:
    """Publish a version with one item, under another title."""
    url = f"/v1/scorecards/{scorecard}"
    assert (await centre.leader.post(f"{url}/new-draft")).status_code == 201
    document = body(one_section(scale("tone", "100", **changes)))
    document["sections"][0]["items"][0]["title"] = "Tone of voice"
    etag = (await centre.leader.get(url)).headers["ETag"]
    changed = await centre.leader.patch(url, json={"sections": document["sections"]}, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    assert (await centre.leader.post(f"{url}/publish")).status_code == 200


async def test_the_rows_come_as_a_file(centre: Centre) -> None:
    await two_sessions(centre)
    answer = await centre.leader.get(AGREEMENT, params={"by": "item", "format": "csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    row = row_of(await pooled(centre), SOLVED)
    (solved_row,) = [one for one in rows if one["item"] == "solved"]
    assert float(solved_row["ac1"]) == pytest.approx(value(row, "ac1"), abs=1e-6)
    assert (solved_row["calls"], solved_row["session_calls"], solved_row["double_scores"]) == ("5", "5", "0")
    by_verifier = await centre.leader.get(AGREEMENT, params={"by": "verifier"}, headers={"Accept": "text/csv"})
    assert {one["name"] for one in csv.DictReader(io.StringIO(by_verifier.text))} == {
        "Verifier",
        "Second Verifier",
        "Leader",
    }


async def test_sentences_are_in_the_language_asked_for(centre: Centre) -> None:
    await session_of(centre, await scorecard_id(centre), *map(given, FIRST))
    (row,) = await pooled(centre, "section", language="ru")
    assert any("ошибка" in sentence for sentence in row["sentences"])


async def test_only_those_who_lead_sessions_see_it(centre: Centre) -> None:
    for client in (centre.verifier, centre.agent_user, centre.guest):
        assert problem(await client.get(AGREEMENT, params={"by": "item"})) == (403, "forbidden")
    assert (await centre.admin.get(AGREEMENT, params={"by": "item"})).status_code == 200


async def test_what_another_tenant_has_is_not_found(centre: Centre, app: FastAPI, context: AppContext) -> None:
    scorecard, _ = await two_sessions(centre)
    async with make_centre(app, context) as elsewhere:
        for filters in ({"project_id": str(centre.project_id)}, {"scorecard_id": scorecard}):
            refused = await elsewhere.leader.get(AGREEMENT, params={"by": "item", **filters})
            assert problem(refused) == (404, "not_found")
        assert await pooled(elsewhere) == []


@pytest.mark.parametrize(
    "query",
    [
        {"by": "colour"},
        {"by": "item", "from": "2026-03-03", "to": "2026-03-03"},
        {"by": "item", "from": "yesterday"},
        {"by": "item", "source": "calls"},
        {"by": "item", "project_id": "1"},
        {"by": "item", "day": "2026-03-03"},
    ],
    ids=str,
)
async def test_what_cannot_be_asked_is_refused(centre: Centre, query: dict[str, str]) -> None:
    assert problem(await centre.leader.get(AGREEMENT, params=query)) == (422, "invalid")
