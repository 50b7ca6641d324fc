"""Wire models of API keys."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.api.schemas.common import Name, Utc, UtcOut, WireModel, example
from app.identity import SCOPES


def _known_scope(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is not a scope; a scope is one of {', '.join(sorted(SCOPES))}")
    return scope


Scope = Annotated[str, AfterValidator(_known_scope), Field(json_schema_extra={"enum": sorted(SCOPES)})]


class ApiKeyIn(WireModel):
    model_config = example({"name": "CRM", "scopes": ["calls:write", "recordings:write"]})

    name: Annotated[Name, Field(description="What the key is for.", examples=["CRM"])]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=100, examples=[["calls:write", "recordings:write"]])]
    expires_at: Annotated[Utc | None, Field(description="Without it the key is valid until it is revoked.")] = None
    user_id: Annotated[
        UUID | None, Field(description="The user that the key acts for. By default the user who creates the key.")
    ] = None


class ApiKeyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    prefix: str = Field(description="The beginning of the key. It identifies the key and holds nothing of the secret.")
    scopes: list[str]
    user_id: UUID
    created_by: UUID
    created_at: UtcOut
    expires_at: UtcOut | None
    revoked_at: UtcOut | None


class ApiKeyCreated(ApiKeyOut):
    key: str = Field(description="The key itself, which is shown only once.", examples=["qmt_…"])
