"""Cost against size: the same work on ever larger tables, once each."""

from dataclasses import dataclass
from typing import Dict, List

from .bench import Bench
from .commands import psql
from .floors import Floor
from .loads import pair_of
from .shapes import NARROW, TWENTY_FIVE, Shape

STEPS = {
    "psql pipe": "psql pipe",
    "first": "first full",
    "settling": "second full",
    "again": "full, nothing changed",
    "thousand": "full, 1,000 rows changed",
    "idle": "incremental, nothing changed",
    "hundred": "incremental, 100 rows changed",
}


@dataclass
class Size:
    shape: str
    rows: int
    heap_bytes: int
    seconds: Dict[str, float]
    megabytes: float  # of the client, the most
    state_bytes: int = 0  # of pgtide's schema in the target, indexes included


def sizes(bench: Bench, is_quick: bool, with_huge: bool) -> List[Size]:
    measured = []
    for rows in (1_000,) if is_quick else (10_000, 100_000, 1_000_000, 10_000_000):
        measured += _size(bench, "25 columns", TWENTY_FIVE, rows, 2_000)
    if with_huge:
        measured += _size(bench, "3 columns", NARROW, 50_000_000, 700)
    return measured


def _size(bench: Bench, name: str, shape: Shape, rows: int, bytes_a_row: int) -> List[Size]:
    needed = rows * bytes_a_row / 1e9 + 5  # data, the floor's copy, memory, and the log
    if bench.free_gigabytes() < needed:
        bench.log(f"scale: {rows:,} rows of {name} left out: they need {needed:.0f} GB of free disk")
        return []
    bench.log(f"scale: {rows:,} rows of {name}")
    pair = pair_of(bench, "scale", shape, rows, "pipe")
    pair.make()
    size = Size(name, rows, int(psql(pair.source_url(), "SELECT pg_table_size('t')")), {}, 0)
    direct = bench.direct()

    def step(step_name: str, *words: str) -> None:
        bench.settle(pair.databases())
        usage = pair.pgtide(*words)(direct) if words else Floor(pair.name, pair.floors["pipe"]).pipe(direct)
        size.seconds[step_name] = usage.seconds
        if words:
            size.megabytes = max(size.megabytes, usage.client_megabytes)
        pair.check("" if words else "pipe")()
        bench.log(f"  {STEPS[step_name]:<32} {usage.seconds:9.3f} s")

    step("psql pipe")
    bench.target.drop(pair.floors.pop("pipe"))
    step("first", "sync", "full")
    step("settling", "sync", "full")
    step("again", "sync", "full")
    psql(pair.source_url(), shape.change(f"id % {max(1, rows // 1000)} = 0"))
    step("thousand", "sync", "full")
    step("idle", "sync", "incremental")
    psql(pair.source_url(), shape.change(f"id % {max(1, rows // 100)} = 0"))
    step("hundred", "sync", "incremental")
    size.state_bytes = int(psql(pair.target_url(), "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                                " WHERE relkind = 'r' AND relnamespace = 'pgtide'::regnamespace"))
    pair.drop()
    return [size]
