"""Prometheus metrics of live events."""

from prometheus_client import Counter, Gauge

LISTENING = Gauge("qmt_live_listening", "1 while this process listens for live events, 0 while it has no connection")
SUBSCRIPTIONS = Gauge("qmt_live_streams", "Open streams of live events")
READ_ERRORS = Counter("qmt_live_read_errors_total", "Times that new live events could not be read at once")
