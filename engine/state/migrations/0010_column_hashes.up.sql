-- A third way of hashing rows: column by column, see engine/plan/column_hash.hpp.
ALTER TABLE pgtide.known_table
  DROP CONSTRAINT known_table_hash_check,
  ADD CONSTRAINT known_table_hash_check CHECK (hash IN ('record', 'text', 'columns'));
