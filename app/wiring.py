"""Where the packages are connected: who hears of which event, who runs which kind of job, what comes round.

API and worker connect the same things, so that a job can be enqueued by either and a subscriber hears both.
"""

from functools import partial
from typing import Any

from app import events, jobs, sampling, transcription
from app.evaluations import tallies
from app.jobs.worker import Schedule
from app.platform.database import Database
from app.platform.housekeeping import discard_old
from app.platform.settings import Settings
from app.platform.storage import ObjectStore
from app.sampling.draws.jobs import DRAW, draw_due, draw_late
from app.transcription.jobs import TRANSCRIBE, SpeechModel


def connect() -> None:
    """Register every subscriber and job kind; doing it again changes nothing."""
    jobs.register(jobs.JobKind(name=tallies.JOB, handler=tallies.run))
    events.subscribe("evaluation.drafted", sampling.check_evaluation)
    events.subscribe("evaluation.submitted", sampling.check_evaluation)
    jobs.register(DRAW)
    jobs.register(TRANSCRIBE)
    events.subscribe("recording.stored", transcription.on_recording_stored)


def schedules(database: Database) -> tuple[Schedule, ...]:
    """What the workers do by the clock."""
    return (
        Schedule("events.seal", "* * * * *", partial(events.seal_all, database)),
        Schedule("sampling.draw_due", "* * * * *", partial(draw_due, database)),
        Schedule("sampling.draw_late", "11 3 * * *", partial(draw_late, database)),
        Schedule("platform.housekeep", "17 * * * *", partial(discard_old, database)),
    )


def resources(settings: Settings, store: ObjectStore) -> dict[str, Any]:
    """What a worker has at hand for its jobs."""
    return {"settings": settings, "store": store, "speech": SpeechModel(settings)}
