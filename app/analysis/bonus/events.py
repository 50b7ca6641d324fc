"""The events of bonus."""

from dataclasses import dataclass

from app.analysis.bonus.rule import BonusRule
from app.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class BonusRuleSet(DomainEvent):
    """The steps of a project's bonus were set; before the first time there were none."""

    name = "bonus_rule.set"
    subject_type = "project"
    before: BonusRule | None
    after: BonusRule
