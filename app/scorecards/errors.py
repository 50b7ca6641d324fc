"""The errors of scorecards."""

from app.platform.errors import Conflict, Invalid


class NoDraft(Conflict):
    code = "no_draft"
    title = "The scorecard has no draft"


class DraftExists(Conflict):
    code = "draft_exists"
    title = "The scorecard already has a draft"


class InvalidScorecard(Invalid):
    code = "faulty_scorecard"
    title = "The scorecard breaks rules"
