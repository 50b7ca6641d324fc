"""The append-only journal of everything that changes.

To add an event type, define it in the `events.py` of the package that publishes it:

    @dataclass(frozen=True, kw_only=True)
    class TeamChanged(DomainEvent):
        "A team got another name or leader."  # as a docstring: docs/events.md shows it

        name = "team.changed"
        subject_type = "team"
        before: Team  # any frozen dataclass or TypedDict; leave a line out where there is no such document
        after: Team

and record it in the transaction of the change:

    await events.record(session, TeamChanged(subject_id=team.id, before=before, after=after))

The class is in the catalogue as soon as it is defined. `make events openapi` writes it into the documents.

To let another package do something after an event, register a consumer in app/wiring.py:

    events.consume("transcription", transcription.on_recording_stored, types=(RecordingStored,))

`async def on_recording_stored(session: Session, event: RecordedEvent) -> None` is called about a second after the
commit, for each event once it is sealed, in the order of the journal. See app/events/consumers.py.
"""

from app.events.catalogue import DomainEvent, EventTypeExists, event_schemas, event_types
from app.events.consumers import consume
from app.events.dispatching import Dispatcher
from app.events.document import write_document
from app.events.metrics import measure
from app.events.sealing import seal_tenant
from app.events.service import list_events, record, subjects_not_consumed
from app.events.types import ChainHead, JournalFault, JournalFaultKind, RecordedEvent, Verification
from app.events.verification import verify

__all__ = [
    "ChainHead",
    "Dispatcher",
    "DomainEvent",
    "EventTypeExists",
    "JournalFault",
    "JournalFaultKind",
    "RecordedEvent",
    "Verification",
    "consume",
    "event_schemas",
    "event_types",
    "list_events",
    "measure",
    "record",
    "seal_tenant",
    "subjects_not_consumed",
    "verify",
    "write_document",
]
