"""What all scenarios share: the two servers, the program, and pairs of databases."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Sequence, Tuple

from .commands import Usage, measured, psql
from .contents import compare
from .network import Way, Ways
from .servers import Server
from .shapes import FULL, Sizes


@dataclass
class Bench:
    root: Path  # of the clone
    folder: Path  # of our own, removed at the end
    program: Path
    proxy: Path
    source: Server
    target: Server
    sizes: Sizes
    rounds: int
    is_quick: bool
    log: Callable[[str], None]

    @staticmethod
    def of_nothing(root: Path) -> "Bench":
        """To name scenarios: without servers."""
        nowhere = Server.of_nothing()
        return Bench(root, root, root, root, nowhere, nowhere, FULL, 0, False, print)

    def direct(self) -> Ways:
        """Without a proxy."""
        return Ways(Way(self.source, self.proxy, None), Way(self.target, self.proxy, None))

    def settle(self, databases: Sequence[Tuple[Server, str]]) -> None:
        """Dirty pages are written, dead rows are gone, the statistics are right."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda side: side[0].settle(side[1]), databases))

    def free_gigabytes(self) -> float:
        found = os.statvfs(self.target.folder / "data" / ".")
        return found.f_bavail * found.f_frsize / 1e9


class Pair:
    """A database in the source, its twin in the target that pgtide writes, and others there that floors write."""

    def __init__(self, bench: Bench, name: str, tables: Sequence[str], schema: str, fill: str,
                 floors: Sequence[str] = (), keys: str = "{key: [id], ") -> None:
        self.bench, self.name, self.tables, self.schema, self.fill = bench, name, list(tables), schema, fill
        self.floors = {floor: f"{name}_{floor}" for floor in floors}
        self.map = bench.folder / f"{name}.yaml"
        self.keys = keys
        self.is_made = self.is_settled = False

    def make(self) -> None:
        """All databases, with rows only where the data come from. Does nothing if they are there."""
        if self.is_made:
            return
        for server, database in self.databases():
            server.create(database)
            psql(server.url(database), self.schema)
        psql(self.source_url(), self.fill)
        lines = [f"map: {self.name}", "tables:"] + [f"  - {self.keys}desktop: {table}}}" for table in self.tables]
        self.map.write_text("\n".join(lines) + "\n")
        self.is_made, self.is_settled = True, False

    def drop(self) -> None:
        for server, database in self.databases():
            server.drop(database)
        self.is_made = False

    def databases(self) -> List[Tuple[Server, str]]:
        target = self.bench.target
        written = [self.name, *self.floors.values()]
        return [(self.bench.source, self.name)] + [(target, database) for database in written]

    def source_url(self) -> str:
        return self.bench.source.url(self.name)

    def target_url(self, floor: str = "") -> str:
        return self.bench.target.url(self.floors[floor] if floor else self.name)

    def pgtide(self, *words: str) -> Callable[[Ways], Usage]:
        """What a contender runs: pgtide with these words, by the ways it is given."""

        def call(ways: Ways) -> Usage:
            return measured([str(self.bench.program), *words, "--map", str(self.map), "--json", "--quiet",
                             "--desktop", ways.source.url(self.name), "--cloud", ways.target.url(self.name)])

        return call

    def sync(self, *words: str) -> None:
        """The same, not measured."""
        measured([str(self.bench.program), "sync", *words, "--map", str(self.map), "--json", "--quiet",
                  "--desktop", self.source_url(), "--cloud", self.target_url()])

    def forget(self) -> None:
        """pgtide has never been here."""
        for url in (self.source_url(), self.target_url()):
            psql(url, "SET client_min_messages = warning", "DROP SCHEMA IF EXISTS pgtide CASCADE")
        self.is_settled = False

    def empty(self, floor: str = "") -> None:
        """The target is without rows, and pgtide's target without memory."""
        if not floor:
            self.forget()
        psql(self.target_url(floor), "TRUNCATE " + ", ".join(self.tables))

    def bring_up(self, *floors: str) -> None:
        """The target holds what the source holds, and pgtide knows it; so do the floors that are named."""
        self.make()
        if not self.is_settled:
            self.sync("full")
            self.sync("full")
        self.is_settled = True
        for floor in floors:
            self.empty(floor)
            for table in self.tables:
                measured(["psql", self.source_url(), "-Xq", "-c", f"COPY {table} TO STDOUT (FORMAT binary)"],
                         ["psql", self.target_url(floor), "-Xq", "-c", f"COPY {table} FROM STDIN (FORMAT binary)"])

    def check(self, floor: str = "") -> Callable[[], None]:
        """Compares what was written with the source."""

        def compare_both() -> None:
            name = f"database {self.floors[floor] if floor else self.name} of the target"
            compare(("the source", self.source_url()), (name, self.target_url(floor)), self.tables)

        return compare_both
