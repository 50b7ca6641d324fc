"""Who acts in a transaction; the journal writes it beside what was done."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, an API key, a job, a consumer of events (its id is that of the event), or the system itself."""

    kind: str
    id: UUID | None
    request_id: str | None = None
