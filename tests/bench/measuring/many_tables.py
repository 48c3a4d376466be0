"""Many tables, of which nothing is new."""

from typing import List

from .bench import Bench, Pair
from .goals import round_trips, seconds
from .network import FAR_AWAY, NEAR
from .scenario import Contender, Scenario
from .shapes import many, names_of_many


def scenarios(bench: Bench) -> List[Scenario]:
    return [few(bench), thousand(bench)]


def few(bench: Bench) -> Scenario:
    """The idle incremental over a network with a delay on both sides."""
    tables, rows = bench.sizes.few_tables, bench.sizes.rows_of_few
    names = names_of_many(tables)
    fill = "; ".join(f"INSERT INTO {name} SELECT i, i, md5(i::text), now() FROM generate_series(1, {rows}) i"
                     for name in names)
    pair = Pair(bench, "few", names, many(tables), fill)

    return Scenario("idle-15", f"incremental, nothing changed, {tables} tables of {rows:,} rows, both sides at 30 ms",
                    [Contender("pgtide", pair.pgtide("sync", "incremental"), check=pair.check())],
                    [round_trips("incremental, nothing changed, 15 tables, 30 ms", 2)], pair.databases(), pair.bring_up,
                    tear_down=pair.drop, source_link=FAR_AWAY, target_link=FAR_AWAY)


def thousand(bench: Bench) -> Scenario:
    tables = bench.sizes.tables
    pair = Pair(bench, "many", names_of_many(tables), many(tables), "SELECT 1")
    plan, incremental = "pgtide plan", "pgtide"
    return Scenario("many-tables", f"{tables:,} empty tables: plan incremental, and incremental",
                    [Contender(plan, pair.pgtide("plan", "incremental")),
                     Contender(incremental, pair.pgtide("sync", "incremental"), check=pair.check())],
                    [seconds(f"plan of {tables:,} empty tables", 2, plan),
                     seconds(f"incremental of {tables:,} empty tables", 2, incremental)],
                    pair.databases(), pair.bring_up, tear_down=pair.drop, counting_link=NEAR)
