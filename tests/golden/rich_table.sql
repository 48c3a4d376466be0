-- selection
SELECT "jobtasks"."jt_id" AS "jt_id", "jobtasks"."job_id" AS "job_id", "jobtasks"."note" AS "remark", "jobtasks"."amount" AS "amount", (j.client_id) AS "client_id", coalesce("jobtasks"."source", 'D') AS "source", (("jobtasks"."updated_at")::timestamp AT TIME ZONE 'Asia/Kolkata') AS "updated_at" FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M'

-- extract, whole
COPY (SELECT "jobtasks"."jt_id" AS "jt_id", "jobtasks"."job_id" AS "job_id", "jobtasks"."note" AS "remark", "jobtasks"."amount" AS "amount", (j.client_id) AS "client_id", coalesce("jobtasks"."source", 'D') AS "source", (("jobtasks"."updated_at")::timestamp AT TIME ZONE 'Asia/Kolkata') AS "updated_at" FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M') TO STDOUT (FORMAT binary)

-- extract, whole, with freshness and stamp
COPY (SELECT "jobtasks"."jt_id" AS "jt_id", "jobtasks"."job_id" AS "job_id", "jobtasks"."note" AS "remark", "jobtasks"."amount" AS "amount", (j.client_id) AS "client_id", coalesce("jobtasks"."source", 'D') AS "source", (("jobtasks"."updated_at")::timestamp AT TIME ZONE 'Asia/Kolkata') AS "updated_at", ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[])) AS pgtide_fresh, ("jobtasks"."updated_at"::timestamp AT TIME ZONE 'Asia/Kolkata') AS pgtide_watermark FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M') TO STDOUT (FORMAT binary)

-- extract, since
COPY (SELECT "jobtasks"."jt_id" AS "jt_id", "jobtasks"."job_id" AS "job_id", "jobtasks"."note" AS "remark", "jobtasks"."amount" AS "amount", (j.client_id) AS "client_id", coalesce("jobtasks"."source", 'D') AS "source", (("jobtasks"."updated_at")::timestamp AT TIME ZONE 'Asia/Kolkata') AS "updated_at" FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M' AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) TO STDOUT (FORMAT binary)

-- extract, since, one per key
COPY (WITH candidate AS (SELECT "jobtasks"."jt_id" AS "jt_id", "jobtasks"."job_id" AS "job_id", "jobtasks"."note" AS "remark", "jobtasks"."amount" AS "amount", (j.client_id) AS "client_id", coalesce("jobtasks"."source", 'D') AS "source", (("jobtasks"."updated_at")::timestamp AT TIME ZONE 'Asia/Kolkata') AS "updated_at", true AS pgtide_fresh, ("jobtasks"."updated_at"::timestamp AT TIME ZONE 'Asia/Kolkata') AS pgtide_watermark FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M'), news AS MATERIALIZED (SELECT DISTINCT "jobtasks"."jt_id" AS "jt_id" FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M' AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[]))), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."jt_id", c."job_id", c."remark", c."amount", c."client_id", c."source")::text COLLATE "C") OVER twins = ROW(c."jt_id", c."job_id", c."remark", c."amount", c."client_id", c."source")::text COLLATE "C" AS pgtide_same FROM candidate c WHERE EXISTS (SELECT FROM news n WHERE ROW(n."jt_id")::record = ROW(c."jt_id")::record) WINDOW twins AS (PARTITION BY c."jt_id" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."jt_id", c."job_id", c."remark", c."amount", c."client_id", c."source")::text COLLATE "C")) SELECT "jt_id", "job_id", "remark", "amount", "client_id", "source", "updated_at", pgtide_fresh, pgtide_watermark FROM ranked WHERE pgtide_rank = 1) TO STDOUT (FORMAT binary)

-- find_twins, since
WITH candidate AS (SELECT "jobtasks"."jt_id" AS "jt_id" FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M'), news AS MATERIALIZED (SELECT DISTINCT "jobtasks"."jt_id" AS "jt_id" FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M' AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) SELECT EXISTS (SELECT FROM candidate c WHERE EXISTS (SELECT FROM news n WHERE ROW(n."jt_id")::record = ROW(c."jt_id")::record) GROUP BY c."jt_id" HAVING count(*) > 1) AS found

-- count_twins, whole
WITH candidate AS (SELECT "jobtasks"."jt_id" AS "jt_id", "jobtasks"."job_id" AS "job_id", "jobtasks"."note" AS "remark", "jobtasks"."amount" AS "amount", (j.client_id) AS "client_id", coalesce("jobtasks"."source", 'D') AS "source", (("jobtasks"."updated_at")::timestamp AT TIME ZONE 'Asia/Kolkata') AS "updated_at", ("jobtasks"."updated_at"::timestamp AT TIME ZONE 'Asia/Kolkata') AS pgtide_watermark FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M'), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."jt_id", c."job_id", c."remark", c."amount", c."client_id", c."source")::text COLLATE "C") OVER twins = ROW(c."jt_id", c."job_id", c."remark", c."amount", c."client_id", c."source")::text COLLATE "C" AS pgtide_same FROM candidate c WINDOW twins AS (PARTITION BY c."jt_id" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."jt_id", c."job_id", c."remark", c."amount", c."client_id", c."source")::text COLLATE "C")) SELECT count(*) AS twins, count(*) FILTER (WHERE NOT pgtide_same) AS differing, (SELECT string_agg(k, '; ') FROM (SELECT DISTINCT pg_catalog.concat_ws(', ', "jt_id") AS k FROM ranked WHERE pgtide_rank > 1 AND NOT pgtide_same LIMIT 5) shown) AS keys FROM ranked WHERE pgtide_rank > 1

-- count_days_at_source
SELECT (w AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(w) AS newest FROM (SELECT ("jobtasks"."updated_at"::timestamp AT TIME ZONE 'Asia/Kolkata') AS w FROM "public"."jobtasks" LEFT JOIN jobshead j ON j.job_id = jobtasks.job_id WHERE (year_id >= 2020) AND "jobtasks"."source"::text IS DISTINCT FROM 'M' AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[])) OFFSET 0) stamps WHERE isfinite(w) GROUP BY 1

-- source_has_rows
SELECT EXISTS (SELECT FROM "public"."jobtasks") AS has_rows

-- create_stage
CREATE TEMPORARY TABLE pgtide_stage_1 ("jt_id" integer, "job_id" integer, "remark" text, "amount" numeric, "client_id" integer, "source" bpchar, "updated_at" timestamp with time zone, pgtide_fresh boolean, pgtide_watermark timestamptz) ON COMMIT DROP

-- load_stage
COPY pgtide_stage_1 FROM STDIN (FORMAT binary)

-- load_target
COPY "public"."task" ("jt_id", "job_id", "remark", "amount", "client_id", "source", "updated_at") FROM STDIN (FORMAT binary)

-- find_misfits
SELECT CASE WHEN (s."remark" IS NOT NULL AND NOT (((s."remark"::character varying(50))::text)::text = s."remark"::text)) THEN 'remark' WHEN (s."amount" IS NOT NULL AND NOT (coalesce(pg_catalog.scale(s."amount") <= 2, true))) THEN 'amount' END AS misfit, pg_catalog.concat_ws(', ', 'jt_id=' || coalesce(s."jt_id"::text, 'NULL')) AS key FROM pgtide_stage_1 s WHERE (s."remark" IS NOT NULL AND NOT (((s."remark"::character varying(50))::text)::text = s."remark"::text)) OR (s."amount" IS NOT NULL AND NOT (coalesce(pg_catalog.scale(s."amount") <= 2, true))) LIMIT 5

-- make_image
CREATE TEMPORARY TABLE pgtide_image_1 ON COMMIT DROP AS SELECT "jt_id", "job_id", "remark", "amount", "client_id", "source", "updated_at", NULL::boolean AS pgtide_fresh, NULL::timestamptz AS pgtide_watermark FROM "public"."task" WITH NO DATA; INSERT INTO pgtide_image_1 SELECT s."jt_id", s."job_id", s."remark", s."amount", s."client_id", s."source", s."updated_at", s.pgtide_fresh, s.pgtide_watermark FROM pgtide_stage_1 s

-- judge, nothing left alone
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN t.ctid IS NULL THEN 'i' WHEN NOT (ROW(t."jt_id", t."job_id", t."remark", t."amount", t."client_id", t."source")::record *<> ROW(m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source")::record) THEN '=' WHEN t."source"::text IS NOT DISTINCT FROM 'M' THEN 'c' ELSE 'u' END AS verdict FROM pgtide_image_1 m LEFT JOIN "public"."task" t ON t."jt_id" = m."jt_id" WHERE t.ctid IS NULL OR ROW(t."jt_id", t."job_id", t."remark", t."amount", t."client_id", t."source")::record *<> ROW(m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source")::record; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; SELECT (SELECT count(*) FROM pgtide_image_1) AS staged, count(*) FILTER (WHERE verdict = 'i') AS inserts, count(*) FILTER (WHERE verdict = 'u') AS updates, count(*) FILTER (WHERE verdict = 's') AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b')) AS conflicts FROM pgtide_verdict_1

-- judge, leaving alone
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN t.ctid IS NULL THEN 'i' WHEN NOT (ROW(t."jt_id", t."job_id", t."remark", t."amount", t."client_id", t."source")::record *<> ROW(m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source")::record) THEN '=' WHEN t."source"::text IS NOT DISTINCT FROM 'M' THEN 'c' WHEN NOT m.pgtide_fresh AND ((t.xmin::text::bigint - 700) & 4294967295) < 2147483648 AND NOT t.xmin::text::bigint IN (SELECT own.xid & 4294967295 FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'task') THEN 's' ELSE 'u' END AS verdict FROM pgtide_image_1 m LEFT JOIN "public"."task" t ON t."jt_id" = m."jt_id" WHERE t.ctid IS NULL OR ROW(t."jt_id", t."job_id", t."remark", t."amount", t."client_id", t."source")::record *<> ROW(m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source")::record; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; SELECT (SELECT count(*) FROM pgtide_image_1) AS staged, count(*) FILTER (WHERE verdict = 'i') AS inserts, count(*) FILTER (WHERE verdict = 'u') AS updates, count(*) FILTER (WHERE verdict = 's') AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b')) AS conflicts FROM pgtide_verdict_1

-- count_days
SELECT (m.pgtide_watermark AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(m.pgtide_watermark) AS newest FROM pgtide_image_1 m WHERE isfinite(m.pgtide_watermark) AND m.ctid NOT IN (SELECT v.staged FROM pgtide_verdict_1 v WHERE v.verdict IN ('s', 'c', 'b')) GROUP BY 1

-- lock_target
LOCK TABLE "public"."task" IN SHARE ROW EXCLUSIVE MODE

-- insert
INSERT INTO "public"."task" ("jt_id", "job_id", "remark", "amount", "client_id", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source", m."updated_at" FROM pgtide_image_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' ON CONFLICT ("jt_id") DO NOTHING

-- insert with a late column
INSERT INTO "public"."task" ("jt_id", "job_id", "remark", "amount", "client_id", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source", NULL FROM pgtide_image_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' ON CONFLICT ("jt_id") DO NOTHING

-- set_late_columns
UPDATE "public"."task" t SET "updated_at" = m."updated_at" FROM pgtide_image_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE t."jt_id" = m."jt_id" AND (m."updated_at" IS NOT NULL)

-- update
UPDATE "public"."task" t SET "jt_id" = m."jt_id", "job_id" = m."job_id", "remark" = m."remark", "amount" = m."amount", "client_id" = m."client_id", "source" = m."source", "updated_at" = m."updated_at" FROM pgtide_image_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'u' WHERE t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version

-- record_own_xact
INSERT INTO pgtide.own_xact (map, table_name, xid) VALUES ('practice', 'task', pg_catalog.txid_current()) ON CONFLICT DO NOTHING

-- record_conflicts
INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, resolution_strategy, last_seen_run) SELECT 'practice', 'forward', 'task', pg_catalog.jsonb_build_object('jt_id', m."jt_id"), CASE v.verdict WHEN 'c' THEN 'insert_exists' ELSE 'update_origin_differs' END, pg_catalog.to_jsonb(i), pg_catalog.to_jsonb(t), 'desktop_wins', 42 FROM pgtide_image_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('c', 'b') JOIN "public"."task" t ON t.ctid = v.existing AND t.tableoid = v.part CROSS JOIN LATERAL (SELECT m."jt_id", m."job_id", m."remark", m."amount", m."client_id", m."source", m."updated_at") i ON CONFLICT (map, direction, table_name, row_key, kind) WHERE resolved_at IS NULL DO UPDATE SET desktop_row = excluded.desktop_row, cloud_row = excluded.cloud_row, last_seen_run = excluded.last_seen_run

-- target_has_own_rows
SELECT EXISTS (SELECT FROM "public"."task" t WHERE NOT (t."source"::text IS NOT DISTINCT FROM 'M')) AS has_rows

-- may_move_sequence
SELECT pg_catalog.has_sequence_privilege('public.task_jt_id_seq', 'UPDATE') AND pg_catalog.has_sequence_privilege('public.task_jt_id_seq', 'SELECT') AS permitted

-- move_sequence
SELECT pg_catalog.setval('public.task_jt_id_seq'::regclass, top.value) FROM (SELECT ceil(max("jt_id")::numeric)::bigint AS value FROM "public"."task") top, public.task_jt_id_seq s, pg_catalog.pg_sequence p WHERE p.seqrelid = 'public.task_jt_id_seq'::regclass AND p.seqincrement > 0 AND top.value <= p.seqmax AND (top.value > s.last_value OR (top.value = s.last_value AND NOT s.is_called))

-- number_stage
CREATE TEMPORARY TABLE pgtide_stage_1_n ON COMMIT DROP AS SELECT ctid AS staged, row_number() OVER () AS n FROM pgtide_stage_1

-- keep_numbered
DELETE FROM pgtide_stage_1 WHERE ctid NOT IN (SELECT staged FROM pgtide_stage_1_n WHERE n BETWEEN 3 AND 4)

-- staged_key
SELECT pg_catalog.concat_ws(', ', 'jt_id=' || coalesce(s."jt_id"::text, 'NULL')) AS key FROM pgtide_stage_1 s

