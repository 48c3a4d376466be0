"""Other programs that copy tables, where they are installed."""

import shutil
from typing import List

from .bench import Pair
from .commands import Usage, measured
from .network import Ways
from .scenario import Contender

PROGRAMS = ("pgcopydb", "pgsync")


def missing() -> List[str]:
    return [program for program in PROGRAMS if shutil.which(program) is None]


def peers_of(pair: Pair, floor: str) -> List[Contender]:
    """They write the database of that floor, which is empty before."""

    def pgcopydb(ways: Ways) -> Usage:
        folder = pair.bench.folder / "pgcopydb"
        shutil.rmtree(folder, ignore_errors=True)
        return measured(["pgcopydb", "copy", "table-data", "--dir", str(folder), "--source", ways.source.url(pair.name),
                         "--target", ways.target.url(pair.floors[floor])])

    def pgsync(ways: Ways) -> Usage:
        return measured(["pgsync", *pair.tables, "--from", ways.source.url(pair.name), "--to",
                         ways.target.url(pair.floors[floor]), "--to-safe"])

    known = {"pgcopydb": pgcopydb, "pgsync": pgsync}
    return [Contender(name, known[name], lambda: pair.empty(floor), pair.check(floor), is_peer=True)
            for name in PROGRAMS if name not in missing()]
