"""The events of e-mails. What people are told follows from other events; these say what became of the mail."""

from dataclasses import dataclass

from app.events import DomainEvent


@dataclass(frozen=True, slots=True)
class FailedEmail:
    """`error` has the words of the mail server, where it has said why."""

    to_email: str
    subject: str
    attempts: int
    error: str | None


@dataclass(frozen=True, kw_only=True)
class EmailFailed(DomainEvent):
    """An e-mail was given up: the mail server refuses it, or takes nothing for longer than mail is tried."""

    name = "email.failed"
    subject_type = "email"
    after: FailedEmail


@dataclass(frozen=True, slots=True)
class RetriedEmail:
    to_email: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class EmailRetried(DomainEvent):
    """An e-mail that was not sent was queued again."""

    name = "email.retried"
    subject_type = "email"
    after: RetriedEmail
