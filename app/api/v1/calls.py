"""Routes of calls."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app import calls, evaluations
from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.rows import read_rows, rows_body
from app.api.schemas.calls import EXAMPLE, MAX_ROWS, BatchOut, CallIn, CallOut, RowOut
from app.api.schemas.common import Key, PageOf, Utc
from app.calls import CallFilter, Ingested, Ingestion, NewCall
from app.platform.errors import NotFound, UnsupportedMedia

router = private_router("/calls", "calls")

MAX_BATCH_BYTES = 16 * 2**20


@router.post(
    "",
    operation_id="putCall",
    status_code=201,
    responses={200: {"model": CallOut, "description": "The call was known and is now as sent."}},
    openapi_extra=requires_permission("calls:write"),
)
async def put_call(body: CallIn, session: SessionDep, response: Response) -> CallOut:
    """Create a call, or bring the one of the same `source` and `external_id` up to date."""
    call, outcome = await calls.ingest_call(session, body.to_domain())
    response.status_code = 201 if outcome is Ingestion.CREATED else 200
    return CallOut.model_validate(call)


@router.post(
    "/batch",
    operation_id="putCalls",
    max_body_size=MAX_BATCH_BYTES,
    responses=problem_responses(UnsupportedMedia),
    openapi_extra=requires_permission("calls:write", requestBody=rows_body("CallIn", MAX_ROWS, EXAMPLE)),
)
async def put_calls(request: Request, session: SessionDep) -> BatchOut:
    """Create or update up to 10,000 calls at once, as a JSON array or NDJSON; bad rows are reported, good ones kept."""
    content_type = request.headers.get("content-type", "")
    good: dict[int, NewCall] = {}
    outcomes: dict[int, Ingested] = {}
    for line, row in read_rows(await request.body(), content_type, CallIn, max_rows=MAX_ROWS):
        if isinstance(row, CallIn):
            good[line] = row.to_domain()
        else:
            outcomes[line] = Ingested(Ingestion.REJECTED, field_errors=row)
    outcomes |= zip(good, await calls.ingest_calls(session, list(good.values())), strict=True)
    return _batch_out(sorted(outcomes.items()))


async def _wanted(
    *,
    project_id: UUID | None = None,
    agent_id: UUID | None = None,
    team_id: UUID | None = None,
    since: Annotated[Utc | None, Query(alias="from", description="Started at this time or later.")] = None,
    until: Annotated[Utc | None, Query(alias="to", description="Started before this time.")] = None,
    complaint: bool | None = None,
    csat_max: Annotated[int | None, Query(ge=1, le=5)] = None,
    tag: Key | None = None,
    has_recording: bool | None = None,
    q: Annotated[Key | None, Query(description="How an external id, a customer reference or a tag begins.")] = None,
) -> CallFilter:
    return CallFilter(
        project_id=project_id,
        agent_id=agent_id,
        team_id=team_id,
        since=since,
        until=until,
        complaint=complaint,
        csat_max=csat_max,
        tag=tag,
        has_recording=has_recording,
        q=q,
    )


@router.get("", operation_id="listCalls", openapi_extra=requires_permission("calls:read"))
async def list_calls(
    session: SessionDep,
    principal: PrincipalDep,
    page: PageDep,
    wanted: Annotated[CallFilter, Depends(_wanted)],
    evaluated: Annotated[
        bool | None, Query(description="Whether there is a submitted evaluation; to a verifier, one of their own.")
    ] = None,
) -> PageOf[CallOut]:
    """Calls, the latest first."""
    where = evaluations.where_call_evaluated(principal, evaluated)
    found = (await calls.list_calls(session, wanted, page, where=where)).map(CallOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{call_id}",
    operation_id="getCall",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("calls:read"),
)
async def get_call(call_id: UUID, session: SessionDep) -> CallOut:
    """One call, with what is known of its recording."""
    return CallOut.model_validate(await calls.get_call(session, call_id))


def _batch_out(outcomes: list[tuple[int, Ingested]]) -> BatchOut:
    statuses = [outcome.status for _, outcome in outcomes]
    rejected = statuses.count(Ingestion.REJECTED)
    return BatchOut(
        accepted=len(statuses) - rejected,
        created=statuses.count(Ingestion.CREATED),
        updated=statuses.count(Ingestion.UPDATED),
        rejected=rejected,
        results=[_row_out(line, outcome) for line, outcome in outcomes],
    )


def _row_out(line: int, outcome: Ingested) -> RowOut:
    row: RowOut = {"line": line, "status": outcome.status}
    if outcome.id is not None:
        row["id"] = outcome.id
    if outcome.superseded:
        row["superseded"] = True
    if outcome.field_errors:
        row["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in outcome.field_errors]
    return row
