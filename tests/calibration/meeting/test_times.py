"""Finding a time: proposed, voted on, the best one marked, chosen, changed."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.platform.ids import new_id
from tests.calibration.meeting.factories import best, change, in_days, let_pass, propose, proposed, vote, written
from tests.calibration.sessions.factories import good, holding
from tests.identity.factories import journal, pointers, problem
from tests.people import Centre


async def test_times_are_listed_in_order_and_a_time_is_proposed_once(app: FastAPI, centre: Centre) -> None:
    first, second, third = in_days(1), in_days(2), in_days(3)
    async with holding(app, centre) as held:
        ids = await proposed(held, third, first, first)
        again = await proposed(held, second, first)
        listed = (await held.read("client", "/time-options"))["items"]
        recorded = await journal(app.state.context.database, centre, held.id)
    assert [one["starts_at"] for one in listed] == [written(time) for time in (first, second, third)]
    assert [again[0], again[2]] == ids
    assert [one["id"] for one in listed] == again
    assert [one.after for one in recorded if one.type == "calibration_session.times_proposed"] == [
        {"starts_at": [first.isoformat(), third.isoformat()]},
        {"starts_at": [second.isoformat()]},
    ]


async def test_proposing_nothing_new_changes_nothing(app: FastAPI, centre: Centre) -> None:
    time = in_days(1)
    async with holding(app, centre) as held:
        ids = await proposed(held, time)
        before = (await held.read())["last_event_id"]
        # The same moment, written in another zone.
        local = time + timedelta(hours=3)
        answer = await held.post("time-options", {"options": [{"starts_at": f"{local:%Y-%m-%dT%H:%M:%S}+03:00"}]})
        assert [one["id"] for one in answer.json()["items"]] == ids
        assert (await held.read())["last_event_id"] == before


async def test_times_in_the_past_are_refused_one_by_one(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        refused = await propose(held, in_days(1), in_days(-1), in_days(2), in_days(-0.001))
        assert pointers(refused) == ["/options/1/starts_at", "/options/3/starts_at"]
        assert (await held.read(None, "/time-options"))["items"] == []


async def test_there_are_twenty_times_to_come_at_most(app: FastAPI, context: AppContext, centre: Centre) -> None:
    async with holding(app, centre) as held:
        assert (await propose(held, *(in_days(day) for day in range(1, 22)))).status_code == 422
        assert (await propose(held)).status_code == 422
        ids = await proposed(held, *(in_days(day) for day in range(1, 21)))
        assert pointers(await propose(held, in_days(30))) == ["/options"]
        await let_pass(context, centre, ids[0])
        # A time that is over makes room for another one.
        assert (await propose(held, in_days(30))).status_code == 201


async def test_the_last_vote_counts(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        one, other = await proposed(held, in_days(1), in_days(2))
        assert await best(held) == []
        for answer in ("yes", "no", "if_needed"):
            assert (await vote(held, "client", one, answer)).status_code == 200
        assert await best(held) == [one]
        listed = (await held.read("verifier", "/time-options"))["items"]
        client = (await held.participant("Cleo"))["id"]
        assert [one["votes"] for one in listed] == [[{"participant_id": client, "answer": "if_needed"}], []]
        # As many can come, and more like it.
        assert (await vote(held, "verifier", other, "yes")).json()["best"] is True
        assert await best(held) == [other]
        # More can come.
        assert (await vote(held, "second_verifier", one, "if_needed")).json()["best"] is True
        await vote(held, "client", one, "no")
        assert await best(held) == [other]
        await vote(held, "verifier", one, "yes")
        assert await best(held) == [one]


async def test_votes_of_those_who_have_withdrawn_do_not_count(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        one, other = await proposed(held, in_days(1), in_days(2))
        for person in ("client", "verifier"):
            await vote(held, person, one, "yes")
        await vote(held, "second_verifier", other, "yes")
        await vote(held, "second_verifier", one, "no")
        assert await best(held) == [one]
        for name in ("Cleo", "Verifier"):
            await held.post(f"participants/{(await held.participant(name))['id']}/withdraw")
        assert await best(held) == [other]
        assert (await vote(held, "verifier", one, "yes")).status_code == 404
        await held.post("participants", {"user_id": str(centre.user_ids["verifier"])})
        assert await best(held) == [one]


async def test_a_time_that_is_over_takes_no_votes_and_is_not_chosen(
    app: FastAPI, context: AppContext, centre: Centre
) -> None:
    async with holding(app, centre) as held:
        one, other = await proposed(held, in_days(1), in_days(2))
        for person in held.people:
            await vote(held, person, one, "yes")
        await vote(held, "client", other, "if_needed")
        past = await let_pass(context, centre, one)
        refused = await vote(held, "client", one, "no")
        assert problem(refused) == (409, "time_passed")
        assert past.isoformat() in refused.json()["detail"]
        assert problem(await held.post("schedule", {"option_id": one})) == (409, "time_passed")
        assert await best(held) == [other]


async def test_only_participants_vote_and_only_on_times_of_the_session(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held, holding(app, centre) as elsewhere:
        (option,) = await proposed(held, in_days(1))
        (foreign,) = await proposed(elsewhere, in_days(1))
        held.people["leader"] = centre.leader
        assert problem(await vote(held, "leader", option, "yes")) == (409, "not_taking_part")
        for other in (foreign, str(new_id())):
            assert (await vote(held, "client", other, "yes")).status_code == 404
            assert (await held.post("schedule", {"option_id": other})).status_code == 404
        assert (await vote(held, "client", option, "maybe")).status_code == 422
        held.people["stranger"] = elsewhere.people["client"]
        assert (await vote(held, "stranger", option, "yes")).status_code == 404
        refused = await held.people["client"].post(f"{held.url}/schedule", json={"option_id": option})
        assert problem(refused) == (403, "forbidden")


async def test_a_time_is_chosen_and_chosen_again(app: FastAPI, centre: Centre) -> None:
    first, second = in_days(1), in_days(2)
    async with holding(app, centre) as held:
        ids = await proposed(held, first, second)
        for option, time in zip(ids, (first, second), strict=True):
            chosen = await held.post("schedule", {"option_id": option})
            assert (chosen.status_code, chosen.json()["scheduled_at"]) == (200, written(time))
            assert chosen.headers["ETag"] == (await held.get()).headers["ETag"]
        before = (await held.get()).headers["ETag"]
        again = await held.post("schedule", {"option_id": ids[1]})
        assert (again.status_code, again.headers["ETag"]) == (200, before)
        assert problem(await change(held, scheduled_at=written(in_days(-1)))) == (422, "invalid")
        assert (await change(held, scheduled_at=written(first))).json()["scheduled_at"] == written(first)


@pytest.mark.parametrize(
    ("done", "code"),
    [
        (("open",), "session_under_way"),
        (("open", "reveal"), "session_under_way"),
        (("open", "reveal", "close"), "session_ended"),
        (("cancel",), "session_ended"),
    ],
)
async def test_times_are_found_while_the_session_is_arranged(
    app: FastAPI, centre: Centre, done: tuple[str, ...], code: str
) -> None:
    async with holding(app, centre) as held:
        (option,) = await proposed(held, in_days(1))
        for step in done:
            await held.move(step)
            if step == "open":
                await held.score("client", good())
        assert problem(await propose(held, in_days(2))) == (409, code)
        assert problem(await vote(held, "client", option, "yes")) == (409, code)
        assert problem(await held.post("schedule", {"option_id": option})) == (409, code)
        assert [one["id"] for one in (await held.read("client", "/time-options"))["items"]] == [option]
