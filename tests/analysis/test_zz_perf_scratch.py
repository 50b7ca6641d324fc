import asyncio, time, os, json
from datetime import date
import pytest
from sqlalchemy import text
from app import events
from app.platform.actor import Actor, act_as
from app.platform.scope import Tenant
from app.analysis import queries, Filters, GroupBy, reports
from tests.analysis.building import *
from tests.scorecards.building import thirty_items
from tests.analysis.conftest import build

import time

N = int(os.environ.get("N", "20000"))
AG = int(os.environ.get("AG", "200"))
SEED = """
WITH ids AS MATERIALIZED (
 SELECT i, uuidv7() c, uuidv7() s, uuidv7() a, uuidv7() e, uuidv7() r,
   (i % {AG}) ag, (i / {AG}) % 28 AS day FROM generate_series(0,{N}-1) i)
SELECT ids.*, dr.id draw_id, agx.id agent_id, dr.starts_at + '10 hours'::interval + (i % 600) * '1 minute'::interval st INTO TEMP seed
FROM ids JOIN (SELECT id, starts_at, row_number() over (order by starts_at) - 1 n FROM draws) dr ON dr.n = ids.day
JOIN (SELECT id, row_number() over (order by id) - 1 n FROM agents) agx ON agx.n = ids.ag
"""


async def test_perf(build, context, centre):
    definition = thirty_items()
    plan = await build.plan(definition=definition)
    async with context.database.begin(Tenant(centre.tenant_id)) as s:
        act_as(s, Actor("system", None))
        t = str(centre.tenant_id)
        c = await s.connection()

        async def x(q):
            t0 = time.time()
            await c.exec_driver_sql(q)
            print("seed", q.strip()[:40], round(time.time() - t0, 2))

        await x(
            f"INSERT INTO agents (tenant_id,id,external_id,full_name,team_id,version) SELECT '{t}', uuidv7(), 'x'||i, 'Agent '||i, '{centre.team_id}',1 FROM generate_series(1,{AG - 2}) i"
        )
        await x(
            f"INSERT INTO draws (tenant_id,id,plan_id,window_start,part,starts_at,ends_at,frame_size,sample_size,frame_digest,seed_commitment,seed,parameters) SELECT '{t}', uuidv7(), '{plan.id}', '2026-11-01'::date+i, 0, '2026-11-01Z'::timestamptz + i*'1 day'::interval, '2026-11-02Z'::timestamptz + i*'1 day'::interval, 1,1,'','','','{{}}' FROM generate_series(0,27) i"
        )
        await x(SEED.format(N=N, AG=AG))
        await x(f"INSERT INTO draw_strata SELECT '{t}', d.id, a.id, 1,1,1,1 FROM draws d, agents a")
        await x(
            f"INSERT INTO calls (tenant_id,id,source,external_id,project_id,agent_id,started_at,duration_s,direction,complaint,tags,attributes) SELECT '{t}', c, 'x', c::text, '{plan.project_id}', agent_id, st, 100, 'inbound', false, '{{}}', '{{}}' FROM seed"
        )
        await x(
            f"INSERT INTO frame_calls SELECT '{t}', draw_id, c, agent_id, 1, 20000000000 + (i%7)*10000000000 FROM seed"
        )
        await x(
            f"INSERT INTO selections (tenant_id,id,draw_id,call_id,agent_id,position,size,inclusion,signals) SELECT '{t}', s, draw_id, c, agent_id, i, 1, 20000000000 + (i%7)*10000000000, '[]' FROM seed"
        )
        await x(
            f"INSERT INTO assignments (tenant_id,id,selection_id,call_id,scorecard_id,verifier_id,place,version) SELECT '{t}', a, s, c, '{plan.scorecard_id}', '{centre.user_ids['verifier']}', 1, 1 FROM seed"
        )
        await x(
            f"INSERT INTO evaluations (tenant_id,id,call_id,project_id,agent_id,scorecard_id,scorecard_version_id,assignment_id,verifier_id,status,version,submitted_at) SELECT '{t}', e, c, '{plan.project_id}', agent_id, '{plan.scorecard_id}', '{plan.version_id}', a, '{centre.user_ids['verifier']}', 'submitted',1, now() FROM seed"
        )
        await x(
            f"INSERT INTO evaluation_revisions (tenant_id,id,evaluation_id,number,author_id,score,sections,families,fatal_items) SELECT '{t}', r, e, 1, '{centre.user_ids['verifier']}', 60 + (i*7919 % 40), '[]','{{}}','{{}}' FROM seed"
        )
        await x(
            f"INSERT INTO answers (tenant_id,revision_id,position,item,value,credit,is_error,fault,reason) SELECT '{t}', r, k, 'i'||k, 'x', CASE WHEN h%20=7 THEN NULL ELSE 1 END, h%8=0, CASE WHEN h%8=0 THEN (ARRAY['agent','process','customer','unclear'])[1+(h/8)%4] END, CASE WHEN h%8=0 AND h%16=0 THEN (ARRAY['forgot','no_article'])[1+(h/32)%2] END FROM seed, generate_series(0,29) k, LATERAL (SELECT abs(hashint4(i*30+k)) h) q "
        )
        await events.record(s, "test.seeded", subject=("test", None))
    import asyncpg

    if os.environ.get("ANALYZE"):
        u = context.settings.migration_database_url
        conn = await asyncpg.connect(u)
        await conn.execute("ANALYZE")
        await conn.close()
    f = NOVEMBER
    for _ in range(2):
        for url, p in (("quality", {"by": "agent"}), ("quality", {"by": "week"}), ("error-sources", {})):
            t0 = time.time()
            r = await centre.leader.get(f"/v1/reports/{url}", params=f | p)
            print(url, p, r.status_code, round(time.time() - t0, 3), len(r.content))
            assert r.status_code == 200, r.text[:500]
    flt = Filters(date(2026, 11, 1), date(2026, 12, 1))
    async with context.database.begin(Tenant(centre.tenant_id)) as s:
        per = await reports._period(s, flt)
        t0 = time.time()
        d = await queries.drawn_calls(s, flt, per, GroupBy.TEAM)
        print("drawn", len(d), time.time() - t0)
        t0 = time.time()
        g = await queries.answer_groups(s, d)
        print("answers", sum(x.calls.size for x in g), len(g), time.time() - t0)
        t0 = time.time()
        tab, src = reports._attribute(d, g)
        print("attribute", time.time() - t0)
        t0 = time.time()
        reports.figures(d)
        reports.total(d)
        print("figures", time.time() - t0)
        from app.platform.sql import driver_sql

        for q, a in ((queries._DRAWN_CALLS, (*queries._parameters(flt, per), "team")),):
            for row in await driver_sql(s, "EXPLAIN ANALYZE " + q, *a):
                print(row[0])
        h = [(i, c) for i, c in enumerate(d)]
        for row in await driver_sql(
            s,
            "EXPLAIN ANALYZE " + queries._ANSWERS,
            [c.revision_id for _, c in h],
            [c.scorecard_id for _, c in h],
            [i for i, _ in h],
        ):
            print(row[0][:200])
        alt = queries._DRAWN_CALLS.replace(
            """LEFT JOIN LATERAL (
    SELECT id, score FROM evaluation_revisions
    WHERE tenant_id = e.tenant_id AND evaluation_id = e.id
    ORDER BY number DESC LIMIT 1
) r ON true""",
            """LEFT JOIN (
    SELECT * FROM evaluation_revisions r WHERE NOT EXISTS (
        SELECT FROM evaluation_revisions newer
        WHERE newer.tenant_id = r.tenant_id AND newer.evaluation_id = r.evaluation_id AND newer.number > r.number
    )
) r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id""",
        )
        assert alt != queries._DRAWN_CALLS
        for _ in range(4):
            for name, q in (("LATERAL", queries._DRAWN_CALLS), ("ANTI", alt)):
                rows = [
                    r[0]
                    for r in await driver_sql(
                        s, "EXPLAIN (ANALYZE, TIMING OFF) " + q, *queries._parameters(flt, per), "team"
                    )
                ]
                print("cmp", name, rows[-1])
        for row in await driver_sql(s, "EXPLAIN (ANALYZE, TIMING OFF) " + alt, *queries._parameters(flt, per), "team"):
            print("ALT", row[0][:150])
        import cProfile, pstats

        for fn in (lambda: reports._attribute(d, g), lambda: (reports.figures(d), reports.total(d))):
            t0 = time.process_time()
            fn()
            print("cpu", time.process_time() - t0)
        t0 = time.process_time()
        d = await queries.drawn_calls(s, flt, per, GroupBy.TEAM)
        print("cpu drawn", time.process_time() - t0)
        t0 = time.process_time()
        g = await queries.answer_groups(s, d)
        print("cpu answers", time.process_time() - t0)
