"""Events, e-mails and notifications to test with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.notifications import Attachment, CalendarEvent, Email, EmailState, Person, Recipient
from app.platform.ids import new_id

EVENT = CalendarEvent(
    uid="0192f0c1-8a5e-7c3d@qmt.example.com",
    sequence=0,
    title="Calibration: cards",
    description="Three calls of the week.",
    starts_at=datetime(2026, 6, 10, 8, tzinfo=UTC),
    duration=timedelta(minutes=90),
    organizer=Person("Lena Marsh", "lena@example.com"),
    attendees=(Person("Vera Quill", "vera@example.com"), Person("Анна Иванова", "anna@example.com")),
    created_at=datetime(2026, 5, 1, 7, tzinfo=UTC),
    updated_at=datetime(2026, 5, 2, 7, 30, tzinfo=UTC),
    url="https://qmt.example.com/calibration/7",
    reminder_min=15,
)
VERA = Recipient("Vera Quill", "vera@example.com", "Europe/Berlin")


def event(**changes: Any) -> CalendarEvent:
    return replace(EVENT, **changes)


def recipient(timezone: str) -> Recipient:
    return replace(VERA, timezone=timezone)


def email(**changes: Any) -> Email:
    """An e-mail as the outbox holds it."""
    made = Email(
        id=new_id(),
        to_name="Vera Quill",
        to_email="vera@example.com",
        subject="You are invited",
        text="Three calls of the week.",
        attachments=(),
        guest_id=None,
        state=EmailState.QUEUED,
        attempts=0,
        error=None,
        created_at=datetime(2026, 5, 2, 7, 30, tzinfo=UTC),
        sent_at=None,
        job_id=None,
    )
    return replace(made, **changes)


PICTURE = Attachment("heat map.png", "image/png", b"\x89PNG\r\n\x1a\n\x00")
