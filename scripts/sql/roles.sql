-- Makes two roles for pgtide in one of the two databases, with the rights they need and no more:
--   the sync role     pgtide itself: in the URLs of sync, plan and init
--   the monitor role  may only look: for pgtide status, dashboards, alarms
-- An administrator runs it with psql, once in each database:
--
--   psql -d DESKTOP_URL -v side=desktop -v schema=public -f scripts/sql/roles.sql
--   psql -d CLOUD_URL   -v side=cloud   -v schema=public -f scripts/sql/roles.sql
--
--   side          desktop or cloud. Required
--   schema        of the map, in this database. Required
--   sync_role     default pgtide_sync
--   monitor_role  default pgtide_monitor
--   tables        all: every table that the schema has now (default). none: you grant table by table, see below
--
-- Before or after pgtide init, as often as you like: it gives what is missing and takes nothing away. Run it again after
-- you add a table. It needs a superuser; or else, as on hosted databases, a role with CREATEROLE that owns the database
-- and the tables. All of it is done, or nothing.
--
-- The roles have no password yet. In psql: \password pgtide_sync
--
-- Row level security (Supabase switches it on for many tables) hides rows, and pgtide refuses such a table. Unless the
-- sync role owns the tables, a superuser lets it see all rows:
--
--   ALTER ROLE pgtide_sync BYPASSRLS;
--
-- Table by table (-v tables=none). On the desktop: SELECT on what forward reads, also in a join: of the map; for
-- direction: reverse and both also INSERT, UPDATE (pgtide asks for UPDATE only where the key has no unique index):
--
--   GRANT SELECT ON public.climaster, public.jobshead TO pgtide_sync;
--   GRANT SELECT, INSERT, UPDATE ON public.workdiary TO pgtide_sync;
--
-- In the cloud: SELECT, INSERT, UPDATE on what forward writes, DELETE too for key: none; SELECT on what reverse reads and
-- on tables that refer to one with key: none:
--
--   GRANT SELECT, INSERT, UPDATE ON public.climaster, public.jobshead TO pgtide_sync;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON public.jobtasks TO pgtide_sync;
--   GRANT SELECT ON public.workdiary TO pgtide_sync;
--
-- Sequences behind a DEFAULT (serial): USAGE to fill columns that nothing feeds, SELECT and UPDATE to move them past the
-- copied numbers:
--
--   GRANT USAGE, SELECT, UPDATE ON SEQUENCE public.jobtasks_jt_id_seq TO pgtide_sync;
--
-- A map that names tables of a second schema: run this once for each schema (the views lie in the first).
\set ON_ERROR_STOP on
\set QUIET on
\if :{?side} \else
  \set side missing
\endif
\if :{?schema} \else
  \set schema ''
\endif
\if :{?sync_role} \else
  \set sync_role pgtide_sync
\endif
\if :{?monitor_role} \else
  \set monitor_role pgtide_monitor
\endif
\if :{?tables} \else
  \set tables all
\endif

SELECT :'side' IN ('desktop', 'cloud') AND :'tables' IN ('all', 'none')
         AND EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = :'schema') AS good,
       :'tables' = 'all' AS all_tables,
       :'side' = 'cloud' AS removes
\gset roles_
\if :roles_good
\else
  \echo 'roles.sql: takes -v side=desktop|cloud -v schema=NAME of a schema that is there (and -v tables=all|none)'
  -- psql has no exit status of its own to give: an error ends it with 3
  DO $$ BEGIN RAISE 'roles.sql: wrong or missing variables, nothing was done'; END $$;
\endif

BEGIN;
SET LOCAL client_min_messages = warning;

SELECT pg_catalog.format('CREATE ROLE %I LOGIN', wanted)
FROM unnest(ARRAY[:'sync_role', :'monitor_role']) wanted
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted)
\gexec

-- Who is no superuser gives the sync role's future tables away only as its member: for the time of this transaction.
SELECT NOT pg_catalog.pg_has_role(current_user, :'sync_role', 'USAGE') AS joins
\gset roles_
\if :roles_joins
  GRANT :"sync_role" TO CURRENT_USER;
\endif

-- ---- the sync role

-- CREATE for the schema pgtide, TEMPORARY for the tables in which rows are compared.
SELECT pg_catalog.format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', current_database(), :'sync_role')
\gexec
-- CREATE for the view _sync_metadata or _reverse_sync_metadata.
GRANT USAGE, CREATE ON SCHEMA :"schema" TO :"sync_role";

\if :roles_all_tables
  GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA :"schema" TO :"sync_role";
  GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA :"schema" TO :"sync_role";
  \if :roles_removes
    GRANT DELETE ON ALL TABLES IN SCHEMA :"schema" TO :"sync_role";
  \endif
\endif

-- A state that another role made is handed over: only its owner can upgrade it.
SELECT pg_catalog.format('ALTER SCHEMA pgtide OWNER TO %I', :'sync_role')
FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
WHERE n.nspname = 'pgtide' AND r.rolname <> :'sync_role'
\gexec
SELECT pg_catalog.format('ALTER %s %I.%I OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, n.nspname,
                         c.relname, :'sync_role')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
WHERE r.rolname <> :'sync_role'
  AND ((n.nspname = 'pgtide' AND c.relkind IN ('r', 'v'))
       OR (n.nspname = :'schema' AND c.relkind = 'v' AND c.relname IN ('_sync_metadata', '_reverse_sync_metadata')
           AND pg_catalog.obj_description(c.oid, 'pg_class') LIKE 'pgtide:%'))
\gexec

-- ---- the monitor role

SELECT pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'monitor_role')
\gexec
GRANT USAGE ON SCHEMA :"schema" TO :"monitor_role";
-- The state that the sync role will make, tables of later versions and the views too. This holds for whatever the sync
-- role creates: do not use that role for anything else.
ALTER DEFAULT PRIVILEGES FOR ROLE :"sync_role" GRANT USAGE ON SCHEMAS TO :"monitor_role";
ALTER DEFAULT PRIVILEGES FOR ROLE :"sync_role" GRANT SELECT ON TABLES TO :"monitor_role";
-- The state that is there already. Some of its columns hold contents of rows; hide-contents.sql hides them.
SELECT statement FROM (VALUES
  (1, pg_catalog.format('GRANT USAGE ON SCHEMA pgtide TO %I', :'monitor_role')),
  (2, pg_catalog.format('GRANT SELECT ON ALL TABLES IN SCHEMA pgtide TO %I', :'monitor_role'))) s (number, statement)
WHERE EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'pgtide') ORDER BY number
\gexec
SELECT pg_catalog.format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, :'monitor_role')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = :'schema' AND c.relkind = 'v' AND c.relname IN ('_sync_metadata', '_reverse_sync_metadata')
  AND pg_catalog.obj_description(c.oid, 'pg_class') LIKE 'pgtide:%'
\gexec

\if :roles_joins
  REVOKE :"sync_role" FROM CURRENT_USER;
\endif
COMMIT;
\echo roles.sql: :side: roles :sync_role and :monitor_role are ready
