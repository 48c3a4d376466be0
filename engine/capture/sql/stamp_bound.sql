-- Rows that committed before this have stamps below it, as far as it can be told: a stamp is the time at which its
-- transaction began, so nobody who is at work now has an older one. The clock is read before the sessions, and a bit is
-- left to a session that has begun and has not said so yet. Who works on the primary a standby does not show.
WITH started AS MATERIALIZED (SELECT clock_timestamp() AS clock)
SELECT CASE WHEN NOT pg_is_in_recovery() THEN
         to_char((least(clock, busy.oldest, waiting.oldest) - interval '10 seconds') AT TIME ZONE 'UTC',
                 'YYYY-MM-DD HH24:MI:SS.US') || '+00' END AS stamp,
       waiting.oldest IS NOT NULL AS prepared,  -- when those began nobody knows
       NOT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS hidden
FROM started,
     LATERAL (SELECT min(a.xact_start) AS oldest FROM pg_stat_activity a WHERE started.clock IS NOT NULL) busy,
     LATERAL (SELECT min(p.prepared) AS oldest FROM pg_prepared_xacts p WHERE started.clock IS NOT NULL) waiting
