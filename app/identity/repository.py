"""SQL of identity: authentication, sign-in, and what tenants, users, agents and keys need beyond plain records.

`users` and `tenants` have policies for the system scope too, and the planner cannot tell which policy will apply.
Statements on them name the tenant, so that they find their rows by the primary key.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from app.identity.models import ApiKeyModel, GuestModel, UserModel
from app.identity.types import Agent, AgentFilter, ApiKey, Guest, Role, User
from app.platform.database import Row, Session, Where, escape_like
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import columns_of, insert_row, page_of_records, read_as
from app.platform.models import TenantModel
from app.platform.pagination import Page, PageRequest

_ACTIVE_USER = "SELECT role, full_name FROM users WHERE tenant_id = :tenant_id AND id = :id AND active"
_API_KEY_WITH_USER = """
SELECT k.name, k.key_hash, k.scopes, k.expires_at, k.revoked_at, k.user_id, u.role, u.active
FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
WHERE k.tenant_id = :tenant_id AND k.id = :id
"""

_ACCOUNTS = "SELECT u.tenant_id, u.id, u.password_hash FROM users u JOIN tenants t ON t.id = u.tenant_id"
# An attempt counts as failed until a success resets the count.
_COUNT_ATTEMPT = """
INSERT INTO sign_in_failures AS f (key, failures, window_started_at) VALUES (:key, 1, now())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN f.window_started_at + make_interval(secs => :window_s) > now() THEN f.failures + 1 ELSE 1 END,
    window_started_at =
        CASE WHEN f.window_started_at + make_interval(secs => :window_s) > now() THEN f.window_started_at ELSE now() END
RETURNING failures, extract(epoch FROM window_started_at + make_interval(secs => :window_s) - now())::float8 AS left_s
"""
_REMOVE_SIGN_IN_FAILURES = """
DELETE FROM sign_in_failures WHERE key IN (
    SELECT key FROM sign_in_failures WHERE window_started_at < now() - interval '24 hours'
    LIMIT :limit FOR UPDATE SKIP LOCKED)
"""
_RESET_ATTEMPTS = "DELETE FROM sign_in_failures WHERE key = :key"

_USER = """
SELECT id, email, full_name, role, active, timezone, version FROM users WHERE tenant_id = :tenant_id AND id = :id
"""
_SET_HASH = "UPDATE users SET password_hash = :password_hash WHERE tenant_id = :tenant_id AND id = :id"
_ROLE_OF_USER = "SELECT role FROM users WHERE tenant_id = :tenant_id AND id = :id"
# Locked in one order: of two administrators who remove each other at the same time one must wait for the other.
_ADMINS = """
SELECT id FROM users WHERE tenant_id = :tenant_id AND role = 'admin' AND active ORDER BY id FOR NO KEY UPDATE
"""
_LINKS_OF_USER = """
SELECT EXISTS (SELECT FROM agents WHERE user_id = :id) AS is_agent,
       EXISTS (SELECT FROM teams WHERE leader_id = :id) AS leads
"""

_AGENT = """
SELECT a.id, a.external_id, a.full_name, a.team_id, a.supervisor_id, a.user_id, a.hired_on, a.left_on, a.version,
       ARRAY(SELECT p.project_id FROM agent_projects p
             WHERE p.tenant_id = a.tenant_id AND p.agent_id = a.id ORDER BY p.project_id) AS project_ids
FROM agents a
"""
_AGENTS_OF_PROJECT = """
EXISTS (SELECT FROM agent_projects p
        WHERE p.tenant_id = a.tenant_id AND p.agent_id = a.id AND p.project_id = :project_id)
"""
_BY_AGENT_ID = Keyset({"a.id": UUID})
_LOCK_EXTERNAL_ID = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
_SET_PROJECTS = """
WITH removed AS (
    DELETE FROM agent_projects WHERE agent_id = :agent_id AND project_id <> ALL (:project_ids::uuid[])
)
INSERT INTO agent_projects (tenant_id, agent_id, project_id) SELECT :tenant_id, :agent_id, unnest(:project_ids::uuid[])
ON CONFLICT DO NOTHING
"""
_REFERENCES_OF_AGENT = """
SELECT EXISTS (SELECT FROM teams WHERE id = :team_id) AS team,
       EXISTS (SELECT FROM users WHERE tenant_id = :tenant_id AND id = :supervisor_id) AS supervisor,
       (SELECT role FROM users WHERE tenant_id = :tenant_id AND id = :user_id) AS user_role,
       ARRAY(SELECT id FROM projects WHERE id = ANY (:project_ids::uuid[])) AS projects
"""

_LOCK_API_KEY = "SELECT revoked_at FROM api_keys WHERE id = :id FOR NO KEY UPDATE"
_REVOKE_API_KEY = "UPDATE api_keys SET revoked_at = :at WHERE id = :id"

_GUEST_WITH_HASH = "SELECT name, invited_to, token_hash, expires_at, revoked_at FROM guests WHERE id = :id"
_GUESTS = """
SELECT id, invited_to, name, email, timezone, generation, created_at, expires_at, revoked_at
FROM guests
"""
_CHANGE_GUEST = """
UPDATE guests
SET generation = :generation, token_hash = coalesce(:token_hash::bytea, token_hash), expires_at = :expires_at,
    revoked_at = :revoked_at
WHERE id = :id
"""


async def active_user(session: Session, user_id: UUID) -> Row | None:
    return await session.fetch_optional(_ACTIVE_USER, tenant_id=session.tenant_id, id=user_id)


async def api_key_with_user(session: Session, key_id: UUID) -> Row | None:
    """A key, valid or not, with the role of the user that it acts for."""
    return await session.fetch_optional(_API_KEY_WITH_USER, tenant_id=session.tenant_id, id=key_id)


async def accounts_by_email(session: Session, email: str, tenant_slug: str | None) -> list[Row]:
    """The active users with that canonical address, in every tenant or in one; in the system scope."""
    where = Where().add("u.active AND u.email = :email", email=email).given("t.slug = :slug", slug=tenant_slug)
    return await session.fetch_all(f"{_ACCOUNTS} WHERE {where.sql} LIMIT 20", **where.values)


async def count_attempt(session: Session, key: str, window_s: int) -> tuple[int, float]:
    """The attempts of the current window, this one included, and the seconds until the window ends."""
    row = await session.fetch_one(_COUNT_ATTEMPT, key=key, window_s=float(window_s))
    return int(row.failures), float(row.left_s)


async def reset_attempts(session: Session, key: str) -> None:
    await session.execute(_RESET_ATTEMPTS, key=key)


async def insert_tenant(session: Session, tenant_id: UUID, slug: str, name: str) -> None:
    await insert_row(session, TenantModel, id=tenant_id, slug=slug, name=name)


async def tenant_slugs(session: Session) -> list[str]:
    return await session.fetch_column("SELECT slug FROM tenants")


async def insert_user(session: Session, tenant_id: UUID, user: User, password_hash: str) -> None:
    await insert_row(
        session, UserModel, tenant_id=tenant_id, **columns_of(user, UserModel), password_hash=password_hash
    )


async def user_by_id(session: Session, user_id: UUID) -> User | None:
    row = await session.fetch_optional(_USER, tenant_id=session.tenant_id, id=user_id)
    return None if row is None else read_as(User, row)


async def list_users(session: Session, page: PageRequest, role: Role | None, *, active: bool | None) -> Page[User]:
    where = Where().add("tenant_id = :tenant_id", tenant_id=session.tenant_id)
    where.given("role = :role", role=role).given("active = :active", active=active)
    return await page_of_records(session, UserModel, User, page, where)


async def set_password_hash(session: Session, user_id: UUID, password_hash: str) -> None:
    await session.execute(_SET_HASH, tenant_id=session.tenant_id, id=user_id, password_hash=password_hash)


async def lock_other_admins(session: Session, user_id: UUID) -> bool:
    """Whether the tenant has another active administrator. They stay so until the transaction ends."""
    admins = await session.fetch_column(_ADMINS, tenant_id=session.tenant_id)
    return any(admin_id != user_id for admin_id in admins)


async def links_of_user(session: Session, user_id: UUID) -> Row:
    return await session.fetch_one(_LINKS_OF_USER, id=user_id)


async def role_of_user(session: Session, user_id: UUID) -> str | None:
    role: str | None = await session.fetch_value(_ROLE_OF_USER, tenant_id=session.tenant_id, id=user_id)
    return role


async def agent_by_id(session: Session, agent_id: UUID) -> Agent | None:
    row = await session.fetch_optional(f"{_AGENT} WHERE a.id = :id", id=agent_id)
    return None if row is None else _agent(row)


async def lock_agent(session: Session, external_id: str) -> Agent | None:
    """The agent, locked until the transaction ends."""
    statement = f"{_AGENT} WHERE a.external_id = :external_id FOR NO KEY UPDATE OF a"
    row = await session.fetch_optional(statement, external_id=external_id)
    return None if row is None else _agent(row)


async def list_agents(session: Session, page: PageRequest, wanted: AgentFilter, *, today: date) -> Page[Agent]:
    where = (
        Where()
        .given("a.team_id = :team_id", team_id=wanted.team_id)
        .given(_AGENTS_OF_PROJECT, project_id=wanted.project_id)
        .given(
            "a.full_name ILIKE :pattern OR a.external_id ILIKE :pattern",
            pattern=None if wanted.q is None else f"%{escape_like(wanted.q)}%",
        )
    )
    if wanted.active is not None:
        where.add("(a.left_on IS NULL OR a.left_on >= :today) = :active", today=today, active=wanted.active)
    return await fetch_page(session, _AGENT, where, page, keyset=_BY_AGENT_ID, read=_agent)


def _agent(row: Row) -> Agent:
    agent = read_as(Agent, row)
    return replace(agent, project_ids=tuple(agent.project_ids))


async def lock_external_id(session: Session, external_id: str) -> None:
    """Lock the external id: no other transaction creates an agent with it until this one ends."""
    await session.fetch_value(_LOCK_EXTERNAL_ID, name=f"agent/{session.tenant_id}/{external_id}")


async def set_projects(session: Session, agent_id: UUID, project_ids: Sequence[UUID]) -> None:
    await session.execute(_SET_PROJECTS, tenant_id=session.tenant_id, agent_id=agent_id, project_ids=project_ids)


async def references_of_agent(session: Session, agent: Agent) -> Row:
    """Which of the rows that the agent refers to exist."""
    return await session.fetch_one(
        _REFERENCES_OF_AGENT,
        tenant_id=session.tenant_id,
        team_id=agent.team_id,
        supervisor_id=agent.supervisor_id,
        user_id=agent.user_id,
        project_ids=agent.project_ids,
    )


async def insert_api_key(session: Session, key: ApiKey, key_hash: bytes) -> None:
    await insert_row(session, ApiKeyModel, **columns_of(key, ApiKeyModel), key_hash=key_hash)


async def lock_api_key(session: Session, key_id: UUID) -> Row | None:
    """The time of revocation of a key, which is locked until the transaction ends."""
    return await session.fetch_optional(_LOCK_API_KEY, id=key_id)


async def revoke_api_key(session: Session, key_id: UUID, at: datetime) -> None:
    await session.execute(_REVOKE_API_KEY, id=key_id, at=at)


async def guest_with_hash(session: Session, guest_id: UUID) -> Row | None:
    """A guest, whose link may be valid or not."""
    return await session.fetch_optional(_GUEST_WITH_HASH, id=guest_id)


async def insert_guest(session: Session, guest: Guest, token_hash: bytes) -> None:
    values = columns_of(guest, GuestModel)
    await insert_row(session, GuestModel, tenant_id=session.tenant_id, **values, token_hash=token_hash)


async def guest_by_id(session: Session, guest_id: UUID) -> Guest | None:
    row = await session.fetch_optional(f"{_GUESTS} WHERE id = :id", id=guest_id)
    return None if row is None else read_as(Guest, row)


async def lock_guest(session: Session, guest_id: UUID) -> Guest | None:
    """The guest, locked until the transaction ends."""
    row = await session.fetch_optional(f"{_GUESTS} WHERE id = :id FOR NO KEY UPDATE", id=guest_id)
    return None if row is None else read_as(Guest, row)


async def change_guest(session: Session, guest: Guest, token_hash: bytes | None = None) -> None:
    """Write the link of a guest; without a hash the token stays."""
    await session.execute(
        _CHANGE_GUEST,
        id=guest.id,
        generation=guest.generation,
        token_hash=token_hash,
        expires_at=guest.expires_at,
        revoked_at=guest.revoked_at,
    )


async def remove_sign_in_failures(session: Session, limit: int) -> int:
    """Remove failed sign-ins of a day ago; how many there were."""
    return await session.execute(_REMOVE_SIGN_IN_FAILURES, limit=limit)
