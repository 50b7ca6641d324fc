"""Every table of the first release, who may see its rows and what never changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

from migrations.tenancy import RUNTIME, protect

revision = '20261121_first_tables'
down_revision = '20261121_queue'
branch_labels = None
depends_on = None



class Xid8(UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **_):
        return "xid8"


PLAIN = (
    "jobs", "teams", "projects", "agents", "agent_projects", "calls", "recordings",
    "transcripts", "transcript_segments", "scorecards", "scorecard_versions", "evaluations",
    "agent_error_tallies", "sampling_plans", "sampling_plan_verifiers", "assignments",
)
# Read or written before a tenant is known: sign-in looks a user up by name, `qmt tenant create` makes the
# first rows, a worker's sweep asks which tenants there are, and another throws stored answers of all of them away.
BEFORE_TENANT = ("tenants", "users", "api_keys", "idempotency_keys")
APPEND_ONLY = (
    "event_seals", "event_seal_entries", "evaluation_revisions", "answers", "draws", "draw_strata",
    "frame_calls", "selections",
)

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

FREEZE_SUBMITTED = """
CREATE FUNCTION refuse_change_of_submitted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a submitted evaluation never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

FREEZE_PUBLISHED = """
CREATE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published scorecard version never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

FREEZE_TRIGGERS = (
    "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON evaluations FOR EACH ROW "
    "WHEN (OLD.status = 'submitted') EXECUTE FUNCTION refuse_change_of_submitted()",
    "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON scorecard_versions FOR EACH ROW "
    "WHEN (OLD.status = 'published') EXECUTE FUNCTION refuse_change_of_published()",
)


def upgrade() -> None:
    op.create_table('sign_in_failures',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('window_started_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_failures'))
    )
    op.create_table('tenants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tenants')),
    sa.UniqueConstraint('slug', name=op.f('uq_tenants_slug'))
    )
    op.create_table('event_seals',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('events', sa.Integer(), nullable=False),
    sa.Column('root', sa.LargeBinary(), nullable=False),
    sa.Column('previous_root', sa.LargeBinary(), nullable=False),
    sa.Column('chained_root', sa.LargeBinary(), nullable=False),
    sa.Column('horizon', Xid8(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_event_seals_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_event_seals')),
    sa.UniqueConstraint('tenant_id', 'number', name=op.f('uq_event_seals_tenant_id_number'))
    )
    op.create_table('events',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_kind', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('before', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_events_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_events'))
    )
    op.create_index('ix_events_subject', 'events', ['tenant_id', 'subject_type', 'subject_id'], unique=False)
    op.create_index('ix_events_xid', 'events', ['tenant_id', 'xid'], unique=False)
    op.create_table('idempotency_keys',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('principal_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('media_type', sa.Text(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_idempotency_keys_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'principal_id', 'key', name=op.f('pk_idempotency_keys'))
    )
    op.create_index('ix_idempotency_keys_created_at', 'idempotency_keys', ['created_at'], unique=False)
    op.create_table('jobs',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('lease_token', sa.Uuid(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done', sa.Double(), nullable=True),
    sa.Column('total', sa.Double(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('result', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'held')", name=op.f('ck_jobs_state')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_jobs_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_jobs'))
    )
    op.create_index('ix_jobs_state', 'jobs', ['tenant_id', 'state', 'created_at'], unique=False)
    op.create_table('projects',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('client_name', sa.Text(), nullable=True),
    sa.Column('timezone', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_projects_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_projects')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_projects_tenant_id_name'))
    )
    op.create_table('users',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('full_name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("role IN ('admin', 'leader', 'verifier', 'agent')", name=op.f('ck_users_role')),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_users_email_lower')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_users_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_users')),
    sa.UniqueConstraint('tenant_id', 'email', name=op.f('uq_users_tenant_id_email'))
    )
    op.create_index('ix_users_email', 'users', ['email'], unique=False)
    op.create_table('api_keys',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('key_hash', sa.LargeBinary(), nullable=False),
    sa.Column('scopes', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'created_by'], ['users.tenant_id', 'users.id'], name=op.f('fk_api_keys_tenant_id_created_by_users')),
    sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_api_keys_tenant_id_user_id_users')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_api_keys_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_api_keys'))
    )
    op.create_table('event_seal_entries',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('seal_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'event_id'], ['events.tenant_id', 'events.id'], name=op.f('fk_event_seal_entries_tenant_id_event_id_events')),
    sa.ForeignKeyConstraint(['tenant_id', 'seal_id'], ['event_seals.tenant_id', 'event_seals.id'], name=op.f('fk_event_seal_entries_tenant_id_seal_id_event_seals')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_event_seal_entries_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'seal_id', 'position', name=op.f('pk_event_seal_entries')),
    sa.UniqueConstraint('tenant_id', 'event_id', name=op.f('uq_event_seal_entries_tenant_id_event_id'))
    )
    op.create_table('scorecards',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('project_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'project_id'], ['projects.tenant_id', 'projects.id'], name=op.f('fk_scorecards_tenant_id_project_id_projects')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_scorecards_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_scorecards'))
    )
    op.create_table('teams',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('leader_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'leader_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_teams_tenant_id_leader_id_users')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_teams_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_teams')),
    sa.UniqueConstraint('tenant_id', 'name', name=op.f('uq_teams_tenant_id_name'))
    )
    op.create_table('agents',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('full_name', sa.Text(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=True),
    sa.Column('supervisor_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('hired_on', sa.Date(), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'supervisor_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_agents_tenant_id_supervisor_id_users')),
    sa.ForeignKeyConstraint(['tenant_id', 'team_id'], ['teams.tenant_id', 'teams.id'], name=op.f('fk_agents_tenant_id_team_id_teams')),
    sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_agents_tenant_id_user_id_users')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_agents_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_agents')),
    sa.UniqueConstraint('tenant_id', 'external_id', name=op.f('uq_agents_tenant_id_external_id'))
    )
    op.create_index('uq_agents_tenant_id_user_id', 'agents', ['tenant_id', 'user_id'], unique=True)
    op.create_table('sampling_plans',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('project_id', sa.Uuid(), nullable=False),
    sa.Column('scorecard_id', sa.Uuid(), nullable=False),
    sa.Column('window_kind', sa.Text(), nullable=False),
    sa.Column('timezone', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('rate', sa.Numeric(precision=9, scale=8), nullable=True),
    sa.Column('rate_override_reason', sa.Text(), nullable=True),
    sa.Column('quota_per_agent', sa.Integer(), nullable=True),
    sa.Column('floor_per_agent', sa.Integer(), nullable=False),
    sa.Column('eligibility', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('size', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('double_score_rate', sa.Numeric(precision=9, scale=8), nullable=False),
    sa.Column('verifier_daily_capacity', sa.Integer(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(mode = 'quota') = (quota_per_agent IS NOT NULL)", name=op.f('ck_sampling_plans_quota')),
    sa.CheckConstraint("(mode = 'rate') = (rate IS NOT NULL)", name=op.f('ck_sampling_plans_rate')),
    sa.CheckConstraint("mode IN ('rate', 'quota')", name=op.f('ck_sampling_plans_mode')),
    sa.CheckConstraint("window_kind IN ('day', 'week', 'month')", name=op.f('ck_sampling_plans_window_kind')),
    sa.ForeignKeyConstraint(['tenant_id', 'project_id'], ['projects.tenant_id', 'projects.id'], name=op.f('fk_sampling_plans_tenant_id_project_id_projects')),
    sa.ForeignKeyConstraint(['tenant_id', 'scorecard_id'], ['scorecards.tenant_id', 'scorecards.id'], name=op.f('fk_sampling_plans_tenant_id_scorecard_id_scorecards')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_sampling_plans_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_sampling_plans'))
    )
    op.create_table('scorecard_versions',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('scorecard_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('passing_score', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("status IN ('draft', 'published')", name=op.f('ck_scorecard_versions_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'published_by'], ['users.tenant_id', 'users.id'], name=op.f('fk_scorecard_versions_tenant_id_published_by_users')),
    sa.ForeignKeyConstraint(['tenant_id', 'scorecard_id'], ['scorecards.tenant_id', 'scorecards.id'], name=op.f('fk_scorecard_versions_tenant_id_scorecard_id_scorecards')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_scorecard_versions_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_scorecard_versions')),
    sa.UniqueConstraint('tenant_id', 'scorecard_id', 'number', name=op.f('uq_scorecard_versions_tenant_id_scorecard_id_number'))
    )
    op.create_index('uq_scorecard_versions_draft', 'scorecard_versions', ['tenant_id', 'scorecard_id'], unique=True, postgresql_where=sa.text("status = 'draft'"))
    op.create_table('agent_error_tallies',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('project_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('evaluations', sa.Integer(), nullable=False),
    sa.Column('applicable', sa.Integer(), nullable=False),
    sa.Column('errors', sa.Integer(), nullable=False),
    sa.Column('agent_errors', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'agent_id'], ['agents.tenant_id', 'agents.id'], name=op.f('fk_agent_error_tallies_tenant_id_agent_id_agents')),
    sa.ForeignKeyConstraint(['tenant_id', 'project_id'], ['projects.tenant_id', 'projects.id'], name=op.f('fk_agent_error_tallies_tenant_id_project_id_projects')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_agent_error_tallies_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'agent_id', 'project_id', 'day', name=op.f('pk_agent_error_tallies'))
    )
    op.create_table('agent_projects',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('project_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'agent_id'], ['agents.tenant_id', 'agents.id'], name=op.f('fk_agent_projects_tenant_id_agent_id_agents'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'project_id'], ['projects.tenant_id', 'projects.id'], name=op.f('fk_agent_projects_tenant_id_project_id_projects')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_agent_projects_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'agent_id', 'project_id', name=op.f('pk_agent_projects'))
    )
    op.create_table('calls',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('project_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_s', sa.Numeric(precision=10, scale=3), nullable=False),
    sa.Column('direction', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('hold_s', sa.Numeric(precision=10, scale=3), nullable=True),
    sa.Column('hold_count', sa.Integer(), nullable=True),
    sa.Column('csat', sa.SmallInteger(), nullable=True),
    sa.Column('complaint', sa.Boolean(), nullable=False),
    sa.Column('customer_ref', sa.Text(), nullable=True),
    sa.Column('tags', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('attributes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recording_url', sa.Text(), nullable=True),
    sa.Column('channel_roles', sa.ARRAY(sa.Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("direction IN ('inbound', 'outbound')", name=op.f('ck_calls_direction')),
    sa.CheckConstraint('csat BETWEEN 1 AND 5', name=op.f('ck_calls_csat')),
    sa.CheckConstraint('duration_s >= 0', name=op.f('ck_calls_duration')),
    sa.CheckConstraint('hold_s >= 0', name=op.f('ck_calls_hold')),
    sa.ForeignKeyConstraint(['tenant_id', 'agent_id'], ['agents.tenant_id', 'agents.id'], name=op.f('fk_calls_tenant_id_agent_id_agents')),
    sa.ForeignKeyConstraint(['tenant_id', 'project_id'], ['projects.tenant_id', 'projects.id'], name=op.f('fk_calls_tenant_id_project_id_projects')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_calls_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_calls')),
    sa.UniqueConstraint('tenant_id', 'source', 'external_id', name=op.f('uq_calls_tenant_id_source_external_id'))
    )
    op.create_index('ix_calls_agent_started', 'calls', ['tenant_id', 'agent_id', 'started_at'], unique=False)
    op.create_index('ix_calls_project_started', 'calls', ['tenant_id', 'project_id', 'started_at', 'id'], unique=False)
    op.create_index('ix_calls_started', 'calls', ['tenant_id', 'started_at', 'id'], unique=False)
    op.create_table('draws',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('window_start', sa.Date(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('frame_size', sa.Integer(), nullable=False),
    sa.Column('sample_size', sa.Integer(), nullable=False),
    sa.Column('frame_digest', sa.LargeBinary(), nullable=False),
    sa.Column('seed_commitment', sa.LargeBinary(), nullable=False),
    sa.Column('seed', sa.LargeBinary(), nullable=False),
    sa.Column('assignment_seed', sa.LargeBinary(), nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'plan_id'], ['sampling_plans.tenant_id', 'sampling_plans.id'], name=op.f('fk_draws_tenant_id_plan_id_sampling_plans')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_draws_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_draws')),
    sa.UniqueConstraint('tenant_id', 'plan_id', 'window_start', 'part', name=op.f('uq_draws_tenant_id_plan_id_window_start_part'))
    )
    op.create_table('sampling_plan_verifiers',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'plan_id'], ['sampling_plans.tenant_id', 'sampling_plans.id'], name=op.f('fk_sampling_plan_verifiers_tenant_id_plan_id_sampling_plans')),
    sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_sampling_plan_verifiers_tenant_id_user_id_users')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_sampling_plan_verifiers_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'plan_id', 'user_id', name=op.f('pk_sampling_plan_verifiers'))
    )
    op.create_table('draw_strata',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('draw_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=False),
    sa.Column('selected', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'agent_id'], ['agents.tenant_id', 'agents.id'], name=op.f('fk_draw_strata_tenant_id_agent_id_agents')),
    sa.ForeignKeyConstraint(['tenant_id', 'draw_id'], ['draws.tenant_id', 'draws.id'], name=op.f('fk_draw_strata_tenant_id_draw_id_draws')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_draw_strata_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'draw_id', 'agent_id', name=op.f('pk_draw_strata'))
    )
    op.create_table('recordings',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('storage_key', sa.Text(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('container', sa.Text(), nullable=False),
    sa.Column('codec', sa.Text(), nullable=False),
    sa.Column('channels', sa.SmallInteger(), nullable=False),
    sa.Column('sample_rate', sa.Integer(), nullable=False),
    sa.Column('duration_s', sa.Numeric(precision=10, scale=3), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'call_id'], ['calls.tenant_id', 'calls.id'], name=op.f('fk_recordings_tenant_id_call_id_calls')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_recordings_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_recordings'))
    )
    op.create_index('ix_recordings_call', 'recordings', ['tenant_id', 'call_id', 'id'], unique=False)
    op.create_table('frame_calls',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('draw_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('inclusion', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'call_id'], ['calls.tenant_id', 'calls.id'], name=op.f('fk_frame_calls_tenant_id_call_id_calls')),
    sa.ForeignKeyConstraint(['tenant_id', 'draw_id', 'agent_id'], ['draw_strata.tenant_id', 'draw_strata.draw_id', 'draw_strata.agent_id'], name=op.f('fk_frame_calls_tenant_id_draw_id_agent_id_draw_strata')),
    sa.ForeignKeyConstraint(['tenant_id', 'draw_id'], ['draws.tenant_id', 'draws.id'], name=op.f('fk_frame_calls_tenant_id_draw_id_draws')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_frame_calls_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'draw_id', 'call_id', name=op.f('pk_frame_calls'))
    )
    op.create_table('transcripts',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('recording_id', sa.Uuid(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('model', sa.Text(), nullable=True),
    sa.Column('duration_s', sa.Numeric(precision=10, scale=3), nullable=True),
    sa.Column('metrics', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('queued', 'running', 'ready', 'failed')", name=op.f('ck_transcripts_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'call_id'], ['calls.tenant_id', 'calls.id'], name=op.f('fk_transcripts_tenant_id_call_id_calls')),
    sa.ForeignKeyConstraint(['tenant_id', 'job_id'], ['jobs.tenant_id', 'jobs.id'], name=op.f('fk_transcripts_tenant_id_job_id_jobs')),
    sa.ForeignKeyConstraint(['tenant_id', 'recording_id'], ['recordings.tenant_id', 'recordings.id'], name=op.f('fk_transcripts_tenant_id_recording_id_recordings')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_transcripts_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_transcripts'))
    )
    op.create_index('ix_transcripts_call', 'transcripts', ['tenant_id', 'call_id', 'id'], unique=False)
    op.create_table('selections',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('draw_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('inclusion', sa.BigInteger(), nullable=False),
    sa.Column('signals', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'draw_id', 'call_id'], ['frame_calls.tenant_id', 'frame_calls.draw_id', 'frame_calls.call_id'], name=op.f('fk_selections_tenant_id_draw_id_call_id_frame_calls')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_selections_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_selections')),
    sa.UniqueConstraint('tenant_id', 'draw_id', 'call_id', name=op.f('uq_selections_tenant_id_draw_id_call_id'))
    )
    op.create_index('ix_selections_call', 'selections', ['tenant_id', 'call_id'], unique=False)
    op.create_table('transcript_segments',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('transcript_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('channel', sa.SmallInteger(), nullable=False),
    sa.Column('speaker', sa.Text(), nullable=False),
    sa.Column('start_s', sa.Numeric(precision=10, scale=3), nullable=False),
    sa.Column('end_s', sa.Numeric(precision=10, scale=3), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('confidence', sa.Numeric(precision=4, scale=3), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'transcript_id'], ['transcripts.tenant_id', 'transcripts.id'], name=op.f('fk_transcript_segments_tenant_id_transcript_id_transcripts')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_transcript_segments_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_transcript_segments')),
    sa.UniqueConstraint('tenant_id', 'transcript_id', 'position', name=op.f('uq_transcript_segments_tenant_id_transcript_id_position'))
    )
    op.create_table('assignments',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('selection_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('scorecard_id', sa.Uuid(), nullable=False),
    sa.Column('verifier_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('skipped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('skip_reason', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'call_id'], ['calls.tenant_id', 'calls.id'], name=op.f('fk_assignments_tenant_id_call_id_calls')),
    sa.ForeignKeyConstraint(['tenant_id', 'scorecard_id'], ['scorecards.tenant_id', 'scorecards.id'], name=op.f('fk_assignments_tenant_id_scorecard_id_scorecards')),
    sa.ForeignKeyConstraint(['tenant_id', 'selection_id'], ['selections.tenant_id', 'selections.id'], name=op.f('fk_assignments_tenant_id_selection_id_selections')),
    sa.ForeignKeyConstraint(['tenant_id', 'verifier_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_assignments_tenant_id_verifier_id_users')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_assignments_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_assignments')),
    sa.UniqueConstraint('tenant_id', 'selection_id', 'place', name=op.f('uq_assignments_tenant_id_selection_id_place'))
    )
    op.create_index('ix_assignments_verifier', 'assignments', ['tenant_id', 'verifier_id', 'id'], unique=False)
    op.create_index('ix_assignments_call', 'assignments', ['tenant_id', 'call_id'], unique=False)
    op.create_table('evaluations',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('project_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=True),
    sa.Column('scorecard_id', sa.Uuid(), nullable=False),
    sa.Column('scorecard_version_id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=True),
    sa.Column('verifier_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('draft', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('draft', 'submitted')", name=op.f('ck_evaluations_status')),
    sa.ForeignKeyConstraint(['tenant_id', 'agent_id'], ['agents.tenant_id', 'agents.id'], name=op.f('fk_evaluations_tenant_id_agent_id_agents')),
    sa.ForeignKeyConstraint(['tenant_id', 'assignment_id'], ['assignments.tenant_id', 'assignments.id'], name=op.f('fk_evaluations_tenant_id_assignment_id_assignments')),
    sa.ForeignKeyConstraint(['tenant_id', 'call_id'], ['calls.tenant_id', 'calls.id'], name=op.f('fk_evaluations_tenant_id_call_id_calls')),
    sa.ForeignKeyConstraint(['tenant_id', 'project_id'], ['projects.tenant_id', 'projects.id'], name=op.f('fk_evaluations_tenant_id_project_id_projects')),
    sa.ForeignKeyConstraint(['tenant_id', 'scorecard_id'], ['scorecards.tenant_id', 'scorecards.id'], name=op.f('fk_evaluations_tenant_id_scorecard_id_scorecards')),
    sa.ForeignKeyConstraint(['tenant_id', 'scorecard_version_id'], ['scorecard_versions.tenant_id', 'scorecard_versions.id'], name=op.f('fk_evaluations_tenant_id_scorecard_version_id_scorecard_versions')),
    sa.ForeignKeyConstraint(['tenant_id', 'verifier_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_evaluations_tenant_id_verifier_id_users')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_evaluations_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_evaluations')),
    sa.UniqueConstraint('tenant_id', 'assignment_id', name=op.f('uq_evaluations_tenant_id_assignment_id')),
    sa.UniqueConstraint('tenant_id', 'call_id', 'scorecard_id', 'verifier_id', name=op.f('uq_evaluations_tenant_id_call_id_scorecard_id_verifier_id'))
    )
    op.create_index('ix_evaluations_agent', 'evaluations', ['tenant_id', 'agent_id', 'submitted_at'], unique=False)
    op.create_index('ix_evaluations_project', 'evaluations', ['tenant_id', 'project_id', 'submitted_at'], unique=False)
    op.create_table('evaluation_revisions',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('evaluation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('score_before_fatal', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('sections', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('families', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fatal_items', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'author_id'], ['users.tenant_id', 'users.id'], name=op.f('fk_evaluation_revisions_tenant_id_author_id_users')),
    sa.ForeignKeyConstraint(['tenant_id', 'evaluation_id'], ['evaluations.tenant_id', 'evaluations.id'], name=op.f('fk_evaluation_revisions_tenant_id_evaluation_id_evaluations')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_evaluation_revisions_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('pk_evaluation_revisions')),
    sa.UniqueConstraint('evaluation_id', 'number', 'tenant_id', name=op.f('uq_evaluation_revisions_evaluation_id_number_tenant_id'))
    )
    op.create_table('answers',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('revision_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('credit', sa.Numeric(precision=9, scale=8), nullable=True),
    sa.Column('is_error', sa.Boolean(), nullable=False),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('at_s', sa.Numeric(precision=10, scale=3), nullable=True),
    sa.Column('segment_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("fault IN ('agent', 'process', 'customer', 'unclear')", name=op.f('ck_answers_fault')),
    sa.CheckConstraint('NOT is_error OR fault IS NOT NULL', name=op.f('ck_answers_error_has_fault')),
    sa.ForeignKeyConstraint(['tenant_id', 'revision_id'], ['evaluation_revisions.tenant_id', 'evaluation_revisions.id'], name=op.f('fk_answers_tenant_id_revision_id_evaluation_revisions')),
    sa.ForeignKeyConstraint(['tenant_id', 'segment_id'], ['transcript_segments.tenant_id', 'transcript_segments.id'], name=op.f('fk_answers_tenant_id_segment_id_transcript_segments')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_answers_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'revision_id', 'position', name=op.f('pk_answers'))
    )

    op.execute(REFUSE_CHANGE)
    op.execute(FREEZE_SUBMITTED)
    op.execute(FREEZE_PUBLISHED)
    for statement in FREEZE_TRIGGERS:
        op.execute(statement)
    for table in PLAIN:
        protect(table)
    for table in BEFORE_TENANT:
        protect(table, system=True, column="id" if table == "tenants" else "tenant_id")
    for table in APPEND_ONLY:
        protect(table, append_only=True)
    # A sign-in is journalled in the tenant that it turns out to belong to.
    protect("events", append_only=True, system=True)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failures TO {RUNTIME}")
    op.execute(f"GRANT SELECT ON alembic_version TO {RUNTIME}")


def downgrade() -> None:
    op.drop_table('answers')
    op.drop_table('evaluation_revisions')
    op.drop_index('ix_evaluations_project', table_name='evaluations')
    op.drop_index('ix_evaluations_agent', table_name='evaluations')
    op.drop_table('evaluations')
    op.drop_index('ix_assignments_call', table_name='assignments')
    op.drop_index('ix_assignments_verifier', table_name='assignments')
    op.drop_table('assignments')
    op.drop_table('transcript_segments')
    op.drop_index('ix_selections_call', table_name='selections')
    op.drop_table('selections')
    op.drop_index('ix_transcripts_call', table_name='transcripts')
    op.drop_table('transcripts')
    op.drop_table('frame_calls')
    op.drop_index('ix_recordings_call', table_name='recordings')
    op.drop_table('recordings')
    op.drop_table('draw_strata')
    op.drop_table('sampling_plan_verifiers')
    op.drop_table('draws')
    op.drop_index('ix_calls_started', table_name='calls')
    op.drop_index('ix_calls_project_started', table_name='calls')
    op.drop_index('ix_calls_agent_started', table_name='calls')
    op.drop_table('calls')
    op.drop_table('agent_projects')
    op.drop_table('agent_error_tallies')
    op.drop_index('uq_scorecard_versions_draft', table_name='scorecard_versions', postgresql_where=sa.text("status = 'draft'"))
    op.drop_table('scorecard_versions')
    op.drop_table('sampling_plans')
    op.drop_index('uq_agents_tenant_id_user_id', table_name='agents')
    op.drop_table('agents')
    op.drop_table('teams')
    op.drop_table('scorecards')
    op.drop_table('event_seal_entries')
    op.drop_table('api_keys')
    op.drop_index('ix_users_email', table_name='users')
    op.drop_table('users')
    op.drop_table('projects')
    op.drop_index('ix_jobs_state', table_name='jobs')
    op.drop_table('jobs')
    op.drop_index('ix_idempotency_keys_created_at', table_name='idempotency_keys')
    op.drop_table('idempotency_keys')
    op.drop_index('ix_events_xid', table_name='events')
    op.drop_index('ix_events_subject', table_name='events')
    op.drop_table('events')
    op.drop_table('event_seals')
    op.drop_table('tenants')
    op.drop_table('sign_in_failures')
    op.execute("DROP FUNCTION refuse_change, refuse_change_of_submitted, refuse_change_of_published")
