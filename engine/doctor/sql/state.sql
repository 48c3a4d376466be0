-- Who owns the state, and whether the view for operators is there or can be made. $1 the map's schema, $2 its name
SELECT (SELECT quote_ident(r.rolname) FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
        WHERE n.nspname = 'pgtide' AND NOT pg_catalog.pg_has_role(n.nspowner, 'USAGE')) AS other_owner,
       EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = $1 AND c.relname = $2) AS view_is_there,
       coalesce((SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')
                 FROM pg_catalog.pg_namespace n WHERE n.nspname = $1), true) AS may_create_view
