"""Reverse: what the cloud has and the desktop lacks. Only inserts."""

from typing import List

from .bench import Bench, Pair
from .commands import Usage, measured
from .floors import Floor
from .goals import time
from .network import Ways
from .scenario import Contender, Scenario
from .shapes import TWENTY_FIVE


class _Back:
    """The rows are in a database of the source server, which plays the cloud; the target server plays the desktop."""

    def __init__(self, bench: Bench) -> None:
        self.pair = Pair(bench, "back", ["t"], TWENTY_FIVE.create(), TWENTY_FIVE.fill(bench.sizes.small), ["stage"],
                         "{key: [id], direction: reverse, ")
        self.bench = bench

    def _call(self, words: List[str], ways: Ways) -> Usage:
        return measured([str(self.bench.program), *words, "--map", str(self.pair.map), "--quiet", "--desktop",
                         ways.target.url(self.pair.name), "--cloud", ways.source.url(self.pair.name)])

    def sync(self, ways: Ways) -> Usage:
        return self._call(["sync", "reverse", "--json"], ways)

    def _init(self) -> None:
        self._call(["init"], self.bench.direct())

    def scenario(self, name: str, title: str, has_rows: bool, goal: str) -> Scenario:
        pair = self.pair

        def fill(floor: str = "") -> None:
            pair.empty(floor)
            if has_rows:
                Floor(pair.name, pair.floors[floor] if floor else pair.name).pipe(self.bench.direct())
            if not floor:
                self._init()

        return Scenario(
            name, title,
            [Contender("pgtide", self.sync, fill, pair.check()),
             Contender("psql, NOT EXISTS", Floor(pair.name, pair.floors["stage"]).insert_missing, lambda: fill("stage"),
                       pair.check("stage"))],
            [time(goal, "psql, NOT EXISTS", 1.3)], pair.databases(), pair.make)


def scenarios(bench: Bench) -> List[Scenario]:
    back = _Back(bench)
    rows = bench.sizes.small
    existing = back.scenario("reverse-existing", f"reverse, {rows:,} rows, all there already", True,
                             "reverse, all existing")
    new = back.scenario("reverse-new", f"reverse, {rows:,} rows, all new", False, "reverse, all new")
    new.tear_down = back.pair.drop
    return [existing, new]
