"""Signing in with a password.

Guessing is limited per account, whoever guesses and under whichever tenant the account is: so many attempts within a
window, then a pause until it ends. A name that nobody has is limited the same way. An attempt is counted, and
committed, before its password is looked at, so that a hundred sent at once get no further than those sent one by one.
A success starts the count of the account that was signed in to anew, and of no other: whoever has an account of the
same name in another tenant cannot wipe out the traces of guessing. What a stranger can do with this to somebody else
is small: attempts made during the pause do not lengthen it, and tokens and API keys go on working in it.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app import events
from app.identity import repository, secrets
from app.identity.emails import canonical_email
from app.platform.actor import Actor
from app.platform.database import Row, Session, TransactionFactory
from app.platform.database.session import act_as
from app.platform.errors import TooManyRequests, Unauthenticated
from app.platform.settings import Settings


class SignInRefused(Unauthenticated):
    code = "sign_in_refused"


@dataclass(frozen=True, slots=True)
class AccessToken:
    token: str
    expires_in: int
    tenant_id: UUID
    user_id: UUID


async def sign_in(
    begin: TransactionFactory, settings: Settings, *, email: str, password: str, tenant_slug: str | None
) -> AccessToken:
    """An access token for the user of that name and password.

    `begin` begins a transaction in the system scope, for the tenant is not known yet. None is open while
    the password is checked, which is slow by design.
    """
    name = canonical_email(email)
    async with begin() as session:
        found = await repository.users_by_email(session, name, tenant_slug)
        candidates = await _still_allowed(session, settings, name, found)
    matching = await asyncio.to_thread(_matching, candidates, password)
    if len(matching) != 1:
        # The same words whatever is wrong: that a password fits in two tenants must not be told either.
        raise SignInRefused(
            "the name or the password is wrong; where a name is used in several tenants, give the tenant's slug as "
            "client_id"
        )
    async with begin() as session:
        await repository.forget_attempts(session, _counter(matching[0].id))
        return await _token(session, settings, matching[0])


async def _still_allowed(session: Session, settings: Settings, name: str, found: list[Row]) -> list[Row]:
    """Count the attempt against every account it may be meant for; those that have not been tried too often."""
    allowed, waits = [], []
    for user in found:
        attempts, left_s = await repository.count_attempt(session, _counter(user.id), settings.sign_in_window_s)
        if attempts <= settings.sign_in_attempts:
            allowed.append(user)
        waits.append(left_s)
    if not found:
        attempts, left_s = await repository.count_attempt(session, _counter(name), settings.sign_in_window_s)
        if attempts <= settings.sign_in_attempts:
            return []
        waits.append(left_s)
    if not allowed:
        raise TooManyRequests(
            f"{settings.sign_in_attempts} attempts failed; the next is possible in {min(waits):.0f} s",
            retry_after_s=int(min(waits)) + 1,
        )
    return allowed


def _counter(account: UUID | str) -> str:
    return hashlib.sha256(str(account).encode()).hexdigest()


def _matching(candidates: list[Row], password: str) -> list[Row]:
    if not candidates:
        secrets.password_matches(password, None)
    return [user for user in candidates if secrets.password_matches(password, user.password_hash)]


async def _token(session: Session, settings: Settings, user: Row) -> AccessToken:
    lifetime = timedelta(minutes=settings.access_token_minutes)
    token = secrets.make_token(user.tenant_id, user.id, key=settings.signing_key, lifetime=lifetime)
    act_as(session, Actor("user", user.id))
    await events.record(session, "user.signed_in", subject=("user", user.id), tenant_id=user.tenant_id)
    return AccessToken(token, int(lifetime.total_seconds()), user.tenant_id, user.id)
