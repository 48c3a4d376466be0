-- selection
SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at" FROM "public"."jobtasks"

-- extract, whole
COPY (SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at", pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AS pgtide_number FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND ("jobtasks".xmin::text::bigint IN (SELECT pgtide_own.xid & 4294967295 FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks') OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0)))) TO STDOUT (FORMAT binary)

-- extract, whole, with all that is sent
COPY (SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at", EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0)) AS pgtide_known, pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AS pgtide_number, "jobtasks"."updated_at" AS pgtide_watermark FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND ("jobtasks".xmin::text::bigint IN (SELECT pgtide_own.xid & 4294967295 FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks') OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0)))) TO STDOUT (FORMAT binary)

-- extract, since
COPY (SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at", pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AS pgtide_number FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND ("jobtasks".xmin::text::bigint IN (SELECT pgtide_own.xid & 4294967295 FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks') OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0))) AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) TO STDOUT (FORMAT binary)

-- count_days_at_source
SELECT (w AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(w) AS newest FROM (SELECT "jobtasks"."updated_at" AS w FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND ("jobtasks".xmin::text::bigint IN (SELECT pgtide_own.xid & 4294967295 FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks') OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0))) AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[])) OFFSET 0) stamps WHERE isfinite(w) GROUP BY 1

-- source_has_rows
SELECT EXISTS (SELECT FROM "public"."jobtasks") AS has_rows

-- create_stage
CREATE TEMPORARY TABLE pgtide_stage_1 ("job_id" integer, "taskorder" smallint, "task" character varying, "hours" numeric, "source" bpchar, "updated_at" timestamp with time zone, pgtide_known boolean, pgtide_number bigint, pgtide_watermark timestamptz) ON COMMIT DROP

-- load_stage
COPY pgtide_stage_1 FROM STDIN (FORMAT binary)

-- find_misfits
(nothing)

-- make_image
(nothing)

-- judge
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT m.ctid AS staged, NULL::oid AS part, NULL::tid AS existing, NULL::xid AS version, CASE WHEN m.pgtide_known THEN 's' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) THEN '=' ELSE 's' END AS verdict, pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) AS image FROM pgtide_stage_1 m LEFT JOIN pgtide.known_row k ON k.known_id = 1 AND k.key_hash = m.pgtide_number; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept FROM pgtide_verdict_1

-- judge, while rows are taken over
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT j.staged, j.part, j.existing, j.version, CASE WHEN j.verdict = 'i' AND j.n <= h.rows - coalesce(r.rows, 0) THEN 'a' ELSE j.verdict END AS verdict FROM (SELECT *, row_number() OVER (PARTITION BY image, verdict ORDER BY staged) AS n FROM (SELECT m.ctid AS staged, NULL::oid AS part, NULL::tid AS existing, NULL::xid AS version, CASE WHEN m.pgtide_known THEN 's' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) THEN '=' ELSE 's' END AS verdict, pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) AS image FROM pgtide_stage_1 m LEFT JOIN pgtide.known_row k ON k.known_id = 1 AND k.key_hash = m.pgtide_number) j) j LEFT JOIN (SELECT pg_catalog.hash_record_extended(ROW(t."job_id"::integer, t."taskorder"::smallint, t."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(t."hours"::numeric)), 0) AS image, count(*) AS rows FROM "public"."jobtasks" t WHERE t."source"::text IS NOT DISTINCT FROM 'M' GROUP BY 1) h ON h.image = j.image LEFT JOIN (SELECT k.image, count(*) AS rows FROM pgtide.known_row k WHERE k.known_id = 1 GROUP BY 1) r ON r.image = j.image; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept FROM pgtide_verdict_1

-- count_days
SELECT (m.pgtide_watermark AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(m.pgtide_watermark) AS newest FROM pgtide_stage_1 m WHERE isfinite(m.pgtide_watermark) AND m.ctid NOT IN (SELECT v.staged FROM pgtide_verdict_1 v WHERE v.verdict IN ('s', 'g', 'c', 'b', 'm') AND v.staged IS NOT NULL) GROUP BY 1

-- insert
INSERT INTO "public"."jobtasks" ("job_id", "taskorder", "task", "hours", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", m."updated_at" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i'

-- insert with a late column
INSERT INTO "public"."jobtasks" ("job_id", "taskorder", "task", "hours", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", NULL FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i'

-- remember
INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (2) 1, m.pgtide_number, pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('i', 'u', 'a', 'g') ORDER BY 2 ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image

-- remember_anew
UPDATE pgtide.known_row SET image = NULL WHERE known_id = 1

-- record_own_xact
INSERT INTO pgtide.own_xact (map, table_name, xid) VALUES ('practice', 'jobtasks', pg_catalog.txid_current()) ON CONFLICT DO NOTHING

-- target_has_rows
SELECT EXISTS (SELECT FROM "public"."jobtasks") AS has_rows

-- target_has_own_rows
SELECT EXISTS (SELECT FROM pgtide.known_row WHERE known_id = 1) OR EXISTS (SELECT FROM pgtide.known_loaded WHERE known_id = 1) AS has_rows

-- number_stage
CREATE TEMPORARY TABLE pgtide_stage_1_n ON COMMIT DROP AS SELECT ctid AS staged, row_number() OVER () AS n FROM pgtide_stage_1

-- keep_numbered
DELETE FROM pgtide_stage_1 WHERE ctid NOT IN (SELECT staged FROM pgtide_stage_1_n WHERE n BETWEEN 3 AND 4)

-- staged_key
SELECT 'without a key'::text AS key FROM pgtide_stage_1 s

