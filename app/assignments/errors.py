"""The errors of assignments."""

from app.platform.errors import Conflict, Invalid


class AssignmentOfAnother(Conflict):
    code = "assignment_of_another"
    title = "The assignment is another verifier's"


class SkippedAssignment(Conflict):
    code = "assignment_skipped"
    title = "The assignment was skipped"


class AssignmentMismatch(Invalid):
    code = "assignment_mismatch"
    title = "The assignment is of another call or scorecard"


class AssignmentScored(Conflict):
    """Another scoring has begun or completed the assignment. The caller knows which, and answers with it."""

    code = "assignment_scored"
    title = "The assignment has a scoring already"


class ConflictOfInterest(Conflict):
    code = "conflict_of_interest"
    title = "The verifier is the agent or supervises the agent"


class AssignmentNotOpen(Conflict):
    code = "assignment_not_open"
    title = "The assignment is done or skipped"


class AssignmentPooled(Conflict):
    code = "assignment_pooled"
    title = "The assignment waits in the pool already"


class AssignmentBegun(Conflict):
    code = "assignment_begun"
    title = "The verifier has a draft of this evaluation"


class AlreadyScoring(Conflict):
    code = "already_scoring"
    title = "The verifier scores this call already"


class NothingToClaim(Conflict):
    code = "nothing_to_claim"
    title = "Nothing in the pool is for this verifier"


class TooManyGivenUp(Conflict):
    code = "too_many_given_up"
    title = "The verifier has skipped too many claimed assignments"
