"""What can be wrong with a request about scorecards."""

from app.platform.errors import Conflict, Invalid


class NoDraft(Conflict):
    code = "no_draft"
    title = "The scorecard has no draft"


class DraftExists(Conflict):
    code = "draft_exists"
    title = "The scorecard already has a draft"


class FaultyScorecard(Invalid):
    code = "faulty_scorecard"
    title = "The scorecard has faults"
