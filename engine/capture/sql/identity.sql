-- Which database is this, and how far has it gone? $1 transaction id of the last anchor (0: none yet)
SELECT pg_is_in_recovery() AS in_recovery,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database_oid,
       CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline,
       s.xmax,
       CASE WHEN $1::bigint > 0 AND $1::bigint < s.xmax THEN txid_status($1::bigint) END AS anchor_status
FROM (SELECT txid_snapshot_xmax(txid_current_snapshot()) AS xmax OFFSET 0) s
