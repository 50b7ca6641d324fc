"""Draws that are committed before they are made, frames by size class, assignments that wait in a pool."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import RUNTIME, protect, seeing_all

revision = '20261121_provable_draws'
down_revision = '20261121_first_tables'
branch_labels = None
depends_on = None

REFUSE_CHANGE_OF_DRAW = """
CREATE FUNCTION refuse_change_of_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'neither a draw nor what was committed to ever changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
COMMITTED = ("plan_id", "window_kind", "timezone", "window_start", "part", "starts_at", "ends_at", "seed",
             "assignment_seed", "seed_commitment", "committed_at")
DRAW_TRIGGERS = (
    "CREATE TRIGGER drawn BEFORE UPDATE ON draws FOR EACH ROW "
    "WHEN (OLD.drawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_draw()",
    "CREATE TRIGGER committed BEFORE UPDATE ON draws FOR EACH ROW WHEN (("
    + ", ".join(f"OLD.{name}" for name in COMMITTED) + ") IS DISTINCT FROM ("
    + ", ".join(f"NEW.{name}" for name in COMMITTED) + ")) EXECUTE FUNCTION refuse_change_of_draw()",
    "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON draws FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)

FRAMES_BY_CLASS = """
INSERT INTO frame_classes (tenant_id, draw_id, agent_id, size, call_ids)
SELECT tenant_id, draw_id, agent_id, size, array_agg(call_id ORDER BY call_id) FROM frame_calls
GROUP BY tenant_id, draw_id, agent_id, size
"""
# What the digest covers is in app/sampling/selection.py.
DIGESTS_BY_CLASS = """
UPDATE draws d SET frame_digest = coalesce((
    SELECT sha256(string_agg(uuid_send(c.agent_id) || int8send(c.size) || c.digest, ''::bytea
                             ORDER BY c.agent_id, c.size))
    FROM (SELECT agent_id, size, sha256((SELECT string_agg(uuid_send(id), ''::bytea ORDER BY id)
                                         FROM unnest(call_ids) AS id)) AS digest
          FROM frame_classes WHERE (tenant_id, draw_id) = (d.tenant_id, d.id)) AS c
), sha256(''))
"""
# Of a call that was not selected the old table held a probability which nothing stored tells any more: it is given
# its share of the stratum's expected count.
FRAMES_BY_CALL = """
INSERT INTO frame_calls (tenant_id, draw_id, call_id, agent_id, size, inclusion)
SELECT c.tenant_id, c.draw_id, u.call_id, c.agent_id, c.size,
       coalesce(s.inclusion, least(trunc(h.expected::numeric * c.size / h.size), 1000000000000))::bigint
FROM frame_classes c CROSS JOIN unnest(c.call_ids) AS u (call_id)
JOIN draw_strata h ON (h.tenant_id, h.draw_id, h.agent_id) = (c.tenant_id, c.draw_id, c.agent_id)
LEFT JOIN selections s ON (s.tenant_id, s.draw_id, s.call_id) = (c.tenant_id, c.draw_id, u.call_id)
"""


READ = ("sampling_plans", "draws", "draw_strata", "selections", "assignments", "calls")


def upgrade() -> None:
    for table in ("draws", "selections"):
        op.execute(f"DROP TRIGGER append_only ON {table}")
    with seeing_all(*READ):
        _plans_up()
        _draws_up()
        _frames_up()
        _selections_up()
        _assignments_up()
    op.execute(REFUSE_CHANGE_OF_DRAW)
    for statement in DRAW_TRIGGERS:
        op.execute(statement)
    op.execute(f"GRANT UPDATE ON draws TO {RUNTIME}")
    _append_only("selections")


def downgrade() -> None:
    for trigger in ("drawn", "committed", "kept"):
        op.execute(f"DROP TRIGGER {trigger} ON draws")
    op.execute("DROP FUNCTION refuse_change_of_draw()")
    op.execute("DROP TRIGGER append_only ON selections")
    op.execute(f"REVOKE UPDATE ON draws FROM {RUNTIME}")
    with seeing_all(*READ):
        _assignments_down()
        _selections_down()
        _frames_down()
        _draws_down()
        _plans_down()
    for table in ("draws", "selections"):
        _append_only(table)


def _append_only(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _plans_up() -> None:
    op.add_column('sampling_plans', sa.Column('draw_delay_min', sa.Integer(), server_default='0', nullable=False))
    op.add_column('sampling_plans', sa.Column('due_days', sa.Integer(), server_default='7', nullable=False))
    op.add_column('sampling_plans', sa.Column('active_since', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sampling_plans SET active_since = now() WHERE active")
    for column in ('draw_delay_min', 'due_days'):
        op.alter_column('sampling_plans', column, server_default=None)
    op.create_check_constraint(op.f('ck_sampling_plans_active_since'), 'sampling_plans',
                               'active = (active_since IS NOT NULL)')


def _plans_down() -> None:
    op.drop_constraint(op.f('ck_sampling_plans_active_since'), 'sampling_plans', type_='check')
    for column in ('active_since', 'due_days', 'draw_delay_min'):
        op.drop_column('sampling_plans', column)


def _draws_up() -> None:
    op.add_column('draws', sa.Column('window_kind', sa.Text(), nullable=True))
    op.add_column('draws', sa.Column('timezone', sa.Text(), nullable=True))
    op.add_column('draws', sa.Column('committed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('draws', sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('draws', sa.Column('refusal', sa.Text(), nullable=True))
    op.add_column('draws', sa.Column('refused_version', sa.Integer(), nullable=True))
    op.add_column('draws', sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True))
    # Draws of before were committed to in the moment in which they were made.
    op.execute("UPDATE draws SET window_kind = parameters ->> 'window', timezone = parameters ->> 'timezone', "
               "committed_at = drawn_at")
    for column in ('window_kind', 'timezone', 'committed_at'):
        op.alter_column('draws', column, nullable=False)
    for column in ('frame_size', 'sample_size', 'frame_digest', 'parameters', 'drawn_at'):
        op.alter_column('draws', column, nullable=True, server_default=None)
    op.drop_constraint(op.f('uq_draws_tenant_id_plan_id_window_start_part'), 'draws', type_='unique')
    op.create_index('uq_draws_window', 'draws', ['tenant_id', 'plan_id', 'starts_at', 'part'], unique=True,
                    postgresql_where=sa.text('voided_at IS NULL'))
    op.create_check_constraint(
        op.f('ck_draws_drawn'), 'draws',
        'num_nulls(frame_size, sample_size, frame_digest, parameters, drawn_at) IN (0, 5)')
    op.create_check_constraint(op.f('ck_draws_refused'), 'draws',
                               'num_nulls(refused_at, refusal, refused_version) IN (0, 3)')
    op.create_check_constraint(op.f('ck_draws_voided'), 'draws', 'voided_at IS NULL OR drawn_at IS NULL')


def _draws_down() -> None:
    # A draw that was only committed to is nothing to the earlier release.
    op.execute("DELETE FROM draws WHERE drawn_at IS NULL")
    for name in ('ck_draws_voided', 'ck_draws_refused', 'ck_draws_drawn'):
        op.drop_constraint(op.f(name), 'draws', type_='check')
    op.drop_index('uq_draws_window', table_name='draws', postgresql_where=sa.text('voided_at IS NULL'))
    op.create_unique_constraint(op.f('uq_draws_tenant_id_plan_id_window_start_part'), 'draws',
                                ['tenant_id', 'plan_id', 'window_start', 'part'])
    for column in ('frame_size', 'sample_size', 'frame_digest', 'parameters'):
        op.alter_column('draws', column, nullable=False)
    op.alter_column('draws', 'drawn_at', nullable=False, server_default=sa.text('now()'))
    for column in ('voided_at', 'refused_version', 'refusal', 'refused_at', 'committed_at', 'timezone', 'window_kind'):
        op.drop_column('draws', column)


def _frames_up() -> None:
    op.create_table('frame_classes',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('draw_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('call_ids', postgresql.ARRAY(sa.Uuid()), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'agent_id'], ['agents.tenant_id', 'agents.id'], name=op.f('fk_frame_classes_tenant_id_agent_id_agents')),
    sa.ForeignKeyConstraint(['tenant_id', 'draw_id'], ['draws.tenant_id', 'draws.id'], name=op.f('fk_frame_classes_tenant_id_draw_id_draws')),
    sa.ForeignKeyConstraint(['tenant_id'], ['tenants.id'], name=op.f('fk_frame_classes_tenant_id_tenants')),
    sa.PrimaryKeyConstraint('tenant_id', 'draw_id', 'agent_id', 'size', name=op.f('pk_frame_classes'))
    )
    # Ids do not compress; trying costs time.
    op.execute("ALTER TABLE frame_classes ALTER call_ids SET STORAGE EXTERNAL")
    with seeing_all("frame_calls"):
        op.execute(FRAMES_BY_CLASS)
    op.execute(DIGESTS_BY_CLASS)
    protect("frame_classes", append_only=True)
    op.drop_constraint(op.f('fk_selections_tenant_id_draw_id_call_id_frame_calls'), 'selections', type_='foreignkey')
    op.drop_table('frame_calls')


def _frames_down() -> None:
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
    with seeing_all("frame_classes"):
        op.execute(FRAMES_BY_CALL)
    op.create_foreign_key(op.f('fk_selections_tenant_id_draw_id_call_id_frame_calls'), 'selections', 'frame_calls',
                          ['tenant_id', 'draw_id', 'call_id'], ['tenant_id', 'draw_id', 'call_id'])
    protect("frame_calls", append_only=True)
    op.drop_table('frame_classes')


def _selections_up() -> None:
    _key('selections', ['tenant_id', 'draw_id', 'call_id'], ['draw_id', 'call_id', 'tenant_id'])
    _index('ix_selections_call', 'selections', ['call_id', 'tenant_id'])
    op.add_column('selections', sa.Column('started_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE selections s SET started_at = c.started_at FROM calls c "
               "WHERE (c.tenant_id, c.id) = (s.tenant_id, s.call_id)")
    op.alter_column('selections', 'started_at', nullable=False)
    op.create_foreign_key(op.f('fk_selections_tenant_id_call_id_calls'), 'selections', 'calls',
                          ['tenant_id', 'call_id'], ['tenant_id', 'id'])
    op.create_foreign_key(op.f('fk_selections_tenant_id_draw_id_agent_id_draw_strata'), 'selections', 'draw_strata',
                          ['tenant_id', 'draw_id', 'agent_id'], ['tenant_id', 'draw_id', 'agent_id'])


def _selections_down() -> None:
    op.drop_constraint(op.f('fk_selections_tenant_id_draw_id_agent_id_draw_strata'), 'selections', type_='foreignkey')
    op.drop_constraint(op.f('fk_selections_tenant_id_call_id_calls'), 'selections', type_='foreignkey')
    op.drop_column('selections', 'started_at')
    _index('ix_selections_call', 'selections', ['tenant_id', 'call_id'])
    _key('selections', ['draw_id', 'call_id', 'tenant_id'], ['tenant_id', 'draw_id', 'call_id'])


def _index(name: str, table: str, columns: list[str]) -> None:
    op.drop_index(name, table_name=table)
    op.create_index(name, table, columns, unique=False)


def _key(table: str, old: list[str], new: list[str]) -> None:
    op.drop_constraint(op.f(f"uq_{table}_{'_'.join(old)}"), table, type_='unique')
    op.create_unique_constraint(op.f(f"uq_{table}_{'_'.join(new)}"), table, new)


def _assignments_up() -> None:
    op.add_column('assignments', sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('assignments', sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE assignments SET due_at = created_at + interval '7 days'")
    op.alter_column('assignments', 'due_at', nullable=False)
    op.alter_column('assignments', 'verifier_id', nullable=True)
    _key('assignments', ['tenant_id', 'selection_id', 'place'], ['selection_id', 'place', 'tenant_id'])
    _index('ix_assignments_verifier', 'assignments', ['verifier_id', 'due_at', 'id', 'tenant_id'])
    _index('ix_assignments_call', 'assignments', ['call_id', 'tenant_id'])
    op.create_index('ix_assignments_due', 'assignments', ['tenant_id', 'due_at', 'id'], unique=False)
    op.create_index('ix_assignments_pool', 'assignments', ['tenant_id', 'id'], unique=False,
                    postgresql_where=sa.text('verifier_id IS NULL'))


def _assignments_down() -> None:
    op.drop_index('ix_assignments_due', table_name='assignments')
    _index('ix_assignments_call', 'assignments', ['tenant_id', 'call_id'])
    _index('ix_assignments_verifier', 'assignments', ['tenant_id', 'verifier_id', 'id'])
    _key('assignments', ['selection_id', 'place', 'tenant_id'], ['tenant_id', 'selection_id', 'place'])
    op.drop_index('ix_assignments_pool', table_name='assignments',
                  postgresql_where=sa.text('verifier_id IS NULL'))
    # The earlier release knows no assignment without a verifier.
    op.execute("DELETE FROM assignments WHERE verifier_id IS NULL")
    op.alter_column('assignments', 'verifier_id', nullable=False)
    op.drop_column('assignments', 'claimed_at')
    op.drop_column('assignments', 'due_at')
