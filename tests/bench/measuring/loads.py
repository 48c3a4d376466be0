"""First loads: an empty target, tables of every kind."""

from typing import Any, List

from .bench import Bench, Pair
from .floors import Floor
from .goals import client_cpu, memory, speed
from .network import SLOW_LINE
from .peers import peers_of
from .scenario import Contender, Scenario
from .shapes import NARROW, TOAST, WIDE, Shape, big_values


def pair_of(bench: Bench, name: str, shape: Shape, rows: int, *floors: str) -> Pair:
    return Pair(bench, name, ["t"], shape.create(), shape.fill(rows), floors)


def first_load(pair: Pair, name: str, title: str, **more: Any) -> Scenario:
    """pgtide with its defaults against a pipe of psql."""
    floor = Floor(pair.name, pair.floors["pipe"])
    return Scenario(
        name, title,
        [Contender("pgtide", pair.pgtide("sync", "full"), pair.empty, pair.check()),
         Contender("psql pipe", floor.pipe, lambda: pair.empty("pipe"), pair.check("pipe"))],
        databases=pair.databases(), set_up=pair.make, **more)


def twenty_five(bench: Bench, pair: Pair) -> Scenario:
    rows = bench.sizes.rows
    scenario = first_load(pair, "first-load", f"full, empty target, {rows:,} rows of 25 columns")
    one = Contender("pgtide --jobs 1", pair.pgtide("sync", "full", "--jobs", "1"), pair.empty, pair.check())
    scenario.contenders.insert(1, one)
    scenario.contenders += peers_of(pair, "pipe")
    scenario.goals = [
        speed("full, empty target, one table", "psql pipe", 1.0),
        speed("the same with one writer", "psql pipe", 0.8, one.name),
        memory("client memory", 64, scenario.contenders[0].name),
        client_cpu("client CPU for a million rows", 0.3, rows),
    ]
    return scenario


def shapes(bench: Bench) -> List[Scenario]:
    """One scenario for each other kind of table; their databases are made when it is their turn."""
    sizes = bench.sizes
    kinds = [("narrow", f"{sizes.rows:,} rows of 3 columns", NARROW, sizes.rows, 64.0),
             ("wide", f"{sizes.wide:,} rows of 300 columns", WIDE, sizes.wide, 64.0),
             ("toast", f"{sizes.toast:,} rows with a text of 48 kB", TOAST, sizes.toast, 64.0),
             ("big-values", f"3 rows with a text of {sizes.big_megabytes} MB", big_values(sizes.big_megabytes), 3,
              64.0 + 3 * sizes.big_megabytes)]
    scenarios = []
    for kind, title, shape, rows, bound in kinds:
        pair = pair_of(bench, kind.replace("-", "_"), shape, rows, "pipe")
        scenario = first_load(pair, f"first-load-{kind}", f"full, empty target, {title}", tear_down=pair.drop)
        scenario.goals = [memory("client memory, " + title, bound)]
        scenarios.append(scenario)
    return scenarios


def over_a_slow_link(pair: Pair, rows: int) -> Scenario:
    return first_load(pair, "slow-first-load", f"full, empty target, {rows:,} rows, cloud at 20 Mbit/s and 30 ms",
                      target_link=SLOW_LINE)
