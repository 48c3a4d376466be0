-- selection
SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text" FROM "public"."diary"

-- extract, whole
COPY (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text" FROM "public"."diary") TO STDOUT (FORMAT binary)

-- extract, whole, with all that is sent
COPY (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text" FROM "public"."diary") TO STDOUT (FORMAT binary)

-- extract, since
COPY (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text" FROM "public"."diary" WHERE ((("diary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "diary".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) TO STDOUT (FORMAT binary)

-- extract, since, and keys that wait
COPY (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text" FROM "public"."diary" WHERE (((("diary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "diary".xmin = ANY ('{904,990}'::pg_catalog.xid[])) OR pg_catalog.jsonb_build_object('org', "diary"."org", 'nr', "diary"."nr") IN (SELECT pg_catalog.jsonb_array_elements('[{"k": 1},{"k": "it''s"}]'::jsonb)))) TO STDOUT (FORMAT binary)

-- extract, since, one per key
COPY (WITH candidate AS (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text", NULL::timestamptz AS pgtide_watermark FROM "public"."diary"), news AS MATERIALIZED (SELECT DISTINCT "diary"."org" AS "org", "diary"."nr" AS "nr" FROM "public"."diary" WHERE ((("diary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "diary".xmin = ANY ('{904,990}'::pg_catalog.xid[]))), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."org", c."nr", c."text")::text COLLATE "C") OVER twins = ROW(c."org", c."nr", c."text")::text COLLATE "C" AS pgtide_same FROM candidate c WHERE EXISTS (SELECT FROM news n WHERE ROW(n."org")::record = ROW(c."org")::record AND n."nr" = c."nr") WINDOW twins AS (PARTITION BY c."org", c."nr" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."org", c."nr", c."text")::text COLLATE "C")) SELECT "org", "nr", "text" FROM ranked WHERE pgtide_rank = 1) TO STDOUT (FORMAT binary)

-- find_twins, since
WITH candidate AS (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr" FROM "public"."diary"), news AS MATERIALIZED (SELECT DISTINCT "diary"."org" AS "org", "diary"."nr" AS "nr" FROM "public"."diary" WHERE ((("diary".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296) OR "diary".xmin = ANY ('{904,990}'::pg_catalog.xid[]))) SELECT count(*) > 0 AS found FROM (SELECT FROM candidate c WHERE EXISTS (SELECT FROM news n WHERE ROW(n."org")::record = ROW(c."org")::record AND n."nr" = c."nr") GROUP BY c."org", c."nr" HAVING count(*) > 1) twins

-- count_twins, whole
WITH candidate AS (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text", NULL::timestamptz AS pgtide_watermark FROM "public"."diary"), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."org", c."nr", c."text")::text COLLATE "C") OVER twins = ROW(c."org", c."nr", c."text")::text COLLATE "C" AS pgtide_same FROM candidate c WINDOW twins AS (PARTITION BY c."org", c."nr" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."org", c."nr", c."text")::text COLLATE "C")) SELECT count(*) AS twins, count(*) FILTER (WHERE NOT pgtide_same) AS differing FROM ranked WHERE pgtide_rank > 1

-- list_differing_twins, whole
WITH candidate AS (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text", NULL::timestamptz AS pgtide_watermark FROM "public"."diary"), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."org", c."nr", c."text")::text COLLATE "C") OVER twins = ROW(c."org", c."nr", c."text")::text COLLATE "C" AS pgtide_same FROM candidate c WINDOW twins AS (PARTITION BY c."org", c."nr" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."org", c."nr", c."text")::text COLLATE "C")) SELECT pg_catalog.jsonb_build_object('org', c."org", 'nr', c."nr") AS row_key, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT c."org", c."nr", c."text") x) AS row_data FROM ranked c WHERE c.pgtide_rank > 1 AND NOT c.pgtide_same

-- source_has_rows
SELECT EXISTS (SELECT FROM "public"."diary") AS has_rows

-- create_stage
CREATE TEMPORARY TABLE pgtide_stage_1 ("org" integer, "nr" integer, "text" text) ON COMMIT DROP

-- load_stage
COPY pgtide_stage_1 FROM STDIN (FORMAT binary)

-- load_target
COPY "public"."workdiary" ("org", "nr", "text") FROM STDIN (FORMAT binary)

-- make_image
(nothing)

-- judge
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT DISTINCT ON (m.ctid) m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN NOT (d.differs) AND NOT ((k.image IS NULL OR k.image <> pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0))) THEN '=' ELSE CASE WHEN t.ctid IS NULL THEN CASE WHEN false THEN 'm' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0) THEN 's' WHEN k.image IS NULL THEN 'g' ELSE 'm' END WHEN NOT d.differs THEN 'a' WHEN false OR k.key_hash IS NOT NULL OR EXISTS (SELECT FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'workdiary' AND (own.xid & 4294967295) = t.xmin::text::bigint) THEN 's' ELSE 'c' END END AS verdict, NULL::text AS conflict, NULL::text AS resolution FROM pgtide_stage_1 m LEFT JOIN "public"."workdiary" t ON t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record CROSS JOIN LATERAL (SELECT CASE WHEN t.ctid IS NULL THEN true ELSE ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record END AS differs OFFSET 0) d LEFT JOIN LATERAL (SELECT r.* FROM pgtide.known_row r WHERE r.known_id = 1 AND r.key_hash = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer), 0) OFFSET 0) k ON true ORDER BY m.ctid, t.ctid IS NOT NULL AND d.differs, t.ctid; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g', 'r')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept, count(*) FILTER (WHERE verdict IN ('q')) AS held, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i', 'u', 'r', 'l')) AS decided, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i')) AS decided_inserts, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('u')) AS decided_updates FROM pgtide_verdict_1

-- judge, while rows are taken over
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT DISTINCT ON (m.ctid) m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN NOT (d.differs) AND NOT ((k.image IS NULL OR k.image <> pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0))) THEN '=' ELSE CASE WHEN t.ctid IS NULL THEN CASE WHEN false THEN 'm' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0) THEN 's' WHEN k.image IS NULL THEN 'g' ELSE 'm' END WHEN NOT d.differs THEN 'a' WHEN false OR k.key_hash IS NOT NULL OR EXISTS (SELECT FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'workdiary' AND (own.xid & 4294967295) = t.xmin::text::bigint) THEN 's' ELSE 'c' END END AS verdict, NULL::text AS conflict, NULL::text AS resolution FROM pgtide_stage_1 m LEFT JOIN "public"."workdiary" t ON t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record CROSS JOIN LATERAL (SELECT CASE WHEN t.ctid IS NULL THEN true ELSE ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record END AS differs OFFSET 0) d LEFT JOIN LATERAL (SELECT r.* FROM pgtide.known_row r WHERE r.known_id = 1 AND r.key_hash = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer), 0) OFFSET 0) k ON true ORDER BY m.ctid, t.ctid IS NOT NULL AND d.differs, t.ctid; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g', 'r')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept, count(*) FILTER (WHERE verdict IN ('q')) AS held, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i', 'u', 'r', 'l')) AS decided, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('i')) AS decided_inserts, count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN ('u')) AS decided_updates FROM pgtide_verdict_1

-- lock_target
LOCK TABLE "public"."workdiary" IN SHARE ROW EXCLUSIVE MODE

-- insert
INSERT INTO "public"."workdiary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE NOT EXISTS (SELECT FROM "public"."workdiary" t WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record)

-- insert with a late column
INSERT INTO "public"."workdiary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", NULL FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE NOT EXISTS (SELECT FROM "public"."workdiary" t WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record)

-- set_late_columns
UPDATE "public"."workdiary" t SET "text" = m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record AND (m."text" IS NOT NULL)

-- remember
INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (2) 1, pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer), 0), pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0) FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('i', 'u', 'a', 'g', 'r') ORDER BY 2 ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image

-- remember_anew
WITH old AS (DELETE FROM pgtide.known_row WHERE known_id = 1 RETURNING key_hash, image, number, soft_deleted), now AS (SELECT o.key_hash AS old_key, pg_catalog.hash_record_extended(ROW(t."org"::integer, t."nr"::integer), 0) AS key_hash, CASE WHEN EXISTS (SELECT FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'workdiary' AND (own.xid & 4294967295) = t.xmin::text::bigint) OR o.image = pg_catalog.hash_record_extended(ROW(t."org"::integer), 0) THEN pg_catalog.hash_record_extended(ROW(t."org"::integer, t."nr"::integer, t."text"::text COLLATE "C"), 0) END AS image, NULL::text[] AS number, o.soft_deleted FROM old o JOIN "public"."workdiary" t ON o.key_hash = pg_catalog.hash_record_extended(ROW(t."org"::integer, t."nr"::integer), 0)) INSERT INTO pgtide.known_row (known_id, key_hash, image, number, soft_deleted) SELECT DISTINCT ON (2) 1, key_hash, image, number, soft_deleted FROM (SELECT key_hash, image, number, soft_deleted FROM now UNION ALL SELECT o.key_hash, NULL, o.number, o.soft_deleted FROM old o WHERE NOT EXISTS (SELECT FROM now n WHERE n.old_key = o.key_hash)) x ORDER BY 2

-- record_own_xact
INSERT INTO pgtide.own_xact (map, table_name, xid, run_id) VALUES ('practice', 'workdiary', pg_catalog.txid_current(), 42) ON CONFLICT DO NOTHING

-- record_conflicts
UPDATE pgtide.conflict c SET last_seen_run = 42 FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'q' AND v.conflict IS NOT NULL WHERE c.map = 'practice' AND c.direction = 'reverse' AND c.table_name = 'workdiary' AND c.resolved_at IS NULL AND c.kind = v.conflict AND hashtextextended(c.row_key::text, 0) = hashtextextended(pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr")::text, 0) AND c.row_key = pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr"); WITH found AS (SELECT DISTINCT ON (1, 2) pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr") AS row_key, coalesce(v.conflict, CASE v.verdict WHEN 'c' THEN 'insert_exists' WHEN 'm' THEN 'update_missing' WHEN 'x' THEN 'delete_origin_differs' WHEN 'b' THEN 'update_origin_differs' END) AS kind, CASE WHEN t.ctid IS NOT NULL THEN pg_catalog.to_jsonb(t.*) END AS desktop_row, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT m."org", m."nr", m."text") x) AS cloud_row, NULL::timestamptz AS local_modified, NULL::timestamptz AS remote_modified, v.resolution FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND (v.verdict IN ('c', 'b', 'm') OR v.conflict IS NOT NULL AND v.verdict <> 'q') LEFT JOIN "public"."workdiary" t ON t.ctid = v.existing AND t.tableoid = v.part), closed AS (UPDATE pgtide.conflict c SET desktop_row = f.desktop_row, cloud_row = f.cloud_row, local_modified = f.local_modified, remote_modified = f.remote_modified, resolved_at = clock_timestamp(), resolution = f.resolution, last_seen_run = 42 FROM found f WHERE f.resolution IS NOT NULL AND c.map = 'practice' AND c.direction = 'reverse' AND c.table_name = 'workdiary' AND c.resolved_at IS NULL AND c.kind = f.kind AND hashtextextended(c.row_key::text, 0) = hashtextextended(f.row_key::text, 0) AND c.row_key = f.row_key RETURNING c.row_key, c.kind) INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, local_modified, remote_modified, resolution_strategy, last_seen_run, resolution, resolved_at) SELECT 'practice', 'reverse', 'workdiary', f.row_key, f.kind, f.desktop_row, f.cloud_row, f.local_modified, f.remote_modified, 'desktop_wins', 42, f.resolution, CASE WHEN f.resolution IS NOT NULL THEN clock_timestamp() END FROM found f WHERE NOT EXISTS (SELECT FROM closed WHERE closed.row_key = f.row_key AND closed.kind = f.kind) ON CONFLICT (map, direction, table_name, hashtextextended(row_key::text, 0), kind) WHERE resolved_at IS NULL DO UPDATE SET desktop_row = excluded.desktop_row, cloud_row = excluded.cloud_row, local_modified = excluded.local_modified, remote_modified = excluded.remote_modified, last_seen_run = excluded.last_seen_run

-- target_has_rows
SELECT EXISTS (SELECT FROM "public"."workdiary") AS has_rows

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
WITH bad AS (UPDATE pgtide_verdict_1 v SET verdict = 'q' FROM pgtide_stage_1 m WHERE m.ctid = v.staged AND v.verdict IN ('i', 'u') AND (m."nr" IS NULL) RETURNING pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr") AS row_key, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT m."org", m."nr", m."text") x) AS row_data, CASE WHEN m."nr" IS NULL THEN 'column nr must not be NULL' END AS detail) INSERT INTO pgtide_verdict_1_h SELECT row_key, row_data, 'not_null_violation', '23502', detail, 'fill the value at the source, or feed the column in the map (columns:)' FROM bad

-- hold_orphans
(nothing)

-- hold_orphans, among themselves
(nothing)

-- hold_taken
(nothing)

-- vacate_values
(nothing)

-- write_by_trial
CREATE TEMPORARY TABLE pgtide_verdict_1_t ON COMMIT DROP AS SELECT row_number() OVER (ORDER BY v.verdict DESC, v.staged) AS n, v.* FROM pgtide_verdict_1 v WHERE v.verdict IN ('i', 'u'); CREATE INDEX ON pgtide_verdict_1_t (n); ANALYZE pgtide_verdict_1_t; CREATE TEMPORARY TABLE pgtide_verdict_1_p (staged tid, sqlstate text, constraint_name text, column_name text, message text) ON COMMIT DROP; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; DO $pgtide$ DECLARE pgtide_from bigint; pgtide_to bigint; pgtide_low bigint := 1; pgtide_high bigint; pgtide_last bigint; pgtide_bad bigint := 0; pgtide_count bigint; pgtide_count_2 bigint; pgtide_state text; pgtide_which text; pgtide_constraint text; pgtide_column text; pgtide_message text; BEGIN SELECT count(*) INTO pgtide_last FROM pgtide_verdict_1_t; <<blocks>> WHILE pgtide_low <= pgtide_last LOOP pgtide_high := least(pgtide_low + 499, pgtide_last); BEGIN pgtide_from := pgtide_low; pgtide_to := pgtide_high; pgtide_count := 0; INSERT INTO "public"."workdiary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1_t v ON v.staged = m.ctid AND v.verdict = 'i' AND v.n BETWEEN pgtide_from AND pgtide_to; GET DIAGNOSTICS pgtide_count_2 = ROW_COUNT; IF pgtide_count + pgtide_count_2 <> pgtide_to - pgtide_from + 1 THEN RAISE EXCEPTION USING ERRCODE = '23000'; END IF; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS pgtide_state = RETURNED_SQLSTATE; IF pgtide_state <> '54000' AND pg_catalog.left(pgtide_state, 2) IN ('08', '0A', '25', '26', '28', '3D', '40', '42', '53', '54', '55', '57', '58', 'XX') THEN RAISE; END IF; FOR pgtide_one IN pgtide_low .. pgtide_high LOOP BEGIN pgtide_from := pgtide_one; pgtide_to := pgtide_one; pgtide_count := 0; INSERT INTO "public"."workdiary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1_t v ON v.staged = m.ctid AND v.verdict = 'i' AND v.n BETWEEN pgtide_from AND pgtide_to; GET DIAGNOSTICS pgtide_count_2 = ROW_COUNT; IF pgtide_count + pgtide_count_2 <> pgtide_to - pgtide_from + 1 THEN RAISE EXCEPTION USING ERRCODE = '23000'; END IF; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS pgtide_state = RETURNED_SQLSTATE, pgtide_constraint = CONSTRAINT_NAME, pgtide_column = COLUMN_NAME, pgtide_message = MESSAGE_TEXT; IF pgtide_state <> '54000' AND pg_catalog.left(pgtide_state, 2) IN ('08', '0A', '25', '26', '28', '3D', '40', '42', '53', '54', '55', '57', '58', 'XX') THEN RAISE; END IF; INSERT INTO pgtide_verdict_1_p SELECT staged, pgtide_state, pgtide_constraint, pgtide_column, pgtide_message FROM pgtide_verdict_1_t WHERE n = pgtide_one; pgtide_bad := pgtide_bad + 1; IF pgtide_bad >= 1000 AND pgtide_bad + 0 > 0.500000 * (pgtide_one + 0) THEN INSERT INTO pgtide_verdict_1_p VALUES (NULL, 'stop'); EXIT blocks; END IF; END; END LOOP; END; pgtide_low := pgtide_high + 1; END LOOP; END $pgtide$; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT

-- read_failures
SELECT sqlstate, constraint_name, column_name, message, pg_catalog.array_agg(staged) AS staged FROM pgtide_verdict_1_p GROUP BY 1, 2, 3, 4

-- hold_staged
WITH gone AS (DELETE FROM pgtide_stage_1 s USING (SELECT f.staged, c.reason, c.sqlstate, c.detail, c.hint FROM unnest($1::tid[], $2::integer[]) f (staged, complaint) JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY c (reason, sqlstate, detail, hint, number) ON c.number = f.complaint) x WHERE x.staged = s.ctid RETURNING pg_catalog.jsonb_build_object('org', s."org", 'nr', s."nr") AS row_key, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT s."org", s."nr", s."text") x) AS row_data, x.reason, x.sqlstate, x.detail, x.hint) INSERT INTO pgtide_verdict_1_h SELECT * FROM gone

-- hold_judged
WITH bad AS (UPDATE pgtide_verdict_1 v SET verdict = 'q' FROM pgtide_stage_1 m, (SELECT f.staged, c.reason, c.sqlstate, c.detail, c.hint FROM unnest($1::tid[], $2::integer[]) f (staged, complaint) JOIN unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY c (reason, sqlstate, detail, hint, number) ON c.number = f.complaint) x WHERE x.staged = v.staged AND m.ctid = v.staged RETURNING pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr") AS row_key, (SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT m."org", m."nr", m."text") x) AS row_data, x.reason, x.sqlstate, x.detail, x.hint) INSERT INTO pgtide_verdict_1_h SELECT * FROM bad

-- release_held
SET LOCAL enable_nestloop = off; WITH staged AS (SELECT pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr") AS row_key, min(v.verdict) AS verdict FROM pgtide_stage_1 m LEFT JOIN pgtide_verdict_1 v ON v.staged = m.ctid GROUP BY 1), released AS (DELETE FROM pgtide.quarantine q USING staged s WHERE q.map = 'practice' AND q.direction = 'reverse' AND q.table_name = 'workdiary' AND q.last_seen_run <> 42 AND q.reason <> 'duplicate_key' AND hashtextextended(q.row_key::text, 0) = hashtextextended(s.row_key::text, 0) AND q.row_key = s.row_key AND q.row_key NOT IN (SELECT h.row_key FROM pgtide_verdict_1_h h) RETURNING q.row_key, q.reason, s.verdict) INSERT INTO pgtide.event (run_id, table_name, event_type, status, message, payload) SELECT 42, 'workdiary', 'quarantine_left', 'ok', CASE WHEN verdict IN ('i', 'u') THEN 'the row was written' WHEN verdict IN ('c', 'b', 'm') THEN 'the row is in conflict now' ELSE 'the row needs nothing any more' END, jsonb_build_object('row_key', row_key, 'reason', reason, 'became', CASE verdict WHEN 'i' THEN 'inserted' WHEN 'u' THEN 'updated' WHEN 'c' THEN 'conflict' WHEN 'b' THEN 'conflict' WHEN 'm' THEN 'conflict' ELSE 'unchanged' END) FROM released; SET LOCAL enable_nestloop TO DEFAULT

-- decide_conflicts
UPDATE pgtide_verdict_1 v SET conflict = c.kind, resolution = c.decision, verdict = CASE WHEN c.decision = 'cloud' THEN 'i' ELSE 'l' END FROM pgtide_stage_1 m, pgtide.conflict c WHERE m.ctid = v.staged AND (v.verdict = 'm' OR (v.verdict = 'c' AND c.decision = 'desktop')) AND c.decision IS NOT NULL AND c.map = 'practice' AND c.direction = 'reverse' AND c.table_name = 'workdiary' AND c.resolved_at IS NULL AND c.kind IN (CASE v.verdict WHEN 'c' THEN 'insert_exists' WHEN 'm' THEN 'update_missing' WHEN 'x' THEN 'delete_origin_differs' WHEN 'b' THEN 'update_origin_differs' END, 'multiple_unique_conflicts') AND hashtextextended(c.row_key::text, 0) = hashtextextended(pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr")::text, 0) AND c.row_key = pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr")

