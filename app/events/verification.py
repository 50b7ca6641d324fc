"""Verification: the chain of seals and everything they cover, derived again from the rows.

What it finds: an event that was changed, taken away or slipped in; a batch that was changed, put into another order or
taken out of the chain. What no chain can find by itself: that its end was cut off, or all of it made anew. Who has
noted the head of an earlier verification gives it (`known`) and learns whether the chain still holds it.
"""

from collections.abc import Iterator, Sequence
from contextlib import aclosing

from app.events import merkle, repository
from app.events.repository import SealedEvent
from app.events.types import FaultKind, Head, JournalFault, Seal, Verification
from app.platform.database import Session

# Seals are read so many at a time, and their events in groups of batches of about so many.
_SEALS = 500
_EVENTS = 20_000
_BEFORE_ALL = -(2**32)


async def verify(session: Session, known: Head | None = None) -> Verification:
    """Verify the journal of the session's tenant up to its first fault. `known`: a head noted earlier."""
    head, fault = await _walk(session, known or Head())
    fault = fault or await _outside(session, head)
    newest = await repository.head(session)
    sealed, pending = await repository.count(session, newest.horizon)
    return Verification(sealed, pending, newest, fault)


async def _walk(session: Session, known: Head) -> tuple[Head, JournalFault | None]:
    """Follow the chain from its beginning to its end or first fault."""
    head, after = Head(), _BEFORE_ALL
    while page := await repository.seals(session, after, _SEALS):
        for group in _groups(page):
            chain, fault = _linked(group, head, known)
            fault = await _contents(session, chain) or fault
            if fault:
                return head, fault
            head = _head(chain[-1])
        after = page[-1].number
    if known.number > head.number:
        return head, JournalFault(FaultKind.BATCH_MISSING, "the noted head is beyond the end", known.number)
    return head, None


def _groups(seals: Sequence[Seal]) -> Iterator[list[Seal]]:
    group: list[Seal] = []
    for seal in seals:
        group.append(seal)
        if sum(member.events for member in group) >= _EVENTS:
            yield group
            group = []
    if group:
        yield group


def _linked(seals: Sequence[Seal], head: Head, known: Head) -> tuple[list[Seal], JournalFault | None]:
    """The seals that follow each other from `head` on, and what is wrong with the one after them."""
    chain: list[Seal] = []
    for seal in seals:
        if fault := _link_fault(seal, head, known):
            return chain, fault
        chain.append(seal)
        head = _head(seal)
    return chain, None


def _link_fault(seal: Seal, head: Head, known: Head) -> JournalFault | None:
    expected = head.number + 1
    if seal.number != expected:
        return JournalFault(FaultKind.BATCH_MISSING, f"batch {seal.number} stands where it should be", expected)
    if seal.previous_root != head.chained_root:
        return JournalFault(FaultKind.BATCH_CHANGED, "it is not chained to the batch before", seal.number)
    if seal.chained_root != merkle.chained(seal.columns):
        return JournalFault(FaultKind.BATCH_CHANGED, "its seal was changed", seal.number)
    if seal.number == known.number and seal.chained_root != known.chained_root:
        return JournalFault(FaultKind.BATCH_CHANGED, "it is not the noted head", seal.number)
    return None


def _head(seal: Seal) -> Head:
    return Head(seal.number, seal.chained_root, seal.horizon)


async def _contents(session: Session, chain: Sequence[Seal]) -> JournalFault | None:
    """The first fault in what these batches hold."""
    trees = [merkle.Tree() for _ in chain]
    whole, fault = len(chain), None
    async with aclosing(repository.sealed_events(session, chain)) as entries:
        async for entry in entries:
            fault = _entry_fault(chain[entry.batch], trees[entry.batch].leaves, entry)
            if fault:
                whole = entry.batch
                break
            trees[entry.batch].add(entry.digest)
    for seal, tree in zip(chain[:whole], trees, strict=False):
        if (tree.leaves, tree.root()) != (seal.events, seal.root):
            return JournalFault(FaultKind.BATCH_CHANGED, "its events or their order are not those sealed", seal.number)
    return fault


def _entry_fault(seal: Seal, position: int, entry: SealedEvent) -> JournalFault | None:
    if entry.event is None:
        return JournalFault(FaultKind.EVENT_MISSING, "it was sealed and is gone", seal.number, entry.event_id)
    if merkle.leaf(entry.event) != entry.digest:
        return JournalFault(FaultKind.EVENT_CHANGED, "it is not what was sealed", seal.number, entry.event_id)
    if entry.position != position:
        return JournalFault(FaultKind.BATCH_CHANGED, f"position {position} is empty", seal.number)
    return None


async def _outside(session: Session, head: Head) -> JournalFault | None:
    """What stands beside a sound chain and belongs to none of its batches."""
    if stray := await repository.stray_entry(session):
        return JournalFault(FaultKind.BATCH_MISSING, "it was sealed in a batch that is gone", event_id=stray)
    if inserted := await repository.inserted_below(session, head.horizon):
        return JournalFault(FaultKind.EVENT_INSERTED, "it was not there when its time was sealed", event_id=inserted)
    return None
