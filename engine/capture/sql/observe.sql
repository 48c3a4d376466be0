-- Strictly before the reading snapshot: the first id not yet assigned, and the ids below it that have not finished.
-- Where too many may be unfinished to name them, all from the oldest on count as new.
WITH seen AS MATERIALIZED (
  SELECT txid_snapshot_xmin(s) AS lo, txid_snapshot_xmax(s) AS hi FROM txid_current_snapshot() s
)
SELECT CASE WHEN hi - lo > 1000000 THEN lo ELSE hi END AS next_xid,
       CASE WHEN hi - lo > 1000000 THEN '{}' ELSE
         ARRAY(SELECT x FROM generate_series(lo, hi - 1) x WHERE coalesce(txid_status(x), 'in progress') = 'in progress')
       END AS unfinished,
       to_char(CASE WHEN NOT pg_is_in_recovery() THEN clock_timestamp()
                    -- a standby that lags behind shows what had committed by then
                    WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver)
                      THEN statement_timestamp()
                    ELSE coalesce(pg_last_xact_replay_timestamp(), 'epoch') END AT TIME ZONE 'UTC',
               'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS observed_at,
       to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS server_start,
       pg_is_in_recovery() AS in_recovery
FROM seen
