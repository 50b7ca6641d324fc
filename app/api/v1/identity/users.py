"""Routes of users."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app import evaluations, identity
from app.api.deps import IfMatchDep, PageDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.identity.users import OpenWorkOut, UserChanged, UserIn, UserOut, UserPatch, UserRole
from app.identity import EmailTaken, LastAdmin, Role, RoleInUse
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion

router = private_router("/users", "users")


@router.post(
    "",
    operation_id="createUser",
    status_code=201,
    responses=problem_responses(EmailTaken),
    openapi_extra=requires_permission("admin:write"),
)
async def create_user(body: UserIn, session: SessionDep, response: Response) -> UserOut:
    """Create a user. The user can sign in at once with the e-mail address and the password."""
    user = await identity.create_user(session, **body.model_dump())
    set_etag(response, user.version)
    return UserOut.model_validate(user)


@router.get("", operation_id="listUsers", openapi_extra=requires_permission("people:read"))
async def list_users(
    session: SessionDep,
    page: PageDep,
    role: Annotated[UserRole | None, Query(description="Only users of this role.")] = None,
    active: Annotated[bool | None, Query(description="Only those who can sign in, or only those who cannot.")] = None,
) -> PageOf[UserOut]:
    """The users of the tenant."""
    found = (await identity.list_users(session, page, role=None if role is None else Role(role), active=active)).map(
        UserOut.model_validate
    )
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{user_id}",
    operation_id="getUser",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("people:read"),
)
async def get_user(user_id: UUID, session: SessionDep, response: Response) -> UserOut:
    """One user."""
    user = await identity.get_user(session, user_id)
    set_etag(response, user.version)
    return UserOut.model_validate(user)


@router.patch(
    "/{user_id}",
    operation_id="changeUser",
    responses=problem_responses(NotFound, EmailTaken, LastAdmin, RoleInUse, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("admin:write"),
)
async def change_user(
    user_id: UUID, body: UserPatch, version: IfMatchDep, session: SessionDep, response: Response
) -> UserChanged:
    """Change the given fields of a user; the others stay.

    A changed role and `active: false` apply from the next request on, also to tokens that the user has. A tenant keeps
    at least one active administrator. A user who is linked to an agent keeps the role agent, and the leader of a team
    keeps the role leader or admin. After a change of `active` or `role` the answer counts the work that is open under
    the user's name.
    """
    changes = body.model_dump(exclude_unset=True)
    user, open_work = await evaluations.change_user(session, user_id, version, changes)
    set_etag(response, user.version)
    work = None if open_work is None else OpenWorkOut.model_validate(open_work)
    return UserChanged(**UserOut.model_validate(user).model_dump(), open_work=work)
