-- selection
SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr", "workdiary"."text" AS "text" FROM "public"."workdiary"

-- extract, whole
COPY (SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr", "workdiary"."text" AS "text" FROM "public"."workdiary") TO STDOUT (FORMAT binary)

-- extract, whole, with freshness and stamp
COPY (SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr", "workdiary"."text" AS "text" FROM "public"."workdiary") TO STDOUT (FORMAT binary)

-- extract, since
COPY (SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr", "workdiary"."text" AS "text" FROM "public"."workdiary" WHERE ((("workdiary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "workdiary".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) TO STDOUT (FORMAT binary)

-- extract, since, one per key
COPY (WITH candidate AS (SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr", "workdiary"."text" AS "text", NULL::timestamptz AS pgtide_watermark FROM "public"."workdiary"), news AS MATERIALIZED (SELECT DISTINCT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr" FROM "public"."workdiary" WHERE ((("workdiary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "workdiary".xmin = ANY ('{904,990}'::pg_catalog.xid[]))), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."org", c."nr", c."text")::text COLLATE "C") OVER twins = ROW(c."org", c."nr", c."text")::text COLLATE "C" AS pgtide_same FROM candidate c WHERE EXISTS (SELECT FROM news n WHERE ROW(n."org")::record = ROW(c."org")::record AND n."nr" = c."nr") WINDOW twins AS (PARTITION BY c."org", c."nr" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."org", c."nr", c."text")::text COLLATE "C")) SELECT "org", "nr", "text" FROM ranked WHERE pgtide_rank = 1) TO STDOUT (FORMAT binary)

-- find_twins, since
WITH candidate AS (SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr" FROM "public"."workdiary"), news AS MATERIALIZED (SELECT DISTINCT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr" FROM "public"."workdiary" WHERE ((("workdiary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "workdiary".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) SELECT EXISTS (SELECT FROM candidate c WHERE EXISTS (SELECT FROM news n WHERE ROW(n."org")::record = ROW(c."org")::record AND n."nr" = c."nr") GROUP BY c."org", c."nr" HAVING count(*) > 1) AS found

-- count_twins, whole
WITH candidate AS (SELECT "workdiary"."org" AS "org", "workdiary"."nr" AS "nr", "workdiary"."text" AS "text", NULL::timestamptz AS pgtide_watermark FROM "public"."workdiary"), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."org", c."nr", c."text")::text COLLATE "C") OVER twins = ROW(c."org", c."nr", c."text")::text COLLATE "C" AS pgtide_same FROM candidate c WINDOW twins AS (PARTITION BY c."org", c."nr" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."org", c."nr", c."text")::text COLLATE "C")) SELECT count(*) AS twins, count(*) FILTER (WHERE NOT pgtide_same) AS differing, (SELECT string_agg(k, '; ') FROM (SELECT DISTINCT pg_catalog.concat_ws(', ', "org", "nr") AS k FROM ranked WHERE pgtide_rank > 1 AND NOT pgtide_same LIMIT 5) shown) AS keys FROM ranked WHERE pgtide_rank > 1

-- source_has_rows
SELECT EXISTS (SELECT FROM "public"."workdiary") AS has_rows

-- create_stage
CREATE TEMPORARY TABLE pgtide_stage_1 ("org" integer, "nr" integer, "text" text) ON COMMIT DROP

-- load_stage
COPY pgtide_stage_1 FROM STDIN (FORMAT binary)

-- load_target
COPY "public"."diary" ("org", "nr", "text") FROM STDIN (FORMAT binary)

-- find_misfits
(nothing)

-- make_image
(nothing)

-- judge, nothing left alone
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT DISTINCT ON (m.ctid) m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN t.ctid IS NULL THEN 'i' WHEN NOT (ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record) THEN '=' WHEN true THEN 'u' END AS verdict FROM pgtide_stage_1 m LEFT JOIN "public"."diary" t ON t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record ORDER BY m.ctid, t.ctid IS NOT NULL AND ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record, t.ctid; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict = 'i') AS inserts, count(*) FILTER (WHERE verdict = 'u') AS updates, count(*) FILTER (WHERE verdict = 's') AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b')) AS conflicts FROM pgtide_verdict_1

-- judge, leaving alone
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT DISTINCT ON (m.ctid) m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN t.ctid IS NULL THEN 'i' WHEN NOT (ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record) THEN '=' WHEN ((t.xmin::text::bigint - 700) & 4294967295) < 2147483648 AND NOT t.xmin::text::bigint IN (SELECT own.xid & 4294967295 FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'diary') THEN 'b' ELSE 'u' END AS verdict FROM pgtide_stage_1 m LEFT JOIN "public"."diary" t ON t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record ORDER BY m.ctid, t.ctid IS NOT NULL AND ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record, t.ctid; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict = 'i') AS inserts, count(*) FILTER (WHERE verdict = 'u') AS updates, count(*) FILTER (WHERE verdict = 's') AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b')) AS conflicts FROM pgtide_verdict_1

-- count_days
SELECT (m.pgtide_watermark AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(m.pgtide_watermark) AS newest FROM pgtide_stage_1 m WHERE isfinite(m.pgtide_watermark) AND m.ctid NOT IN (SELECT v.staged FROM pgtide_verdict_1 v WHERE v.verdict IN ('s', 'c', 'b')) GROUP BY 1

-- lock_target
LOCK TABLE "public"."diary" IN SHARE ROW EXCLUSIVE MODE

-- insert
INSERT INTO "public"."diary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE NOT EXISTS (SELECT FROM "public"."diary" t WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record)

-- insert with a late column
INSERT INTO "public"."diary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", NULL FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE NOT EXISTS (SELECT FROM "public"."diary" t WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record)

-- set_late_columns
UPDATE "public"."diary" t SET "text" = m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record AND (m."text" IS NOT NULL)

-- update
UPDATE "public"."diary" t SET "org" = m."org", "nr" = m."nr", "text" = m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'u' WHERE t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version

-- record_own_xact
INSERT INTO pgtide.own_xact (map, table_name, xid) VALUES ('practice', 'diary', pg_catalog.txid_current()) ON CONFLICT DO NOTHING

-- record_conflicts
INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, resolution_strategy, last_seen_run) SELECT 'practice', 'forward', 'diary', pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr"), CASE v.verdict WHEN 'c' THEN 'insert_exists' ELSE 'update_origin_differs' END, pg_catalog.to_jsonb(i), pg_catalog.to_jsonb(t), 'desktop_wins', 42 FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('c', 'b') JOIN "public"."diary" t ON t.ctid = v.existing AND t.tableoid = v.part CROSS JOIN LATERAL (SELECT m."org", m."nr", m."text") i ON CONFLICT (map, direction, table_name, row_key, kind) WHERE resolved_at IS NULL DO UPDATE SET desktop_row = excluded.desktop_row, cloud_row = excluded.cloud_row, last_seen_run = excluded.last_seen_run

-- target_has_own_rows
SELECT EXISTS (SELECT FROM "public"."diary" t) AS has_rows

-- number_stage
CREATE TEMPORARY TABLE pgtide_stage_1_n ON COMMIT DROP AS SELECT ctid AS staged, row_number() OVER () AS n FROM pgtide_stage_1

-- keep_numbered
DELETE FROM pgtide_stage_1 WHERE ctid NOT IN (SELECT staged FROM pgtide_stage_1_n WHERE n BETWEEN 3 AND 4)

-- staged_key
SELECT pg_catalog.concat_ws(', ', 'org=' || coalesce(s."org"::text, 'NULL'), 'nr=' || coalesce(s."nr"::text, 'NULL')) AS key FROM pgtide_stage_1 s

