DROP INDEX pgtide.own_xact_modulo;
INSERT INTO pgtide.known_row AS k (known_id, key_hash, image)
SELECT DISTINCT ON (known_id, key_hash) known_id, key_hash, image
FROM pgtide.known_loaded ORDER BY known_id, key_hash, pack DESC
ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image;
DROP VIEW pgtide.known_loaded;
DROP TABLE pgtide.known_pack;
CREATE TABLE pgtide.known_loaded (
  known_id integer NOT NULL,
  key_hash bigint NOT NULL,
  image    bigint NOT NULL
);
