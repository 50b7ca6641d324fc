"""What the journal speaks of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class Event:
    id: UUID
    tenant_id: UUID
    type: str
    occurred_at: datetime
    actor: Actor
    subject_type: str
    subject_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
