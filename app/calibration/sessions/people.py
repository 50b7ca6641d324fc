"""The participants of sessions: who they are, how they come in and how they leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app import events, identity, live
from app.calibration.sessions.access import seat_for_changing
from app.calibration.sessions.errors import AlreadyTakingPart, SessionRevealed
from app.calibration.sessions.events import CalibrationParticipantAdded, CalibrationParticipantWithdrawn
from app.calibration.sessions.repository import participants
from app.calibration.sessions.types import MAX_PARTICIPANTS, NewParticipant, Participant, SessionState
from app.identity import Principal, Role
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.errors import FieldError, Forbidden, Invalid, invalid, require_found
from app.platform.ids import new_id

_MAY_SCORE = frozenset({Role.ADMIN, Role.LEADER, Role.VERIFIER})


async def new_participants(
    session: Session,
    session_id: UUID,
    asked: Sequence[NewParticipant],
    known: Sequence[Participant] = (),
    *,
    at: str = "/participants/{place}",
) -> list[Participant]:
    """The participants that are asked for; Invalid, with every error, where one of them cannot take part.

    `known` are those who take part already. `at`: where in the body each of them stands.
    """
    users = await participants.users(session, [one.user_id for one in asked if one.user_id is not None])
    clients = [identity.canonical_email(one.email) for one in asked if one.email is not None]
    accounts = await participants.accounts(session, clients)
    errors = list(_errors(asked, users, {one.email for one in known}, accounts, at))
    if errors:
        raise Invalid("some of the participants cannot take part", field_errors=tuple(errors))
    return [_participant(session_id, one, users) for one in asked]


async def add_participant(session: Session, principal: Principal, session_id: UUID, new: NewParticipant) -> Participant:
    """Add a person until the answers are revealed, also while others score. One who had withdrawn comes back."""
    seat = await seat_for_changing(session, principal, session_id)
    if seat.session.state is SessionState.REVEALED:
        raise SessionRevealed("a person who comes now has not scored blind: reopen the session first")
    present = await participants.of_session(session, session_id)
    (added,) = await new_participants(session, session_id, [new], at="")
    before = next((one for one in present if _same_person(one, added)), None)
    if before is not None and before.active:
        raise AlreadyTakingPart(f"{added.email} takes part already")
    if before is not None and before.user_id != added.user_id:
        raise AlreadyTakingPart(f"{added.email} was in this session as a {before.role}: add that person again")
    if before is None and len(present) >= MAX_PARTICIPANTS:
        raise invalid("", f"a session has at most {MAX_PARTICIPANTS} participants")
    if before is None:
        await participants.insert(session, [added])
    else:
        added = replace(before, withdrawn_at=None, invited_at=None)
        await participants.set_returned(session, added.id)
    await events.record(session, CalibrationParticipantAdded(subject_id=session_id, after={"participant": added}))
    await live.publish(session, session_id, "added", {"participant_id": added.id, "name": added.name})
    return added


async def withdraw(
    session: Session, principal: Principal, session_id: UUID, participant_id: UUID
) -> tuple[Participant, Participant]:
    """Let a participant leave before the reveal: the participant before and after.

    One does it oneself, or one who leads does it.

    Afterwards nobody leaves: the figures would be of those whose answers suit. A guest's link is revoked.
    """
    seat = await seat_for_changing(session, principal, session_id)
    before = await participant_of(session, session_id, participant_id)
    if not seat.leads and (seat.own is None or seat.own.id != participant_id):
        raise Forbidden("only one who leads the session takes out another participant")
    if not before.active:
        return before, before
    if seat.session.state is SessionState.REVEALED or seat.session.reopenings:
        raise SessionRevealed("the answers of all who scored were revealed: nobody is taken out of them any more")
    now = clock.now()
    after = replace(before, withdrawn_at=now)
    await participants.set_withdrawn(session, participant_id, now)
    if before.guest_id is not None:
        await identity.revoke_guest(session, before.guest_id)
    await events.record(session, CalibrationParticipantWithdrawn(subject_id=session_id, after={"participant": after}))
    await live.publish(session, session_id, "withdrawn", {"participant_id": after.id, "name": after.name})
    return before, after


async def participant_of(session: Session, session_id: UUID, participant_id: UUID) -> Participant:
    people = await participants.of_session(session, session_id)
    found = next((one for one in people if one.id == participant_id), None)
    return require_found(found, "participant of this session", participant_id)


def _same_person(one: Participant, other: Participant) -> bool:
    """Whether the two are one person: the same user, whose address may have changed, or the same address."""
    return one.email == other.email or (one.user_id is not None and one.user_id == other.user_id)


def _errors(
    asked: Sequence[NewParticipant],
    users: Mapping[UUID, Row],
    known_emails: Iterable[str],
    accounts: Mapping[str, UUID],
    at: str,
) -> Iterable[FieldError]:
    seen = set(known_emails)
    for place, one in enumerate(asked):
        pointer = at.format(place=place)
        if one.user_id is not None:
            user = users.get(one.user_id)
            if user is None:
                yield FieldError(f"{pointer}/user_id", f"there is no user {one.user_id}")
                continue
            if not user.active or user.role not in _MAY_SCORE:
                yield FieldError(f"{pointer}/user_id", "is no active user with the role verifier, leader or admin")
        email = _email(one, users)
        if one.user_id is None and email in accounts:
            yield FieldError(f"{pointer}/email", f"has an account: name the user_id {accounts[email]} instead")
        if email in seen:
            yield FieldError(pointer, f"{email} is named twice")
        seen.add(email)


def _email(one: NewParticipant, users: Mapping[UUID, Row]) -> str:
    if one.user_id is not None:
        return str(users[one.user_id].email)
    assert one.email is not None
    return identity.canonical_email(one.email)


def _participant(session_id: UUID, one: NewParticipant, users: Mapping[UUID, Row]) -> Participant:
    user = None if one.user_id is None else users[one.user_id]
    return Participant(
        id=new_id(),
        session_id=session_id,
        user_id=one.user_id,
        guest_id=None,
        name=str(user.full_name if user else one.name),
        email=_email(one, users),
        timezone=user.timezone if user else one.timezone,
        role=str(user.role) if user else Role.CLIENT,
        added_at=clock.now(),
    )
