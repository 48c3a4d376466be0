-- What is remembered of many rows at once (a first load, a full run) waits in packs of two arrays, and is put where it
-- is looked up when somebody looks something up. Of what is remembered of a row in several places a pack counts more
-- than known_row, and a later pack more than an earlier one.
CREATE TABLE pgtide.known_pack (
  known_id   integer NOT NULL,
  pack       bigint GENERATED ALWAYS AS IDENTITY,
  rows       integer NOT NULL,
  key_hashes bigint[] NOT NULL,
  images     bigint[] NOT NULL,  -- of the rows with these keys, in the same order
  PRIMARY KEY (known_id, pack),
  CHECK (cardinality(key_hashes) = rows AND cardinality(images) = rows)
);
ALTER TABLE pgtide.known_pack  -- hashes cannot be compressed
  ALTER COLUMN key_hashes SET STORAGE EXTERNAL,
  ALTER COLUMN images SET STORAGE EXTERNAL;

INSERT INTO pgtide.known_pack (known_id, rows, key_hashes, images)
SELECT known_id, count(*), array_agg(key_hash), array_agg(image)
FROM (SELECT l.*, row_number() OVER (PARTITION BY known_id) / 10000 AS part
      FROM pgtide.known_loaded l WHERE image IS NOT NULL) waiting
GROUP BY known_id, part;
DROP TABLE pgtide.known_loaded;

-- Row by row. A row may be here several times.
CREATE VIEW pgtide.known_loaded AS
SELECT p.known_id, u.key_hash, u.image, p.pack
FROM pgtide.known_pack p, unnest(p.key_hashes, p.images) u (key_hash, image);

-- Row versions have ids modulo 2^32.
CREATE INDEX own_xact_modulo ON pgtide.own_xact (map, table_name, (xid & 4294967295));
