"""A calibration session with many guests, held through the API."""

from typing import Any
from uuid import UUID

import httpx

from tests.scorecards.factories import body, thirty_items


async def hold_session(base_url: str, token: str, guests: int) -> tuple[UUID, list[str]]:
    """An open session of one call, and the token of each guest."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{base_url}/v1", headers=headers, timeout=120) as client:
        scorecard = await _made(client, "/scorecards", body(thirty_items()))
        await _made(client, f"/scorecards/{scorecard['id']}/publish")
        project = await _made(client, "/projects", {"name": "Bench", "timezone": "UTC", "language": "en"})
        call = {"source": "bench", "external_id": "1", "project_id": project["id"], "duration_s": 60}
        pushed = await _made(client, "/calls", call | {"started_at": "2026-11-02T09:00:00Z"})
        people = [
            {"name": f"Guest {number}", "email": f"guest{number}@example.com", "role": "client"}
            for number in range(guests)
        ]
        wanted = {"name": "Bench", "scorecard_id": scorecard["id"], "call_ids": [pushed["id"]], "participants": people}
        session = await _made(client, "/calibration-sessions", wanted)
        links = await _made(client, f"/calibration-sessions/{session['id']}/invitations", {})
        await _made(client, f"/calibration-sessions/{session['id']}/open")
        return UUID(session["id"]), [link["token"] for link in links["items"]]


async def _made(client: httpx.AsyncClient, path: str, content: Any = None) -> dict[str, Any]:
    answer = await client.post(path, json=content)
    if not answer.is_success:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
    made: dict[str, Any] = answer.json()
    return made
