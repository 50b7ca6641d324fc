"""The service's main job, as its people do it: from an empty service to the leader's report, over HTTP alone."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from app.demo.scorecard import scorecard_body
from app.demo.spoken import SpokenCall, spoken_calls
from app.platform.settings import Settings
from tests.e2e.centre import (
    AGENTS,
    Organisation,
    Staff,
    answers,
    create_organisation,
    create_staff,
    expected_score,
    last_monday,
    planted_errors,
    spoken_call,
    week_of_calls,
    weekly_plan,
)
from tests.e2e.company import Company, Json, Person, create_company, json_of, list_all, wait_until
from tests.processes import running_api, running_worker

pytestmark = pytest.mark.e2e

SPOKEN = next(call for call in spoken_calls() if call.name == "en-5-article-missing")


@pytest.fixture
async def base_url(settings_of_processes: Settings) -> AsyncIterator[str]:
    """An API process and a worker process."""
    async with running_worker(settings_of_processes), running_api(settings_of_processes) as url:
        yield url


@dataclass(frozen=True)
class Sample:
    """A draw, what it took, and who is to score it."""

    draw: Json
    selections: Sequence[Json]
    assignments: Sequence[Json]

    def of_record(self, selection: Json) -> Json:
        """The assignment whose evaluation counts."""
        return next(one for one in self.assignments if one["call_id"] == selection["call_id"] and one["place"] == 1)


@dataclass(frozen=True)
class Scoring:
    """What became of the sample: evaluations by assignment, and the selection that was given up."""

    evaluations: Mapping[str, Json]
    skipped: Json


async def test_a_new_centre_gets_from_its_first_call_to_honest_figures(
    base_url: str, settings_of_processes: Settings
) -> None:
    monday = last_monday(datetime.now(UTC))
    async with create_company(base_url, settings_of_processes) as company:
        staff = await create_staff(company)
        organisation = await create_organisation(staff)
        crm = await company.client(await make_key(staff.admin, "calls:write", "recordings:write"))
        await push_the_week(crm, organisation, monday)
        spoken_id = await push_the_recording(crm, spoken_call(organisation, monday, SPOKEN), SPOKEN)

        scorecard_id = await write_and_publish_scorecard(staff.leader)
        sample = await draw_the_week(staff, weekly_plan(staff, organisation, scorecard_id), monday)
        transcript = await transcript_when_ready(staff.verifiers[0], spoken_id)
        check_the_transcript(transcript, SPOKEN)

        heard_errors = errors_heard(transcript, SPOKEN)
        errors = {one["call_id"]: planted_errors(one["order"]) for one in sample.selections} | {spoken_id: heard_errors}
        scoring = await score_the_sample(staff, sample, scorecard_id, errors)
        await check_what_the_agent_sees(staff, organisation, scoring)
        revised = await revise_one(staff, sample, scoring, errors)

        await check_quality(staff.leader, organisation, monday, sample, revised)
        await check_error_sources(staff.leader, organisation, monday, sample, revised)
        await check_the_journal(staff.admin, scoring)
        await check_outsiders(company, settings_of_processes, sample, scoring)


async def make_key(admin: Person, *scopes: str) -> str:
    key = json_of(await admin.http.post("/api-keys", json={"name": "CRM", "scopes": scopes}), 201)
    assert key["key"] not in (await admin.http.get("/api-keys")).text
    return str(key["key"])


async def push_the_week(crm: httpx.AsyncClient, organisation: Organisation, monday: date) -> None:
    """Sent twice, as integrations do; the second time nothing is new."""
    calls = week_of_calls(organisation, monday)
    pushed = [json_of(await crm.post("/calls/batch", json=calls)) for _ in range(2)]
    assert [(answer["accepted"], answer["created"], answer["updated"]) for answer in pushed] == [
        (60, 60, 0),
        (60, 0, 0),
    ]
    assert pushed[0]["results"] == [row | {"status": "created"} for row in pushed[1]["results"]]


async def push_the_recording(crm: httpx.AsyncClient, call: Json, spoken: SpokenCall) -> str:
    call_id = str(json_of(await crm.post("/calls", json=call), 201)["id"])
    recording = spoken.path.read_bytes()
    stored = json_of(await crm.put(f"/calls/{call_id}/recording", content=recording), 201)
    assert (stored["channels"], stored["size_bytes"]) == (2, len(recording))
    assert json_of(await crm.put(f"/calls/{call_id}/recording", content=recording)) == stored
    return call_id


async def write_and_publish_scorecard(leader: Person) -> str:
    """A retried POST makes no second scorecard, and two people cannot overwrite each other's draft."""
    key = {"Idempotency-Key": "first scorecard"}
    created = await leader.http.post("/scorecards", json=scorecard_body(), headers=key)
    again = await leader.http.post("/scorecards", json=scorecard_body(), headers=key)
    assert (json_of(again, 201), again.headers["Idempotent-Replayed"]) == (json_of(created, 201), "true")
    assert len(await list_all(leader.http, "/scorecards")) == 1

    path = f"/scorecards/{created.json()['id']}"
    read = {"If-Match": created.headers["ETag"]}
    changed = await leader.http.patch(path, json={"name": "Support"}, headers=read)
    assert json_of(changed)["name"] == "Support"
    assert (await leader.http.patch(path, json={"name": "Sales"}, headers=read)).status_code == 412
    assert (await leader.http.patch(path, json={"name": "Sales"})).status_code == 428

    published = await leader.http.post(f"{path}/publish", headers={"X-Request-Id": "publishing-1"})
    assert published.headers["X-Request-Id"] == "publishing-1"
    return str(json_of(published)["id"])


async def draw_the_week(staff: Staff, plan: Json, monday: date) -> Sample:
    """What was foreseen is drawn, once; every verifier sees the own assignments and none but those."""
    leader, window = staff.leader.http, {"window_start": monday.isoformat()}
    plan_path = f"/sampling-plans/{json_of(await leader.post('/sampling-plans', json=plan), 201)['id']}"
    foreseen = json_of(await leader.post(f"{plan_path}/preview", json=window))
    assert (foreseen["feasible"], foreseen["frame_size"], foreseen["sample_size"]) == (True, 61, 18)
    draw = json_of(await leader.post(f"{plan_path}/draws", json=window), 201)
    assert (draw["frame_size"], draw["sample_size"]) == (61, 18)
    assert (await leader.post(f"{plan_path}/draws", json=window)).status_code == 409

    selections = await list_all(leader, f"/draws/{draw['id']}/selections")
    assert [one["order"] for one in selections] == list(range(1, 19))
    assert all(one["weight"] == pytest.approx(1 / one["inclusion_probability"]) for one in selections)
    assert {one["agent_id"] for one in selections} == {stratum["agent_id"] for stratum in draw["strata"]}
    assignments = await list_all(leader, "/assignments", draw_id=draw["id"])
    assert {one["call_id"] for one in assignments} == {one["call_id"] for one in selections}
    for verifier in staff.verifiers:
        own = await list_all(verifier.http, "/assignments", verifier_id="me", state="open")
        assert [one["id"] for one in own] == [one["id"] for one in assignments if one["verifier_id"] == verifier.id]
    return Sample(draw, selections, assignments)


async def transcript_when_ready(verifier: Person, call_id: str) -> Json:
    async def look() -> Json:
        return json_of(await verifier.http.get(f"/calls/{call_id}/transcript"))

    return await wait_until(look, lambda transcript: transcript["status"] in {"ready", "failed"})


def check_the_transcript(transcript: Json, spoken: SpokenCall) -> None:
    """Both parties were heard, each on the own channel: most of their words are there, and little of the other's."""
    assert (transcript["status"], transcript["language"], transcript["error"]) == ("ready", "en", None)
    assert transcript["duration_s"] == pytest.approx(spoken.duration_s, abs=0.5)
    for speaker in ("agent", "customer"):
        own = [segment for segment in transcript["segments"] if segment["speaker"] == speaker]
        assert {segment["channel"] for segment in own} == {spoken.channel_roles.index(speaker)}
        heard, said = words(" ".join(segment["text"] for segment in own)), words(spoken.text_of(speaker))
        assert len(heard & said) / len(said) > 0.7
        assert len(heard - said) / len(heard) < 0.3


def words(text: str) -> set[str]:
    return {word.strip(".,?!'").lower() for word in text.split()}


def errors_heard(transcript: Json, spoken: SpokenCall) -> dict[str, Json]:
    """The errors of the recording, each with where it is heard and read."""
    segment = next(one for one in transcript["segments"] if one["speaker"] == "agent")
    evidence = {"at_s": segment["start_s"], "segment_id": segment["id"]}
    return {error.item: {"fault": error.fault, "reason": error.reason, **evidence} for error in spoken.errors}


async def score_the_sample(
    staff: Staff, sample: Sample, scorecard_id: str, errors: Mapping[str, Mapping[str, Json]]
) -> Scoring:
    """Every verifier works off the own assignments; one of them cannot be scored and is skipped."""
    skipped = one_to_skip(sample)
    evaluations: dict[str, Json] = {}
    for verifier in staff.verifiers:
        for assignment in await list_all(verifier.http, "/assignments", verifier_id="me", state="open"):
            if assignment["id"] == sample.of_record(skipped)["id"]:
                reason = {"reason": "The recording is silent"}
                json_of(await verifier.http.post(f"/assignments/{assignment['id']}/skip", json=reason))
                continue
            body = {key: assignment[key] for key in ("call_id", "scorecard_id")} | {"assignment_id": assignment["id"]}
            found = errors[assignment["call_id"]]
            score = score_at_once if evaluations else score_in_two_sittings
            evaluations[assignment["id"]] = await score(verifier, body, answers(found))
            check_the_evaluation(evaluations[assignment["id"]], scorecard_id, found)
    states = [one["state"] for one in await list_all(staff.leader.http, "/assignments")]
    assert Counter(states) == {"done": len(sample.assignments) - 1, "skipped": 1}
    return Scoring(evaluations, skipped)


def check_the_evaluation(evaluation: Json, scorecard_id: str, found: Mapping[str, Json]) -> None:
    """Every answer is kept with its evidence, and the score is what the weights say."""
    assert (evaluation["status"], evaluation["scorecard_id"]) == ("submitted", scorecard_id)
    for given, kept in zip(answers(found), evaluation["answers"], strict=True):
        assert given.items() <= kept.items()
    assert evaluation["score"] == expected_score(found)


def one_to_skip(sample: Sample) -> Json:
    """A call that one verifier alone was to score, of an agent of whom another one is heard."""
    drawn = defaultdict(list)
    for selection in sample.selections:
        drawn[selection["stratum"]].append(selection)
    return next(
        selection
        for selection in sample.selections
        if len(selection["assignment_ids"]) == 1 and len(drawn[selection["stratum"]]) > 1 and selection["weight"] > 1
    )


async def score_at_once(verifier: Person, body: Json, given: list[Json]) -> Json:
    return json_of(await verifier.http.post("/evaluations", json=body | {"answers": given, "submit": True}), 201)


async def score_in_two_sittings(verifier: Person, body: Json, given: list[Json]) -> Json:
    """A draft, taken up again under its ETag, and submitted when it is complete."""
    draft = await verifier.http.post("/evaluations", json=body | {"answers": given[:5]})
    path = f"/evaluations/{json_of(draft, 201)['id']}"
    assert (await verifier.http.post(f"{path}/submit")).status_code == 422
    read = {"If-Match": draft.headers["ETag"]}
    json_of(await verifier.http.patch(path, json={"answers": given}, headers=read))
    assert (await verifier.http.patch(path, json={"answers": []}, headers=read)).status_code == 412
    return json_of(await verifier.http.post(f"{path}/submit"))


async def check_what_the_agent_sees(staff: Staff, organisation: Organisation, scoring: Scoring) -> None:
    """The evaluations of the own calls, and neither others' nor reports."""
    anna, own_id = staff.agent.http, organisation.agent_ids[AGENTS[0]]
    own = {one["id"] for one in scoring.evaluations.values() if one["agent_id"] == own_id}
    assert own
    assert {one["id"] for one in await list_all(anna, "/evaluations")} == own
    for evaluation in scoring.evaluations.values():
        expected = 200 if evaluation["id"] in own else 404
        assert (await anna.get(f"/evaluations/{evaluation['id']}")).status_code == expected
    assert (await anna.get("/reports/quality")).status_code == 403
    assert (await anna.get("/assignments")).status_code == 403


async def revise_one(
    staff: Staff, sample: Sample, scoring: Scoring, errors: Mapping[str, Mapping[str, Json]]
) -> dict[str, Json]:
    """One evaluation of record gets another error; the evaluations of record by call, as they now are."""
    recorded = {
        one["call_id"]: scoring.evaluations[sample.of_record(one)["id"]]
        for one in sample.selections
        if one is not scoring.skipped
    }
    call_id, first = next((call_id, one) for call_id, one in recorded.items() if "goodbye" not in errors[call_id])
    verifier = next(one for one in staff.verifiers if one.id == first["verifier_id"])
    found = {**errors[call_id], "goodbye": {"fault": "agent", "reason": "abrupt"}}
    revision = {"answers": answers(found), "why": "Heard the end once more"}
    path = f"/evaluations/{first['id']}"
    revised = json_of(await verifier.http.post(f"{path}/revisions", json=revision), 201)
    assert (revised["revision"], revised["score"]) == (2, expected_score(found))
    revisions = await list_all(verifier.http, f"{path}/revisions")
    assert [one["score"] for one in revisions] == [first["score"], revised["score"]]
    assert revisions[0]["answers"] == first["answers"]
    return recorded | {call_id: revised}


def carried_weights(sample: Sample, recorded: Mapping[str, Json]) -> dict[str, float]:
    """For how many calls each evaluated one speaks: its 1/π, and its part of what nobody of its stratum heard."""
    drawn: dict[str, float] = defaultdict(float)
    heard: dict[str, float] = defaultdict(float)
    for one in sample.selections:
        drawn[one["stratum"]] += 1 / inclusion(one)
        heard[one["stratum"]] += 1 / inclusion(one) if one["call_id"] in recorded else 0
    return {
        one["call_id"]: drawn[one["stratum"]] / heard[one["stratum"]] / inclusion(one)
        for one in sample.selections
        if one["call_id"] in recorded
    }


# Half of the last decimal of points and of shares in reports.
POINTS, SHARE = 0.5e-4, 0.5e-6


def inclusion(selection: Json) -> float:
    return float(selection["inclusion_trillionths"]) / 1e12


def week_of(organisation: Organisation, monday: date) -> dict[str, str]:
    return {
        "project_id": organisation.project_id,
        "from": monday.isoformat(),
        "to": (monday + timedelta(days=7)).isoformat(),
    }


async def check_quality(
    leader: Person, organisation: Organisation, monday: date, sample: Sample, recorded: Mapping[str, Json]
) -> None:
    """The leader reads Hájek's mean Σwy / Σw, as it is computed here anew."""
    weights = carried_weights(sample, recorded)
    scores = {call_id: evaluation["score"] for call_id, evaluation in recorded.items()}
    mean = weighted_mean("score", weights, recorded)
    report = json_of(await leader.http.get("/reports/quality", params=week_of(organisation, monday)))
    total = report["total"]
    assert total["estimate"]["value"] == pytest.approx(mean, abs=POINTS)
    for name in ("agent_score", "process_loss"):
        assert total[name]["value"] == pytest.approx(weighted_mean(name, weights, recorded), abs=POINTS)
    assert total["estimate"]["low"] < mean < total["estimate"]["high"]
    assert (total["population"], total["population_exact"]) == (sample.draw["frame_size"], True)
    assert total["naive_mean"] == pytest.approx(sum(scores.values()) / len(scores), abs=POINTS)
    assert (total["n"], total["selected"]) == (17, 18)
    assert total["response_rate"] == pytest.approx(17 / 18, abs=SHARE)
    assert report["items"] == [total | {"key": organisation.project_id, "name": "Subscriber support"}]


def weighted_mean(name: str, weights: Mapping[str, float], recorded: Mapping[str, Json]) -> float:
    """The mean of a figure of the evaluations that have it."""
    with_it = [call_id for call_id, evaluation in recorded.items() if evaluation[name] is not None]
    total: float = sum(weights[call_id] * recorded[call_id][name] for call_id in with_it)
    return total / sum(weights[call_id] for call_id in with_it)


async def check_error_sources(
    leader: Person, organisation: Organisation, monday: date, sample: Sample, recorded: Mapping[str, Json]
) -> None:
    """The leader reads whose the errors are, all calls considered, as it is computed here anew."""
    weights = carried_weights(sample, recorded)
    errors = [
        (answer["item"], answer["fault"], weights[call_id])
        for call_id, evaluation in recorded.items()
        for answer in evaluation["answers"]
        if answer["value"] == "bad"
    ]
    by_process = sum(weight for _, fault, weight in errors if fault == "process")
    report = json_of(await leader.http.get("/reports/error-sources", params=week_of(organisation, monday)))
    assert (report["errors"], report["evaluations"]) == (len(errors), 17)
    assert report["process_share"]["value"] == pytest.approx(
        by_process / sum(weight for *_, weight in errors), abs=SHARE
    )
    for row in report["by_item"]:
        mine = [weight for item, _, weight in errors if item == row["item"]]
        assert row["errors"] == len(mine)
        if row["answers"] == 17:
            assert row["error_rate"]["value"] == pytest.approx(sum(mine) / sum(weights.values()), abs=SHARE)


async def check_the_journal(admin: Person, scoring: Scoring) -> None:
    """Everything is in it once, with who asked for it, and nothing has been touched since."""
    submitted = await list_all(admin.http, "/events", type="evaluation.submitted")
    assert sorted(one["subject_id"] for one in submitted) == sorted(one["id"] for one in scoring.evaluations.values())
    (published,) = await list_all(admin.http, "/events", type="scorecard.published")
    assert published["request_id"] == "publishing-1"
    found = json_of(await admin.http.get("/events/verification"))
    assert (found["valid"], found["first_fault"]) == (True, None)
    assert found["sealed"] + found["pending"] == len(await list_all(admin.http, "/events"))


async def check_outsiders(company: Company, settings: Settings, sample: Sample, scoring: Scoring) -> None:
    """A stranger learns nothing at all, another company not even what there is."""
    evaluation = next(iter(scoring.evaluations.values()))
    paths = [
        f"/calls/{evaluation['call_id']}",
        f"/calls/{evaluation['call_id']}/transcript",
        f"/evaluations/{evaluation['id']}",
        f"/scorecards/{evaluation['scorecard_id']}",
        f"/draws/{sample.draw['id']}/selections",
    ]
    stranger = await company.client()
    async with create_company(company.base_url, settings) as other:
        competitor = (await other.sign_in("admin")).http
        for path in paths:
            assert (await stranger.get(path)).status_code == 401
            assert (await competitor.get(path)).status_code == 404
        assert await list_all(competitor, "/evaluations") == []
