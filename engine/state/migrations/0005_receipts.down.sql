DROP TABLE pgtide.receipt;
