"""Threads for work that would hold up the event loop: a few for each kind of work, so that none waits for another."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """At most `count` calls at once; others wait for one of them to end."""

    def __init__(self, name: str, count: int) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        in_context = partial(copy_context().run, call, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, in_context)


# Hashing takes a processor for a tenth of a second, and lets others run meanwhile.
PASSWORDS = Threads("passwords", 4)
# Results of sessions and pooled agreement. They compute in Python: more at once would only slow the event loop down.
COMPUTING = Threads("computing", 4)
# The drawing library has settings of the whole process, so that one picture is drawn after the other.
PICTURES = Threads("pictures", 1)
REPORTS = Threads("reports", 4)
