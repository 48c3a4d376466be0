-- The server, the database and the role as this session finds them. Whoever may connect may read all of it.
SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS version_text,
       quote_ident(r.rolname) AS role, quote_ident(d.datname) AS database, r.rolsuper AS superuser,
       r.rolconnlimit AS role_limit, d.datconnlimit AS database_limit,
       current_setting('max_connections')::integer AS max_connections,
       current_setting('superuser_reserved_connections')::integer
         + coalesce(current_setting('reserved_connections', true)::integer, 0) AS reserved,
       a.in_use, a.in_use_by_role, a.in_use_in_database,
       current_setting('TimeZone') AS timezone, pg_catalog.pg_is_in_recovery() AS standby,
       current_setting('default_transaction_read_only')::boolean AS read_only,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS may_create,
       pg_catalog.pg_database_size(d.oid) AS database_bytes
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d,
     LATERAL (SELECT count(*) AS in_use, count(*) FILTER (WHERE s.usesysid = r.oid) AS in_use_by_role,
                     count(*) FILTER (WHERE s.datid = d.oid) AS in_use_in_database
              FROM pg_catalog.pg_stat_activity s
              WHERE s.datid IS NOT NULL AND s.pid <> pg_catalog.pg_backend_pid()
                AND coalesce(s.backend_type, 'client backend') = 'client backend') a
WHERE r.rolname = current_user AND d.datname = current_database()
