"""Answers that take a while to compute: a few at once, in threads, as bytes."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from app.api.context import computation


async def _admission(request: Request) -> AsyncIterator[None]:
    async with computation(request):
        yield


# The parameter of a handler that computes. It ends before the answer is sent: a client that reads slowly holds nothing.
ComputationDep = Annotated[None, Depends(_admission, scope="function")]


def json_answer(document: BaseModel) -> Response:
    """The document as an answer that nobody serialises again. For a thread: a large one takes seconds."""
    return Response(document.model_dump_json(by_alias=True), media_type="application/json")
