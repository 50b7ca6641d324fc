"""Routes of inboxes and of the outbox."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app import notifications
from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.notifications import AllRead, EmailOut, NotificationOut
from app.notifications import EmailSent, EmailState, MailNotConfigured
from app.platform.errors import NotFound

inbox_router = private_router("/inbox", "inbox")
emails_router = private_router("/emails", "emails")


@inbox_router.get("", operation_id="listInbox", openapi_extra=requires_permission("inbox:read"))
async def list_inbox(
    *,
    principal: PrincipalDep,
    session: SessionDep,
    page: PageDep,
    unread: Annotated[bool | None, Query(description="Only those that are not read, or only those that are.")] = None,
) -> PageOf[NotificationOut]:
    """The notifications of the user who asks, newest first. An API key reads those of its user."""
    found = await notifications.list_inbox(session, principal.user_id, page, unread=unread)
    shown = found.map(NotificationOut.model_validate)
    return PageOf(items=shown.items, next_cursor=shown.next_cursor)


@inbox_router.post("/read-all", operation_id="readInbox", openapi_extra=requires_permission("inbox:read"))
async def read_inbox(principal: PrincipalDep, session: SessionDep) -> AllRead:
    """Mark every notification of the user as read."""
    return AllRead(marked=await notifications.mark_all_read(session, principal.user_id))


@inbox_router.post(
    "/{notification_id}/read",
    operation_id="readNotification",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("inbox:read"),
)
async def read_notification(notification_id: UUID, principal: PrincipalDep, session: SessionDep) -> NotificationOut:
    """Mark a notification of the user as read. Of one that is read already, the time stays."""
    marked = await notifications.mark_read(session, principal.user_id, notification_id)
    return NotificationOut.model_validate(marked)


@emails_router.get("", operation_id="listEmails", openapi_extra=requires_permission("admin:read"))
async def list_emails(
    *,
    session: SessionDep,
    page: PageDep,
    state: Annotated[EmailState | None, Query(description="Only e-mails in this state.")] = None,
) -> PageOf[EmailOut]:
    """The e-mails of the tenant, newest first. They are removed after a while (QMT_EMAIL_RETENTION_DAYS)."""
    found = (await notifications.list_emails(session, page, state=state)).map(EmailOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@emails_router.post(
    "/{email_id}/retry",
    operation_id="retryEmail",
    status_code=202,
    responses=problem_responses(NotFound, EmailSent, MailNotConfigured),
    openapi_extra=requires_permission("admin:write"),
)
async def retry_email(email_id: UUID, session: SessionDep) -> EmailOut:
    """Send an e-mail that failed, or for which there was no mail server, again. A queued one stays as it is."""
    return EmailOut.model_validate(await notifications.retry_email(session, email_id))
