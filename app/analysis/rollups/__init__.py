"""What reports read of each draw, packed into one row by the clock and kept right by a consumer of events.

A draw never changes, but the work on its calls does. An event of that work marks the roll-up of its draw as stale, and
a job builds it anew within a minute or two. A report takes the roll-ups that are fresh, and reads what is in the tables
of all other draws: it is never behind, and the same to the last digit either way.
"""

from app.analysis.rollups.jobs import ROLL_UP, build
from app.analysis.rollups.marking import CONSUMER, consumed_types, on_change
from app.analysis.rollups.reading import changed_draws, fresh_rollups

__all__ = ["CONSUMER", "ROLL_UP", "build", "changed_draws", "consumed_types", "fresh_rollups", "on_change"]
