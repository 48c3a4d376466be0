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
WITH candidate AS (SELECT "diary"."org" AS "org", "diary"."nr" AS "nr", "diary"."text" AS "text", NULL::timestamptz AS pgtide_watermark FROM "public"."diary"), ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(ROW(c."org", c."nr", c."text")::text COLLATE "C") OVER twins = ROW(c."org", c."nr", c."text")::text COLLATE "C" AS pgtide_same FROM candidate c WINDOW twins AS (PARTITION BY c."org", c."nr" ORDER BY c.pgtide_watermark DESC NULLS LAST, ROW(c."org", c."nr", c."text")::text COLLATE "C")) SELECT count(*) AS twins, count(*) FILTER (WHERE NOT pgtide_same) AS differing, (SELECT string_agg(k, '; ') FROM (SELECT DISTINCT pg_catalog.concat_ws(', ', "org", "nr") AS k FROM ranked WHERE pgtide_rank > 1 AND NOT pgtide_same LIMIT 5) shown) AS keys FROM ranked WHERE pgtide_rank > 1

-- source_has_rows
SELECT EXISTS (SELECT FROM "public"."diary") AS has_rows

-- create_stage
CREATE TEMPORARY TABLE pgtide_stage_1 ("org" integer, "nr" integer, "text" text) ON COMMIT DROP

-- load_stage
COPY pgtide_stage_1 FROM STDIN (FORMAT binary)

-- load_target
COPY "public"."workdiary" ("org", "nr", "text") FROM STDIN (FORMAT binary)

-- find_misfits
(nothing)

-- make_image
(nothing)

-- judge
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT DISTINCT ON (m.ctid) m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN NOT (t.ctid IS NULL OR ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record) AND NOT (k.image IS DISTINCT FROM pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0)) THEN '=' ELSE CASE WHEN t.ctid IS NULL THEN CASE WHEN false THEN 'm' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0) THEN 's' WHEN k.image IS NULL THEN 'g' ELSE 'm' END WHEN NOT (ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record) THEN 'a' WHEN false OR k.key_hash IS NOT NULL OR t.xmin IN (SELECT (own.xid & 4294967295)::text::xid FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'workdiary') THEN 's' ELSE 'c' END END AS verdict FROM pgtide_stage_1 m LEFT JOIN "public"."workdiary" t ON t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record LEFT JOIN pgtide.known_row k ON k.known_id = 1 AND k.key_hash = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer), 0) ORDER BY m.ctid, t.ctid IS NOT NULL AND ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record, t.ctid; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept FROM pgtide_verdict_1

-- judge, while rows are taken over
CREATE TEMPORARY TABLE pgtide_verdict_1 ON COMMIT DROP AS SELECT DISTINCT ON (m.ctid) m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN NOT (t.ctid IS NULL OR ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record) AND NOT (k.image IS DISTINCT FROM pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0)) THEN '=' ELSE CASE WHEN t.ctid IS NULL THEN CASE WHEN false THEN 'm' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0) THEN 's' WHEN k.image IS NULL THEN 'g' ELSE 'm' END WHEN NOT (ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record) THEN 'a' WHEN false OR k.key_hash IS NOT NULL OR t.xmin IN (SELECT (own.xid & 4294967295)::text::xid FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'workdiary') THEN 's' ELSE 'c' END END AS verdict FROM pgtide_stage_1 m LEFT JOIN "public"."workdiary" t ON t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record LEFT JOIN pgtide.known_row k ON k.known_id = 1 AND k.key_hash = pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer), 0) ORDER BY m.ctid, t.ctid IS NOT NULL AND ROW(t."org", t."nr", t."text")::record *<> ROW(m."org", m."nr", m."text")::record, t.ctid; SELECT (SELECT count(*) FROM pgtide_stage_1) AS staged, count(*) FILTER (WHERE verdict IN ('i')) AS inserts, count(*) FILTER (WHERE verdict IN ('u')) AS updates, count(*) FILTER (WHERE verdict IN ('s', 'g')) AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b', 'm')) AS conflicts, count(*) FILTER (WHERE verdict IN ('a', 'f', 'g')) AS agreed, count(*) FILTER (WHERE verdict IN ('d')) AS surplus, count(*) FILTER (WHERE verdict IN ('x')) AS kept FROM pgtide_verdict_1

-- lock_target
LOCK TABLE "public"."workdiary" IN SHARE ROW EXCLUSIVE MODE

-- insert
INSERT INTO "public"."workdiary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE NOT EXISTS (SELECT FROM "public"."workdiary" t WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record)

-- insert with a late column
INSERT INTO "public"."workdiary" ("org", "nr", "text") OVERRIDING SYSTEM VALUE SELECT m."org", m."nr", NULL FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE NOT EXISTS (SELECT FROM "public"."workdiary" t WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record)

-- set_late_columns
UPDATE "public"."workdiary" t SET "text" = m."text" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict = 'i' WHERE t."nr" = m."nr" AND ROW(t."org")::record = ROW(m."org")::record AND (m."text" IS NOT NULL)

-- remember
INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (2) 1, pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer), 0), pg_catalog.hash_record_extended(ROW(m."org"::integer, m."nr"::integer, m."text"::text COLLATE "C"), 0) FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('i', 'u', 'a', 'g') ORDER BY 2 ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image

-- remember_anew
WITH old AS (DELETE FROM pgtide.known_row WHERE known_id = 1 RETURNING key_hash, image, number), now AS (SELECT o.key_hash AS old_key, pg_catalog.hash_record_extended(ROW(t."org"::integer, t."nr"::integer), 0) AS key_hash, CASE WHEN t.xmin IN (SELECT (own.xid & 4294967295)::text::xid FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'workdiary') OR o.image = pg_catalog.hash_record_extended(ROW(t."org"::integer), 0) THEN pg_catalog.hash_record_extended(ROW(t."org"::integer, t."nr"::integer, t."text"::text COLLATE "C"), 0) END AS image, NULL::text[] AS number FROM old o JOIN "public"."workdiary" t ON o.key_hash = pg_catalog.hash_record_extended(ROW(t."org"::integer, t."nr"::integer), 0)) INSERT INTO pgtide.known_row (known_id, key_hash, image, number) SELECT DISTINCT ON (2) 1, key_hash, image, number FROM (SELECT key_hash, image, number FROM now UNION ALL SELECT o.key_hash, NULL, o.number FROM old o WHERE NOT EXISTS (SELECT FROM now n WHERE n.old_key = o.key_hash)) x ORDER BY 2

-- record_own_xact
INSERT INTO pgtide.own_xact (map, table_name, xid) VALUES ('practice', 'workdiary', pg_catalog.txid_current()) ON CONFLICT DO NOTHING

-- record_conflicts
INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, local_modified, remote_modified, resolution_strategy, last_seen_run) SELECT DISTINCT ON (4, 5) 'practice', 'reverse', 'workdiary', pg_catalog.jsonb_build_object('org', m."org", 'nr', m."nr"), CASE v.verdict WHEN 'c' THEN 'insert_exists' WHEN 'm' THEN 'update_missing' ELSE 'update_origin_differs' END, CASE WHEN t.ctid IS NOT NULL THEN pg_catalog.to_jsonb(t.*) END, i.contents, NULL::timestamptz, NULL::timestamptz, 'desktop_wins', 42 FROM pgtide_stage_1 m JOIN pgtide_verdict_1 v ON v.staged = m.ctid AND v.verdict IN ('c', 'b', 'm') LEFT JOIN "public"."workdiary" t ON t.ctid = v.existing AND t.tableoid = v.part CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(x.*) AS contents FROM (SELECT m."org", m."nr", m."text") x) i ON CONFLICT (map, direction, table_name, hashtextextended(row_key::text, 0), kind) WHERE resolved_at IS NULL DO UPDATE SET desktop_row = excluded.desktop_row, cloud_row = excluded.cloud_row, local_modified = excluded.local_modified, remote_modified = excluded.remote_modified, last_seen_run = excluded.last_seen_run

-- target_has_rows
SELECT EXISTS (SELECT FROM "public"."workdiary") AS has_rows

-- target_has_own_rows
SELECT EXISTS (SELECT FROM pgtide.known_row WHERE known_id = 1) OR EXISTS (SELECT FROM pgtide.known_loaded WHERE known_id = 1) AS has_rows

-- number_stage
CREATE TEMPORARY TABLE pgtide_stage_1_n ON COMMIT DROP AS SELECT ctid AS staged, row_number() OVER () AS n FROM pgtide_stage_1

-- keep_numbered
DELETE FROM pgtide_stage_1 WHERE ctid NOT IN (SELECT staged FROM pgtide_stage_1_n WHERE n BETWEEN 3 AND 4)

-- staged_key
SELECT pg_catalog.concat_ws(', ', 'org=' || coalesce(s."org"::text, 'NULL'), 'nr=' || coalesce(s."nr"::text, 'NULL')) AS key FROM pgtide_stage_1 s

