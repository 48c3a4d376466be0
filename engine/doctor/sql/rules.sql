-- Rules that change what an INSERT, UPDATE or DELETE does. $1 oids of the tables
SELECT r.ev_class AS table_oid, r.rulename AS name FROM pg_catalog.pg_rewrite r
WHERE r.ev_class = ANY ($1::oid[]) AND r.ev_type <> '1' AND r.ev_enabled IN ('O', 'A') ORDER BY 1, 2
