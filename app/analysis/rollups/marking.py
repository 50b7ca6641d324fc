"""The consumer of events that marks roll-ups as stale."""

from typing import Final

from app import events
from app.analysis.rollups import repository
from app.events import DomainEvent, RecordedEvent
from app.platform.database import Session

# Its cursors are stored under this name.
CONSUMER: Final = "rollups"
_SUBJECTS: Final = {"draw", "assignment", "evaluation"}


def consumed_types() -> tuple[type[DomainEvent], ...]:
    """Every event of a draw, of an assignment or of an evaluation: an event type that comes later is among them."""
    return tuple(kind for kind in events.event_types() if kind.subject_type in _SUBJECTS)


async def on_change(session: Session, event: RecordedEvent) -> None:
    """Mark the roll-up of the draw that this happened in, if it is of a drawn call."""
    if event.subject_id is not None and (draw_ids := await repository.draws_of(session, [event.subject_id])):
        await repository.mark_stale(session, draw_ids)
