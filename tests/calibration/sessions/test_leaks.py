"""Nobody learns another one's answers before the reveal: everything that anyone can read, before and after."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.platform.ids import new_id
from tests.calibration.sessions.factories import Held, good, holding, session_body
from tests.calibration.sessions.recording import (
    Recording,
    differing,
    record,
    record_events,
    without_ids_and_times,
    without_progress,
)
from tests.calls.factories import recorded_call
from tests.contract import operations
from tests.evaluations.factories import submit
from tests.people import AGENTS, Centre, make_centre

GOOD = good()
# Every answer is an error, with all that an answer may say.
BAD = [
    answer | {"fault": fault, "comment": "secret " * 300, "at_s": 12.5}
    for answer, fault in zip(
        good(introduced="bad", solved="bad", polite=0), ("agent", "process", "customer"), strict=True
    )
]
BAD[0] |= {"reason": "forgot"}
SECRET = "secret, and long " * 500

# The id of nothing, for what this tenant has none of.
NOTHING = str(new_id())
READERS = ("verifier", "second_verifier", "client", "leader", "admin")


@dataclass
class Observed:
    """A session of two calls, with all who look at it."""

    centre: Centre
    held: Held
    evaluation_id: str

    async def record(self, *left_out: str) -> dict[str, Recording]:
        """What each of the readers reads."""
        ids = self._ids()
        filters = {"scorecard_id": self.held.scorecard_id, "subject_id": self.held.id, "call_id": self.held.call_ids[1]}
        clients = {name: self._client(name) for name in READERS if name not in left_out}
        recordings = {name: await record(client, ids, filters) for name, client in clients.items()}
        events = await asyncio.gather(*(record_events(client, ids) for client in clients.values()))
        return {name: recordings[name] | followed for name, followed in zip(clients, events, strict=True)}

    def _client(self, name: str) -> httpx.AsyncClient:
        return self.held.people[name] if name == "client" else self.centre.client(name)

    def _ids(self) -> dict[str, list[str]]:
        ids = {name: [NOTHING] for one in operations() for name in one.path_parameters}
        centre = self.centre
        return ids | {
            "session_id": [self.held.id],
            "call_id": self.held.call_ids,
            "evaluation_id": [self.evaluation_id],
            "scorecard_id": [self.held.scorecard_id],
            "number": ["1"],
            "item": [answer["item"] for answer in GOOD],
            "project_id": [str(centre.project_id)],
            "team_id": [str(centre.team_id)],
            "agent_id": [str(agent_id) for agent_id in centre.agent_ids],
            "external_id": list(AGENTS),
            "user_id": [str(user_id) for user_id in centre.user_ids.values()],
        }


@asynccontextmanager
async def observed(app: FastAPI, context: AppContext, **changes: Any) -> AsyncIterator[Observed]:
    """An open session in a tenant of its own; one of its calls has a recording and an evaluation."""
    async with make_centre(app, context) as centre:
        call = await recorded_call(centre)
        body = await session_body(centre) | {"scheduled_at": "2199-01-01T09:00:00Z"}
        body["call_ids"].append(call["id"])
        subject = {"call_id": call["id"], "scorecard_id": body["scorecard_id"]}
        evaluation = await submit(centre.second_verifier, subject, good(solved="bad"))
        async with holding(app, centre, "open", **body | changes) as held:
            yield Observed(centre, held, evaluation["id"])


async def score_all(held: Held, person: str, answers: list[dict[str, Any]], comment: str | None) -> None:
    for call in range(2):
        assert (await held.score(person, answers, call=call, comment=comment)).status_code == 200


def assert_equal(one: dict[str, Recording], other: dict[str, Recording]) -> None:
    """Whether all read the same in two tenants, but for ids, times and hashes."""
    for name, recording in one.items():
        assert differing(without_ids_and_times(recording), without_ids_and_times(other[name])) == {}, name


def assert_unchanged(before: dict[str, Recording], after: dict[str, Recording]) -> None:
    """Whether nothing has changed for anyone but the progress that everybody may see."""
    for name, recording in before.items():
        assert differing(without_progress(recording), without_progress(after[name])) == {}, name


@pytest.mark.parametrize("scorer", ["second_verifier", "client"])
async def test_nobody_learns_what_another_one_answers(app: FastAPI, context: AppContext, scorer: str) -> None:
    """Two tenants in which the same people do the same at the same places, and answer the opposite."""
    worlds = []
    for first, second in (((GOOD, None), (GOOD, "x")), ((BAD, SECRET), (GOOD, None))):
        async with observed(app, context) as place:
            await score_all(place.held, scorer, *first)
            before = await place.record(scorer)
            await score_all(place.held, scorer, *second)
            after = await place.record(scorer)
            assert_unchanged(before, after)
            assert "secret" not in str([before, after])
            worlds.append((before, after))
    (before_good, after_good), (before_bad, after_bad) = worlds
    assert_equal(before_good, before_bad)
    assert_equal(after_good, after_bad)


# What else tells of the answers once they are revealed.
ALSO_FOUND = {
    "admin": {"listEvents", "getPooledAgreement"},
    "leader": {"getPooledAgreement"},
    "second_verifier": {"getOwnScore"},
}


async def test_the_recording_finds_what_there_is_to_find(app: FastAPI, context: AppContext) -> None:
    """After the reveal all who look at the session read other answers, each in the results; a guest nowhere else."""
    worlds = []
    for answers in (GOOD, BAD):
        async with observed(app, context) as place:
            await score_all(place.held, "second_verifier", answers, None)
            await place.held.move("reveal")
            worlds.append({name: without_ids_and_times(one) for name, one in (await place.record()).items()})
    for name in READERS:
        found = {asked.split()[0] for asked in differing(worlds[0][name], worlds[1][name])}
        assert "getSessionResults" in found
        assert found - {"getSessionResults"} == ALSO_FOUND.get(name, set()), name


async def test_the_journal_tells_of_a_saved_score_what_the_progress_tells(app: FastAPI, context: AppContext) -> None:
    async with observed(app, context) as place:
        await score_all(place.held, "client", BAD, SECRET)
        answer = await place.centre.admin.get("/v1/events", params={"type": "calibration_session.score_saved"})
        participant = (await place.held.participant("Cleo"))["id"]
        told = [one["after"] for one in answer.json()["items"]]
        in_order = sorted(told, key=lambda one: place.held.call_ids.index(one["call_id"]))
        assert in_order == [
            {"participant_id": participant, "call_id": call_id, "complete": True, "submitted": True}
            for call_id in place.held.call_ids
        ]


async def test_one_who_has_submitted_a_call_sees_that_call_and_no_other(app: FastAPI, context: AppContext) -> None:
    """In a session that shows others after submitting: the verifier has submitted the first call alone."""
    worlds = []
    for answers, comment in ((GOOD, None), (BAD, SECRET)):
        async with observed(app, context, see_others="after_submit") as place:
            held = place.held
            # The same first call, and drafts and submitted scores of the second one that differ.
            for person in ("verifier", "client"):
                assert (await held.score(person, GOOD)).status_code == 200
            await held.score("second_verifier", answers, submit=False, comment=comment)
            await held.score("second_verifier", answers, call=1, submit=False, comment=comment)
            before = await place.record("second_verifier")
            await held.score("client", answers, call=1, comment=comment)
            await held.score("second_verifier", list(reversed(answers)), call=1, submit=False, comment="x")
            after = await place.record("second_verifier", "client")
            results = await held.read("verifier", "/results")
            first, second = results["calls"]
            assert (len(first["scores"]), second["scores"], second["items"]) == (2, [], [])
            worlds.append((before, after))
    assert_equal(worlds[0][0], worlds[1][0])
    assert_equal(worlds[0][1], worlds[1][1])


async def test_one_who_has_not_submitted_learns_nothing_of_a_submitted_call(app: FastAPI, context: AppContext) -> None:
    worlds = []
    for answers, comment in ((GOOD, None), (BAD, SECRET)):
        async with observed(app, context, see_others="after_submit") as place:
            held = place.held
            await score_all(held, "client", answers, comment)
            # A draft opens nothing, however complete.
            await held.score("verifier", GOOD, submit=False)
            await held.score("second_verifier", GOOD[:1])
            worlds.append(await place.record("client"))
            # What is open to one who submits is another score.
            await held.score("verifier", GOOD)
            (other,) = [
                one
                for one in (await held.read("verifier", "/results"))["calls"][0]["scores"]
                if one["participant_id"] == (await held.participant("Cleo"))["id"]
            ]
            assert other["score"] == (100 if answers == GOOD else 0)
    assert_equal(*worlds)


async def test_saving_again_counts_for_others_as_saving_whatever_has_changed(app: FastAPI, context: AppContext) -> None:
    """How many events there are says how often a score was saved, and not whether its answers changed."""
    counts = []
    for second in (GOOD, BAD):
        async with observed(app, context) as place:
            await score_all(place.held, "client", GOOD, "a")
            await score_all(place.held, "client", second, "b")
            session = (await place.held.get("verifier")).text
            counts.append(re.findall(r'"last_event_id":(\d+)', session))
    assert counts[0] == counts[1]
