"""Exporting the proof of a draw page by page: a large frame is never in memory as a whole."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from app.platform.database import Session, TransactionFactory
from app.platform.errors import require_found
from app.sampling.draws.repository.draws import draw_by_id
from app.sampling.errors import DrawNotMade
from app.sampling.plans.types import PlanDesign
from app.sampling.proofs import repository
from app.sampling.proofs.document import FORMAT, ProofHeader, canonical, moment, parameters_document, window_document
from app.sampling.proofs.repository import DocumentPage
from app.sampling.types import Draw, DrawState

Item = TypeVar("Item")
Key = TypeVar("Key")

SELECTIONS_A_PAGE = 5_000
STRATA_A_PAGE = 50

_DESIGN: TypeAdapter[PlanDesign] = TypeAdapter(PlanDesign)


async def open_proof(begin: TransactionFactory, draw_id: UUID) -> AsyncIterator[bytes]:
    """The bytes of the proof of a draw; every page is read in a transaction of its own.

    The canonical form of the document with the checksum over that form as the last member.
    """
    async with begin() as session:
        draw = require_found(await draw_by_id(session, draw_id), "draw", draw_id)
    selections = partial(repository.page_of_selections, draw_id=draw_id, limit=SELECTIONS_A_PAGE)
    strata = partial(repository.page_of_strata, draw_id=draw_id, limit=STRATA_A_PAGE)
    return _sealed(
        _members(
            _header(draw),
            selections=_pages(begin, selections, repository.BEFORE_SELECTIONS),
            strata=_pages(begin, strata, repository.BEFORE_STRATA),
        )
    )


async def _pages(
    begin: TransactionFactory, read: Callable[[Session, Key], Awaitable[DocumentPage[Item, Key]]], after: Key | None
) -> AsyncIterator[list[Item]]:
    """No transaction stays open while a client reads the page before."""
    while after is not None:
        async with begin() as session:
            items, after = await read(session, after)
        yield items


async def _members(header: ProofHeader, **lists: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    """The document by its members' names, up to the brace that closes it."""
    members: dict[str, object] = {**header, **lists}
    opening = b"{"
    for name in sorted(members):
        yield opening + canonical(name) + b":"
        opening = b","
        if name in lists:
            async for piece in _array(lists[name]):
                yield piece
        else:
            yield canonical(members[name])


async def _array(pages: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    opening = b"["
    async for items in pages:
        if items:
            yield opening + canonical(items).removeprefix(b"[").removesuffix(b"]")
            opening = b","
    yield b"[]" if opening == b"[" else b"]"


async def _sealed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The document with its checksum, which covers the document without the checksum."""
    digest = sha256()
    async for piece in pieces:
        digest.update(piece)
        yield piece
    digest.update(b"}")
    yield b',"checksum":"%s"}' % digest.hexdigest().encode()


def _header(draw: Draw) -> ProofHeader:
    if draw.state is DrawState.VOID:
        raise DrawNotMade(f"the draw {draw.id} was given up before it was made")
    if draw.drawn_at is None or draw.seed is None or draw.parameters is None:
        raise DrawNotMade(f"the seed of the draw {draw.id} is a secret until the draw is made")
    assert draw.frame_size is not None
    assert draw.sample_size is not None
    assert draw.frame_digest is not None
    return {
        "format": FORMAT,
        "draw_id": str(draw.id),
        "plan_id": str(draw.plan_id),
        "part": draw.supplement_no,
        "window": window_document(draw.window),
        "seed_commitment": draw.seed_commitment.hex(),
        "committed_at": moment(draw.committed_at),
        "drawn_at": moment(draw.drawn_at),
        "seed": draw.seed.hex(),
        "parameters": parameters_document(_DESIGN.validate_python(draw.parameters), draw.parameters["plan_version"]),
        "frame_size": draw.frame_size,
        "sample_size": draw.sample_size,
        "frame_digest": draw.frame_digest.hex(),
    }
