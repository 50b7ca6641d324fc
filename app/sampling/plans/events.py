"""The events of sampling plans."""

from dataclasses import dataclass

from app.events import DomainEvent
from app.sampling.plans.types import Plan


@dataclass(frozen=True, kw_only=True)
class SamplingPlanCreated(DomainEvent):
    """A sampling plan was created."""

    name = "sampling_plan.created"
    subject_type = "sampling_plan"
    after: Plan


@dataclass(frozen=True, kw_only=True)
class SamplingPlanChanged(DomainEvent):
    """A sampling plan was changed. Draws that were made stay as they are."""

    name = "sampling_plan.changed"
    subject_type = "sampling_plan"
    before: Plan
    after: Plan
