DROP TABLE pgtide.known_row, pgtide.known_table, pgtide.home;
