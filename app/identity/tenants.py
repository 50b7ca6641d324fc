"""New tenants, which the operator of the service creates."""

import re

from app import events
from app.identity import repository
from app.identity.errors import TenantExists
from app.identity.events import TenantCreated, TenantDocument
from app.identity.secrets import hash_password
from app.identity.types import MIN_PASSWORD_LENGTH, NewTenant, Role, User
from app.identity.users import canonical_email
from app.platform.actor import Actor
from app.platform.database import Session
from app.platform.database.records import map_integrity_errors
from app.platform.database.session import act_as
from app.platform.errors import invalid
from app.platform.ids import new_id

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


async def create_tenant(session: Session, *, slug: str, name: str, admin_email: str, admin_password: str) -> NewTenant:
    """A tenant with its first administrator. The session has the system scope."""
    if not _SLUG.fullmatch(slug):
        raise invalid("/slug", "a slug has 1 to 63 lower-case letters, digits and inner hyphens")
    if len(admin_password) < MIN_PASSWORD_LENGTH:
        raise invalid("/admin_password", f"a password has at least {MIN_PASSWORD_LENGTH} characters")
    act_as(session, Actor("system", None))
    tenant_id = new_id()
    admin = User(new_id(), canonical_email(admin_email), "Administrator", Role.ADMIN)
    with map_integrity_errors(uq_tenants_slug=TenantExists(f"there is already a tenant {slug!r}")):
        await repository.insert_tenant(session, tenant_id, slug, name)
    await repository.insert_user(session, tenant_id, admin, hash_password(admin_password))
    created = TenantCreated(subject_id=tenant_id, after=TenantDocument(slug, name, admin.id))
    await events.record(session, created, tenant_id=tenant_id)
    return NewTenant(tenant_id, admin.id)


async def tenant_slugs(session: Session) -> set[str]:
    """The slugs of all tenants. The session has the system scope."""
    return set(await repository.tenant_slugs(session))
