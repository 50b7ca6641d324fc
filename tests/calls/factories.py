"""Calls and recordings to test with."""

import io
from typing import Any
from uuid import UUID, uuid4

import av
import httpx
import numpy as np

from tests.people import AGENTS, Centre

RATE = 8000


def call_body(project_id: UUID, /, **changes: Any) -> dict[str, Any]:
    """A call of the first agent with an id of its own."""
    return {
        "source": "crm",
        "external_id": uuid4().hex,
        "project_id": str(project_id),
        "agent_external_id": AGENTS[0],
        "started_at": "2026-11-02T09:14:05Z",
        "duration_s": 312,
        "direction": "inbound",
    } | changes


async def push_call(client: httpx.AsyncClient, project_id: UUID, /, **changes: Any) -> dict[str, Any]:
    """The call as the service gives it back; `client` must be allowed to write calls."""
    answer = await client.post("/v1/calls", json=call_body(project_id, **changes))
    assert answer.status_code in (200, 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


def tone(seconds: float = 1.0, *, channels: int = 2, container: str = "wav", codec: str = "pcm_s16le") -> bytes:
    """A sound file with a tone of another height on each channel."""
    moments = np.arange(int(seconds * RATE)) / RATE
    sound = np.stack([np.sin(2 * np.pi * 220 * (number + 1) * moments) for number in range(channels)])
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE, layout="stereo" if channels == 2 else "mono")
        assert isinstance(stream, av.AudioStream)
        samples = (sound * 12_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T).reshape(1, -1), format="s16", layout=stream.layout.name
        )
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)
    return buffer.getvalue()


async def store_recording(client: httpx.AsyncClient, call_id: str, content: bytes | None = None) -> dict[str, Any]:
    """The stored recording as the service describes it; two channels of a second if none is given."""
    answer = await client.put(f"/v1/calls/{call_id}/recording", content=tone() if content is None else content)
    assert answer.status_code in (200, 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


async def recorded_call(centre: Centre, **changes: Any) -> dict[str, Any]:
    """A call with a recording."""
    call = await push_call(centre.admin, centre.project_id, **changes)
    await store_recording(centre.admin, call["id"])
    return call
