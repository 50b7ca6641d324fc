"""Every table of the service in one place, for migrations and for the checks of the catalogue."""

import app.analysis.bonus.models
import app.analysis.kept.models
import app.analysis.rollups.models
import app.assignments.models
import app.calibration.checks.models
import app.calibration.sessions.models
import app.calls.models
import app.evaluations.models
import app.events.models
import app.exports.models
import app.identity.models
import app.jobs.models
import app.live.models
import app.notifications.models
import app.platform.models
import app.reporting.models
import app.sampling.models
import app.scorecards.models
import app.transcription.models  # noqa: F401
from app.platform.database.tables import Base

metadata = Base.metadata

# Views and the packages that they belong to.
VIEWS = {
    "assignment_status": "assignments",
    "conflicts_of_interest": "assignments",
    "current_revisions": "evaluations",
    "published_versions": "scorecards",
}
