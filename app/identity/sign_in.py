"""Signing in with a password.

Guessing is limited per name, whoever guesses: so many attempts within a window, then a pause until it ends, known name
or not. An attempt is counted, and committed, before its password is looked at, so that a hundred sent at once get no
further than those sent one by one; a success starts the count anew. What a stranger can do with this to somebody
else is small: attempts made during the pause do not lengthen it, tokens and API keys go on working in it, and
a name given with its tenant's slug is counted apart from the bare name.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.identity import repository, secrets
from app.identity.emails import canonical_email
from app.identity.models import UserModel
from app.platform.actor import Actor, act_as
from app.platform.errors import TooManyRequests, Unauthenticated
from app.platform.settings import Settings

Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]


class SignInRefused(Unauthenticated):
    code = "sign_in_refused"


@dataclass(frozen=True, slots=True)
class AccessToken:
    token: str
    expires_in: int
    tenant_id: UUID
    user_id: UUID


async def sign_in(
    begin: Begin, settings: Settings, *, email: str, password: str, tenant_slug: str | None
) -> AccessToken:
    """An access token for the user of that name and password.

    `begin` begins a transaction in the system scope, for the tenant is not known yet. None is open while
    the password is checked, which is slow by design.
    """
    name = canonical_email(email)
    counter = hashlib.sha256(f"{tenant_slug or ''}/{name}".encode()).hexdigest()
    async with begin() as session:
        await _count_attempt(session, settings, counter)
        candidates = await repository.users_by_email(session, name, tenant_slug)
    matching = await asyncio.to_thread(_matching, candidates, password)
    if len(matching) != 1:
        raise SignInRefused(_why(matching))
    async with begin() as session:
        await repository.forget_attempts(session, counter)
        return await _token(session, settings, matching[0])


async def _count_attempt(session: AsyncSession, settings: Settings, counter: str) -> None:
    attempts, left_s = await repository.count_attempt(session, counter, settings.sign_in_window_s)
    if attempts > settings.sign_in_attempts:
        raise TooManyRequests(
            f"{settings.sign_in_attempts} attempts failed; the next is possible in {left_s:.0f} s",
            retry_after_s=int(left_s) + 1,
        )


def _matching(candidates: list[UserModel], password: str) -> list[UserModel]:
    if not candidates:
        secrets.password_matches(password, None)
    return [user for user in candidates if secrets.password_matches(password, user.password_hash)]


def _why(matching: list[UserModel]) -> str:
    if matching:
        return "this name and password exist in several tenants: give the tenant's slug as client_id"
    return "the name or the password is wrong"


async def _token(session: AsyncSession, settings: Settings, user: UserModel) -> AccessToken:
    lifetime = timedelta(minutes=settings.access_token_minutes)
    token = secrets.make_token(user.tenant_id, user.id, key=settings.signing_key, lifetime=lifetime)
    act_as(session, Actor("user", user.id))
    await events.record(session, "user.signed_in", subject=("user", user.id), tenant_id=user.tenant_id)
    return AccessToken(token, int(lifetime.total_seconds()), user.tenant_id, user.id)
