-- Which database is this, and how far has it gone? $1 ids of transactions whose outcome is asked for
SELECT pg_is_in_recovery() AS in_recovery,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database_oid,
       CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::bigint
         AS wal_position,
       to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS server_start,
       s.xmax,
       ARRAY(SELECT CASE WHEN x >= s.xmax THEN 'future' ELSE coalesce(txid_status(x), 'unknown') END
             FROM unnest($1::bigint[]) WITH ORDINALITY asked(x, n) ORDER BY n) AS outcomes
FROM (SELECT txid_snapshot_xmax(txid_current_snapshot()) AS xmax OFFSET 0) s
