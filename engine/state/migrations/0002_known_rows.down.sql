DROP INDEX pgtide.conflict_open;
CREATE UNIQUE INDEX conflict_open ON pgtide.conflict (map, direction, table_name, row_key, kind) WHERE resolved_at IS NULL;
DROP TABLE pgtide.known_row, pgtide.known_loaded, pgtide.known_table, pgtide.home;
