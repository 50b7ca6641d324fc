"""Everything that a person can read: the answer of every GET and HEAD operation of the contract, with all ids."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx

from app.platform import clock
from tests.contract import Operation, operations

READING = [one for one in operations() if one.permission and one.method in ("get", "head")]
FOLLOWING = READING.pop([one.id for one in READING].index("followSession"))
TODAY = clock.now().date()
# Reports of these days; unless they are told, they end now.
PERIOD = {"from": str(TODAY - timedelta(days=20)), "to": str(TODAY + timedelta(days=2))}
# What is asked for besides the bare address.
QUERIES: Mapping[str, Sequence[dict[str, Any]]] = {
    "getSessionResults": [{"format": written} for written in ("json", "xlsx", "svg", "png")],
    "listEvents": [{"limit": 500}],
    "listCalls": [{"evaluated": True}, {"evaluated": False}, {"q": "a-1"}, {"limit": 1}],
    "listEvaluations": [{}, {"status": "draft"}, {"status": "submitted"}],
    "listCalibrationSessions": [{}, {"state": "open"}, {"state": "revealed"}],
    "listEmails": [{"limit": 500}],
    "listInbox": [{"limit": 500}],
}
# Of every answer.
_UNLIKE_HEADERS = {"date", "x-request-id", "content-length", "server-timing"}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)|\d{8}T\d{6}Z?|\d{4}-\d\d-\d\d \d\d:\d\d")
_CURSOR = re.compile(r'"next_cursor":"[^"]+"')
_HASH = re.compile(r"[0-9a-f]{32,}")

# Of one request: status, headers and body; what was asked for is the key.
Answer = tuple[int, dict[str, str], str]
Recording = dict[str, Answer]


async def record(client: httpx.AsyncClient, ids: Mapping[str, Sequence[str]], filters: Mapping[str, str]) -> Recording:
    """Read everything there is. `ids`: for each name in an address all that exist; `filters`: of lists and reports."""
    recording: Recording = {}
    for operation in READING:
        for place, url in enumerate(_urls(operation, ids)):
            for query in _queries(operation, filters):
                answer = await client.request(operation.method, url, params=query)
                recording[f"{operation.id} {place} {json.dumps(query)}"] = _answer(answer)
    return recording


async def record_events(client: httpx.AsyncClient, ids: Mapping[str, Sequence[str]]) -> Recording:
    """Follow the sessions from their first event on, until the streams end; without the readers who come and go."""
    recording: Recording = {}
    for place, url in enumerate(_urls(FOLLOWING, ids)):
        status, headers, body = _answer(await client.get(url, headers={"Last-Event-ID": "0"}))
        told = [event.partition("\n")[2] for event in body.split("\n\n") if event.startswith("id: ")]
        kept = [event for event in told if not event.startswith(("event: joined", "event: left"))]
        recording[f"{FOLLOWING.id} {place}"] = status, headers, "\n\n".join(kept)
    return recording


def _urls(operation: Operation, ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
    names = operation.path_parameters
    for values in itertools.product(*(ids[name] for name in names)):
        yield operation.url(dict(zip(names, values, strict=True)))


def _queries(operation: Operation, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    parameters = [one for one in operation.spec.get("parameters", ()) if one["in"] == "query"]
    required = {one["name"]: filters[one["name"]] for one in parameters if one.get("required")}
    # Without one the period is relative to now.
    required |= PERIOD if operation.path.startswith("/v1/reports") or operation.id == "getPooledAgreement" else {}
    for query in QUERIES.get(operation.id, [{}]):
        yield required | query
    for parameter in parameters:
        if parameter["name"] in filters and parameter["name"] not in required:
            yield required | {parameter["name"]: filters[parameter["name"]]}


def _answer(answer: httpx.Response) -> Answer:
    body = answer.content.decode("latin-1")
    if answer.request.method != "HEAD" and "content-length" in answer.headers:
        assert int(answer.headers["content-length"]) == len(answer.content)
    headers = {name: value for name, value in answer.headers.items() if name not in _UNLIKE_HEADERS}
    return answer.status_code, headers, body


def without_ids_and_times(recording: Recording) -> dict[str, str]:
    """The recording with each id as its number in the order in which ids come, without times, hashes and cursors."""
    numbers: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"<id {len(numbers)}>")

    def plain(text: str) -> str:
        text = _CURSOR.sub('"next_cursor":"<cursor>"', text)
        return _HASH.sub("<hash>", _TIME.sub("<time>", _UUID.sub(numbered, text)))

    return {plain(asked): plain(repr(answer)) for asked, answer in recording.items()}


def without_progress(recording: Recording) -> Recording:
    """The recording without what a saved score may tell: that it was saved, by whom, of which call, how complete."""
    return {asked: (status, headers, _plain(asked, body)) for asked, (status, headers, body) in recording.items()}


def _plain(asked: str, body: str) -> str:
    operation = asked.split(maxsplit=1)[0]
    if operation == "getCalibrationSession":
        return re.sub(r'"last_event_id":\d+', '"last_event_id":0', body)
    if operation == "getCalendarFile":
        # When the file was written.
        return re.sub(r"(DTSTAMP|LAST-MODIFIED):\w+", r"\1:", body)
    if operation == "getErrorSourcesReport":
        return re.sub(r'"computed_at":"[^"]*"', '"computed_at":""', body)
    if operation == "verifyEvents":
        return re.sub(r'"pending":\d+', '"pending":0', body)
    if operation == "listEvents" and "items" in body:
        document = json.loads(body)
        kept = [one for one in document["items"] if one["type"] != "calibration_session.score_saved"]
        return json.dumps(document | {"items": kept})
    if operation == "followSession":
        return "\n\n".join(event for event in body.split("\n\n") if not event.startswith("event: scored"))
    return body


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is not equal in two recordings."""
    assert one.keys() == other.keys()
    return {asked: (one[asked], other[asked]) for asked in one if one[asked] != other[asked]}
