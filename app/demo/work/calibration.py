"""Calibration in the demo: double scorings decided by a leader, and sessions in every state that one may look at.

One session is closed, with consensus; one is open, with a client who has a link and has not scored yet; one is being
arranged, with proposed times and votes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from app.demo.client import Api
from app.demo.people import DOMAIN, Directory
from app.demo.simulator import Centre
from app.demo.spoken import SpokenCall, spoken_calls
from app.demo.types import Answer, Call, TrueAnswer, Verifier

_VERIFIERS = 3
_DRAWN = 5
# Of the errors that can be heard, those that a verifier misses; and of other items, those taken for errors.
_MISSES, _MISTAKES = 0.2, 0.08
# Of every so many double scorings the first stays open, for people who look at the demo.
_LEFT_OPEN = 4
_CLIENT = {"name": "Clara Client", "email": f"clara@client.{DOMAIN}", "role": "client"}


async def calibrate(
    api: Api, centre: Centre, directory: Directory, scorecard_id: str, now: datetime
) -> list[dict[str, str]]:
    """Decide double scorings and hold the sessions: the links of guests, to be written beside the credentials."""
    calls = {call.external_id: call for call in centre.calls}
    await _decide_double_scores(api, centre, directory, calls)
    await _closed_session(api, centre, directory, scorecard_id, calls)
    guests = await _open_session(api, centre, directory, scorecard_id)
    await _arranged_session(api, centre, directory, scorecard_id, now)
    return guests


async def _decide_double_scores(api: Api, centre: Centre, directory: Directory, calls: dict[str, Call]) -> None:
    """A leader decides as the simulator knows it to be, item by item."""
    waiting = await api.pages(directory.leader_id, "/double-scores", state="open", limit=500)
    for double_score in (one for place, one in enumerate(waiting) if place % _LEFT_OPEN != 1):
        detail = await api.call(directory.leader_id, "GET", f"/double-scores/{double_score['id']}")
        call = await _simulated(api, directory, calls, double_score["call_id"])
        keys = {item["item"] for item in detail["items"] if item["must_be_decided"]}
        answers = [_true(answer) for answer in centre.truth_of(call) if answer.item in keys]
        if {answer["item"] for answer in answers} == keys:
            path = f"/double-scores/{double_score['id']}/adjudicate"
            await api.post(directory.leader_id, path, {"answers": answers, "comment": "Listened again"})


async def _closed_session(
    api: Api, centre: Centre, directory: Directory, scorecard_id: str, calls: dict[str, Call]
) -> None:
    draws = await api.pages(directory.leader_id, "/draws", limit=500)
    # The recorded calls, of which the simulator knows nothing, are of the last week.
    last = max(draw["window"]["start_on"] for draw in draws)
    earlier = [draw for draw in draws if draw["window"]["start_on"] < last and draw["sample_size"] >= _DRAWN]
    if not earlier:
        return
    newest = max(earlier, key=lambda draw: draw["drawn_at"])
    verifiers = centre.verifiers[:_VERIFIERS]
    session = await _create(
        api,
        directory,
        name="Calls of an earlier week",
        scorecard_id=scorecard_id,
        from_draw=newest["id"],
        count=_DRAWN,
        reference_user_id=directory.users[verifiers[0].key],
        participants=[{"user_id": directory.users[verifier.key]} for verifier in verifiers],
    )
    path = f"/calibration-sessions/{session['id']}"
    await api.post(directory.leader_id, f"{path}/open", None)
    simulated = [await _simulated(api, directory, calls, call["call_id"]) for call in session["calls"]]
    for verifier in verifiers:
        for call, shown in zip(simulated, session["calls"], strict=True):
            score: dict[str, Any] = {"answers": _bodies(centre.verdict(verifier, call))}
            url = f"{path}/calls/{shown['call_id']}/score"
            await api.call(directory.users[verifier.key], "PUT", url, json=score)
    await api.post(directory.leader_id, f"{path}/reveal", None)
    for call, shown in zip(simulated, session["calls"], strict=True):
        settled: dict[str, Any] = {
            "answers": [_true(answer) for answer in centre.truth_of(call)],
            "comment": "Agreed by all",
        }
        await api.call(directory.admin_id, "PUT", f"{path}/calls/{shown['call_id']}/consensus", json=settled)
    await api.post(directory.leader_id, f"{path}/close", None)


async def _open_session(api: Api, centre: Centre, directory: Directory, scorecard_id: str) -> list[dict[str, str]]:
    """Of two recorded calls, which the client can listen to. Two of the verifiers have scored them already."""
    recorded = await api.pages(directory.admin_id, "/calls", has_recording=True, limit=500)
    session = await _create(
        api,
        directory,
        name="With the client: two recorded calls",
        scorecard_id=scorecard_id,
        call_ids=[call["id"] for call in recorded[:2]],
        participants=[*_verifiers(centre, directory), _CLIENT],
    )
    path = f"/calibration-sessions/{session['id']}"
    await api.post(directory.leader_id, f"{path}/open", None)
    links = await api.post(directory.leader_id, f"{path}/invitations", {})
    spoken = {call.name: call for call in spoken_calls()}
    for verifier in centre.verifiers[1:_VERIFIERS]:
        for place, call in enumerate(recorded[:2]):
            score = {"answers": _heard(centre, spoken[call["external_id"]], verifier, place)}
            url = f"{path}/calls/{call['id']}/score"
            await api.call(directory.users[verifier.key], "PUT", url, json=score)
    return [
        {"name": link["name"], "session_id": session["id"], "token": link["token"], "url": link["url"]}
        for link in links["items"]
    ]


def _heard(centre: Centre, spoken: SpokenCall, verifier: Verifier, place: int) -> list[dict[str, Any]]:
    """What a verifier hears in a recorded call: most of its errors, and some that are none."""
    rng = np.random.default_rng([centre.settings.seed, verifier.index, place])
    faults = {error.item: error.fault for error in spoken.errors}
    answers: dict[str, dict[str, Any]] = {}
    for item, misses, mistakes in zip(centre.items, *rng.random((2, len(centre.items))).tolist(), strict=True):
        if item.visible_if is not None:
            earlier, values = item.visible_if
            if answers.get(centre.items[earlier].key, {}).get("value") not in values:
                continue
        seen = (item.key in faults and misses > _MISSES) or mistakes < _MISTAKES
        answers[item.key] = {"item": item.key, "value": item.values[1 if seen else 0]}
        if seen:
            answers[item.key]["fault"] = faults.get(item.key, "agent")
    return list(answers.values())


async def _arranged_session(api: Api, centre: Centre, directory: Directory, scorecard_id: str, now: datetime) -> None:
    recorded = await api.pages(directory.admin_id, "/calls", has_recording=True, limit=500)
    people = _verifiers(centre, directory)
    session = await _create(
        api,
        directory,
        name="Next week, with a neighbouring department",
        scorecard_id=scorecard_id,
        call_ids=[recorded[2]["id"]],
        participants=people,
    )
    path = f"/calibration-sessions/{session['id']}/time-options"
    days = [(now + timedelta(days=day)).replace(hour=10, minute=0, second=0, microsecond=0) for day in (7, 8)]
    proposed = await api.post(directory.leader_id, path, {"options": [{"starts_at": day.isoformat()} for day in days]})
    votes = (("yes", "if_needed"), ("yes", "no"), ("if_needed", "yes"))
    for person, answers in zip(people, votes, strict=True):
        for option, answer in zip(proposed["items"], answers, strict=True):
            await api.call(person["user_id"], "PUT", f"{path}/{option['id']}/vote", json={"answer": answer})


async def _create(api: Api, directory: Directory, **body: Any) -> dict[str, Any]:
    session: dict[str, Any] = await api.post(directory.leader_id, "/calibration-sessions", body)
    return session


def _verifiers(centre: Centre, directory: Directory) -> list[dict[str, str]]:
    return [{"user_id": directory.users[verifier.key]} for verifier in centre.verifiers[:_VERIFIERS]]


async def _simulated(api: Api, directory: Directory, calls: dict[str, Call], call_id: str | UUID) -> Call:
    """The simulator's own record of a call."""
    call = await api.call(directory.leader_id, "GET", f"/calls/{call_id}")
    return calls[call["external_id"]]


def _bodies(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    return [answer.body() for answer in answers]


def _true(answer: TrueAnswer) -> dict[str, Any]:
    fields = {"item": answer.item, "value": answer.value, "fault": answer.cause}
    return {name: value for name, value in fields.items() if value is not None}
