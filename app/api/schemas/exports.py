"""Wire models of exports."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, WithJsonSchema

from app.api.schemas.common import Key, ProgressOut, UtcOut, WireModel, example
from app.exports import TABLE_NAMES, ExportFormat, ExportState

_TABLE: dict[str, Any] = {"type": "string", "enum": list(TABLE_NAMES)}
TableName = Annotated[Key, WithJsonSchema(_TABLE)]


class ExportIn(WireModel):
    model_config = example({"what": ["calls", "evaluations"], "format": "csv", "recordings": False})

    what: Literal["everything"] | Annotated[list[TableName], Field(min_length=1, max_length=200)] = Field(
        description="All tables, or those that are named."
    )
    format: ExportFormat = Field(description="The format of the tables.")
    recordings: bool = Field(
        default=False, description="With the files of recordings, and the table that says which call each is of."
    )


class ExportOut(BaseModel):
    id: UUID
    job_id: UUID
    what: Literal["everything"] | list[str] = Field(examples=[["calls", "evaluations"]])
    tables: list[str] = Field(description="The tables that it holds.")
    format: ExportFormat
    recordings: bool
    state: ExportState = Field(
        description="`expired`: its time was over. `deleted`: its file was deleted before that. Both stay in the list."
    )
    progress: ProgressOut | None = Field(description="How many tables and recordings are written.")
    requested_by: UUID
    snapshot_at: UtcOut | None = Field(description="The moment that all its rows are of.")
    rows: int | None = Field(description="Rows of all tables.")
    size_bytes: int | None
    sha256: str | None = Field(description="SHA-256 of the file, in hexadecimal. It is its ETag, too.")
    error: str | None = Field(description="Why it failed.")
    created_at: UtcOut
    finished_at: UtcOut | None
    expires_at: UtcOut | None = Field(description="Until when the file can be downloaded.")
