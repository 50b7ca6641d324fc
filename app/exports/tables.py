"""What an export holds: every table, with the reason where a table, a column or a row is left out.

The rule: an export holds what an administrator may read over the API, and nothing more. A new table or column has to be
entered here (`tests/exports/test_tables.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_CREDENTIAL = "a secret, or the hash of one"
_INTERNAL = "internal to the service"
# The same in every row. The manifest names the tenant.
TENANT_COLUMN = "tenant_id"


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table of an export.

    `columns`: their names, separated by spaces, in the order of the file.
    `left_out`: the columns that are not exported, with the reason.
    `expressions`: SQL for columns that are not exported as they are.
    `rows`: the condition for a row to be exported; `rows_left_out` says why the others are not.
    """

    name: str
    description: str
    columns: str
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    expressions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rows: str | None = None
    rows_left_out: str | None = None

    @property
    def column_names(self) -> list[str]:
        return self.columns.split()


EXPORTED = (
    # tenants and people
    ExportedTable("tenants", "The company itself: one row.", "id slug name created_at"),
    ExportedTable(
        "users",
        "People with an account.",
        "id email full_name role active timezone version created_at",
        left_out={"password_hash": _CREDENTIAL},
    ),
    ExportedTable(
        "guests",
        "People without an account, who were invited to one calibration session.",
        "id invited_to name email timezone generation created_at expires_at revoked_at",
        left_out={"token_hash": _CREDENTIAL},
    ),
    ExportedTable("teams", "Teams of agents.", "id name leader_id version created_at"),
    ExportedTable(
        "projects",
        "Lines of business.",
        "id name client_name timezone language agreement_threshold version created_at",
    ),
    ExportedTable(
        "agents",
        "The people on the line.",
        "id external_id full_name team_id supervisor_id user_id hired_on left_on version created_at",
    ),
    ExportedTable("agent_projects", "Which agent works for which project.", "agent_id project_id"),
    ExportedTable(
        "api_keys",
        "API keys, without the keys.",
        "id name scopes user_id created_by created_at expires_at revoked_at",
        left_out={"key_hash": _CREDENTIAL},
    ),
    # calls
    ExportedTable(
        "calls",
        "Calls, as they were pushed.",
        "id source external_id project_id agent_id started_at duration_s direction language hold_s hold_count csat "
        "complaint customer_ref tags attributes recording_url channel_roles created_at updated_at",
    ),
    ExportedTable(
        "recordings",
        "Recordings of calls. The file is recordings/<id>.<container>, where the export has recordings.",
        "id call_id sha256 size_bytes media_type container codec channels sample_rate duration_s created_at",
        left_out={"storage_key": _INTERNAL},
    ),
    ExportedTable(
        "transcripts",
        "Transcriptions of recordings.",
        "id call_id recording_id status language model duration_s metrics error created_at finished_at",
        left_out={"job_id": _INTERNAL},
    ),
    ExportedTable(
        "transcript_segments",
        "What was said, with card numbers masked.",
        "id transcript_id position channel speaker start_s end_s text confidence",
    ),
    # scorecards and evaluations
    ExportedTable("scorecards", "Scorecards.", "id name project_id version created_at"),
    ExportedTable(
        "scorecard_versions",
        "Versions of scorecards; `definition` has the sections and items.",
        "id scorecard_id number status passing_score definition created_at published_at published_by",
    ),
    ExportedTable(
        "evaluations",
        "Evaluated calls. The scores are in evaluation_revisions; `draft` has the answers of a draft.",
        "id call_id project_id agent_id scorecard_id scorecard_version_id assignment_id verifier_id status draft "
        "version created_at submitted_at abandoned_at",
    ),
    ExportedTable(
        "evaluation_revisions",
        "Scores of evaluations. The revision with the highest number counts.",
        "id evaluation_id number author_id why kind comment score agent_score process_loss score_before_fatal passed "
        "sections families fatal_items applicable_count error_count created_at",
    ),
    ExportedTable(
        "answers",
        "Answers of revisions, item by item.",
        "revision_id position item value credit is_error fault reason comment at_s segment_id",
    ),
    # sampling
    ExportedTable(
        "sampling_plans",
        "Sampling plans.",
        "id name project_id scorecard_id window_kind timezone mode rate rate_override_reason quota_per_agent "
        "floor_per_agent eligibility size double_score_rate fault_check_rate verifier_daily_capacity draw_delay_min "
        "due_days active active_since version created_at",
    ),
    ExportedTable(
        "draws",
        "Draws and commitments to draws. A seed is here once it is public.",
        "id plan_id window_kind timezone window_start supplement_no starts_at ends_at seed_commitment seed "
        "committed_at frame_size sample_size frame_digest parameters drawn_at fault_check_seed fault_check_commitment "
        "refused_at failure_reason refused_version voided_at",
        left_out={"assignment_seed": "never published: who scores what a second time follows from it"},
        expressions={
            "seed": "CASE WHEN draws.drawn_at IS NOT NULL THEN draws.seed END",
            "fault_check_seed": "CASE WHEN EXISTS (SELECT FROM fault_check_reveals r WHERE r.draw_id = draws.id) "
            "THEN draws.fault_check_seed END",
        },
    ),
    ExportedTable(
        "draw_strata",
        "The agents of a draw: their calls, and how many of these were selected.",
        "draw_id agent_id calls size_e6 expected_n_e12 selected",
    ),
    ExportedTable(
        "frame_classes", "The frame of a draw: calls of one agent and size.", "draw_id agent_id size_e6 call_ids"
    ),
    ExportedTable(
        "selections",
        "Selected calls with their inclusion probabilities, in trillionths.",
        "id draw_id call_id agent_id position size_e6 inclusion_prob_e12 started_at signals",
    ),
    ExportedTable("assignment_pools", "Pools of assignments without a verifier.", "id project_id name"),
    ExportedTable("assignment_pool_members", "Verifiers of pools.", "pool_id user_id"),
    ExportedTable(
        "assignments",
        "Who scores which call until when. `subject_id` is the selection.",
        "id pool_id project_id batch_id subject_id scoring_round double_inclusion_prob_e12 agent_id call_id "
        "scorecard_id verifier_id created_at due_at claimed_at skipped_at skip_reason begun_at completed_at "
        "scoring_id version",
    ),
    # calibration
    ExportedTable(
        "calibration_sessions",
        "Calibration sessions.",
        "id name project_id scorecard_id scorecard_version_id draw_id suggestion_id state scheduled_at duration_min "
        "place hide_agent see_others reference_user_id reference_evaluation_id sequence created_by created_at "
        "opened_at revealed_at closed_at cancelled_at reopenings reminded_at version",
    ),
    ExportedTable(
        "calibration_calls", "Calls of calibration sessions.", "session_id call_id position inclusion_prob_e12"
    ),
    ExportedTable(
        "calibration_participants",
        "Participants of calibration sessions.",
        "id session_id user_id guest_id name email timezone role added_at invited_at withdrawn_at",
    ),
    ExportedTable("calibration_time_options", "Times proposed for sessions.", "id session_id starts_at"),
    ExportedTable("calibration_votes", "Votes for proposed times.", "session_id option_id participant_id answer"),
    ExportedTable(
        "calibration_scores",
        "Blind scores of participants, of revealed sessions.",
        "session_id participant_id call_id answers comment complete submitted_at blind blind_answers version",
        rows="EXISTS (SELECT FROM calibration_sessions s WHERE s.id = calibration_scores.session_id "
        "AND s.state IN ('revealed', 'closed'))",
        rows_left_out="nobody reads the answers of a session that is not revealed; they are in an export after that",
    ),
    ExportedTable(
        "calibration_consensus",
        "What sessions agreed on.",
        "session_id call_id id answers comment decided_by decided_at evaluation_id version",
    ),
    ExportedTable(
        "checked_errors",
        "Errors whose fault was decided by more than their scorer.",
        "id source source_id call_id scorecard_id scorecard_version_id item evaluation_id verdict value by_chance "
        "inclusion_prob_e12 comment decided_by decided_at superseded_at",
    ),
    ExportedTable(
        "double_score_decisions",
        "Decisions about double scorings.",
        "id subject_id number record_evaluation_id second_evaluation_id answers comment why revision decided_by "
        "decided_at",
    ),
    ExportedTable(
        "fault_checks",
        "Evaluations that were drawn for a fault check.",
        "id evaluation_id revision_id draw_id plan_id project_id call_id agent_ids inclusion_prob_e12 drawn_at "
        "checker_id obstacle given_at done_at expired_at",
    ),
    ExportedTable("fault_check_reveals", "When the seeds of fault checks became public.", "draw_id revealed_at"),
    # the journal, mail and exports
    ExportedTable(
        "events",
        "The journal: everything that happened.",
        "id type occurred_at actor_kind actor_id request_id subject_type subject_id before after",
    ),
    ExportedTable(
        "event_seals",
        "Batches of sealed events, chained.",
        "id number sealed_at events root previous_root chained_root",
    ),
    ExportedTable("event_seal_entries", "The place of each event in its batch.", "seal_id position event_id digest"),
    ExportedTable(
        "emails",
        "E-mails, without their texts and files.",
        "id to_name to_email subject guest_id state attempts error created_at sent_at",
        left_out={
            "text": "personal; the administrator reads no other person's mail",
            "attachments": "personal; the administrator reads no other person's mail",
            "job_id": _INTERNAL,
            "key": _INTERNAL,
        },
    ),
    ExportedTable(
        "exports",
        "Exports that were asked for, this one among them.",
        "id tables everything format recordings state requested_by snapshot_at row_count size_bytes sha256 error "
        "created_at finished_at expires_at",
        left_out={
            "job_id": _INTERNAL,
            "attempts": _INTERNAL,
            "storage_key": _INTERNAL,
            "files_removed_at": _INTERNAL,
        },
    ),
    # analysis
    ExportedTable(
        "bonus_rules",
        "How the agents' bonus follows from their scores, by project.",
        "id project_id steps min_evaluations too_few_percent version created_at",
    ),
    # reporting
    ExportedTable(
        "report_schedules",
        "Reports that are sent by the clock.",
        "id name owner_id report format language locale bom project_id team_id scorecard_id by period every weekday "
        "day at timezone recipients active paused_reason next_due_at version created_at",
    ),
    ExportedTable(
        "report_deliveries",
        "What became of each time at which a report was due.",
        "id schedule_id due_at requested_by since until state reason file_name size_bytes attached recipients "
        "created_at finished_at",
        left_out={"job_id": _INTERNAL},
    ),
)

NOT_EXPORTED = {
    "draw_rollups": "internal to the service: what reports read of a draw, which follows from what is exported",
    "report_figures": "figures of reports, kept for speed: they follow from what is exported",
    "sign_in_failures": "counters of a few minutes, without a tenant",
    "idempotency_keys": "answers that are kept for a day, so that a request can be repeated",
    "jobs": "internal to the service: what came of a job is in the table that it works for",
    "live_channels": "internal to the service: counters of live events",
    "live_events": "kept for a few days only, and derived from the journal",
    "unsealed_events": "internal to the service: events that will be sealed within seconds",
    "event_backlogs": "internal to the service: progress of consumers",
    "event_cursors": "internal to the service: progress of consumers",
    "event_failures": "internal to the service: progress of consumers",
    "notifications": "personal: the inboxes of users, which follow from the journal",
    "calibration_presence": "who follows a session at this moment",
    "late_call_searches": "internal to the service: progress of draws",
}

_BY_NAME = {table.name: table for table in EXPORTED}
TABLE_NAMES = tuple(_BY_NAME)
RECORDINGS = "recordings"


def tables_named(names: Iterable[str]) -> list[ExportedTable]:
    """The tables in the order of the export; KeyError for a name that there is not."""
    wanted = {_BY_NAME[name].name for name in names}
    return [table for table in EXPORTED if table.name in wanted]
