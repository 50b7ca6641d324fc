"""What a link that does not work opens: nothing, by any route."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.identity.secrets import GUEST_PREFIX
from app.platform import clock
from app.platform.ids import new_id
from tests.calibration.meeting.factories import in_days, proposed, written
from tests.calibration.sessions.factories import Held, create, good, holding, session_body
from tests.contract import Operation, operations
from tests.identity.factories import problem
from tests.people import Centre, bearer_client, make_centre

OF_SESSIONS = [one for one in operations() if one.path.startswith("/v1/calibration-sessions")]
ON_A_SESSION = [one for one in OF_SESSIONS if "{session_id}" in one.path]


class Place:
    """A session with a guest, with an id for every name in the addresses."""

    def __init__(self, centre: Centre, held: Held, token: str, ids: dict[str, str]) -> None:
        self.centre, self.held, self.token, self.ids = centre, held, token, ids

    async def send(self, client: httpx.AsyncClient, operation: Operation) -> httpx.Response:
        arguments = operation.body
        if operation.needs_if_match:
            arguments["headers"] = {"If-Match": '"1"'}
        return await client.request(operation.method, operation.url(self.ids), **arguments)

    async def touched(self) -> tuple[object, ...]:
        """What a request with a bad link must leave as it is."""
        session = await self.held.read()
        times = await self.held.read(None, "/time-options")
        return session, times


@pytest.fixture(scope="module")
async def place(app: FastAPI, context: AppContext) -> AsyncIterator[Place]:
    async with make_centre(app, context) as centre:
        body = await session_body(centre) | {"scheduled_at": written(in_days(5))}
        held = await create(centre, body)
        (option,) = await proposed(held, in_days(1))
        (link,) = (await held.post("invitations", {})).json()["items"]
        await held.move("open")
        participant = link["participant_id"]
        ids = {"session_id": held.id, "call_id": held.call_ids[0], "option_id": option, "participant_id": participant}
        yield Place(centre, held, link["token"], ids)


def changed(token: str, place: int) -> str:
    """The token with one byte changed: of the tenant (0), of the guest (16) or of the secret (32)."""
    raw = bytearray(base64.urlsafe_b64decode(token.removeprefix(GUEST_PREFIX) + "=="))
    raw[place] ^= 1
    return GUEST_PREFIX + base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize("operation", OF_SESSIONS, ids=str)
async def test_a_guessed_link_opens_nothing(app: FastAPI, place: Place, operation: Operation) -> None:
    before = await place.touched()
    for at in (0, 16, 32, 63):
        async with bearer_client(app, changed(place.token, at)) as client:
            refused = await place.send(client, operation)
            assert refused.status_code == 401
            assert operation.method == "head" or problem(refused) == (401, "unauthenticated")
    assert await place.touched() == before


@pytest.mark.parametrize("operation", OF_SESSIONS, ids=str)
async def test_an_expired_link_opens_nothing(app: FastAPI, place: Place, operation: Operation) -> None:
    before = await place.touched()
    async with bearer_client(app, place.token) as client:
        assert (await client.get(place.held.url)).status_code == 200
        # The link was made for 14 days after the session.
        with clock.use_clock(clock.FixedClock(clock.now() + timedelta(days=20))):
            refused = await place.send(client, operation)
        assert refused.status_code == 401
        assert operation.method == "head" or "expired" in refused.json()["detail"]
    assert await place.touched() == before


async def test_revoked_and_renewed_links_open_nothing(app: FastAPI, centre: Centre) -> None:
    held = await create(centre, await session_body(centre))
    (option,) = await proposed(held, in_days(1))
    (link,) = (await held.post("invitations", {})).json()["items"]
    await held.move("open")
    participant = link["participant_id"]
    ids = {"session_id": held.id, "call_id": held.call_ids[0], "option_id": option, "participant_id": participant}
    here = Place(centre, held, link["token"], ids)
    at = f"invitations/{participant}"
    async with bearer_client(app, link["token"]) as client:
        for way in ("renew", "revoke"):
            answer = await held.post(f"{at}/{way}", {})
            assert answer.status_code in (200, 204)
            before = await here.touched()
            for operation in OF_SESSIONS:
                assert (await here.send(client, operation)).status_code == 401, operation.id
            assert await here.touched() == before


@pytest.mark.parametrize("operation", ON_A_SESSION, ids=str)
async def test_the_link_of_another_session_opens_nothing(app: FastAPI, place: Place, operation: Operation) -> None:
    """Neither one of the same tenant nor one of another tenant."""
    before = await place.touched()
    async with holding(app, place.centre, "open") as elsewhere:
        refused = await place.send(elsewhere.people["client"], operation)
        wanted = 404 if operation.permission in ("session:read", "session:write") else 403
        assert refused.status_code == wanted
        assert (await place.send(place.centre.guest, operation)).status_code == wanted
    assert await place.touched() == before


async def test_a_guest_has_only_the_own_session_in_the_list(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held, holding(app, centre) as other:
        for one in (held, other):
            listed = (await one.people["client"].get("/v1/calibration-sessions")).json()["items"]
            assert [found["id"] for found in listed] == [one.id]
        assert (await centre.guest.get("/v1/calibration-sessions")).json()["items"] == []


async def test_a_link_opens_nothing_but_the_session(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        client = held.people["client"]
        ids = {name: str(new_id()) for one in operations() for name in one.path_parameters}
        ids |= {"number": "1", "item": "solved", "call_id": held.call_ids[0], "scorecard_id": held.scorecard_id}
        ids |= {"user_id": str(centre.user_ids["verifier"]), "project_id": str(centre.project_id)}
        for operation in operations():
            if operation.permission and operation not in OF_SESSIONS and operation.permission != "self:read":
                refused = await client.request(operation.method, operation.url(ids), **operation.body)
                assert refused.status_code == 403, operation.id
        me = (await client.get("/v1/me")).json()
        assert (me["kind"], me["role"], me["name"]) == ("guest", "client", "Cleo Client")
        assert UUID(me["tenant_id"]) == centre.tenant_id
        assert (await held.score("client", good())).status_code == 200
