"""Measures pgtide against what PostgreSQL itself can do. Called by scripts/bench.sh; needs Python 3.9 and psql only."""
