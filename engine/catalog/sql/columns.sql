-- The columns of tables, in their order. $1 oids of the tables
WITH RECURSIVE domain (oid, base, modifier) AS (  -- every domain in use, down to what it is made of
  SELECT t.oid, t.typbasetype, t.typtypmod FROM pg_catalog.pg_type t
  WHERE t.typtype = 'd' AND t.oid IN (SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid = ANY ($1::oid[]))
  UNION ALL
  SELECT d.oid, t.typbasetype, CASE WHEN d.modifier >= 0 THEN d.modifier ELSE t.typtypmod END
  FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
), resolved AS (
  SELECT d.oid, d.base, d.modifier FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base WHERE t.typtype <> 'd'
)
SELECT a.attrelid AS table_oid, a.attnum AS number, a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared_type,
       pg_catalog.format_type(a.atttypid, NULL) AS type,
       coalesce(r.base, a.atttypid) AS base_oid,
       pg_catalog.format_type(coalesce(r.base, a.atttypid), NULL) AS base_type,
       CASE WHEN r.oid IS NULL THEN a.atttypmod ELSE r.modifier END AS base_modifier,
       pg_catalog.format_type(coalesce(r.base, a.atttypid), CASE WHEN r.oid IS NULL THEN a.atttypmod ELSE r.modifier END) AS base_declared_type,
       bt.typnamespace = 'pg_catalog'::regnamespace AS builtin,
       r.oid IS NOT NULL AS is_domain,
       (a.attnotnull AND NOT EXISTS (  -- NOT VALID (PostgreSQL 18): older rows may hold NULL
          SELECT FROM pg_catalog.pg_constraint c
          WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND a.attnum = ANY (c.conkey) AND NOT c.convalidated))
         OR t.typnotnull AS not_null,
       a.atthasdef AS has_default,
       coalesce(a.attidentity, '') AS identity,
       coalesce(a.attgenerated, '') AS generated,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) END AS generation,
       CASE WHEN a.attidentity <> '' THEN 'nextval(' || quote_literal(pg_catalog.pg_get_serial_sequence(
              quote_ident(tn.nspname) || '.' || quote_ident(tc.relname), a.attname)) || '::regclass)'
            WHEN a.atthasdef AND a.attgenerated = '' THEN pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) END AS value_by_default,
       coalesce(  -- one that the column owns, or one that its DEFAULT names
         (SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.relname)
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
          JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
          WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
            AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1),
         (SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.relname)
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
          JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
          WHERE d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid AND d.refclassid = 'pg_class'::regclass LIMIT 1)) AS sequence,
       (SELECT string_agg(quote_ident(sn.nspname) || '.' || quote_ident(s.relname), ', ' ORDER BY 1)
        FROM (SELECT d.refobjid AS oid FROM pg_catalog.pg_depend d  -- named in the DEFAULT
              WHERE a.attgenerated = '' AND d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid
                AND d.refclassid = 'pg_class'::regclass
              UNION
              SELECT d.objid FROM pg_catalog.pg_depend d  -- of the identity
              WHERE a.attidentity <> '' AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
                AND d.refobjsubid = a.attnum AND d.classid = 'pg_class'::regclass AND d.deptype = 'i') needed
        JOIN pg_catalog.pg_class s ON s.oid = needed.oid
        JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
        WHERE CASE WHEN s.relkind = 'S'  -- of anything else the function does not take
                   THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') END) AS locked_sequence,
       CASE WHEN a.atttypid >= 16384 THEN (  -- what the type is made of: enum labels, fields, bases
         WITH RECURSIVE reached (oid) AS (
           SELECT a.atttypid
           UNION
           SELECT x.oid FROM reached JOIN pg_catalog.pg_type rt ON rt.oid = reached.oid
           CROSS JOIN LATERAL (
             SELECT rt.typelem UNION ALL SELECT rt.typbasetype
             UNION ALL SELECT f.atttypid FROM pg_catalog.pg_attribute f
                       WHERE rt.typrelid <> 0 AND f.attrelid = rt.typrelid AND f.attnum > 0 AND NOT f.attisdropped
             UNION ALL SELECT g.rngsubtype FROM pg_catalog.pg_range g WHERE g.rngtypid = rt.oid) x (oid)
           WHERE x.oid <> 0)
         SELECT string_agg(concat_ws(' ', rt.typname, rt.typtypmod,
             (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = rt.oid),
             (SELECT string_agg(f.attname || ' ' || pg_catalog.format_type(f.atttypid, f.atttypmod), ',' ORDER BY f.attnum)
              FROM pg_catalog.pg_attribute f WHERE rt.typrelid <> 0 AND f.attrelid = rt.typrelid AND f.attnum > 0 AND NOT f.attisdropped)),
             ';' ORDER BY rt.typname, rt.oid)
         FROM reached JOIN pg_catalog.pg_type rt ON rt.oid = reached.oid)
       END AS type_definition
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class tc ON tc.oid = a.attrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN resolved r ON r.oid = a.atttypid
JOIN pg_catalog.pg_type bt ON bt.oid = coalesce(r.base, a.atttypid)
LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
