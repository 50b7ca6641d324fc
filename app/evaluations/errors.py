"""The errors of evaluations."""

from app.platform.errors import Conflict, Invalid


class AlreadyEvaluated(Conflict):
    code = "already_evaluated"
    title = "The call has been evaluated already"


class ScorecardNotPublished(Conflict):
    code = "scorecard_not_published"
    title = "The scorecard has no published version"


class NotADraft(Conflict):
    code = "not_a_draft"
    title = "The evaluation is submitted and no longer a draft"


class NotSubmitted(Conflict):
    code = "not_submitted"
    title = "The evaluation is still a draft"


class InvalidAnswers(Invalid):
    code = "faulty_answers"
    title = "The scorecard does not accept the answers"
