"""`Idempotency-Key`: a POST that is sent again is answered again, not done again.

The key is written in the transaction of the request. A request that failed leaves no key and may be sent again. Of two
requests with the same key at the same time the second is refused at once and may be sent again after a second; it does
not wait, because it would hold a database connection meanwhile.

An answer that holds a secret (a new API key) is not stored, or the secret could be read in the database. Such a request
is refused when it is sent again: it was done, and its answer is gone.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from app.api.context import app_context
from app.api.errors import KeyInUse, KeyReused, SecretShownOnce
from app.identity import Principal
from app.platform import idempotency_store
from app.platform.database import Session
from app.platform.errors import invalid
from app.platform.idempotency_store import StoredAnswer

KEY = "^[ -~]{1,255}$"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def applies(request: Request) -> bool:
    return request.method == "POST" and "idempotency-key" in request.headers


async def answer_once(
    request: Request, session: Session, principal: Principal, handler: Handler, *, secret_answer: bool
) -> Response:
    """The handler's answer, or the stored one where the request was served before."""
    key = request.headers["idempotency-key"]
    if not re.fullmatch(KEY, key):
        raise invalid("Idempotency-Key", "the key must have 1 to 255 printable ASCII characters")
    fingerprint = await _fingerprint(request)
    if not await idempotency_store.claim(session, principal.id, key, fingerprint):
        return await _replay(session, principal, key, fingerprint)
    response = await handler(request)
    if not secret_answer:
        answer = StoredAnswer(fingerprint, response.status_code, response.media_type, bytes(response.body))
        await idempotency_store.store(session, principal.id, key, answer)
    return response


async def _fingerprint(request: Request) -> bytes:
    # Keyed: a body may hold a password, which could be guessed at full speed from a plain digest.
    digest = hmac.new(app_context(request).settings.signing_key.encode(), digestmod=hashlib.sha256)
    digest.update(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return digest.digest()


async def _replay(session: Session, principal: Principal, key: str, fingerprint: bytes) -> Response:
    stored = await idempotency_store.read(session, principal.id, key)
    if stored is None:
        raise KeyInUse("another request with this Idempotency-Key is being served: send this one again in a second")
    if stored.fingerprint != fingerprint:
        raise KeyReused("this Idempotency-Key was used with another path or body")
    if stored.status is None:
        raise SecretShownOnce("this Idempotency-Key was used before: revoke what was made then, and make another")
    return Response(
        content=stored.body,
        status_code=stored.status,
        media_type=stored.media_type,
        headers={"Idempotent-Replayed": "true"},
    )
