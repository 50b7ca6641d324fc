"""New tenants, made by who operates the service."""

import re
from dataclasses import dataclass
from uuid import UUID

from app import events
from app.identity.emails import canonical_email
from app.identity.models import TenantModel, UserModel
from app.identity.secrets import hash_password
from app.identity.types import MIN_PASSWORD_LENGTH, Role
from app.platform.actor import Actor
from app.platform.database import Session
from app.platform.database.records import insert_row, map_integrity_errors
from app.platform.database.session import act_as
from app.platform.errors import Conflict, invalid
from app.platform.ids import new_id

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


async def tenant_slugs(session: Session) -> set[str]:
    """The tenants there are; in the system scope."""
    return set(await session.fetch_column("SELECT slug FROM tenants"))


class TenantExists(Conflict):
    code = "tenant_exists"


@dataclass(frozen=True, slots=True)
class NewTenant:
    tenant_id: UUID
    admin_id: UUID


async def create_tenant(session: Session, *, slug: str, name: str, admin_email: str, admin_password: str) -> NewTenant:
    """A tenant with its first administrator; in the system scope."""
    if not _SLUG.fullmatch(slug):
        raise invalid("/slug", "a slug has 1 to 63 lower-case letters, digits and inner hyphens")
    if len(admin_password) < MIN_PASSWORD_LENGTH:
        raise invalid("/admin_password", f"a password has at least {MIN_PASSWORD_LENGTH} characters")
    act_as(session, Actor("system", None))
    tenant_id, admin_id = new_id(), new_id()
    with map_integrity_errors(uq_tenants_slug=TenantExists(f"there is already a tenant {slug!r}")):
        await insert_row(session, TenantModel, id=tenant_id, slug=slug, name=name)
    await insert_row(
        session,
        UserModel,
        tenant_id=tenant_id,
        id=admin_id,
        email=canonical_email(admin_email),
        full_name="Administrator",
        role=Role.ADMIN,
        password_hash=hash_password(admin_password),
        active=True,
        version=1,
    )
    await events.record(
        session,
        "tenant.created",
        subject=("tenant", tenant_id),
        after={"slug": slug, "name": name, "admin_id": admin_id},
        tenant_id=tenant_id,
    )
    return NewTenant(tenant_id, admin_id)
