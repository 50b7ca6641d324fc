"""A row in every table, so that migrations are tested against tables that are not empty."""

from string import Template

import asyncpg

from app.platform.ids import new_id

_ROWS = Template("""
INSERT INTO sign_in_failures (key, failures, window_started_at) VALUES ('a@example.com', 1, now());
INSERT INTO tenants (id, slug, name) VALUES ($tenant, 'rows', 'Rows');
INSERT INTO users (tenant_id, id, email, full_name, role, active, version)
    VALUES ($tenant, $user, 'a@example.com', 'A', 'verifier', true, 1);
INSERT INTO api_keys (tenant_id, id, name, key_hash, scopes, user_id, created_by)
    VALUES ($tenant, $key, 'K', 'hash', '{}', $user, $user);
INSERT INTO idempotency_keys (tenant_id, principal_id, key, fingerprint) VALUES ($tenant, $user, 'once', 'print');
INSERT INTO guests (tenant_id, id, invited_to, name, email, generation, token_hash, expires_at)
    VALUES ($tenant, $guest, $call, 'C', 'c@example.com', 1, 'hash', now());
INSERT INTO teams (tenant_id, id, name, leader_id, version) VALUES ($tenant, $team, 'T', $user, 1);
INSERT INTO projects (tenant_id, id, name, timezone, language, version)
    VALUES ($tenant, $project, 'Cards', 'UTC', 'en', 1);
INSERT INTO agents (tenant_id, id, external_id, full_name, team_id, version)
    VALUES ($tenant, $agent, 'a', 'A', $team, 1);
INSERT INTO agent_projects (tenant_id, agent_id, project_id) VALUES ($tenant, $agent, $project);
INSERT INTO bonus_rules (tenant_id, id, project_id, steps, min_evaluations, too_few_percent, version)
    VALUES ($tenant, $rule, $project, '[{"from_score": "0", "percent": "100"}]', 5, 100, 1);

INSERT INTO notifications (tenant_id, id, user_id, kind, title, text)
    VALUES ($tenant, $notification, $user, 'calibration.invited', 'You are invited', 'Three calls.');
INSERT INTO emails (tenant_id, id, to_name, to_email, subject, text, attachments, state, attempts, sent_at)
    VALUES ($tenant, $email, 'A', 'a@example.com', 'You are invited', 'Three calls.', '[]', 'sent', 1, now());
INSERT INTO report_schedules (tenant_id, id, name, owner_id, report, format, language, locale, bom, period, every, at,
                              timezone, recipients, active, next_due_at, version)
    VALUES ($tenant, $schedule, 'Quality', $user, 'quality', 'xlsx', 'en', 'en', false, 'previous_day', 'day', '08:00',
            'UTC', '[]', true, now(), 1);
INSERT INTO report_deliveries (tenant_id, id, schedule_id, due_at, since, until, state, recipients)
    VALUES ($tenant, $delivery, $schedule, now(), now(), now(), 'queued', '[]');
INSERT INTO report_figures (tenant_id, id, report, question, question_digest, method, input_digest, figures,
                            computed_at)
    VALUES ($tenant, $figure, 'error-sources', '{}', 'q', 'marks-1', 'i', '{}', now());

INSERT INTO exports (tenant_id, id, tables, everything, format, recordings, state, requested_by, job_id, attempts,
                     snapshot_at, row_count, size_bytes, sha256, storage_key, finished_at, expires_at)
    VALUES ($tenant, $export, '{calls}', false, 'csv', false, 'ready', $user, $job, 1, now(), 1, 1, 's', 'k', now(),
            now());

INSERT INTO jobs (tenant_id, id, kind, payload, state, attempts)
    VALUES ($tenant, $job, 'transcribe', '{}', 'succeeded', 1);
INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, subject_type)
    VALUES ($tenant, $event, 'tenant.created', now(), 'system', 'tenant');
INSERT INTO live_channels (tenant_id, id, last_number) VALUES ($tenant, $channel, 1);
INSERT INTO live_events (tenant_id, channel_id, number, kind, data) VALUES ($tenant, $channel, 1, 'joined', '{}');
INSERT INTO unsealed_events (tenant_id, event_id) VALUES ($tenant, $event);
INSERT INTO event_seals (tenant_id, id, number, sealed_at, events, root, previous_root, chained_root)
    VALUES ($tenant, $seal, 1, now(), 1, 'r', 'p', 'c');
INSERT INTO event_backlogs (tenant_id, first_batch, last_batch) VALUES ($tenant, 1, 1);
INSERT INTO event_cursors (tenant_id, consumer, next_batch, next_position, failures) VALUES ($tenant, 'c', 1, 0, 0);
INSERT INTO event_failures (tenant_id, consumer, event_id, failed_at, error) VALUES ($tenant, 'c', $event, now(), 'e');
INSERT INTO event_seal_entries (tenant_id, seal_id, position, event_id, digest)
    VALUES ($tenant, $seal, 1, $event, 'd');

INSERT INTO calls (tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction,
                   complaint, tags, attributes)
    VALUES ($tenant, $call, 'crm', '1', $project, $agent, now(), 60, 'inbound', false, '{}', '{}');
INSERT INTO recordings (tenant_id, id, call_id, storage_key, sha256, size_bytes, media_type, container, codec,
                        channels, sample_rate, duration_s)
    VALUES ($tenant, $recording, $call, 'k', 's', 1, 'audio/wav', 'wav', 'pcm', 1, 8000, 60);
INSERT INTO transcripts (tenant_id, id, call_id, recording_id, job_id, status)
    VALUES ($tenant, $transcript, $call, $recording, $job, 'ready');
INSERT INTO transcript_segments (tenant_id, id, transcript_id, position, channel, speaker, start_s, end_s, text)
    VALUES ($tenant, $segment, $transcript, 1, 0, 'agent', 0, 1, 'hello');

INSERT INTO scorecards (tenant_id, id, name, version) VALUES ($tenant, $scorecard, 'S', 1);
INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition, published_at)
    VALUES ($tenant, $version, $scorecard, 1, 'published', 80, '{}', now());

INSERT INTO assignment_pools (tenant_id, id, project_id, name) VALUES ($tenant, $plan, $project, 'Daily');
INSERT INTO assignment_pool_members (tenant_id, pool_id, user_id) VALUES ($tenant, $plan, $user);
INSERT INTO assignments (tenant_id, id, pool_id, project_id, batch_id, subject_id, scoring_round,
                         double_inclusion_prob_e12, agent_id, call_id, scorecard_id, verifier_id, due_at, version)
    VALUES ($tenant, $assignment, $plan, $project, $draw, $selection, 1, 0, $agent, $call, $scorecard, $user, now(), 1);

INSERT INTO sampling_plans (tenant_id, id, name, project_id, scorecard_id, window_kind, timezone, mode, rate,
                            floor_per_agent, eligibility, size, double_score_rate, draw_delay_min, due_days, active,
                            active_since, version)
    VALUES ($tenant, $plan, 'Daily', $project, $scorecard, 'day', 'UTC', 'rate', 0.5, 1, '{}', '{}', 0, 0, 7, true,
            now(), 1);
INSERT INTO draws (tenant_id, id, plan_id, window_kind, timezone, window_start, supplement_no, starts_at, ends_at,
                   seed_commitment, seed, assignment_seed, committed_at, frame_size, sample_size, frame_digest,
                   parameters, drawn_at)
    VALUES ($tenant, $draw, $plan, 'day', 'UTC', '2026-03-02', 0, '2026-03-02Z', '2026-03-03Z', 'c', 's', 'a', now(),
            1, 1, 'digest', '{}', now());
INSERT INTO late_call_searches (tenant_id, plan_id, searched_until) VALUES ($tenant, $plan, now());
INSERT INTO draw_strata (tenant_id, draw_id, agent_id, calls, size_e6, expected_n_e12, selected)
    VALUES ($tenant, $draw, $agent, 1, 1000000, 1000000000000, 1);
INSERT INTO frame_classes (tenant_id, draw_id, agent_id, size_e6, call_ids)
    VALUES ($tenant, $draw, $agent, 1000000, ARRAY[$call]::uuid[]);
INSERT INTO selections (tenant_id, id, draw_id, call_id, agent_id, position, size_e6, inclusion_prob_e12, started_at,
                        signals)
    VALUES ($tenant, $selection, $draw, $call, $agent, 1, 1000000, 1000000000000, now(), '[]');

INSERT INTO draw_rollups (tenant_id, draw_id) VALUES ($tenant, $draw);

INSERT INTO evaluations (tenant_id, id, call_id, project_id, agent_id, scorecard_id, scorecard_version_id,
                         assignment_id, verifier_id, status, version, submitted_at)
    VALUES ($tenant, $evaluation, $call, $project, $agent, $scorecard, $version, $assignment, $user, 'submitted', 1,
            now());
INSERT INTO evaluation_revisions (tenant_id, id, evaluation_id, number, author_id, sections, families, fatal_items,
                                  applicable_count, error_count)
    VALUES ($tenant, $revision, $evaluation, 1, $user, '[]', '{}', '{}', 1, 0);
INSERT INTO answers (tenant_id, revision_id, position, item, value, is_error, segment_id)
    VALUES ($tenant, $revision, 1, 'greeting', 'good', false, $segment);

INSERT INTO calibration_sessions (tenant_id, id, name, scorecard_id, scorecard_version_id, state, duration_min,
                                  hide_agent, see_others, sequence, created_by, reopenings, version)
    VALUES ($tenant, $session, 'December', $scorecard, $version, 'open', 60, true, 'after_reveal', 0, $user, '[]', 1);
INSERT INTO calibration_calls (tenant_id, session_id, call_id, position) VALUES ($tenant, $session, $call, 1);
INSERT INTO calibration_participants (tenant_id, id, session_id, guest_id, name, email, role, added_at)
    VALUES ($tenant, $participant, $session, $guest, 'C', 'c@example.com', 'client', now());
INSERT INTO calibration_presence (tenant_id, session_id, participant_id, stream_id, present_until)
    VALUES ($tenant, $session, $participant, $stream, now());
INSERT INTO calibration_scores (tenant_id, session_id, participant_id, call_id, answers, complete, blind, version)
    VALUES ($tenant, $session, $participant, $call, '[]', false, true, 1);
INSERT INTO calibration_consensus (tenant_id, session_id, call_id, id, answers, decided_by, decided_at, version)
    VALUES ($tenant, $session, $call, $consensus, '[]', $user, now(), 1);
INSERT INTO calibration_time_options (tenant_id, id, session_id, starts_at) VALUES ($tenant, $option, $session, now());
INSERT INTO calibration_votes (tenant_id, session_id, option_id, participant_id, answer)
    VALUES ($tenant, $session, $option, $participant, 'yes');
INSERT INTO double_score_decisions (tenant_id, id, subject_id, number, record_evaluation_id, second_evaluation_id,
                                    answers, decided_by, decided_at)
    VALUES ($tenant, $decision, $selection, 1, $evaluation, $evaluation, '[]', $user, now());
INSERT INTO fault_checks (tenant_id, id, evaluation_id, revision_id, draw_id, plan_id, project_id, call_id, agent_ids,
                          inclusion_prob_e12, drawn_at, checker_id, given_at, done_at)
    VALUES ($tenant, $check, $evaluation, $revision, $draw, $plan, $project, $call, '{}', 1, now(), $user, now(),
            now());
INSERT INTO fault_check_reveals (tenant_id, draw_id, revealed_at) VALUES ($tenant, $draw, now());
INSERT INTO checked_errors (tenant_id, id, source, source_id, call_id, scorecard_id, scorecard_version_id, item,
                            evaluation_id, verdict, by_chance, inclusion_prob_e12, decided_by, decided_at)
    VALUES ($tenant, $checked, 'fault_check', $check, $call, $scorecard, $version, 'greeting', $evaluation, 'agent',
            true, 1, $user, now());
""")


async def insert_rows(admin_url: str) -> None:
    """Insert a row into every table, frozen and append-only tables among them."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(_ROWS.substitute({name: f"'{new_id()}'" for name in _ROWS.get_identifiers()}))
    finally:
        await admin.close()


async def tables_without_rows(admin_url: str) -> set[str]:
    admin = await asyncpg.connect(admin_url)
    try:
        tables = await admin.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        names = [str(row["relname"]) for row in tables]
        return {name for name in names if not await admin.fetchval(f"SELECT EXISTS (SELECT FROM {name})")}
    finally:
        await admin.close()
