"""The faults planted in the simulated centre, and the true figures that follow: reports and tests compare with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CAUSES = ("agent", "process", "customer")
NO_ERROR, AGENT, PROCESS, CUSTOMER = 0, 1, 2, 3
NOT_APPLICABLE, HIDDEN = -1, -2

# Probability that an experienced agent of average skill errs on an applicable item.
AGENT_RATE = 0.012
AGENT_RATES = {
    "introduced": 0.01,
    "customer_name": 0.039,
    "tone": 0.033,
    "need_clarified": 0.033,
    "request_restated": 0.033,
    "empathy": 0.039,
    "information_correct": 0.016,
    "information_complete": 0.033,
    "resolution": 0.019,
    "next_step_agreed": 0.052,
    "hold_asked": 0.052,
    "hold_return": 0.052,
    "identity_check": 0.008,
    "identity_before_data": 0.007,
    "card_data_protected": 0.005,
    "summary": 0.046,
    "rating_invited": 0.033,
}

# Probability that the customer causes an error on an item that has such a reason.
CUSTOMER_RATE = 0.004

# Share of calls on which an item that may be skipped does not apply. Items on holding apply to calls with a hold.
NOT_APPLICABLE_RATES = {
    "history_checked": 0.3,
    "empathy": 0.5,
    "card_data_protected": 0.4,
    "terms_disclosed": 0.5,
    "consent_given": 0.6,
    "promise_recorded": 0.6,
}

# On these topics the information is so badly arranged that all agents place callers on hold.
BADLY_ARRANGED_TOPICS = ("loans", "roaming")


@dataclass(frozen=True, slots=True)
class ProcessFault:
    """A fault of the process: the same rate for every agent, on one item, in a project or on topics, in some weeks."""

    item: str
    rate: float
    reason: str
    why: str
    project_key: str | None = None
    topics: tuple[str, ...] = ()
    first_week: int = 0
    last_week: int | None = None

    def applies(self, project_key: str, topic: str, week: int) -> bool:
        return (
            self.project_key in (None, project_key)
            and (not self.topics or topic in self.topics)
            and self.first_week <= week
            and (self.last_week is None or week <= self.last_week)
        )


PROCESS_FAULTS = (
    ProcessFault(
        "information_correct",
        0.30,
        "not_in_knowledge_base",
        "The knowledge base has no article on cards abroad",
        topics=("cards",),
    ),
    ProcessFault(
        "information_correct",
        0.40,
        "outdated_article",
        "New tariffs came into force in the fourth week, the article still shows the old ones",
        topics=("tariffs",),
        first_week=3,
    ),
    ProcessFault(
        "information_complete",
        0.30,
        "scattered",
        "What belongs together is spread over several articles",
        topics=BADLY_ARRANGED_TOPICS,
    ),
    ProcessFault(
        "knowledge_base_used",
        0.35,
        "hard_to_search",
        "The search does not find the articles",
        topics=BADLY_ARRANGED_TOPICS,
    ),
    ProcessFault("resolution", 0.35, "no_authority", "Agents may not correct a bill", topics=("billing",)),
    ProcessFault("topic_classified", 0.45, "no_such_topic", "The list has no topic for fraud", topics=("fraud",)),
    ProcessFault("terms_disclosed", 0.40, "terms_not_in_script", "The script leaves out the fee", topics=("cards",)),
    ProcessFault(
        "request_restated",
        0.30,
        "not_in_script",
        "The script has no step for restating the request",
        project_key="harbor-mobile",
    ),
    ProcessFault(
        "hold_return",
        0.40,
        "second_line_busy",
        "The second line was understaffed until the end of the fifth week",
        project_key="northern-bank",
        last_week=4,
    ),
)

# Rate of errors by the process on every item that has such a reason, everywhere.
BACKGROUND_PROCESS_RATE = 0.004


@dataclass(frozen=True)
class Truths:
    """Over all calls of a centre, not over a sample: errors, the share of them that the process caused, overall and
    by item (None where an item has no error), and by item the errors per applicable answer."""

    calls: int
    errors: int
    process_share: float
    process_share_by_item: dict[str, float | None]
    error_rate_by_item: dict[str, float]


def measure(item_keys: Sequence[str], levels: npt.NDArray[np.int8], causes: npt.NDArray[np.int8]) -> Truths:
    """`levels` and `causes`: calls × items, coded as above. There must be at least one error."""
    errors = (causes != NO_ERROR).sum(axis=0)
    by_process = (causes == PROCESS).sum(axis=0)
    applicable = (levels >= 0).sum(axis=0)
    return Truths(
        calls=len(levels),
        errors=int(errors.sum()),
        process_share=float(by_process.sum() / errors.sum()),
        process_share_by_item={
            key: float(mine / all_) if all_ else None
            for key, mine, all_ in zip(item_keys, by_process, errors, strict=True)
        },
        error_rate_by_item=dict(zip(item_keys, (errors / np.maximum(applicable, 1)).tolist(), strict=True)),
    )
