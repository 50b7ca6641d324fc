"""Scorecards: what a call is judged by, and the rules that turn answers into scores."""

from app.scorecards.definition import Definition, Item
from app.scorecards.published import PublishedVersion, latest_published, published_version
from app.scorecards.scoring import Score, SectionScore, item_credits, passed, score
from app.scorecards.types import NA, AnswerType, AnswerValue, Fault

__all__ = [
    "NA",
    "AnswerType",
    "AnswerValue",
    "Definition",
    "Fault",
    "Item",
    "PublishedVersion",
    "Score",
    "SectionScore",
    "item_credits",
    "latest_published",
    "passed",
    "published_version",
    "score",
]
