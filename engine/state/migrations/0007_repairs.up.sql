-- Runs that repair a part of a table, in either direction (`pgtide resync`).
DO $$
DECLARE old name;
BEGIN
  FOR old IN SELECT conname FROM pg_catalog.pg_constraint
             WHERE conrelid = 'pgtide.run'::regclass AND contype = 'c' AND pg_catalog.pg_get_constraintdef(oid) LIKE '%mode%' LOOP
    EXECUTE pg_catalog.format('ALTER TABLE pgtide.run DROP CONSTRAINT %I', old);
  END LOOP;
END $$;
ALTER TABLE pgtide.run
  ADD CONSTRAINT run_mode_check CHECK (mode IN ('full', 'incremental', 'reverse', 'resync')),
  ADD CONSTRAINT run_mode_direction_check CHECK (mode = 'resync' OR (mode = 'reverse') = (direction = 'reverse'));

-- Old history is looked for by its age (`pgtide prune`).
CREATE INDEX event_by_age ON pgtide.event (created_at);
