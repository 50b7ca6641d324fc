"""Users: the people who sign in. What they can do follows from their role."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from app import events
from app.identity import repository
from app.identity.emails import canonical_email
from app.identity.errors import EmailTaken, LastAdmin, RoleInUse
from app.identity.models import UserModel
from app.identity.secrets import hash_password
from app.identity.types import MAY_LEAD, Role
from app.platform.database import Session, Where
from app.platform.database.records import get_record, map_integrity_errors, page_of_records, update_record
from app.platform.errors import NotFound, StaleVersion
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


@dataclass(frozen=True, slots=True)
class User:
    """Without the password's hash, so that it reaches neither an answer nor the journal."""

    id: UUID
    email: str
    full_name: str
    role: str
    active: bool = True
    version: int = 1

    @property
    def administers(self) -> bool:
        return self.active and self.role == Role.ADMIN


def _email_taken(user: User) -> AbstractContextManager[None]:
    return map_integrity_errors(uq_users_tenant_id_email=EmailTaken(f"there is already a user {user.email!r}"))


async def create_user(session: Session, *, email: str, full_name: str, role: Role, password: str) -> User:
    user = User(new_id(), canonical_email(email), full_name, role)
    password_hash = await _hashed(password)
    with _email_taken(user):
        await repository.insert_user(session, user, password_hash)
    await events.record(session, "user.created", subject=("user", user.id), after=asdict(user))
    return user


async def get_user(session: Session, user_id: UUID) -> User:
    user = await get_record(session, UserModel, User, user_id)
    if user is None:
        raise NotFound(f"there is no user {user_id}")
    return user


async def list_users(session: Session, page: PageRequest, *, role: Role | None, active: bool | None) -> Page[User]:
    where = Where().given("role = :role", role=role).given("active = :active", active=active)
    return await page_of_records(session, UserModel, User, page, where)


async def change_user(session: Session, user_id: UUID, version: int, changes: dict[str, Any]) -> User:
    """Change what is given; a new password stands among the changes as `password`."""
    before = await get_user(session, user_id)
    if before.version != version:
        raise StaleVersion(f"the user is now at version {before.version}")
    fields = {name: value for name, value in changes.items() if name != "password"}
    if "email" in fields:
        fields["email"] = canonical_email(fields["email"])
    after = replace(before, **fields, version=version + 1)
    await _check_role(session, before, after)
    with _email_taken(after):
        await update_record(session, UserModel, after, expected=version)
    if "password" in changes:
        await _set_password(session, user_id, changes["password"])
    await events.record(session, "user.changed", subject=("user", user_id), before=asdict(before), after=asdict(after))
    return after


async def _check_role(session: Session, before: User, after: User) -> None:
    if before.administers and not after.administers and not await repository.another_admin(session, before.id):
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
    await repository.set_password_hash(session, user_id, await _hashed(password))
    await events.record(session, "user.password_changed", subject=("user", user_id))


async def _hashed(password: str) -> str:
    # Slow by design: not on the event loop.
    return await asyncio.to_thread(hash_password, password)
