"""Other ways to copy tables: programs where they are installed, and logical replication, which PostgreSQL brings."""

import shutil
from typing import Callable, List

from .bench import Pair
from .commands import Usage, measured, psql
from .network import Ways
from .scenario import Contender

PROGRAMS = ("pgcopydb", "pgsync")

ALL_READY = ("DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r') LOOP"
             " PERFORM pg_sleep(0.01); END LOOP; END $$")


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
    programs = [Contender(name, known[name], lambda: pair.empty(floor), pair.check(floor), is_peer=True)
                for name in PROGRAMS if name not in missing()]
    return programs + [_logical_replication(pair, floor, pair.check(floor))]


def _logical_replication(pair: Pair, floor: str, check: Callable[[], None]) -> Contender:
    """The initial copy of a subscription."""
    name = f"bench_{floor}"
    # The proxy that it was made with is gone, and dropping a subscription asks the source.
    lead_back = (f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_subscription WHERE subname = '{name}') THEN"
                 f" ALTER SUBSCRIPTION {name} CONNECTION '{{}}'; END IF; END $$")

    def forget() -> None:
        quiet = "SET client_min_messages = warning"
        psql(pair.target_url(floor), quiet, lead_back.format(pair.source_url()),
             f"DROP SUBSCRIPTION IF EXISTS {name}")
        psql(pair.source_url(), quiet, f"DROP PUBLICATION IF EXISTS {name}")

    def prepare() -> None:
        forget()
        pair.empty(floor)
        psql(pair.source_url(), f"CREATE PUBLICATION {name} FOR TABLE {', '.join(pair.tables)}")

    def subscribe(ways: Ways) -> Usage:
        return measured(["psql", ways.target.url(pair.floors[floor]), "-Xq", "-v", "ON_ERROR_STOP=1", "-c",
                         f"CREATE SUBSCRIPTION {name} CONNECTION '{ways.source.url(pair.name)}' PUBLICATION {name}",
                         "-c", ALL_READY])

    def check_and_forget() -> None:
        try:
            check()
        finally:
            forget()

    return Contender("logical replication", subscribe, prepare, check_and_forget, is_peer=True)
