"""Connects the packages: who is called for which event, which job kinds there are, and what is done by the clock.

API and worker connect the same, so that either can enqueue any job and record any event.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from app import analysis, calibration, events, identity, jobs, live, notifications, transcription
from app.analysis import ROLL_UP
from app.assignments import AssignmentSkipped
from app.calibration import FAULT_CHECKS, REMINDERS
from app.calls import RecordingStored
from app.evaluations import EvaluationSubmitted
from app.exports import REMOVE_FILES, WRITE_EXPORT
from app.jobs import JobSchedule, JobState, Schedule
from app.notifications import SEND_EMAIL, EmailState
from app.platform.database import Database
from app.platform.housekeeping import Removal, remove_in_batches, remove_stored_answers
from app.platform.settings import Settings
from app.platform.storage import ObjectStore
from app.reporting import DELIVER, DUE_REPORTS
from app.sampling import DRAW, DUE_DRAWS, LATE_DRAWS
from app.transcription import TRANSCRIBE, SpeechModel

# Jobs that are enqueued by the clock.
JOB_SCHEDULES: tuple[JobSchedule, ...] = (
    DUE_DRAWS,
    LATE_DRAWS,
    FAULT_CHECKS,
    REMINDERS,
    REMOVE_FILES,
    DUE_REPORTS,
    ROLL_UP,
)


def connect(settings: Settings) -> None:
    """Register every consumer and job kind; doing it again changes nothing."""
    jobs.register(DRAW)
    jobs.register(TRANSCRIBE)
    jobs.register(SEND_EMAIL)
    jobs.register(WRITE_EXPORT)
    jobs.register(DELIVER)
    notifications.use_mail(configured=settings.mail_server is not None)
    events.consume("transcription", transcription.on_recording_stored, types=(RecordingStored,))
    events.consume("fault_checks", calibration.on_scoring_ended, types=(EvaluationSubmitted, AssignmentSkipped))
    events.consume(analysis.ROLLUP_CONSUMER, analysis.on_rollup_change, types=analysis.rollup_types())
    for schedule in JOB_SCHEDULES:
        jobs.register(schedule.kind)


def schedules(database: Database, settings: Settings) -> tuple[Schedule, ...]:
    """What the workers do by the clock."""
    return (
        *(schedule.on(database) for schedule in JOB_SCHEDULES),
        *(
            Schedule(f"housekeeping.{name}", "17 * * * *", partial(remove_in_batches, removal, database))
            for name, removal in _removals(settings).items()
        ),
    )


def _removals(settings: Settings) -> dict[str, Removal]:
    """What is removed after a while, by name."""
    succeeded = timedelta(days=settings.job_retention_days)
    failed = timedelta(days=settings.failed_job_retention_days)
    live_kept = timedelta(days=settings.live_event_retention_days)
    sent = timedelta(days=settings.email_retention_days)
    unsent = timedelta(days=settings.unsent_email_retention_days)
    return {
        "stored_answers": remove_stored_answers,
        "sign_in_failures": identity.remove_sign_in_failures,
        "succeeded_jobs": partial(jobs.remove_finished, state=JobState.SUCCEEDED, kept=succeeded),
        "failed_jobs": partial(jobs.remove_finished, state=JobState.FAILED, kept=failed),
        "live_events": partial(live.remove_old_events, kept=live_kept),
        "sent_emails": partial(notifications.remove_emails, state=EmailState.SENT, kept=sent),
        "failed_emails": partial(notifications.remove_emails, state=EmailState.FAILED, kept=unsent),
        "old_figures": partial(analysis.remove_old_figures, kept=timedelta(days=settings.figure_retention_days)),
        "surplus_figures": analysis.remove_surplus_figures,
        "emails_without_server": partial(notifications.remove_emails, state=EmailState.NOT_CONFIGURED, kept=unsent),
    }


def resources(settings: Settings, store: ObjectStore) -> dict[str, Any]:
    """What a worker has at hand for its jobs."""
    return {
        "settings": settings,
        "store": store,
        "speech": SpeechModel(settings),
        "guest_link": calibration.link_for_mail,
    }
