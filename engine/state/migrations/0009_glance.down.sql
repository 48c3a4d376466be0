DROP TABLE pgtide.glance_table, pgtide.glance;
