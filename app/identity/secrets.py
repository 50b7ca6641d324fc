"""Passwords, access tokens, API keys and guest tokens: made and read. Nothing here asks the database."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.platform import clock
from app.platform.errors import Unauthenticated

_hasher = PasswordHasher()
# Verified when there is no such user, so that the answer takes as long as when there is one.
_DECOY_HASH = _hasher.hash("there is no such user")

KEY_PREFIX = "qmt_"
GUEST_PREFIX = "qmtg_"
_ALGORITHM = "HS256"


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    try:
        _hasher.verify(stored or _DECOY_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def make_token(tenant_id: UUID, user_id: UUID, *, key: str, lifetime: timedelta) -> str:
    now = clock.now()
    payload = {"sub": str(user_id), "ten": str(tenant_id), "iat": now, "exp": now + lifetime}
    return jwt.encode(payload, key, algorithm=_ALGORITHM)


def read_token(text: str, *, key: str) -> tuple[UUID, UUID]:
    """The tenant and the user of an access token; Unauthenticated unless it is signed and has not expired."""
    tenant_id, user_id, expires = _verify_token(text, key)
    if expires <= time.time():
        raise Unauthenticated("the access token has expired")
    return tenant_id, user_id


@lru_cache(maxsize=10_000)
def _verify_token(text: str, key: str) -> tuple[UUID, UUID, int]:
    """The tenant, the user and the expiry of a signed token. Kept: a client sends the same token many times."""
    try:
        payload = jwt.decode(
            text, key, algorithms=[_ALGORITHM], options={"require": ["exp", "sub"], "verify_exp": False}
        )
        return UUID(payload["ten"]), UUID(payload["sub"]), int(payload["exp"])
    except (jwt.PyJWTError, KeyError, ValueError, AttributeError, TypeError, OverflowError) as error:
        raise Unauthenticated("the access token is not valid") from error


def make_key(tenant_id: UUID, key_id: UUID) -> tuple[str, bytes]:
    """An API key and the hash that is stored. The key names its tenant, so that it is looked up inside it."""
    secret = secrets.token_bytes(32)
    return KEY_PREFIX + _encode(tenant_id.bytes + key_id.bytes + secret), _hash(secret)


def read_key(text: str) -> tuple[UUID, UUID, bytes]:
    """The tenant, the id and the hash of the secret of an API key; Unauthenticated unless it is well-formed."""
    return _read_secret(text.removeprefix(KEY_PREFIX), "the API key is not valid")


def make_guest_token(tenant_id: UUID, guest_id: UUID, generation: int, *, key: str) -> tuple[str, bytes]:
    """The token in a guest's link, and the hash that is stored.

    It follows from the signing key, so that a mail can be written later than the link was made without storing the
    token. Each generation has another one.
    """
    message = b"guest" + tenant_id.bytes + guest_id.bytes + generation.to_bytes(8)
    secret = hmac.digest(key.encode(), message, "sha256")
    return GUEST_PREFIX + _encode(tenant_id.bytes + guest_id.bytes + secret), _hash(secret)


def read_guest_token(text: str) -> tuple[UUID, UUID, bytes]:
    """The tenant, the id and the hash of the secret of a guest token; Unauthenticated unless it is well-formed."""
    return _read_secret(text.removeprefix(GUEST_PREFIX), "the link is not valid")


def _read_secret(text: str, refusal: str) -> tuple[UUID, UUID, bytes]:
    """What `_encode` has written of a tenant's id, another id and 32 secret bytes."""
    try:
        raw = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated(refusal) from error
    if len(raw) != 64:
        raise Unauthenticated(refusal)
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), _hash(raw[32:])


def key_prefix(tenant_id: UUID, key_id: UUID) -> str:
    """The beginning of a key, as far as it follows from the two ids and holds nothing of the secret."""
    ids = tenant_id.bytes + key_id.bytes
    return KEY_PREFIX + _encode(ids)[: len(ids) * 8 // 6]


def same_hash(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _hash(secret: bytes) -> bytes:
    # The secret has 256 random bits: a slow hash would not make it safer.
    return hashlib.sha256(secret).digest()
