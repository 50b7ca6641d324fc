"""New tenants."""

from uuid import uuid4

import httpx
import pytest

from app.identity import NewTenant, TenantExists, create_tenant
from app.platform.database import Database
from app.platform.database.scope import System, SystemUse
from app.platform.errors import Invalid
from tests.identity.factories import PASSWORD, ask_token, fresh_email


async def create(database: Database, **changes: str) -> NewTenant:
    fields = {"name": "A", "slug": f"s-{uuid4().hex}", "admin_email": fresh_email(), "admin_password": PASSWORD}
    async with database.begin(System(SystemUse.CREATE_TENANT)) as session:
        return await create_tenant(session, **fields | changes)


async def test_the_first_admin_of_a_new_tenant_signs_in_and_administers(
    database: Database, stranger: httpx.AsyncClient
) -> None:
    email = fresh_email()
    tenant = await create(database, admin_email=email.upper())
    token = (await ask_token(stranger, email)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    me = (await stranger.get("/v1/me", headers=headers)).json()
    assert (me["tenant_id"], me["id"], me["role"]) == (str(tenant.tenant_id), str(tenant.admin_id), "admin")
    listed = (await stranger.get("/v1/users", headers=headers)).json()["items"]
    assert [user["email"] for user in listed] == [email]


async def test_a_slug_belongs_to_one_tenant(database: Database) -> None:
    slug = f"s-{uuid4().hex}"
    await create(database, slug=slug)
    with pytest.raises(TenantExists):
        await create(database, slug=slug)


@pytest.mark.parametrize("slug", ["", "Upper", "-inner", "inner-", "a b", "a" * 64, "ü"])
async def test_a_slug_is_made_of_plain_letters_digits_and_inner_hyphens(database: Database, slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        await create(database, slug=slug)
    assert [error.pointer for error in refused.value.field_errors] == ["/slug"]


async def test_the_first_admin_needs_a_password_as_long_as_everybody_elses(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await create(database, admin_password="short one")
    assert [error.pointer for error in refused.value.field_errors] == ["/admin_password"]
