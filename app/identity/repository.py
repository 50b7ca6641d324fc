"""SQL of identity: what every request runs to authenticate, sign-in, and what people and agents need beyond records."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.identity.models import ApiKeyModel, UserModel
from app.identity.types import Agent, AgentFilter
from app.platform.database import Row, Session, Where, escape_like
from app.platform.database.compat import driver_sql
from app.platform.database.records import Identified, columns_of, insert_record, insert_row
from app.platform.pagination import PageRequest

_ACTIVE_USER = "SELECT role, full_name FROM users WHERE id = $1 AND active"
_ACCOUNTS = """
SELECT u.tenant_id, u.id, u.password_hash FROM users u JOIN tenants t ON t.id = u.tenant_id
"""
_API_KEY = """
SELECT k.name, k.key_hash, k.scopes, k.expires_at, k.revoked_at, k.user_id, u.role, u.active
FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
WHERE k.id = $1
"""

# An attempt counts as failed until a success forgets it.
_COUNT_ATTEMPT = """
INSERT INTO sign_in_failures AS f (key, failures, window_started_at) VALUES ($1, 1, now())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN f.window_started_at + make_interval(secs => $2) > now() THEN f.failures + 1 ELSE 1 END,
    window_started_at =
        CASE WHEN f.window_started_at + make_interval(secs => $2) > now() THEN f.window_started_at ELSE now() END
RETURNING failures, extract(epoch FROM window_started_at + make_interval(secs => $2) - now())::float8 AS left_s
"""

# Locked in one order: of two administrators who remove each other at the same time one comes second.
_ADMINS = "SELECT id FROM users WHERE role = 'admin' AND active ORDER BY id FOR NO KEY UPDATE"
_LINKS_OF_USER = """
SELECT EXISTS (SELECT FROM agents WHERE user_id = $1) AS is_agent,
       EXISTS (SELECT FROM teams WHERE leader_id = $1) AS leads
"""

_AGENT = """
SELECT a.id, a.external_id, a.full_name, a.team_id, a.supervisor_id, a.user_id, a.hired_on, a.left_on, a.version,
       ARRAY(SELECT p.project_id FROM agent_projects p
             WHERE p.tenant_id = a.tenant_id AND p.agent_id = a.id ORDER BY p.project_id) AS project_ids
FROM agents a
"""
_AGENT_BY_ID = f"{_AGENT} WHERE a.id = $1"
_AGENT_TO_CHANGE = f"{_AGENT} WHERE a.external_id = $1 FOR NO KEY UPDATE OF a"
_AGENTS = f"""
{_AGENT}
WHERE ($1::uuid IS NULL OR a.team_id = $1)
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM agent_projects p WHERE p.tenant_id = a.tenant_id
                                   AND p.agent_id = a.id AND p.project_id = $2))
  AND ($3::boolean IS NULL OR $3 = (a.left_on IS NULL OR a.left_on >= $4::date))
  AND ($5::text IS NULL OR a.full_name ILIKE $5 OR a.external_id ILIKE $5)
  AND ($6::uuid IS NULL OR a.id > $6)
ORDER BY a.id LIMIT $7
"""
_LOCK_EXTERNAL_ID = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_SET_PROJECTS = """
WITH gone AS (DELETE FROM agent_projects WHERE agent_id = $2 AND project_id <> ALL ($3::uuid[]))
INSERT INTO agent_projects (tenant_id, agent_id, project_id) SELECT $1, $2, unnest($3::uuid[])
ON CONFLICT DO NOTHING
"""
_AGENT_REFERENCES = """
SELECT EXISTS (SELECT FROM teams WHERE id = $1) AS team,
       EXISTS (SELECT FROM users WHERE id = $2) AS supervisor,
       (SELECT role FROM users WHERE id = $3) AS user_role,
       ARRAY(SELECT id FROM projects WHERE id = ANY ($4::uuid[])) AS projects
"""

_KEY_TO_REVOKE = "SELECT revoked_at FROM api_keys WHERE id = $1 FOR NO KEY UPDATE"


async def active_user(session: Session, user_id: UUID) -> Row | None:
    return (await driver_sql(session, _ACTIVE_USER, user_id)).one_or_none()


async def api_key(session: Session, key_id: UUID) -> Row | None:
    return (await driver_sql(session, _API_KEY, key_id)).one_or_none()


async def users_by_email(session: Session, email: str, tenant_slug: str | None) -> list[Row]:
    """The active users of that canonical address, in every tenant or in one; in the system scope."""
    where = Where().add("u.active AND u.email = :email", email=email).given("t.slug = :slug", slug=tenant_slug)
    return await session.fetch_all(f"{_ACCOUNTS} WHERE {where.sql} LIMIT 20", **where.values)


async def count_attempt(session: Session, key: str, window_s: int) -> tuple[int, float]:
    """The attempts of the current window with this one, and the seconds it still lasts."""
    row = (await driver_sql(session, _COUNT_ATTEMPT, key, float(window_s))).one()
    return int(row.failures), float(row.left_s)


async def forget_attempts(session: Session, key: str) -> None:
    await driver_sql(session, "DELETE FROM sign_in_failures WHERE key = $1", key)


async def insert_user(session: Session, user: Identified, password_hash: str) -> None:
    await insert_record(session, UserModel, user, password_hash=password_hash)


async def set_password_hash(session: Session, user_id: UUID, password_hash: str) -> None:
    await driver_sql(session, "UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)


async def another_admin(session: Session, user_id: UUID) -> bool:
    """Whether somebody else administers the tenant; that it stays so is ensured until the transaction ends."""
    return any(admin.id != user_id for admin in (await driver_sql(session, _ADMINS)).all())


async def links_of_user(session: Session, user_id: UUID) -> Row:
    return (await driver_sql(session, _LINKS_OF_USER, user_id)).one()


async def role_of_user(session: Session, user_id: UUID) -> str | None:
    role: str | None = await session.fetch_value("SELECT role FROM users WHERE id = :id", id=user_id)
    return role


async def agent_by_id(session: Session, agent_id: UUID) -> Row | None:
    return (await driver_sql(session, _AGENT_BY_ID, agent_id)).one_or_none()


async def agent_to_change(session: Session, external_id: str) -> Row | None:
    """The agent, locked against other changes until the transaction ends."""
    return (await driver_sql(session, _AGENT_TO_CHANGE, external_id)).one_or_none()


async def agents(session: Session, page: PageRequest, wanted: AgentFilter, *, today: date) -> Sequence[Row]:
    after = page.after(UUID)
    result = await driver_sql(
        session,
        _AGENTS,
        wanted.team_id,
        wanted.project_id,
        wanted.active,
        today,
        None if wanted.q is None else f"%{escape_like(wanted.q)}%",
        after[0] if after else None,
        page.limit + 1,
    )
    return result.all()


async def lock_external_id(session: Session, external_id: str) -> None:
    """Let nobody else make an agent of that external id until the transaction ends."""
    await driver_sql(session, _LOCK_EXTERNAL_ID, f"agent/{session.tenant_id}/{external_id}")


async def set_projects(session: Session, agent_id: UUID, project_ids: Sequence[UUID]) -> None:
    await driver_sql(session, _SET_PROJECTS, session.tenant_id, agent_id, project_ids)


async def agent_references(session: Session, agent: Agent) -> Row:
    """Which of the rows that the agent points to there are."""
    values = (agent.team_id, agent.supervisor_id, agent.user_id, agent.project_ids)
    return (await driver_sql(session, _AGENT_REFERENCES, *values)).one()


async def insert_api_key(session: Session, key: Identified, key_hash: bytes) -> None:
    await insert_row(session, ApiKeyModel, **columns_of(key, ApiKeyModel), key_hash=key_hash)


async def api_key_to_revoke(session: Session, key_id: UUID) -> Row | None:
    """When it was revoked, if it was, locked against another revocation until the transaction ends."""
    return (await driver_sql(session, _KEY_TO_REVOKE, key_id)).one_or_none()


async def revoke_api_key(session: Session, key_id: UUID, at: datetime) -> None:
    await driver_sql(session, "UPDATE api_keys SET revoked_at = $2 WHERE id = $1", key_id, at)
