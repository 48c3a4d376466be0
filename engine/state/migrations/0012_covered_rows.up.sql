-- Of how many rows the days of pgtide.coverage were counted, and the sum of what stands there since; NULL where some were
-- only added to. Where the source has as many rows and none is new they are the same rows, and need not be counted again.
-- See docs/ARCHITECTURE.md, "Full as a difference".
ALTER TABLE pgtide.watermark ADD COLUMN covered_rows bigint, ADD COLUMN covered_items bigint;
