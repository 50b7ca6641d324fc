"""How an attempt at a job may end, other than well."""

from datetime import timedelta


class PermanentFailure(Exception):
    """The job cannot succeed, now or later. The message is shown to people."""


class LeaseLost(Exception):
    """Another worker has taken the job; whatever this one still wants to write is refused."""


class AttemptStopped(Exception):
    """The worker is stopping, or the attempt is over. The job returns to the queue and the attempt does not count."""


class TimeLimitExceeded(Exception):
    """The attempt took longer than the kind of job allows."""


class RetryLater(Exception):
    """The queue has to deliver the message again after a delay."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay}")
        self.delay = delay
