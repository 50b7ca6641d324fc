"""SQL of sign-in and authentication, which every request runs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.models import TenantModel, UserModel
from app.platform.sql import driver_sql

_ACTIVE_USER = "SELECT role, full_name FROM users WHERE id = $1 AND active"
_API_KEY = "SELECT name, key_hash, scopes, created_by, expires_at, revoked_at FROM api_keys WHERE id = $1"

_FAILURES = """
SELECT failures, extract(epoch FROM window_started_at + make_interval(secs => $2) - now())::float8 AS left_s
FROM sign_in_failures WHERE key = $1
"""
_COUNT_FAILURE = """
INSERT INTO sign_in_failures AS f (key, failures, window_started_at) VALUES ($1, 1, now())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN f.window_started_at + make_interval(secs => $2) > now() THEN f.failures + 1 ELSE 1 END,
    window_started_at =
        CASE WHEN f.window_started_at + make_interval(secs => $2) > now() THEN f.window_started_at ELSE now() END
"""


async def active_user(session: AsyncSession, user_id: UUID) -> Row[Any] | None:
    return (await driver_sql(session, _ACTIVE_USER, user_id)).one_or_none()


async def api_key(session: AsyncSession, key_id: UUID) -> Row[Any] | None:
    return (await driver_sql(session, _API_KEY, key_id)).one_or_none()


async def users_by_email(session: AsyncSession, email: str, tenant_slug: str | None) -> list[UserModel]:
    """The active users of that name, in every tenant or in one; in the system scope."""
    query = select(UserModel).where(UserModel.email == email.lower(), UserModel.active)
    if tenant_slug:
        query = query.join(TenantModel, TenantModel.id == UserModel.tenant_id).where(TenantModel.slug == tenant_slug)
    return list(await session.scalars(query.limit(20)))


async def recent_failures(session: AsyncSession, key: str, window_s: int) -> tuple[int, float]:
    """Failed attempts in the current window, and the seconds it still lasts."""
    row = (await driver_sql(session, _FAILURES, key, float(window_s))).one_or_none()
    if row is None or row.left_s <= 0:
        return 0, 0.0
    return int(row.failures), float(row.left_s)


async def count_failure(session: AsyncSession, key: str, window_s: int) -> None:
    await driver_sql(session, _COUNT_FAILURE, key, float(window_s))


async def forget_failures(session: AsyncSession, key: str) -> None:
    await driver_sql(session, "DELETE FROM sign_in_failures WHERE key = $1", key)
