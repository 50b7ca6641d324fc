"""Prometheus metrics of the platform. Each domain package defines its own."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("qmt_http_requests_total", "HTTP requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "qmt_http_request_seconds",
    "Time from the request to the answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
POOL_CONNECTIONS = Gauge("qmt_database_connections", "Connections of this process to the database", ["state"])
