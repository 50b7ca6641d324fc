"""The errors of checks."""

from app.platform.errors import Conflict, Invalid


class NotBothSubmitted(Conflict):
    code = "not_both_submitted"
    title = "The two scorings are not both submitted"


class AlreadyDecided(Conflict):
    code = "already_decided"
    title = "The double scoring is decided already"


class OwnScoring(Conflict):
    code = "own_scoring"
    title = "A scorer of the call cannot decide about it"


class InvalidDecision(Invalid):
    code = "faulty_decision"
    title = "The decision leaves items open or breaks rules of the scorecard"


class FaultCheckClosed(Conflict):
    code = "fault_check_closed"
    title = "The fault check is done or has expired"


class AlreadyChecking(Conflict):
    code = "already_checking"
    title = "The verifier has the fault check already"


class ScoringOpen(Conflict):
    code = "scoring_open"
    title = "The call is still being scored"


class InvalidVerdicts(Invalid):
    code = "faulty_verdicts"
    title = "The verdicts do not cover each error exactly once"
