"""Passwords, access tokens and API keys: made, and checked without asking the database."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.identity.types import PrincipalKind
from app.platform import clock
from app.platform.errors import Unauthenticated

_hasher = PasswordHasher()
# Checked when there is no such user, so that the answer takes as long as when there is one.
_DECOY = _hasher.hash("there is no such user")

KEY_PREFIX = "qmt_"
_ALGORITHM = "HS256"


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    try:
        _hasher.verify(stored or _DECOY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a credential says of itself. Whether it still holds is for the database to say, in that tenant."""

    kind: PrincipalKind
    tenant_id: UUID
    id: UUID
    secret_hash: bytes | None = None


def make_token(tenant_id: UUID, user_id: UUID, *, key: str, lifetime: timedelta) -> str:
    now = clock.now()
    payload = {"sub": str(user_id), "ten": str(tenant_id), "iat": now, "exp": now + lifetime}
    return jwt.encode(payload, key, algorithm=_ALGORITHM)


def make_key(tenant_id: UUID, key_id: UUID) -> tuple[str, bytes]:
    """An API key and the hash that is stored. The key names its tenant, so that it is looked up inside it."""
    secret = secrets.token_bytes(32)
    return KEY_PREFIX + _text(tenant_id.bytes + key_id.bytes + secret), _hash(secret)


def key_prefix(tenant_id: UUID, key_id: UUID) -> str:
    """How a key begins: as far as it follows from the two ids, so that nothing of the secret is told."""
    ids = tenant_id.bytes + key_id.bytes
    return KEY_PREFIX + _text(ids)[: len(ids) * 8 // 6]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_credential(text: str, *, key: str) -> Claim:
    """The claim of a bearer credential: a well-signed access token or a well-formed API key."""
    return _read_key(text) if text.startswith(KEY_PREFIX) else _read_token(text, key)


def _read_token(text: str, key: str) -> Claim:
    claim, expires = _verified(text, key)
    if expires <= time.time():
        raise Unauthenticated("the access token has expired")
    return claim


@lru_cache(maxsize=10_000)
def _verified(text: str, key: str) -> tuple[Claim, int]:
    """The claim of a well-signed token and when it expires; it is sent many times, and its signature stays good."""
    try:
        payload = jwt.decode(
            text, key, algorithms=[_ALGORITHM], options={"require": ["exp", "sub"], "verify_exp": False}
        )
        return Claim(PrincipalKind.USER, UUID(payload["ten"]), UUID(payload["sub"])), int(payload["exp"])
    except (jwt.PyJWTError, KeyError, ValueError, AttributeError, TypeError, OverflowError) as error:
        raise Unauthenticated("the access token is not valid") from error


def _read_key(text: str) -> Claim:
    try:
        raw = base64.b64decode(text[len(KEY_PREFIX) :] + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated("the API key is not valid") from error
    if len(raw) != 64:
        raise Unauthenticated("the API key is not valid")
    return Claim(PrincipalKind.API_KEY, UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), _hash(raw[32:]))


def _hash(secret: bytes) -> bytes:
    # The secret has 256 random bits: nothing is gained by a slow hash.
    return hashlib.sha256(secret).digest()


def same_hash(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
