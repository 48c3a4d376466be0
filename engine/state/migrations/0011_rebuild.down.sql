-- An older program would not make them again.
DO $$
DECLARE missing text;
BEGIN
  SELECT string_agg(quote_ident(object_name) || ' of ' || table_name, ', ' ORDER BY rebuild_id) INTO missing
  FROM pgtide.rebuild;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'a first load dropped these, and they are not there again yet: %', missing
      USING HINT = 'pgtide sync makes them again; or make them yourself: SELECT definition, further FROM pgtide.rebuild, '
                   'then DELETE FROM pgtide.rebuild';
  END IF;
END $$;
ALTER TABLE pgtide.own_xact DROP COLUMN loads;
DROP TABLE pgtide.rebuild;
