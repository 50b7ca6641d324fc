"""API keys: how other systems authenticate. A key is shown once and stored as a hash."""

from datetime import datetime
from uuid import UUID

from app import events
from app.identity import repository, secrets
from app.identity.events import ApiKeyCreated, ApiKeyRevoked
from app.identity.models import ApiKeyModel
from app.identity.policies import permissions_of
from app.identity.types import ApiKey, Principal, PrincipalKind, Role
from app.platform import clock
from app.platform.database import Session
from app.platform.database.records import page_of_records
from app.platform.errors import Forbidden, invalid, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


async def create_api_key(
    session: Session,
    principal: Principal,
    *,
    name: str,
    scopes: list[str],
    expires_at: datetime | None,
    user_id: UUID | None = None,
) -> tuple[ApiKey, str]:
    """A new key's record, and the key itself, which is shown only once.

    The key acts for `user_id`; if that is not given, for the user who creates it.
    """
    if principal.kind is not PrincipalKind.USER:
        raise Forbidden("a key cannot make another key: sign in as a user")
    if expires_at is not None and expires_at <= clock.now():
        raise invalid("/expires_at", "lies in the past")
    acts_for = user_id or principal.id
    await _check_scopes(session, acts_for, scopes)
    record = ApiKey(
        tenant_id=principal.tenant_id,
        id=new_id(),
        name=name,
        scopes=sorted(set(scopes)),
        user_id=acts_for,
        created_by=principal.id,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    key, key_hash = secrets.make_key(record.tenant_id, record.id)
    await repository.insert_api_key(session, record, key_hash)
    await events.record(session, ApiKeyCreated(subject_id=record.id, after=record))
    return record, key


async def _check_scopes(session: Session, user_id: UUID, scopes: list[str]) -> None:
    user = await repository.active_user(session, user_id)
    if user is None:
        raise invalid("/user_id", "is not an active user of this tenant")
    beyond = sorted(set(scopes) - permissions_of(Role(user.role)))
    if beyond:
        raise Forbidden(f"a key cannot do more than its user, who has no {', '.join(beyond)}")


async def list_api_keys(session: Session, page: PageRequest) -> Page[ApiKey]:
    return await page_of_records(session, ApiKeyModel, ApiKey, page)


async def revoke_api_key(session: Session, key_id: UUID) -> None:
    """Revoke a key for good; doing it again changes nothing."""
    key = require_found(await repository.lock_api_key(session, key_id), "API key", key_id)
    if key.revoked_at is None:
        await repository.revoke_api_key(session, key_id, clock.now())
        await events.record(session, ApiKeyRevoked(subject_id=key_id))
