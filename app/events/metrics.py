"""Metrics of the journal and its consumers.

What waits is read from the database when `/metrics` of the API is read: it matters most when no worker runs. What a
worker did is counted in its own process.
"""

from prometheus_client import Counter, Gauge

from app.events.consumers import registered_consumers
from app.events.repository import cursors
from app.platform.database import Session

CONSUMED = Counter("qmt_consumer_events_total", "Events that consumers were called for", ["consumer", "outcome"])
_UNSEALED = Gauge("qmt_events_unsealed", "Events that are not sealed yet")
_SEALING_LAG = Gauge("qmt_sealing_lag_seconds", "Age of the oldest unsealed event")
_LAG = Gauge("qmt_consumer_lag_seconds", "Age of the oldest event that the consumer has not consumed", ["consumer"])
_FAILING = Gauge("qmt_consumer_failing_tenants", "Tenants in which the consumer fails at present", ["consumer"])


async def measure(session: Session) -> None:
    """Set the gauges to the present."""
    sealing = await cursors.sealing_lag(session)
    _UNSEALED.set(sealing.events)
    _SEALING_LAG.set(sealing.lag_s)
    behind = {row.consumer: row for row in await cursors.consumer_lags(session)}
    for consumer in registered_consumers():
        row = behind.get(consumer.name)
        # An event that is not sealed is not consumed either.
        _LAG.labels(consumer.name).set(max(sealing.lag_s, row.lag_s if row else 0))
        _FAILING.labels(consumer.name).set(row.failing if row else 0)
