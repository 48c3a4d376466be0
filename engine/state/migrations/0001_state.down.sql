DROP TABLE pgtide.own_xact, pgtide.anchor, pgtide.source, pgtide.cursor, pgtide.conflict, pgtide.quarantine, pgtide.coverage,
           pgtide.event, pgtide.table_run, pgtide.run, pgtide.watermark CASCADE;
DROP TABLE pgtide.migration;
DROP SCHEMA pgtide;
