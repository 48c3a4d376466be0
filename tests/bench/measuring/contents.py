"""Do both sides hold the same? Asked by SQL of our own, never of pgtide."""

from concurrent.futures import ThreadPoolExecutor
from typing import Sequence, Tuple

from .commands import Failure, psql


def summary(url: str, tables: Sequence[str]) -> str:
    """For each table the number of rows and the sum of a hash of their text, whatever their order."""
    parts = [f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 20221)::numeric), 0) FROM {table} t"
             for table in tables]
    return psql(url, "SET max_parallel_workers_per_gather = 0", " UNION ALL ".join(parts) + " ORDER BY 1")


def compare(expected: Tuple[str, str], found: Tuple[str, str], tables: Sequence[str]) -> None:
    """Throws Failure if the tables differ. A side is its name and its URL."""
    some = list(tables)
    for first in range(0, len(some), 200):
        part = some[first:first + 200]
        with ThreadPoolExecutor(2) as pool:
            there, here = pool.map(lambda side: summary(side[1], part), (expected, found))
        if there != here:
            raise Failure(f"WRONG RESULT: {found[0]} does not hold what {expected[0]} holds\n"
                          f"{expected[0]}:\n{there[:1500]}\n{found[0]}:\n{here[:1500]}")
