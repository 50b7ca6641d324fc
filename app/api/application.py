"""The FastAPI application: routers, error handlers, middleware and the contract."""

from fastapi import FastAPI

from app.api import health, openapi, problems
from app.api.context import AppContext
from app.api.middleware import RequestMiddleware
from app.api.v1 import (
    assignments,
    calls,
    evaluations,
    events,
    exports,
    jobs,
    notifications,
    proofs,
    recordings,
    report_schedules,
    sampling,
    scorecards,
    transcripts,
)
from app.api.v1.calibration import (
    agreement,
    double_scores,
    fault_checks,
    meeting,
    precedents,
    results,
    sessions,
    taking_part,
)
from app.api.v1.identity import agents, api_keys, auth, projects, teams, users
from app.api.v1.reports import (
    bonus,
    control_chart,
    coverage,
    critical_errors,
    error_sources,
    funnel,
    hold_time,
    monthly,
    pareto,
    quality,
    today,
    verifiers,
)

VERSION = "0.1.0"

# Routes are matched one after the other: those that are called most come first.
PRIVATE = (
    evaluations.router,
    calls.router,
    assignments.router,
    auth.router,
    jobs.router,
    events.router,
    projects.router,
    scorecards.router,
    users.router,
    teams.router,
    agents.router,
    api_keys.router,
    recordings.router,
    transcripts.router,
    sampling.plans_router,
    sampling.draws_router,
    proofs.router,
    quality.router,
    error_sources.router,
    verifiers.router,
    coverage.router,
    monthly.router,
    hold_time.router,
    bonus.router,
    today.router,
    bonus.projects_router,
    control_chart.router,
    pareto.router,
    funnel.router,
    critical_errors.router,
    report_schedules.router,
    notifications.inbox_router,
    notifications.emails_router,
    exports.router,
    exports.files_router,
    sessions.router,
    meeting.router,
    taking_part.router,
    taking_part.audio_router,
    results.router,
    results.streaming_router,
    double_scores.router,
    fault_checks.router,
    fault_checks.draws_router,
    precedents.router,
    agreement.router,
    agreement.streaming_router,
)


def build(context: AppContext | None, *, lifespan: object = None) -> FastAPI:
    """The application. Without a context it can be looked at (its contract written) but not served."""
    max_body = context.settings.max_body_bytes if context else 2**20
    app = FastAPI(
        title="QMT",
        version=VERSION,
        description=openapi.DESCRIPTION,
        docs_url="/docs",
        redoc_url=None,
        lifespan=lifespan,  # type: ignore[arg-type]
        max_body_size=max_body,
        # One address a resource: a redirect would be an answer that no contract names.
        redirect_slashes=False,
    )
    app.state.context = context
    # Their routes are taken over, not included: a request is matched twice against the routes of an included router.
    for router in (*PRIVATE, auth.public, health.router):
        app.router.routes.extend(router.routes)
    problems.install(app)
    openapi.install(app)
    app.add_middleware(RequestMiddleware)
    return app
