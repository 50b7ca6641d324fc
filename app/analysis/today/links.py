"""Where to act on what the report of today shows, as paths of the API."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.analysis.today.types import EntryKind
from app.analysis.types import Filters

_WORK = {
    EntryKind.BACKLOG: ("/v1/assignments", "verifier_id"),
    EntryKind.FAULT_CHECKS: ("/v1/fault-checks", "checker_id"),
}
# The lists, and in which state things are listed.
_LISTS = {
    EntryKind.FAILED_DRAWS: ("/v1/draws", "refused"),
    EntryKind.FAILED_EMAILS: ("/v1/emails", "failed"),
    EntryKind.SESSIONS_TODAY: ("/v1/calibration-sessions", None),
    EntryKind.RESULTS_WAITING: ("/v1/calibration-sessions", None),
    EntryKind.BACKLOG: ("/v1/assignments", "open"),
    EntryKind.FAULT_CHECKS: ("/v1/fault-checks", "open"),
    EntryKind.DOUBLE_SCORES: ("/v1/double-scores", "open"),
}
# Those that can be listed for one project.
_OF_PROJECT = {EntryKind.BACKLOG, EntryKind.FAULT_CHECKS, EntryKind.DOUBLE_SCORES}
_ONE = {
    EntryKind.FAILED_DRAWS: "/v1/draws/{id}",
    EntryKind.FAILED_JOBS: "/v1/jobs/{id}",
    EntryKind.SESSIONS_TODAY: "/v1/calibration-sessions/{id}",
    EntryKind.RESULTS_WAITING: "/v1/calibration-sessions/{id}",
    EntryKind.DOUBLE_SCORES: "/v1/double-scores/{id}",
}


@dataclass(frozen=True, slots=True)
class Links:
    """The links for a report with these filters. `administers`: whether the reader may see all e-mails."""

    filters: Filters
    administers: bool

    @property
    def coverage(self) -> str:
        return self._filtered("/v1/reports/sampling-coverage")

    def error_sources(self, scorecard_id: UUID | None = None) -> str:
        return self._filtered("/v1/reports/error-sources", scorecard_id=scorecard_id)

    def agent(self, agent_id: UUID) -> str:
        return f"/v1/agents/{agent_id}"

    def plan(self, plan_id: UUID) -> str:
        return f"/v1/sampling-plans/{plan_id}"

    def happening(self, kind: EntryKind, happening_id: UUID) -> str | None:
        """E-mails have no address of their own: their list is where to act."""
        return _ONE[kind].format(id=happening_id) if kind in _ONE else self.all_of(kind)

    def work_of(self, kind: EntryKind, user_id: UUID | None) -> str:
        path, person = _WORK[kind]
        return _path(path, state="open", project_id=self.filters.project_id, **{person: user_id or "none"})

    def all_of(self, kind: EntryKind) -> str | None:
        """None: there is no list of these, or the reader may not see it."""
        if kind not in _LISTS or (kind is EntryKind.FAILED_EMAILS and not self.administers):
            return None
        path, state = _LISTS[kind]
        return _path(path, state=state, project_id=self.filters.project_id if kind in _OF_PROJECT else None)

    def _filtered(self, path: str, **more: Any) -> str:
        return _path(path, project_id=self.filters.project_id, team_id=self.filters.team_id, **more)


def _path(path: str, **query: Any) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path
