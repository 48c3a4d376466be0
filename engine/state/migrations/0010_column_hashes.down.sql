-- What was hashed column by column says nothing to older programs: it is forgotten, and the rows are taken over again.
DELETE FROM pgtide.known_row r USING pgtide.known_table k WHERE r.known_id = k.known_id AND k.hash = 'columns';
DELETE FROM pgtide.known_pack p USING pgtide.known_table k WHERE p.known_id = k.known_id AND k.hash = 'columns';
DELETE FROM pgtide.cursor c USING pgtide.known_table k
WHERE (c.map, c.direction, c.table_name) = (k.map, k.direction, k.table_name) AND k.hash = 'columns';
UPDATE pgtide.known_table SET hash = 'record', adopting = true WHERE hash = 'columns';
ALTER TABLE pgtide.known_table
  DROP CONSTRAINT known_table_hash_check,
  ADD CONSTRAINT known_table_hash_check CHECK (hash IN ('record', 'text'));
