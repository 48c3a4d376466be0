-- One text of all that a plan may depend on in this database: another one, and something may be different. The same one, and
-- nothing is: a row of the catalogs that was changed has another place or another writer, one that is gone is missing.
-- VACUUM and ANALYZE do not change it. Temporary tables, what pgtide makes for itself, and what the server brings along
-- are left out.
WITH space AS MATERIALIZED (
  SELECT n.oid, n.ctid, n.xmin FROM pg_catalog.pg_namespace n
  WHERE n.nspname !~ '^pg_(toast_)?temp_' AND n.nspname NOT IN ('pgtide', 'pg_toast', 'pg_catalog', 'information_schema')
), relation AS MATERIALIZED (
  SELECT c.* FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace
  WHERE c.relkind <> 'i' AND c.relkind <> 'I' AND c.relname NOT IN ('_sync_metadata', '_reverse_sync_metadata')
)
SELECT concat_ws(' ',
  (SELECT concat_ws('/', current_database(), current_user, session_user, current_setting('server_version_num'), current_setting('server_encoding'),
                    current_setting('search_path'), current_setting('default_transaction_read_only'))),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(ctid::text || xmin::text, 0))) FROM space),
  -- not where its file is and how large, which changes with TRUNCATE
  (SELECT concat_ws('/', count(*), sum(hashtextextended(concat_ws('|', oid, relname, relnamespace, relkind, relpersistence, relam, relacl,
                    relowner, relrowsecurity, relforcerowsecurity, relhassubclass, relispartition, relchecks, reltype), 0))) FROM relation),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(a.ctid::text || a.xmin::text, 0)))
   FROM pg_catalog.pg_attribute a JOIN relation r ON r.oid = a.attrelid),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(d.ctid::text || d.xmin::text, 0)))
   FROM pg_catalog.pg_attrdef d JOIN relation r ON r.oid = d.adrelid),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(concat_ws('|', i.indexrelid, i.indrelid, i.indisunique, i.indisprimary, i.indisexclusion,
                    i.indimmediate, i.indisvalid, i.indkey, i.indexprs IS NULL, i.indpred IS NULL), 0)))
   FROM pg_catalog.pg_index i JOIN relation r ON r.oid = i.indrelid),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(c.ctid::text || c.xmin::text, 0)))
   FROM pg_catalog.pg_constraint c JOIN space s ON s.oid = c.connamespace),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(g.ctid::text || g.xmin::text, 0)))
   FROM pg_catalog.pg_trigger g JOIN relation r ON r.oid = g.tgrelid),
  -- what views read, what rules do, which rows may be seen
  (SELECT concat_ws('/', count(*), sum(hashtextextended(w.ctid::text || w.xmin::text, 0)))
   FROM pg_catalog.pg_rewrite w JOIN relation r ON r.oid = w.ev_class),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(p.ctid::text || p.xmin::text, 0)))
   FROM pg_catalog.pg_policy p JOIN relation r ON r.oid = p.polrelid),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(h.ctid::text || h.xmin::text, 0)))
   FROM pg_catalog.pg_inherits h JOIN relation r ON r.oid = h.inhrelid),
  -- types of their own; those of tables are what their columns are
  (SELECT concat_ws('/', count(*), sum(hashtextextended(t.ctid::text || t.xmin::text, 0)))
   FROM pg_catalog.pg_type t JOIN space s ON s.oid = t.typnamespace WHERE t.typrelid = 0 AND t.typelem = 0),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(e.ctid::text || e.xmin::text, 0))) FROM pg_catalog.pg_enum e),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(p.ctid::text || p.xmin::text, 0))) FROM pg_catalog.pg_proc p
   WHERE p.oid >= 16384 OR p.proacl IS NOT NULL),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(o.ctid::text || o.xmin::text, 0))) FROM pg_catalog.pg_operator o WHERE o.oid >= 16384),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(c.ctid::text || c.xmin::text, 0))) FROM pg_catalog.pg_cast c WHERE c.oid >= 16384),
  -- which sequence is whose
  (SELECT concat_ws('/', count(*), sum(hashtextextended(concat_ws('|', d.classid, d.objid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype), 0)))
   FROM pg_catalog.pg_depend d JOIN relation r ON r.relkind = 'S' AND d.objid = r.oid AND d.classid = 'pg_class'::regclass),
  -- who may what
  (SELECT concat_ws('/', count(*), sum(hashtextextended(r::text, 0))) FROM pg_catalog.pg_roles r),
  (SELECT concat_ws('/', count(*), sum(hashtextextended(m::text, 0))) FROM pg_catalog.pg_auth_members m),
  (SELECT sum(hashtextextended(d.ctid::text || d.xmin::text, 0)) FROM pg_catalog.pg_database d WHERE d.datname = current_database())
) AS print
