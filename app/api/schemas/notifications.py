"""Wire models of inboxes and of the outbox."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import UtcOut
from app.notifications import EmailState


class NotificationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str = Field(description="The occasion.", examples=["calibration.invited"])
    title: str
    text: str
    link: str | None = Field(description="The path of what it is about.")
    created_at: UtcOut
    read_at: UtcOut | None = Field(description="Null: not read yet.")


class AllRead(BaseModel):
    marked: int = Field(description="How many notifications were unread.", examples=[3])


class EmailOut(BaseModel):
    """An e-mail, without its text and its files."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    to_name: str
    to_email: str
    subject: str
    guest_id: UUID | None = Field(description="The guest whose personal link it holds.")
    state: EmailState = Field(description="`not_configured`: there was no mail server to send it with.")
    attempts: int = Field(description="How often it was sent to the mail server.")
    error: str | None = Field(
        description="Why the last attempt failed: the words of the mail server, where it has answered.",
        examples=["550 5.1.1 no such mailbox"],
    )
    created_at: UtcOut
    sent_at: UtcOut | None = Field(description="When the mail server took it.")
    job_id: UUID | None
