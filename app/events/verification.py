"""Verification: every digest of the chain of seals is computed again from the rows.

It finds an event that was changed, removed or inserted past the application, and a batch that was changed, reordered or
removed. A chain alone cannot show that its end was cut off or that all of it was replaced: for that, note its head
elsewhere and give it to a later verification (`known_head`).

A long journal is verified in pieces: `resume_from` is the batch up to which an earlier piece found no fault, and
`limit` is the number of batches in a piece. Rows outside the chain are looked for in the last piece.
"""

from collections.abc import Iterator, Sequence
from contextlib import aclosing

from app.events import merkle
from app.events.repository import seals as repository
from app.events.types import ChainHead, JournalFault, JournalFaultKind, Seal, SealedEvent, Verification
from app.platform.database import Session

# Seals are read so many at a time, and their events in groups of batches of about so many.
_SEALS = 2_000
_EVENTS = 20_000
_BEFORE_ALL = -(2**31)


async def verify(
    session: Session,
    *,
    known_head: ChainHead | None = None,
    resume_from: ChainHead | None = None,
    limit: int | None = None,
) -> Verification:
    """Verify the journal of the session's tenant up to its first fault, or for `limit` batches."""
    # What is sealed from now on is left to the next verification.
    newest = await repository.chain_head(session)
    verified, fault = await _verify_chain(session, resume_from or ChainHead(), newest.number, limit)
    fault = fault or await _noted_fault(session, known_head)
    if fault is None and verified == newest:
        fault = await _find_outside(session)
    sealed, pending = await repository.count_events(session)
    return Verification(sealed, pending, newest, verified, fault)


async def _verify_chain(
    session: Session, start: ChainHead, stop: int, limit: int | None
) -> tuple[ChainHead, JournalFault | None]:
    """Follow the chain from `start` to batch `stop`, its first fault or the limit; return the last sound batch."""
    if fault := await _noted_fault(session, start):
        return start, fault
    head, after = start, start.number or _BEFORE_ALL
    left = limit or stop
    while left > 0 and (page := await repository.seals_between(session, after, stop, min(_SEALS, left))):
        for group in _groups(page):
            chain, link_fault = _linked(group, head)
            last, fault = await _verify_contents(session, chain)
            head = last or head
            if fault := fault or link_fault:
                return head, fault
        after = page[-1].number
        left -= len(page)
    return head, None


async def _noted_fault(session: Session, noted: ChainHead | None) -> JournalFault | None:
    """What is wrong with a batch that was noted earlier."""
    if noted is None or noted.number == 0:
        return None
    present = await repository.seal_at(session, noted.number)
    if present is None:
        return JournalFault(JournalFaultKind.BATCH_MISSING, "the noted batch is not in the chain", noted.number)
    if present != noted:
        return JournalFault(JournalFaultKind.BATCH_CHANGED, "it is not the noted batch", noted.number)
    return None


def _groups(seals: Sequence[Seal]) -> Iterator[list[Seal]]:
    group: list[Seal] = []
    for seal in seals:
        group.append(seal)
        if sum(member.events for member in group) >= _EVENTS:
            yield group
            group = []
    if group:
        yield group


def _linked(seals: Sequence[Seal], head: ChainHead) -> tuple[list[Seal], JournalFault | None]:
    """The seals that follow each other after `head`, and what is wrong with the next one."""
    chain: list[Seal] = []
    for seal in seals:
        if fault := _link_fault(seal, head):
            return chain, fault
        chain.append(seal)
        head = seal.head
    return chain, None


def _link_fault(seal: Seal, head: ChainHead) -> JournalFault | None:
    expected = head.number + 1
    if seal.number != expected:
        return JournalFault(JournalFaultKind.BATCH_MISSING, f"batch {seal.number} is in its place", expected)
    if seal.previous_root != head.chained_root:
        return JournalFault(JournalFaultKind.BATCH_CHANGED, "it is not chained to the batch before", seal.number)
    if seal.chained_root != merkle.chained(seal.columns):
        return JournalFault(JournalFaultKind.BATCH_CHANGED, "its seal was changed", seal.number)
    return None


async def _verify_contents(session: Session, chain: Sequence[Seal]) -> tuple[ChainHead | None, JournalFault | None]:
    """The last batch whose events are those that were sealed, and the first fault after it."""
    trees = [merkle.Tree() for _ in chain]
    sound, fault = len(chain), None
    async with aclosing(repository.sealed_events(session, chain)) as entries:
        async for entry in entries:
            fault = _entry_fault(chain[entry.batch], trees[entry.batch].leaves, entry)
            if fault:
                sound = entry.batch
                break
            trees[entry.batch].add(entry.digest)
    last = None
    for seal, tree in zip(chain[:sound], trees, strict=False):
        if (tree.leaves, tree.root()) != (seal.events, seal.root):
            detail = "its events or their order are not those that were sealed"
            return last, JournalFault(JournalFaultKind.BATCH_CHANGED, detail, seal.number)
        last = seal.head
    return last, fault


def _entry_fault(seal: Seal, position: int, entry: SealedEvent) -> JournalFault | None:
    if entry.event is None:
        return JournalFault(JournalFaultKind.EVENT_MISSING, "it was sealed and is gone", seal.number, entry.event_id)
    if merkle.leaf(entry.event) != entry.digest:
        return JournalFault(JournalFaultKind.EVENT_CHANGED, "it is not what was sealed", seal.number, entry.event_id)
    if entry.position != position:
        return JournalFault(JournalFaultKind.BATCH_CHANGED, f"position {position} is empty", seal.number)
    return None


async def _find_outside(session: Session) -> JournalFault | None:
    """A row that is no part of the chain, although the chain itself is sound."""
    outside = await repository.find_outside(session)
    kinds = (
        (JournalFaultKind.BATCH_MISSING, outside.entry_without_seal, "it was sealed in a batch that is gone"),
        (JournalFaultKind.EVENT_INSERTED, outside.inserted, "it is neither sealed nor listed as unsealed"),
        (JournalFaultKind.EVENT_MISSING, outside.listed_without_event, "it was to be sealed and is gone"),
    )
    return next((JournalFault(kind, detail, event_id=found) for kind, found, detail in kinds if found), None)
