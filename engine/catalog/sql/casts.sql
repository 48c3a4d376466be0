-- Casts between built-in types: which assignments exist, which can only be asked for.
SELECT pg_catalog.format_type(castsource, NULL) AS source, pg_catalog.format_type(casttarget, NULL) AS target,
       castcontext <> 'e' AS on_assignment
FROM pg_catalog.pg_cast WHERE castsource < 16384 AND casttarget < 16384
