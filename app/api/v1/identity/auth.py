"""Routes of signing in and of the principal itself."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.context import begin
from app.api.deps import PrincipalDep, SettingsDep
from app.api.errors import TooManyAtOnce
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import Text
from app.identity import PrincipalKind, Role, SignInRefused, sign_in
from app.platform.database.scope import System, SystemUse
from app.platform.errors import Invalid, TooLarge, TooManyRequests

public = APIRouter(prefix="/v1", tags=["identity"])
router = private_router("", "identity")


class TokenForm(BaseModel):
    """The OAuth 2 password form."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"username": "vera.quill@example.com", "password": "correct horse battery staple"}]
        },
    )

    username: Annotated[Text, Field(min_length=1, max_length=320, description="The e-mail address.")]
    password: Annotated[str, Field(min_length=1, max_length=1000, json_schema_extra={"format": "password"})]
    grant_type: Annotated[str | None, Field(max_length=20, description="`password`, if it is sent.")] = None
    scope: Annotated[str, Field(max_length=1000)] = ""
    client_id: Annotated[
        Text | None, Field(max_length=200, description="The tenant's slug, where the name exists in several tenants.")
    ] = None


class Token(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 (the name of a scheme)
    expires_in: int = Field(description="Seconds.", examples=[3600])


class Me(BaseModel):
    kind: PrincipalKind = Field(examples=["user"])
    id: UUID = Field(description="The user's id, the key's or the guest's.")
    user_id: UUID | None = Field(
        description="The user that a key acts for; the user's own id for a user; null for a guest."
    )
    tenant_id: UUID
    name: str
    role: Role = Field(description="The role of the user; `client` for a guest.")
    permissions: list[str]


@public.post(
    "/auth/token",
    operation_id="signIn",
    responses=problem_responses(SignInRefused, TooManyRequests, TooManyAtOnce, Invalid, TooLarge),
)
async def token(request: Request, form: Annotated[TokenForm, Form()], settings: SettingsDep) -> Token:
    """Exchange a name and a password for an access token.

    After several failed attempts for one name the answer is 429 until the window that began with the first of them
    ends; attempts made meanwhile do not lengthen it, and tokens and API keys go on working.
    """
    scope = System(SystemUse.SIGN_IN)
    access = await sign_in(
        lambda: begin(request, scope),
        settings,
        email=form.username,
        password=form.password,
        tenant_slug=form.client_id or None,
    )
    return Token(access_token=access.token, expires_in=access.expires_in)


@router.get("/me", operation_id="getMe", openapi_extra=requires_permission("self:read"))
async def me(principal: PrincipalDep) -> Me:
    """The user, key or guest that the credential belongs to, and what it may do."""
    return Me(
        kind=principal.kind,
        id=principal.id,
        user_id=None if principal.kind is PrincipalKind.GUEST else principal.user_id,
        tenant_id=principal.tenant_id,
        name=principal.name,
        role=principal.role,
        permissions=sorted(principal.permissions),
    )
