"""Inviting the participants, and the links of guests."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app import events, identity, notifications
from app.calibration.meeting.messages import Occasion
from app.calibration.meeting.telling import announcement, tell, told_prefix
from app.calibration.sessions.access import seat_for_changing, seat_for_leading, seat_for_reading
from app.calibration.sessions.errors import NotTakingPart, SessionEnded
from app.calibration.sessions.events import CalibrationParticipantsInvited
from app.calibration.sessions.people import participant_of
from app.calibration.sessions.repository import participants
from app.calibration.sessions.types import CalibrationSession, GuestLink, Participant, SessionState
from app.identity import Principal, Role
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, Invalid, TooManyRequests, invalid
from app.platform.settings import Settings

# How long after the session, or after the invitation where it has no time yet, a link can be used.
LINK_LASTS = timedelta(days=14)
MAX_LINK_LASTS = timedelta(days=180)
# The first one and five more: nobody's mailbox is filled by someone who renews a link again and again.
MOST_INVITATIONS_AN_HOUR = 6
RETRY_INVITATION_S = 600


def guest_url(base: str, token: str) -> str:
    """The link with the token in it. What follows `#` stays in the browser: no server and no log sees it."""
    return f"{base}/join#{token}"


async def link_for_mail(session: Session, settings: Settings, guest_id: UUID) -> str:
    """The link of a guest, for a mail that is sent now: the token is stored nowhere."""
    token = await identity.guest_token(session, guest_id, key=settings.signing_key)
    return guest_url(settings.link_base, token)


async def invite(
    session: Session,
    principal: Principal,
    session_id: UUID,
    *,
    participant_ids: Collection[UUID] | None,
    expires_at: datetime | None,
    again: bool,
    key: str,
) -> list[GuestLink]:
    """Notify the participants, all or those named, and give each guest a link: the links of the guests among them.

    A guest whose link no longer works gets another one. Those who are invited already are told once more with `again`.
    `key`: the signing key of the service. The token of a link is shown only when the link is made.
    """
    seat = await seat_for_changing(session, principal, session_id)
    expires_at = _expiry(seat.session, expires_at)
    chosen = await _chosen(session, session_id, participant_ids)
    about = await announcement(session, seat.session)
    links = []
    renewed: dict[UUID, int] = {}
    for person in chosen:
        if person.role == Role.CLIENT:
            link, generation = await _working_link(session, person, expires_at, key)
            links.append(link)
            if generation is not None:
                renewed[person.id] = generation
    uninvited = [person.id for person in chosen if person.invited_at is None]
    await _note_invited(session, session_id, uninvited)
    # Tells one message from those before.
    this_time = int(clock.now().timestamp() * 1000)
    for person in await _chosen(session, session_id, [person.id for person in chosen]):
        # A new link is told in any case: the mail with the one before opens nothing.
        if again or person.id in uninvited or person.id in renewed:
            await tell(session, about, Occasion.INVITED, person, again=renewed.get(person.id, this_time))
            await _require_few_mails(session, person)
    return links


async def renew_link(
    session: Session,
    principal: Principal,
    session_id: UUID,
    participant_id: UUID,
    *,
    expires_at: datetime | None,
    key: str,
) -> GuestLink:
    """Another link for a guest; the one before no longer works. Also after the end, to read the results."""
    seat = await seat_for_leading(session, principal, session_id)
    if seat.session.state is SessionState.CANCELLED:
        raise SessionEnded("the session is cancelled: there is nothing to see")
    guest = await _guest(session, session_id, participant_id)
    expires_at = _expiry(seat.session, expires_at)
    if not guest.active:
        raise NotTakingPart(f"{guest.name} has withdrawn: add the person again first")
    if guest.guest_id is None:
        return await _link(session, guest, expires_at, key)
    renewed, token = await identity.renew_guest(session, guest.guest_id, expires_at=expires_at, key=key)
    about = await announcement(session, seat.session)
    if guest.invited_at is None:
        await _note_invited(session, session_id, [guest.id])
    await tell(session, about, Occasion.INVITED, guest, again=renewed.generation)
    await _require_few_mails(session, guest)
    return GuestLink(guest.id, guest.name, guest.email, renewed.expires_at, token)


async def revoke_link(session: Session, principal: Principal, session_id: UUID, participant_id: UUID) -> None:
    """Revoke the link of a guest, who stays a participant and can be given another one."""
    await seat_for_reading(session, principal, session_id)
    guest = await _guest(session, session_id, participant_id)
    if guest.guest_id is not None:
        await identity.revoke_guest(session, guest.guest_id)


async def extend_links(session: Session, changed: CalibrationSession) -> None:
    """Let the links that would expire before the end of a rescheduled session last as long as new ones."""
    if changed.scheduled_at is None:
        return
    ends_at = changed.scheduled_at + timedelta(minutes=changed.duration_min)
    for person in await participants.of_session(session, changed.id):
        if person.active and person.guest_id is not None:
            await identity.extend_guest(
                session, person.guest_id, needed_until=ends_at, expires_at=_expiry(changed, None)
            )


async def _chosen(session: Session, session_id: UUID, participant_ids: Collection[UUID] | None) -> list[Participant]:
    """The participants named, or all who have not withdrawn."""
    active = [person for person in await participants.of_session(session, session_id) if person.active]
    if participant_ids is None:
        return active
    unknown = set(participant_ids) - {person.id for person in active}
    if unknown:
        errors = tuple(
            FieldError(f"/participant_ids/{place}", "is no participant of this session, or one who has withdrawn")
            for place, one in enumerate(participant_ids)
            if one in unknown
        )
        raise Invalid("some of the participants do not exist", field_errors=errors)
    return [person for person in active if person.id in participant_ids]


async def _note_invited(session: Session, session_id: UUID, participant_ids: Sequence[UUID]) -> None:
    """From now on these participants are told what changes."""
    if not participant_ids:
        return
    await participants.set_invited(session, participant_ids, clock.now())
    invited = CalibrationParticipantsInvited(subject_id=session_id, after={"participant_ids": list(participant_ids)})
    await events.record(session, invited)


async def _working_link(
    session: Session, person: Participant, expires_at: datetime, key: str
) -> tuple[GuestLink, int | None]:
    """A link of a guest that works: a new one, the one that the guest has, without its token, or one in its place.

    With the generation of one that takes the place of another.
    """
    if person.guest_id is None:
        return await _link(session, person, expires_at, key), None
    known = await identity.get_guest(session, person.guest_id)
    if known.revoked_at is None and known.expires_at > clock.now():
        return GuestLink(person.id, person.name, person.email, known.expires_at, None), None
    renewed, token = await identity.renew_guest(session, person.guest_id, expires_at=expires_at, key=key)
    return GuestLink(person.id, person.name, person.email, renewed.expires_at, token), renewed.generation


async def _require_few_mails(session: Session, guest: Participant) -> None:
    """TooManyRequests where a guest has been invited to a session too often, the mail of this request counted."""
    if guest.guest_id is None:
        return
    since = clock.now() - timedelta(hours=1)
    prefix = told_prefix(Occasion.INVITED, guest.session_id)
    if (
        await notifications.count_emails(session, guest.email, key_prefix=prefix, since=since)
        > MOST_INVITATIONS_AN_HOUR
    ):
        raise TooManyRequests(
            f"{guest.name} was invited {MOST_INVITATIONS_AN_HOUR} times within an hour: wait before the next mail",
            retry_after_s=RETRY_INVITATION_S,
        )


async def _link(session: Session, person: Participant, expires_at: datetime, key: str) -> GuestLink:
    """The first link of a guest."""
    guest, token = await identity.invite_guest(
        session,
        invited_to=person.session_id,
        name=person.name,
        email=person.email,
        timezone=person.timezone,
        expires_at=expires_at,
        key=key,
    )
    await participants.set_guest(session, person.id, guest.id)
    return GuestLink(person.id, person.name, person.email, guest.expires_at, token)


async def _guest(session: Session, session_id: UUID, participant_id: UUID) -> Participant:
    person = await participant_of(session, session_id, participant_id)
    if person.role != Role.CLIENT:
        raise invalid("", f"{person.name} has an account and needs no link")
    return person


def _expiry(of: CalibrationSession, asked: datetime | None) -> datetime:
    now = clock.now()
    if asked is None:
        return min(max(of.scheduled_at or now, now) + LINK_LASTS, clock.LAST_TIME)
    if asked <= now:
        raise invalid("/expires_at", "lies in the past")
    if asked > max(of.scheduled_at or now, now) + MAX_LINK_LASTS:
        raise invalid("/expires_at", f"a link lasts {MAX_LINK_LASTS.days} days after the session at most")
    return asked
