ALTER TABLE pgtide.watermark DROP COLUMN covered_rows, DROP COLUMN covered_items;
