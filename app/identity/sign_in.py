"""Signing in with a password. Failed attempts are counted per name, whoever makes them."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.identity import repository, secrets
from app.identity.models import UserModel
from app.platform.actor import Actor, act_as
from app.platform.errors import TooManyRequests, Unauthenticated
from app.platform.settings import Settings


class SignInRefused(Unauthenticated):
    code = "sign_in_refused"
    keeps_work = True


@dataclass(frozen=True, slots=True)
class AccessToken:
    token: str
    expires_in: int
    tenant_id: UUID
    user_id: UUID


async def sign_in(
    session: AsyncSession, settings: Settings, *, email: str, password: str, tenant_slug: str | None
) -> AccessToken:
    """An access token for the user of that name and password; in the system scope, for the tenant is not known yet."""
    key = hashlib.sha256(f"{tenant_slug or ''}/{email.lower()}".encode()).hexdigest()
    await _refuse_when_tried_too_often(session, settings, key)
    candidates = await repository.users_by_email(session, email, tenant_slug)
    matching = await asyncio.to_thread(_matching, candidates, password)
    if len(matching) != 1:
        await repository.count_failure(session, key, settings.sign_in_window_s)
        raise SignInRefused(_why(matching))
    await repository.forget_failures(session, key)
    return await _token(session, settings, matching[0])


def _matching(candidates: list[UserModel], password: str) -> list[UserModel]:
    if not candidates:
        secrets.password_matches(password, None)
    return [user for user in candidates if secrets.password_matches(password, user.password_hash)]


def _why(matching: list[UserModel]) -> str:
    if matching:
        return "this name and password exist in several tenants: give the tenant's slug as client_id"
    return "the name or the password is wrong"


async def _refuse_when_tried_too_often(session: AsyncSession, settings: Settings, key: str) -> None:
    failures, left_s = await repository.recent_failures(session, key, settings.sign_in_window_s)
    if failures >= settings.sign_in_attempts:
        raise TooManyRequests(
            f"{failures} failed attempts; the next is possible in {left_s:.0f} s", retry_after_s=int(left_s) + 1
        )


async def _token(session: AsyncSession, settings: Settings, user: UserModel) -> AccessToken:
    lifetime = timedelta(minutes=settings.access_token_minutes)
    token = secrets.make_token(user.tenant_id, user.id, key=settings.signing_key, lifetime=lifetime)
    act_as(session, Actor("user", user.id))
    await events.record(session, "user.signed_in", subject=("user", user.id), tenant_id=user.tenant_id)
    return AccessToken(token, int(lifetime.total_seconds()), user.tenant_id, user.id)
