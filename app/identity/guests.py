"""Guests: people without an account, who take part in one thing through a link.

The token in the link is shown once and stored as a hash. It expires, and can be revoked and renewed.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app import events
from app.identity import repository, secrets
from app.identity.errors import LinkRevoked
from app.identity.events import GuestInvited, GuestLinkExtended, GuestLinkRenewed, GuestLinkRevoked
from app.identity.types import Guest
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.ids import new_id


async def invite_guest(
    session: Session,
    *,
    invited_to: UUID,
    name: str,
    email: str,
    timezone: str | None,
    expires_at: datetime,
    key: str,
) -> tuple[Guest, str]:
    """A new guest, and the token of the guest's link. `key`: the signing key of the service."""
    guest = Guest(new_id(), invited_to, name, email, timezone, 1, clock.now(), expires_at)
    token, token_hash = secrets.make_guest_token(session.tenant_id, guest.id, guest.generation, key=key)
    await repository.insert_guest(session, guest, token_hash)
    await events.record(session, GuestInvited(subject_id=guest.id, after=guest))
    return guest, token


async def renew_guest(session: Session, guest_id: UUID, *, expires_at: datetime, key: str) -> tuple[Guest, str]:
    """Another link for a guest: the token of every earlier one is no longer valid."""
    before = require_found(await repository.lock_guest(session, guest_id), "guest", guest_id)
    after = replace(before, generation=before.generation + 1, expires_at=expires_at, revoked_at=None)
    token, token_hash = secrets.make_guest_token(session.tenant_id, guest_id, after.generation, key=key)
    await repository.change_guest(session, after, token_hash)
    await events.record(session, GuestLinkRenewed(subject_id=guest_id, before=before, after=after))
    return after, token


async def extend_guest(session: Session, guest_id: UUID, *, needed_until: datetime, expires_at: datetime) -> Guest:
    """Let a link that works now, but not until it is needed, expire later. Its token stays the same."""
    before = require_found(await repository.lock_guest(session, guest_id), "guest", guest_id)
    works = before.revoked_at is None and before.expires_at > clock.now()
    if not works or before.expires_at >= needed_until:
        return before
    after = replace(before, expires_at=expires_at)
    await repository.change_guest(session, after)
    await events.record(session, GuestLinkExtended(subject_id=guest_id, before=before, after=after))
    return after


async def revoke_guest(session: Session, guest_id: UUID) -> Guest:
    """Revoke the link of a guest; doing it again changes nothing."""
    before = require_found(await repository.lock_guest(session, guest_id), "guest", guest_id)
    if before.revoked_at is not None:
        return before
    after = replace(before, revoked_at=clock.now())
    await repository.change_guest(session, after)
    await events.record(session, GuestLinkRevoked(subject_id=guest_id, before=before, after=after))
    return after


async def get_guest(session: Session, guest_id: UUID) -> Guest:
    return require_found(await repository.guest_by_id(session, guest_id), "guest", guest_id)


async def guest_token(session: Session, guest_id: UUID, *, key: str) -> str:
    """The token of a guest's latest link, for a mail to the guest; LinkRevoked where it does not work."""
    guest = await get_guest(session, guest_id)
    if guest.revoked_at is not None or guest.expires_at <= clock.now():
        raise LinkRevoked(f"the link of the guest {guest_id} was revoked or has expired")
    return secrets.make_guest_token(session.tenant_id, guest_id, guest.generation, key=key)[0]
