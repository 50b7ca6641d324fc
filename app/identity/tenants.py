"""New tenants, made by who operates the service."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.identity.emails import canonical_email
from app.identity.models import TenantModel, UserModel
from app.identity.secrets import hash_password
from app.identity.types import MIN_PASSWORD_LENGTH, Role
from app.platform.actor import Actor, act_as
from app.platform.errors import Conflict, invalid
from app.platform.ids import new_id
from app.platform.records import explaining

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


async def tenant_slugs(session: AsyncSession) -> set[str]:
    """The tenants there are; in the system scope."""
    return set(await session.scalars(select(TenantModel.slug)))


class TenantExists(Conflict):
    code = "tenant_exists"


@dataclass(frozen=True, slots=True)
class NewTenant:
    tenant_id: UUID
    admin_id: UUID


async def create_tenant(
    session: AsyncSession, *, slug: str, name: str, admin_email: str, admin_password: str
) -> NewTenant:
    """A tenant with its first administrator; in the system scope."""
    if not _SLUG.fullmatch(slug):
        raise invalid("/slug", "a slug has 1 to 63 lower-case letters, digits and inner hyphens")
    if len(admin_password) < MIN_PASSWORD_LENGTH:
        raise invalid("/admin_password", f"a password has at least {MIN_PASSWORD_LENGTH} characters")
    act_as(session, Actor("system", None))
    tenant = TenantModel(id=new_id(), slug=slug, name=name)
    admin = UserModel(
        tenant_id=tenant.id,
        id=new_id(),
        email=canonical_email(admin_email),
        full_name="Administrator",
        role=Role.ADMIN,
        password_hash=hash_password(admin_password),
    )
    with explaining(uq_tenants_slug=TenantExists(f"there is already a tenant {slug!r}")):
        session.add(tenant)
        await session.flush()
    session.add(admin)
    await session.flush()
    await events.record(
        session,
        "tenant.created",
        subject=("tenant", tenant.id),
        after={"slug": slug, "name": name, "admin_id": admin.id},
        tenant_id=tenant.id,
    )
    return NewTenant(tenant.id, admin.id)
