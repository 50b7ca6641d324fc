"""Routes of finding a time for a session, inviting people to it, and the links of guests."""

from typing import Any
from uuid import UUID

from fastapi import Response

from app import calibration
from app.api.deps import PrincipalDep, SessionDep, SettingsDep, set_etag
from app.api.errors import SecretShownOnce
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.calibration.meeting import (
    GuestLinkOut,
    InvitationsIn,
    InvitationsOut,
    RenewalIn,
    ScheduleIn,
    TimeOptionOut,
    TimeOptionsIn,
    TimeOptionsOut,
    VoteIn,
)
from app.api.schemas.calibration.sessions import CalibrationSessionStateOut
from app.api.v1.calibration.sessions import LEAD, PREFIX, READ, TAG, WRITE
from app.calibration import (
    GuestLink,
    NotScheduled,
    NotTakingPart,
    SessionEnded,
    SessionUnderWay,
    TimePassed,
    guest_url,
)
from app.platform.errors import NotFound
from app.platform.settings import Settings

router = private_router(PREFIX, TAG)

_SECRET = requires_permission("calibration:lead", secret_answer=True)
_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"description": "The calendar file.", "content": {"text/calendar": {"schema": {"type": "string"}}}}
}


@router.get(
    "/{session_id}/time-options",
    operation_id="listTimeOptions",
    responses=problem_responses(NotFound),
    openapi_extra=READ,
)
async def list_times(session_id: UUID, session: SessionDep, principal: PrincipalDep) -> TimeOptionsOut:
    """The proposed times with everybody's votes. The one that suits most is marked."""
    return TimeOptionsOut.of(await calibration.list_times(session, principal, session_id))


@router.post(
    "/{session_id}/time-options",
    operation_id="proposeTimes",
    status_code=201,
    responses=problem_responses(NotFound, SessionUnderWay, SessionEnded),
    openapi_extra=LEAD,
)
async def propose_times(
    session_id: UUID, body: TimeOptionsIn, session: SessionDep, principal: PrincipalDep
) -> TimeOptionsOut:
    """Propose times to vote on: all that are proposed by now. A time that is proposed already is not added again."""
    times = [option.starts_at for option in body.options]
    return TimeOptionsOut.of(await calibration.propose_times(session, principal, session_id, times))


@router.put(
    "/{session_id}/time-options/{option_id}/vote",
    operation_id="voteForTime",
    responses=problem_responses(NotFound, NotTakingPart, TimePassed, SessionUnderWay, SessionEnded),
    openapi_extra=WRITE,
)
async def vote_for_time(
    session_id: UUID, option_id: UUID, body: VoteIn, session: SessionDep, principal: PrincipalDep
) -> TimeOptionOut:
    """Say whether a proposed time suits you. The last answer counts."""
    return TimeOptionOut.of(await calibration.vote(session, principal, session_id, option_id, body.answer))


@router.post(
    "/{session_id}/schedule",
    operation_id="scheduleCalibrationSession",
    responses=problem_responses(NotFound, TimePassed, SessionUnderWay, SessionEnded),
    openapi_extra=LEAD,
)
async def schedule_session(
    session_id: UUID, body: ScheduleIn, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionStateOut:
    """Choose one of the proposed times. Everyone who is invited gets it as a changed calendar entry."""
    changed = await calibration.schedule(session, principal, session_id, body.option_id)
    set_etag(response, changed.version)
    return CalibrationSessionStateOut.model_validate(changed)


@router.get(
    "/{session_id}/invite.ics",
    operation_id="getCalendarFile",
    response_class=Response,
    responses={**_CALENDAR, **problem_responses(NotFound, NotScheduled)},
    openapi_extra=READ,
)
async def get_calendar_file(session_id: UUID, session: SessionDep, principal: PrincipalDep) -> Response:
    """The calendar entry of a session (RFC 5545), in your time zone.

    A changed session has the same UID and a higher SEQUENCE; a cancelled one has METHOD:CANCEL.
    """
    content = await calibration.calendar_file(session, principal, session_id)
    headers = {"Content-Disposition": 'attachment; filename="invite.ics"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


@router.post(
    "/{session_id}/invitations",
    operation_id="inviteToCalibration",
    responses=problem_responses(NotFound, SecretShownOnce, SessionEnded),
    openapi_extra=_SECRET,
)
async def invite_participants(
    *,
    session_id: UUID,
    body: InvitationsIn = InvitationsIn(),
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> InvitationsOut:
    """Invite the participants, by mail and in their inboxes, and give each guest a link.

    The token of a link is shown only in the answer that makes it; a guest whose link works keeps it, and `token` is
    null: renew it for another one. A guest whose link is revoked or has expired gets another one, and is told. A link
    is for this session alone, expires, and can be revoked. Who is invited already is not told again, unless `again` is
    true. Without a mail server (`mail_configured` false) no mail goes out: pass the links on yourself.
    """
    links = await calibration.invite(
        session,
        principal,
        session_id,
        participant_ids=body.participant_ids,
        expires_at=body.expires_at,
        again=body.again,
        key=settings.signing_key,
    )
    configured = settings.mail_server is not None
    return InvitationsOut(items=[_link(link, settings) for link in links], mail_configured=configured)


@router.post(
    "/{session_id}/invitations/{participant_id}/renew",
    operation_id="renewGuestLink",
    responses=problem_responses(NotFound, SecretShownOnce, NotTakingPart, SessionEnded),
    openapi_extra=_SECRET,
)
async def renew_guest_link(
    *,
    session_id: UUID,
    participant_id: UUID,
    body: RenewalIn = RenewalIn(),
    session: SessionDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> GuestLinkOut:
    """Give a guest another link. The one before no longer works. A guest gets five more mails an hour at most."""
    link = await calibration.renew_link(
        session,
        principal,
        session_id,
        participant_id,
        expires_at=body.expires_at,
        key=settings.signing_key,
    )
    return _link(link, settings)


@router.post(
    "/{session_id}/invitations/{participant_id}/revoke",
    operation_id="revokeGuestLink",
    status_code=204,
    responses=problem_responses(NotFound),
    openapi_extra=LEAD,
)
async def revoke_guest_link(
    session_id: UUID, participant_id: UUID, session: SessionDep, principal: PrincipalDep
) -> None:
    """Revoke the link of a guest, from the next request on. The guest stays a participant."""
    await calibration.revoke_link(session, principal, session_id, participant_id)


def _link(link: GuestLink, settings: Settings) -> GuestLinkOut:
    url = None if link.token is None else guest_url(settings.link_base, link.token)
    return GuestLinkOut(
        participant_id=link.participant_id,
        name=link.name,
        email=link.email,
        expires_at=link.expires_at,
        token=link.token,
        url=url,
    )
