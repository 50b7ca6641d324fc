"""Routes of exports."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response

from app import exports
from app.api.deps import PageDep, PrincipalDep, SessionDep, StoreDep, TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf, ProgressOut
from app.api.schemas.exports import ExportIn, ExportOut
from app.api.v1.sending import StoredFile, answers_with_file, describe_file, send_file
from app.exports import Export, ExportGone, ExportNotReady, ExportState, NewExport, TooManyExports
from app.platform.errors import NotFound, RangeNotSatisfiable

router = private_router("/exports", "exports")
files_router = private_router("/exports", "exports", streaming=True)


@router.post(
    "",
    operation_id="createExport",
    status_code=202,
    responses=problem_responses(TooManyExports),
    openapi_extra=requires_permission("exports:write"),
)
async def create_export(body: ExportIn, principal: PrincipalDep, session: SessionDep) -> ExportOut:
    """Ask for an export: everything of the tenant as of one moment, or some of its tables.

    A job writes the file; the one who asked is notified when it can be downloaded.
    """
    new = NewExport(
        tables=None if body.what == "everything" else body.what,
        format=body.format,
        recordings=body.recordings,
        requested_by=principal.user_id,
    )
    return _out(await exports.request_export(session, new))


@router.get("", operation_id="listExports", openapi_extra=requires_permission("exports:read"))
async def list_exports(
    *,
    session: SessionDep,
    page: PageDep,
    state: Annotated[ExportState | None, Query(description="Only exports in this state.")] = None,
) -> PageOf[ExportOut]:
    """The exports of the tenant, newest first. They stay in the list when their files are removed."""
    found = (await exports.list_exports(session, page, state=state)).map(_out)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{export_id}",
    operation_id="getExport",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("exports:read"),
)
async def get_export(export_id: UUID, session: SessionDep) -> ExportOut:
    """One export: its state, progress and size, and until when it can be downloaded."""
    return _out(await exports.get_export(session, export_id))


@router.delete(
    "/{export_id}",
    operation_id="deleteExport",
    status_code=204,
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("exports:write"),
)
async def delete_export(export_id: UUID, session: SessionDep) -> None:
    """Cancel an export that is not finished, or delete the file of one that is. It stays in the list."""
    await exports.delete_export(session, export_id)


@files_router.get(
    "/{export_id}/download",
    operation_id="downloadExport",
    response_class=Response,
    responses={
        **answers_with_file("zip file", exports.MEDIA_TYPE),
        **problem_responses(NotFound, ExportNotReady, ExportGone, RangeNotSatisfiable),
    },
    openapi_extra=requires_permission("exports:read"),
)
async def download_export(
    export_id: UUID,
    begin: TransactionFactoryDep,
    store: StoreDep,
    byte_range: Annotated[str | None, Header(alias="Range", max_length=1000)] = None,
    if_range: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """Download the file of an export, or a range of its bytes: a download that broke off can be resumed."""
    async with begin() as session:
        export = await exports.file_of_export(session, export_id)
        await exports.record_download(session, export, resumes=_resumes(byte_range))
    return await send_file(_file_of(export), store, byte_range, if_range)


@files_router.head(
    "/{export_id}/download",
    operation_id="headExport",
    response_class=Response,
    responses={
        200: {"description": "There is a file."},
        **problem_responses(NotFound, ExportNotReady, ExportGone),
    },
    openapi_extra=requires_permission("exports:read"),
)
async def head_export(export_id: UUID, begin: TransactionFactoryDep) -> Response:
    """The size and ETag of the file of an export."""
    async with begin() as session:
        export = await exports.file_of_export(session, export_id)
    return describe_file(_file_of(export))


def _resumes(byte_range: str | None) -> bool:
    """Whether the beginning of the file is not asked for."""
    return byte_range is not None and not byte_range.replace(" ", "").startswith("bytes=0-")


def _file_of(export: Export) -> StoredFile:
    assert export.storage_key is not None
    assert export.size_bytes is not None
    assert export.sha256 is not None
    return StoredFile(
        key=export.storage_key,
        size_bytes=export.size_bytes,
        sha256=export.sha256.hex(),
        media_type=exports.MEDIA_TYPE,
        disposition=f'attachment; filename="{export.file_name}"',
    )


def _out(export: Export) -> ExportOut:
    progress = export.progress
    return ExportOut(
        id=export.id,
        job_id=export.job_id,
        what="everything" if export.everything else export.tables,
        tables=export.tables,
        format=export.format,
        recordings=export.recordings,
        state=export.state,
        progress=None
        if progress is None
        else ProgressOut(done=progress.done, total=progress.total, unit=progress.unit),
        requested_by=export.requested_by,
        snapshot_at=export.snapshot_at,
        rows=export.row_count,
        size_bytes=export.size_bytes,
        sha256=None if export.sha256 is None else export.sha256.hex(),
        error=export.error,
        created_at=export.created_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
    )
