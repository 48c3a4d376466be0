-- selection
SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at" FROM "public"."jobtasks"

-- extract, whole
COPY (SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at", pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AS pgtide_number FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND (EXISTS (SELECT FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks' AND (pgtide_own.xid & 4294967295) = "jobtasks".xmin::text::bigint) OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0)))) TO STDOUT (FORMAT binary)

-- extract, whole, with all that is sent
COPY (SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at", EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0)) AS pgtide_known, pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AS pgtide_number, "jobtasks"."updated_at" AS pgtide_watermark FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND (EXISTS (SELECT FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks' AND (pgtide_own.xid & 4294967295) = "jobtasks".xmin::text::bigint) OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0)))) TO STDOUT (FORMAT binary)

-- extract, since
COPY (SELECT "jobtasks"."job_id" AS "job_id", "jobtasks"."taskorder" AS "taskorder", "jobtasks"."task" AS "task", "jobtasks"."hours" AS "hours", CAST('M' AS character(1)) AS "source", "jobtasks"."updated_at" AS "updated_at", pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AS pgtide_number FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND (EXISTS (SELECT FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks' AND (pgtide_own.xid & 4294967295) = "jobtasks".xmin::text::bigint) OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0))) AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) TO STDOUT (FORMAT binary)

-- count_days_at_source
SELECT pg_catalog.timezone('0'::interval, day)::date AS day, items, newest FROM (SELECT CASE WHEN "jobtasks"."updated_at" >= '2000-01-01 00:00:00+00'::timestamptz THEN pg_catalog.date_bin('1 day'::interval, "jobtasks"."updated_at", '2000-01-01 00:00:00+00'::timestamptz) ELSE pg_catalog.timezone('0'::interval, pg_catalog.date_trunc('day', pg_catalog.timezone('0'::interval, "jobtasks"."updated_at"))) END AS day, count(*) AS items, max("jobtasks"."updated_at") AS newest FROM "public"."jobtasks" WHERE NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND pgtide_known_row.key_hash = pg_catalog.hash_record_extended(ROW(pg_catalog.int8send("jobtasks"."jt_id"::bigint)), 0) AND (EXISTS (SELECT FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = 'jobtasks' AND (pgtide_own.xid & 4294967295) = "jobtasks".xmin::text::bigint) OR pgtide_known_row.image = pg_catalog.hash_record_extended(ROW("jobtasks"."job_id"::integer, "jobtasks"."taskorder"::smallint, "jobtasks"."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send("jobtasks"."hours"::numeric)), 0))) AND ((("jobtasks".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "jobtasks".xmin = ANY ('{904,990}'::pg_catalog.xid[])) GROUP BY 1 OFFSET 0) days WHERE isfinite(day)

-- source_has_rows
SELECT EXISTS (SELECT FROM "public"."jobtasks") AS has_rows

-- create_stage
CREATE TEMPORARY TABLE pgtide_stage_1 ("job_id" integer, "taskorder" smallint, "task" character varying, "hours" numeric, "source" bpchar, "updated_at" timestamp with time zone, pgtide_known boolean, pgtide_number bigint, pgtide_watermark timestamptz) ON COMMIT DROP

-- load_stage
COPY pgtide_stage_1 FROM STDIN (FORMAT binary)

-- make_image
(nothing)

-- judge
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT m.ctid AS staged, NULL::oid AS part, NULL::tid AS existing, NULL::xid AS version, CASE WHEN m.pgtide_known THEN 's' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) THEN '=' ELSE 's' END AS verdict, pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) AS image, NULL::text AS conflict, NULL::text AS resolution FROM pgtide_stage_1 m LEFT JOIN LATERAL (SELECT r.* FROM pgtide.known_row r WHERE r.known_id = 1 AND r.key_hash = m.pgtide_number OFFSET 0) k ON true; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g', 'r')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept, count(*) FILTER (WHERE verdict IN ('q')) AS held, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i', 'u', 'r', 'l')) AS decided, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i')) AS decided_inserts, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('u')) AS decided_updates FROM pgtide_verdict_1

-- judge, while rows are taken over
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT j.staged, j.part, j.existing, j.version, CASE WHEN j.verdict = 'i' AND j.n <= h.rows - coalesce(r.rows, 0) THEN 'a' ELSE j.verdict END AS verdict, j.conflict, j.resolution FROM (SELECT *, row_number() OVER (PARTITION BY image, verdict ORDER BY staged) AS n FROM (SELECT m.ctid AS staged, NULL::oid AS part, NULL::tid AS existing, NULL::xid AS version, CASE WHEN m.pgtide_known THEN 's' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) THEN '=' ELSE 's' END AS verdict, pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) AS image, NULL::text AS conflict, NULL::text AS resolution FROM pgtide_stage_1 m LEFT JOIN LATERAL (SELECT r.* FROM pgtide.known_row r WHERE r.known_id = 1 AND r.key_hash = m.pgtide_number OFFSET 0) k ON true) j) j LEFT JOIN (SELECT pg_catalog.hash_record_extended(ROW(t."job_id"::integer, t."taskorder"::smallint, t."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(t."hours"::numeric)), 0) AS image, count(*) AS rows FROM "public"."jobtasks" t WHERE t."source"::text IS NOT DISTINCT FROM 'M' GROUP BY 1) h ON h.image = j.image LEFT JOIN (SELECT k.image, count(*) AS rows FROM pgtide.known_row k WHERE k.known_id = 1 GROUP BY 1) r ON r.image = j.image; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g', 'r')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept, count(*) FILTER (WHERE verdict IN ('q')) AS held, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i', 'u', 'r', 'l')) AS decided, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i')) AS decided_inserts, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('u')) AS decided_updates FROM pgtide_verdict_1

-- count_days
SELECT (m.pgtide_watermark AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(m.pgtide_watermark) AS newest FROM pgtide_stage_1 m WHERE isfinite(m.pgtide_watermark) AND m.ctid NOT IN (SELECT v.staged FROM pgtide_verdict_1 v WHERE v.verdict IN ('s', 'g', 'c', 'b', 'm', 'q', 'r', 'l') AND v.staged IS NOT NULL) GROUP BY 1

-- insert
INSERT INTO "public"."jobtasks" ("job_id", "taskorder", "task", "hours", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", m."updated_at" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i'

-- insert with a late column
INSERT INTO "public"."jobtasks" ("job_id", "taskorder", "task", "hours", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", NULL FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i'

-- remember
INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (2) 1, m.pgtide_number, pg_catalog.hash_record_extended(ROW(m."job_id"::integer, m."taskorder"::smallint, m."task"::character varying(50) COLLATE "C", pg_catalog.numeric_send(m."hours"::numeric)), 0) FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('i', 'u', 'a', 'g', 'r') ORDER BY 2 ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image

-- remember_anew
UPDATE pgtide.known_row SET image = NULL WHERE known_id = 1

-- record_own_xact
INSERT INTO pgtide.own_xact (map, table_name, xid, run_id) VALUES ('practice', 'jobtasks', pg_catalog.txid_current(), 42) ON CONFLICT DO NOTHING

-- target_has_rows
SELECT EXISTS (SELECT FROM "public"."jobtasks") AS has_rows

-- target_has_own_rows
SELECT EXISTS (SELECT FROM pgtide.known_row WHERE known_id = 1) OR EXISTS (SELECT FROM pgtide.known_pack WHERE known_id = 1) AS has_rows

-- create_held
CREATE TEMPORARY TABLE pgtide_verdict_1_h (row_key jsonb, row_data jsonb, reason text, sqlstate text, detail text, hint text) ON COMMIT DROP

-- hold_misfits
(nothing)

-- make_image_by_trial
(nothing)

-- clear_orphans
(nothing)

-- hold_nulls
(nothing)

-- hold_orphans
(nothing)

-- hold_orphans, among themselves
(nothing)

-- hold_taken
(nothing)

-- vacate_values
(nothing)

-- write_by_trial
CREATE TEMPORARY TABLE pgtide_verdict_1_t ON COMMIT DROP AS SELECT row_number() OVER (ORDER BY v.verdict DESC, v.staged) AS n, v.* FROM pgtide_verdict_1 v WHERE v.verdict IN ('i', 'u'); CREATE INDEX ON pgtide_verdict_1_t (n); ANALYZE pgtide_verdict_1_t; CREATE TEMPORARY TABLE pgtide_verdict_1_p (staged tid, sqlstate text, constraint_name text, column_name text, message text) ON COMMIT DROP; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; DO $pgtide$ DECLARE pgtide_from bigint; pgtide_to bigint; pgtide_low bigint := 1; pgtide_high bigint; pgtide_last bigint; pgtide_bad bigint := 0; pgtide_count bigint; pgtide_count_2 bigint; pgtide_state text; pgtide_which text; pgtide_constraint text; pgtide_column text; pgtide_message text; BEGIN SELECT count(*) INTO pgtide_last FROM pgtide_verdict_1_t; <<blocks>> WHILE pgtide_low <= pgtide_last LOOP pgtide_high := least(pgtide_low + 499, pgtide_last); BEGIN pgtide_from := pgtide_low; pgtide_to := pgtide_high; pgtide_count := 0; INSERT INTO "public"."jobtasks" ("job_id", "taskorder", "task", "hours", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", m."updated_at" FROM pgtide_stage_1 m JOIN pgtide_verdict_1_t v ON v.staged = m.ctid AND v.verdict = 'i' AND v.n BETWEEN pgtide_from AND pgtide_to; GET DIAGNOSTICS pgtide_count_2 = ROW_COUNT; IF pgtide_count + pgtide_count_2 <> pgtide_to - pgtide_from + 1 THEN RAISE EXCEPTION USING ERRCODE = '23000'; END IF; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS pgtide_state = RETURNED_SQLSTATE; IF pgtide_state <> '54000' AND pg_catalog.left(pgtide_state, 2) IN ('08', '0A', '25', '26', '28', '3D', '40', '42', '53', '54', '55', '57', '58', 'XX') THEN RAISE; END IF; FOR pgtide_one IN pgtide_low .. pgtide_high LOOP BEGIN pgtide_from := pgtide_one; pgtide_to := pgtide_one; pgtide_count := 0; INSERT INTO "public"."jobtasks" ("job_id", "taskorder", "task", "hours", "source", "updated_at") OVERRIDING SYSTEM VALUE SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", m."updated_at" FROM pgtide_stage_1 m JOIN pgtide_verdict_1_t v ON v.staged = m.ctid AND v.verdict = 'i' AND v.n BETWEEN pgtide_from AND pgtide_to; GET DIAGNOSTICS pgtide_count_2 = ROW_COUNT; IF pgtide_count + pgtide_count_2 <> pgtide_to - pgtide_from + 1 THEN RAISE EXCEPTION USING ERRCODE = '23000'; END IF; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS pgtide_state = RETURNED_SQLSTATE, pgtide_constraint = CONSTRAINT_NAME, pgtide_column = COLUMN_NAME, pgtide_message = MESSAGE_TEXT; IF pgtide_state <> '54000' AND pg_catalog.left(pgtide_state, 2) IN ('08', '0A', '25', '26', '28', '3D', '40', '42', '53', '54', '55', '57', '58', 'XX') THEN RAISE; END IF; INSERT INTO pgtide_verdict_1_p SELECT staged, pgtide_state, pgtide_constraint, pgtide_column, pgtide_message FROM pgtide_verdict_1_t WHERE n = pgtide_one; pgtide_bad := pgtide_bad + 1; IF pgtide_bad >= 1000 AND pgtide_bad + 0 > 0.500000 * (pgtide_one + 0) THEN INSERT INTO pgtide_verdict_1_p VALUES (NULL, 'stop'); EXIT blocks; END IF; END; END LOOP; END; pgtide_low := pgtide_high + 1; END LOOP; END $pgtide$; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT

-- read_failures
SELECT sqlstate, constraint_name, column_name, message, pg_catalog.array_agg(staged) AS staged FROM pgtide_verdict_1_p GROUP BY 1, 2, 3, 4

-- hold_staged
WITH gone AS (DELETE FROM pgtide_stage_1 s USING (SELECT f.staged, c.reason, c.sqlstate, c.detail, c.hint FROM unnest($1::tid[], $2::integer[]) f (staged, complaint) JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY c (reason, sqlstate, detail, hint, number) ON c.number = f.complaint) x WHERE x.staged = s.ctid RETURNING pg_catalog.jsonb_build_object('job_id', s."job_id", 'taskorder', s."taskorder", 'task', s."task", 'hours', s."hours", 'source', s."source", 'updated_at', s."updated_at") AS row_key, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT s."job_id", s."taskorder", s."task", s."hours", s."source", s."updated_at") x) AS row_data, x.reason, x.sqlstate, x.detail, x.hint) INSERT INTO pgtide_verdict_1_h SELECT * FROM gone

-- hold_judged
WITH bad AS (UPDATE pgtide_verdict_1 v SET verdict = 'q' FROM pgtide_stage_1 m, (SELECT f.staged, c.reason, c.sqlstate, c.detail, c.hint FROM unnest($1::tid[], $2::integer[]) f (staged, complaint) JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY c (reason, sqlstate, detail, hint, number) ON c.number = f.complaint) x WHERE x.staged = v.staged AND m.ctid = v.staged RETURNING pg_catalog.jsonb_build_object('job_id', m."job_id", 'taskorder', m."taskorder", 'task', m."task", 'hours', m."hours", 'source', m."source", 'updated_at', m."updated_at") AS row_key, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT m."job_id", m."taskorder", m."task", m."hours", m."source", m."updated_at") x) AS row_data, x.reason, x.sqlstate, x.detail, x.hint) INSERT INTO pgtide_verdict_1_h SELECT * FROM bad

-- release_held
SET LOCAL enable_nestloop = off; WITH staged AS (SELECT pg_catalog.jsonb_build_object('job_id', m."job_id", 'taskorder', m."taskorder", 'task', m."task", 'hours', m."hours", 'source', m."source", 'updated_at', m."updated_at") AS row_key, min(v.verdict) AS verdict FROM pgtide_stage_1 m LEFT JOIN pgtide_verdict_1 v ON v.staged = m.ctid GROUP BY 1), released AS (DELETE FROM pgtide.quarantine q USING staged s WHERE q.map = 'practice' AND q.direction = 'reverse' AND q.table_name = 'jobtasks' AND q.last_seen_run <> 42 AND q.reason <> 'duplicate_key' AND hashtextextended(q.row_key::text, 0) = hashtextextended(s.row_key::text, 0) AND q.row_key = s.row_key AND q.row_key NOT IN (SELECT h.row_key FROM pgtide_verdict_1_h h) RETURNING q.row_key, q.reason, s.verdict) INSERT INTO pgtide.event (run_id, table_name, event_type, status, message, payload) SELECT 42, 'jobtasks', 'quarantine_left', 'ok', CASE WHEN verdict IN ('i', 'u') THEN 'the row was written' WHEN verdict IN ('c', 'b', 'm') THEN 'the row is in conflict now' ELSE 'the row needs nothing any more' END, jsonb_build_object('row_key', row_key, 'reason', reason, 'became', CASE verdict WHEN 'i' THEN 'inserted' WHEN 'u' THEN 'updated' WHEN 'c' THEN 'conflict' WHEN 'b' THEN 'conflict' WHEN 'm' THEN 'conflict' ELSE 'unchanged' END) FROM released; SET LOCAL enable_nestloop TO DEFAULT

-- decide_conflicts
UPDATE pgtide_verdict_1 v SET conflict = c.kind, resolution = c.decision, verdict = CASE WHEN c.decision = 'cloud' THEN 'i' ELSE 'l' END FROM pgtide_stage_1 m, pgtide.conflict c WHERE m.ctid = v.staged AND v.verdict = 'b' AND c.decision IS NOT NULL AND c.map = 'practice' AND c.direction = 'reverse' AND c.table_name = 'jobtasks' AND c.resolved_at IS NULL AND c.kind IN (CASE v.verdict WHEN 'c' THEN 'insert_exists' WHEN 'm' THEN 'update_missing' WHEN 'x' THEN 'delete_origin_differs' WHEN 'b' THEN 'update_origin_differs' END, 'multiple_unique_conflicts') AND hashtextextended(c.row_key::text, 0) = hashtextextended(pg_catalog.jsonb_build_object('job_id', m."job_id", 'taskorder', m."taskorder", 'task', m."task", 'hours', m."hours", 'source', m."source", 'updated_at', m."updated_at")::text, 0) AND c.row_key = pg_catalog.jsonb_build_object('job_id', m."job_id", 'taskorder', m."taskorder", 'task', m."task", 'hours', m."hours", 'source', m."source", 'updated_at', m."updated_at")

