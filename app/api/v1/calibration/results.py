"""Routes of the results of a session, of consensus, and of the events that one follows meanwhile."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from app import calibration
from app.api.deps import ComputationDep, PrincipalDep, SessionDep, TransactionFactoryDep, json_answer
from app.api.errors import TooManyComputations
from app.api.event_stream import EventStream, LastEventIdDep, event_stream, event_stream_responses
from app.api.problems import problem_responses
from app.api.routing import private_router
from app.api.schemas.calibration.results import ConsensusIn, ConsensusOut, SessionResultsOut
from app.api.schemas.evaluations import answers_of
from app.api.v1.calibration.sessions import LEAD, PREFIX, READ, TAG
from app.calibration import GroupAgreement, Language, SessionEnded, SessionNotRevealed, SessionResults
from app.evaluations import InvalidAnswers
from app.identity import Principal
from app.platform.database import Session
from app.platform.errors import NotFound
from app.platform.threads import COMPUTING, PICTURES

router = private_router(PREFIX, TAG)
streaming_router = private_router(PREFIX, TAG, streaming=True)

ResultFormat = Literal["json", "xlsx", "svg", "png"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA_TYPES = {"xlsx": _XLSX, "svg": "image/svg+xml", "png": "image/png"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_RESULTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The results; as XLSX, or as a heat map of everyone's answers.",
        "content": dict.fromkeys(_MEDIA_TYPES.values(), _BINARY),
    }
}
_EVENTS = (
    "Server-sent events of the session: `opened`, `added`, `withdrawn`, `joined`, `left`, `times_proposed`, `voted`, "
    "`scheduled`, `scored` "
    "(who and which call, never what), `revealed`, `consensus`, `reopened`, `closed`, `cancelled`."
)


@streaming_router.get(
    "/{session_id}/results",
    operation_id="getSessionResults",
    response_model=SessionResultsOut,
    responses={**_RESULTS, **problem_responses(NotFound, SessionNotRevealed, TooManyComputations)},
    openapi_extra=READ,
)
async def get_session_results(
    *,
    session_id: UUID,
    principal: PrincipalDep,
    _admitted: ComputationDep,
    begin: TransactionFactoryDep,
    wanted: Annotated[ResultFormat, Query(alias="format", description="How to write them.")] = "json",
    language: Annotated[Language, Query(description="Of sentences, tables and pictures.")] = Language.ENGLISH,
) -> Response:
    """Everyone's answers with comments and faults, coefficients of agreement, and deviations from the reference.

    Before the reveal this is refused. In a session whose participants see others after submitting, it shows the
    submitted scores of the calls that you have submitted, without coefficients; pictures and tables follow the reveal.
    """
    async with begin() as session:
        group, revealed = await calibration.read_scores(session, principal, session_id)
    if wanted != "json" and not revealed:
        raise SessionNotRevealed("tables and pictures follow the reveal: ask for JSON")
    results = await COMPUTING.run(calibration.compare, session_id, group, revealed=revealed)
    if wanted == "json":
        return await COMPUTING.run(_as_json, results, language)
    threads = COMPUTING if wanted == "xlsx" else PICTURES
    content = await threads.run(_WRITERS[wanted], results, language)
    headers = {
        "Content-Disposition": f'attachment; filename="calibration-{session_id}.{wanted}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=_MEDIA_TYPES[wanted], headers=headers)


def _as_json(results: SessionResults, language: Language) -> Response:
    return json_answer(SessionResultsOut.of(results, language))


def _picture(file_format: Literal["svg", "png"]) -> Callable[[SessionResults, Language], bytes]:
    def draw(results: SessionResults, language: Language) -> bytes:
        agreement: GroupAgreement | None = results.agreement
        assert agreement is not None, "only revealed results are drawn"
        return calibration.heat_map(results.group, agreement, language, file_format)

    return draw


_WRITERS: dict[str, Callable[[SessionResults, Language], bytes]] = {
    "xlsx": calibration.workbook,
    "svg": _picture("svg"),
    "png": _picture("png"),
}


@router.put(
    "/{session_id}/calls/{call_id}/consensus",
    operation_id="putConsensus",
    responses=problem_responses(NotFound, SessionNotRevealed, SessionEnded, InvalidAnswers),
    openapi_extra=LEAD,
)
async def put_consensus(
    session_id: UUID, call_id: UUID, body: ConsensusIn, session: SessionDep, principal: PrincipalDep
) -> ConsensusOut:
    """Settle on the answers for a call, in place of what was settled on before.

    Every error of the call's evaluation, and every error that the group found beside them, is a checked error from now
    on: by chance if the call was chosen at random, otherwise by hand. That needs two participants who have scored the
    call completely, and a leader who neither made the evaluation nor supervises the agent; otherwise
    `not_checked_because` says why nothing is checked. The scores of the session enter no average.
    """
    decided = await calibration.decide(
        session,
        principal,
        session_id,
        call_id,
        answers=answers_of(body.answers),
        comment=body.comment,
        revise=body.revise,
    )
    return ConsensusOut.of(decided)


@streaming_router.get(
    "/{session_id}/events",
    operation_id="followSession",
    response_class=Response,
    responses=event_stream_responses(_EVENTS, NotFound),
    openapi_extra=READ,
)
async def follow_session(
    *,
    session_id: UUID,
    request: Request,
    principal: PrincipalDep,
    begin: TransactionFactoryDep,
    after: LastEventIdDep,
) -> EventStream:
    """Follow a session: who comes and goes, who has scored, the reveal, consensus.

    Send the id of the last event as `Last-Event-ID` to go on after it; `last_event_id` of the session is the one to
    begin with. While you follow, you count as present.
    """
    async with begin() as session:
        presence = await calibration.arrive(session, principal, session_id)

    async def still_allowed(session: Session, principal: Principal) -> bool:
        return await calibration.stay(session, principal, presence)

    async def ended() -> None:
        async with begin() as session:
            await calibration.leave(session, presence)

    return event_stream(request, session_id, after, still_allowed=still_allowed, ended=ended)
