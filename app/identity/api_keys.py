"""API keys: how other systems prove who they are. A key is shown once and stored as a hash."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.identity import repository, secrets
from app.identity.models import ApiKeyModel
from app.identity.types import Principal, PrincipalKind
from app.platform import clock
from app.platform.errors import Forbidden, NotFound, invalid
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, page_of
from app.platform.records import get_record, page_of_records


@dataclass(frozen=True, slots=True)
class ApiKey:
    tenant_id: UUID
    id: UUID
    name: str
    scopes: list[str]
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None

    @property
    def prefix(self) -> str:
        return secrets.key_prefix(self.tenant_id, self.id)


async def create_api_key(
    session: AsyncSession, principal: Principal, *, name: str, scopes: list[str], expires_at: datetime | None
) -> tuple[ApiKey, str]:
    """A new key and its text, which is not to be had again."""
    _check(principal, scopes, expires_at)
    key = ApiKey(principal.tenant_id, new_id(), name, sorted(set(scopes)), principal.id, clock.now(), expires_at)
    text, key_hash = secrets.make_key(key.tenant_id, key.id)
    await repository.insert_api_key(session, key, key_hash)
    await events.record(session, "api_key.created", subject=("api_key", key.id), after=asdict(key))
    return key, text


def _check(principal: Principal, scopes: list[str], expires_at: datetime | None) -> None:
    if principal.kind is not PrincipalKind.USER:
        raise Forbidden("a key cannot make another key: sign in as a user")
    beyond = sorted(scope for scope in scopes if not principal.may(scope))
    if beyond:
        raise Forbidden(f"a key cannot do more than its maker, who has no {', '.join(beyond)}")
    if expires_at is not None and expires_at <= clock.now():
        raise invalid("/expires_at", "lies in the past")


async def list_api_keys(session: AsyncSession, page: PageRequest) -> Page[ApiKey]:
    rows = await page_of_records(session, ApiKeyModel, ApiKey, page)
    return page_of(rows, page, lambda key: (key.id,))


async def revoke_api_key(session: AsyncSession, key_id: UUID) -> None:
    """Revoke a key for good; doing it again changes nothing."""
    if await get_record(session, ApiKeyModel, ApiKey, key_id) is None:
        raise NotFound(f"there is no API key {key_id}")
    if await repository.revoke_api_key(session, key_id, clock.now()):
        await events.record(session, "api_key.revoked", subject=("api_key", key_id))
