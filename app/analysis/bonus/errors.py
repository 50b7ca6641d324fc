"""The errors of bonus."""

from app.platform.errors import Conflict


class BonusNotSet(Conflict):
    code = "bonus_not_set"
    title = "The project has no steps of the bonus yet"
