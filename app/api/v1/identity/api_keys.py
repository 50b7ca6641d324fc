"""Routes of API keys."""

from uuid import UUID

from app import identity
from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.errors import SecretShownOnce
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.identity.api_keys import ApiKeyCreated, ApiKeyIn, ApiKeyOut
from app.platform.errors import NotFound

router = private_router("/api-keys", "api keys")


@router.post(
    "",
    operation_id="createApiKey",
    status_code=201,
    responses=problem_responses(SecretShownOnce),
    openapi_extra=requires_permission("admin:write", secret_answer=True),
)
async def create_api_key(body: ApiKeyIn, principal: PrincipalDep, session: SessionDep) -> ApiKeyCreated:
    """Create an API key. The key is shown only in this answer: the service stores a hash of it.

    Users create keys; keys do not. A key acts for a user: it sees what that user sees and can do no more than that
    user, as long as the user is active. The answer is not stored, so a request that is repeated with its
    `Idempotency-Key` is refused.
    """
    key, text = await identity.create_api_key(session, principal, **body.model_dump())
    return ApiKeyCreated(**ApiKeyOut.model_validate(key).model_dump(), key=text)


@router.get("", operation_id="listApiKeys", openapi_extra=requires_permission("admin:read"))
async def list_api_keys(session: SessionDep, page: PageDep) -> PageOf[ApiKeyOut]:
    """The API keys of the tenant, including revoked and expired ones."""
    found = (await identity.list_api_keys(session, page)).map(ApiKeyOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.delete(
    "/{key_id}",
    operation_id="revokeApiKey",
    status_code=204,
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("admin:write"),
)
async def revoke_api_key(key_id: UUID, session: SessionDep) -> None:
    """Revoke an API key for good, from the next request on. Doing it again changes nothing."""
    await identity.revoke_api_key(session, key_id)
