"""The errors of calibration sessions."""

from app.platform.errors import Conflict


class SessionNotOpen(Conflict):
    code = "session_not_open"
    title = "Nobody scores in this session now"


class SessionRevealed(Conflict):
    code = "session_revealed"
    title = "The answers are revealed: own ones can no longer be changed"


class SessionNotRevealed(Conflict):
    code = "session_not_revealed"
    title = "The answers are not revealed yet"


class SessionUnderWay(Conflict):
    code = "session_under_way"
    title = "The session is open already, or over"


class SessionMade(Conflict):
    code = "session_made"
    title = "A session was made from this suggestion already"


class SessionEnded(Conflict):
    code = "session_ended"
    title = "The session is closed or cancelled"


class NothingScored(Conflict):
    code = "nothing_scored"
    title = "Nobody has scored a call yet"


class ScoreSubmitted(Conflict):
    code = "score_submitted"
    title = "The own score is submitted, and the others' answers are open to you"


class NotTakingPart(Conflict):
    code = "not_taking_part"
    title = "Only a participant of the session does that"


class TimePassed(Conflict):
    code = "time_passed"
    title = "The proposed time is over"


class AlreadyTakingPart(Conflict):
    code = "already_taking_part"
    title = "The person takes part already"


class NotScheduled(Conflict):
    code = "not_scheduled"
    title = "The session has no time yet"
