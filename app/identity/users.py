"""Users: the people who sign in. Their role says what they may do."""

import unicodedata
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID

from app import events
from app.identity import repository
from app.identity.errors import EmailTaken, LastAdmin, RoleInUse
from app.identity.events import UserChanged, UserCreated, UserPasswordChanged
from app.identity.models import UserModel
from app.identity.secrets import hash_password
from app.identity.types import MAY_LEAD, Role, User
from app.platform.database import Session
from app.platform.database.records import map_integrity_errors, update_record
from app.platform.errors import require_found, require_version
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.platform.threads import PASSWORDS


def canonical_email(text: str) -> str:
    """One spelling for every way to type the same address: users are stored and looked up by it.

    Nobody checks whether mail arrives there.
    """
    return unicodedata.normalize("NFC", text.strip()).lower()


async def create_user(
    session: Session, *, email: str, full_name: str, role: Role, password: str, timezone: str | None = None
) -> User:
    user = User(new_id(), canonical_email(email), full_name, role, timezone=timezone)
    password_hash = await _hash(password)
    with _unique_email(user):
        await repository.insert_user(session, session.tenant_id, user, password_hash)
    await events.record(session, UserCreated(subject_id=user.id, after=user))
    return user


async def get_user(session: Session, user_id: UUID) -> User:
    return require_found(await repository.user_by_id(session, user_id), "user", user_id)


async def list_users(session: Session, page: PageRequest, *, role: Role | None, active: bool | None) -> Page[User]:
    return await repository.list_users(session, page, role, active=active)


async def change_user(session: Session, user_id: UUID, version: int, changes: dict[str, Any]) -> User:
    """Change the given fields. A new password is the change `password`."""
    before = await get_user(session, user_id)
    require_version(before.version, version, "user")
    fields = {name: value for name, value in changes.items() if name != "password"}
    if "email" in fields:
        fields["email"] = canonical_email(fields["email"])
    after = replace(before, **fields, version=version + 1)
    await _check_role(session, before, after)
    with _unique_email(after):
        await update_record(session, UserModel, after, expected=version)
    if "password" in changes:
        await _set_password(session, user_id, changes["password"])
    await events.record(session, UserChanged(subject_id=user_id, before=before, after=after))
    return after


async def _check_role(session: Session, before: User, after: User) -> None:
    if before.administers and not after.administers and not await repository.lock_other_admins(session, before.id):
        raise LastAdmin("this is the last active administrator: make another one first")
    if before.role != after.role:
        await _check_links(session, after)


async def _check_links(session: Session, user: User) -> None:
    links = await repository.links_of_user(session, user.id)
    if links.is_agent and user.role != Role.AGENT:
        raise RoleInUse("the user is linked to an agent, which needs the role agent")
    if links.leads and user.role not in MAY_LEAD:
        raise RoleInUse("the user leads a team, which needs the role leader or admin")


async def _set_password(session: Session, user_id: UUID, password: str) -> None:
    await repository.set_password_hash(session, user_id, await _hash(password))
    await events.record(session, UserPasswordChanged(subject_id=user_id))


async def _hash(password: str) -> str:
    # Slow by design, so it runs outside the event loop.
    return await PASSWORDS.run(hash_password, password)


def _unique_email(user: User) -> AbstractContextManager[None]:
    return map_integrity_errors(uq_users_tenant_id_email=EmailTaken(f"there is already a user {user.email!r}"))
