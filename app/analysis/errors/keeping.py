"""What the figures of the report on sources of errors are computed from, and by which method."""

from dataclasses import dataclass
from typing import Final

from app.analysis.errors.table import ErrorTable
from app.analysis.kept.digests import input_digest, used_keys
from app.analysis.kept.service import Computation
from app.statistics.attribution import CheckedErrors, ErrorSources


@dataclass(frozen=True, slots=True)
class ErrorInputs:
    """The answers, and the errors among them that were checked."""

    table: ErrorTable
    checked: CheckedErrors


def _process_share(sources: ErrorSources) -> float | None:
    estimate = sources.process_share.estimate
    return None if estimate is None else estimate.value


# Another computation, or another dataclass for its figures, needs another name of the method.
COMPUTATION: Final = Computation("error-sources", "rectified-1", ErrorSources, _process_share)


def digest_of(inputs: ErrorInputs) -> str:
    """The digest of the answers and checks, and of the items, reasons, agents and teams that codes stand for."""
    table = inputs.table
    answers = table.answers
    keys = (
        used_keys(answers.items, table.items),
        used_keys(answers.reasons, table.reasons),
        used_keys(answers.agents, table.agents),
        used_keys(answers.teams, table.teams),
    )
    return input_digest(answers, inputs.checked, *keys)
