"""Full again: the target has nearly all of it. And what an incremental takes for the same changes."""

from typing import List, Optional

from .bench import Bench, Pair
from .commands import psql
from .floors import Floor
from .goals import Goal, memory, round_trips, speed, wire_share
from .network import Link
from .scenario import Contender, Scenario
from .shapes import CHANGES, TWENTY_FIVE


def _change(pair: Pair, condition: str) -> None:
    psql(pair.source_url(), TWENTY_FIVE.change(condition), "VACUUM t")


def _refresh(pair: Pair, name: str, title: str, changes: str, rows: int, floors: List[str], goals: List[Goal],
             mode: str = "full", link: Optional[Link] = None) -> Scenario:
    known = {
        "psql pipe": ("pipe", Floor.pipe, lambda: pair.empty("pipe")),
        "psql upsert": ("upsert", Floor.upsert, lambda: None),
        "psql MERGE": ("merge", Floor.merge, lambda: None),
    }
    contenders = [Contender("pgtide", pair.pgtide("sync", mode), check=pair.check())]
    for floor in floors:
        database, way, prepare = known[floor]
        contenders.append(Contender(floor, lambda ways, way=way, database=database:
                                    way(Floor(pair.name, pair.floors[database]), ways), prepare, pair.check(database)))

    def change(number: int) -> None:
        if changes:
            _change(pair, changes.format(round=number, rows=rows))

    held = [known[floor][0] for floor in floors if floor != "psql pipe"]
    return Scenario(name, title, contenders, goals, pair.databases(), lambda: pair.bring_up(*held), change,
                    target_link=link)


def refreshes(bench: Bench, pair: Pair) -> List[Scenario]:
    rows = bench.sizes.rows
    title = f"full again, {rows:,} rows, "
    merges = ["psql upsert", "psql MERGE"]
    return [
        _refresh(pair, "full-0", title + "nothing changed", "", rows, ["psql pipe"],
                 [speed("full, target has it all, 0 % changed", "psql pipe", 4),
                  wire_share("the same, bytes on the wire", "psql pipe", 0.01), memory("client memory, 0 %", 64)]),
        _refresh(pair, "full-1", title + "1 % in one place changed", CHANGES["1 % in one place"], rows,
                 ["psql pipe"], []),
        _refresh(pair, "full-5", title + "5 % scattered changed", CHANGES["5 % scattered"], rows,
                 ["psql pipe"] + merges, [speed("full, 5 % changed", "psql pipe", 2)]),
        _refresh(pair, "full-100", title + "100 % changed", CHANGES["100 %"], rows, merges,
                 [speed("full, 100 % changed", "psql upsert", 0.85)]),
        _refresh(pair, "incremental-100", f"incremental, {rows:,} rows changed in one transaction", CHANGES["100 %"],
                 rows, ["psql upsert"], [memory("client memory, one transaction of all rows", 64)], "incremental"),
        incremental_two(pair, rows),
    ]


def incremental_two(pair: Pair, rows: int) -> Scenario:
    """psql is told which rows: it is the floor of carrying them, not of finding them."""
    scenario = Scenario("incremental-2", f"incremental, 2 rows of {rows:,}", [], databases=pair.databases())
    named = f"id IN (1, {rows // 2})"
    scenario.contenders = [
        Contender("pgtide", pair.pgtide("sync", "incremental"), check=pair.check()),
        Contender("psql, rows named", Floor(pair.name, pair.floors["upsert"], condition=named).upsert,
                  check=pair.check("upsert"))]
    scenario.goals = [round_trips("incremental, 2 rows", 5)]
    scenario.set_up = lambda: pair.bring_up("upsert")
    scenario.change = lambda number: _change(pair, named)
    return scenario


def over_a_slow_link(pair: Pair, rows: int, link: Link) -> List[Scenario]:
    where = f"{rows:,} rows, cloud at 20 Mbit/s and 30 ms"
    return [
        _refresh(pair, "slow-0", f"full again, {where}, nothing changed", "", rows, ["psql pipe"], [], link=link),
        _refresh(pair, "slow-5", f"full again, {where}, 5 % scattered", CHANGES["5 % scattered"], rows,
                 ["psql pipe", "psql upsert"], [], link=link),
    ]
