"""What the figures of the report on sources of errors are computed from, and by which method."""

from typing import Final

from app.analysis.errors.table import ErrorTable
from app.analysis.kept.digests import input_digest, used_keys
from app.analysis.kept.service import Computation
from app.statistics import ErrorSources


def _process_share(sources: ErrorSources) -> float | None:
    return None if sources.process_share is None else sources.process_share.value


# Whoever changes how the sources are computed, or the dataclass that holds them, gives the method another name.
COMPUTATION: Final = Computation("error-sources", "marks-1", ErrorSources, _process_share)


def digest_of(table: ErrorTable) -> str:
    """The digest of the answers, and of the items, reasons, agents and teams that their codes stand for."""
    answers = table.answers
    keys = (
        used_keys(answers.items, table.items),
        used_keys(answers.reasons, table.reasons),
        used_keys(answers.agents, table.agents),
        used_keys(answers.teams, table.teams),
    )
    return input_digest(answers, *keys)
