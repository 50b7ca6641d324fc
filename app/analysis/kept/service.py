"""Answering a question with the figure that was kept, or with a new one that names the one before.

Only questions about a closed period are kept: one that ends now is never asked again.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog

from app.analysis.kept import repository
from app.analysis.kept.digests import canonical
from app.analysis.kept.documents import UnreadableFigure, from_json, to_json
from app.analysis.kept.types import ChangeReason, Figure, KeptFigure, PreviousFigure
from app.analysis.types import Filters
from app.platform import clock
from app.platform.clock import Period
from app.platform.database import Session, TransactionFactory
from app.platform.threads import REPORTS

log = structlog.get_logger()

F = TypeVar("F")

# Of one tenant. A dashboard that asks for other hours each time must not fill the database.
MOST_FIGURES = 2000


@dataclass(frozen=True, slots=True)
class Computation(Generic[F]):
    """How the figures of a report are computed.

    method: names the version; another version gives other figures from the same inputs. shape: the dataclass of the
    figures. value: the one number of them.
    """

    report: str
    method: str
    shape: type[F]
    value: Callable[[F], float | None]


def question_of(filters: Filters, period: Period, **more: Any) -> str | None:
    """What is asked, as canonical JSON; None unless the client has named an end that is over."""
    if filters.until is None or period.until > clock.now():
        return None
    # The zone changes the words of an answer, not its figures.
    asked = {name: value for name, value in asdict(replace(filters, zone=None)).items() if name != "zone"}
    return canonical(asked | {"since": period.since, "until": period.until} | more)


async def kept_or_computed(
    session: Session, computation: Computation[F], question: str | None, input_digest: str, compute: Callable[[], F]
) -> tuple[F, Figure]:
    """The kept figures if their inputs and their method are still the same; otherwise new ones."""
    kept = None if question is None else await repository.kept_figure(session, computation.report, question)
    if kept is not None and (kept.input_digest, kept.method) == (input_digest, computation.method):
        try:
            figures = await REPORTS.run(from_json, computation.shape, kept.figures)
        except UnreadableFigure as error:
            log.warning("kept figure not readable", report=computation.report, error=str(error))
        else:
            return figures, Figure(kept.method, kept.input_digest, kept.computed_at, kept.changed)
    # Before the computation: of two answers, the one that has read the newer inputs is kept.
    computed_at = clock.now()
    figures = await REPORTS.run(compute)
    if question is None:
        return figures, Figure(computation.method, input_digest, computed_at, None)
    to_keep = KeptFigure(
        report=computation.report,
        question=question,
        method=computation.method,
        input_digest=input_digest,
        figures=await REPORTS.run(to_json, figures),
        value=computation.value(figures),
        computed_at=computed_at,
        changed=None,
    )
    to_keep = replace(to_keep, changed=_change(kept, to_keep))
    return figures, Figure(to_keep.method, input_digest, computed_at, to_keep.changed, to_keep)


async def keep(begin: TransactionFactory, figure: Figure | None) -> None:
    """Store a new figure, in a transaction of its own after the one that has read.

    If it cannot be stored, the answer is the same, and the next question is computed again.
    """
    if figure is None or figure.to_keep is None:
        return
    try:
        async with begin() as session:
            await repository.keep(session, figure.to_keep)
    except Exception as error:
        log.warning("figure not kept", report=figure.to_keep.report, error=repr(error))


async def remove_old_figures(session: Session, limit: int, *, kept: timedelta) -> int:
    """Remove figures of all tenants that were computed longer ago than they are kept; how many there were."""
    before: datetime = clock.now() - kept
    return await repository.remove_old(session, before, limit)


async def remove_surplus_figures(session: Session, limit: int) -> int:
    """Remove the oldest figures of tenants that have more than a tenant may keep; how many there were."""
    return await repository.remove_surplus(session, MOST_FIGURES, limit)


def _change(before: KeptFigure | None, now: KeptFigure) -> PreviousFigure | None:
    """The figure before, if it was another one; what was said of an equal one is still true of this one."""
    if before is None:
        return None
    if before.figures == now.figures:
        return before.changed
    reason = ChangeReason.INPUTS if before.input_digest != now.input_digest else ChangeReason.METHOD
    return PreviousFigure(before.value, before.input_digest, before.computed_at, reason)
