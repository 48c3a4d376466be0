DROP TABLE pgtide.known_row, pgtide.known_loaded, pgtide.known_table, pgtide.home;
