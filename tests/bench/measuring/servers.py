"""The throw-away PostgreSQL servers, and what they spend."""

import os
from pathlib import Path
from typing import Dict, Sequence

from .commands import psql, run

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """One cluster of scripts/cluster.sh, with fsync, running until remove()."""

    def __init__(self, script: Path, folder: Path, settings: Sequence[str] = ()) -> None:
        self.script, self.folder = script, folder
        words = [word for setting in settings for word in ("-c", setting)]
        self._call("start", *words)
        self.port = int((folder / "port").read_text())

    @classmethod
    def of_nothing(cls) -> "Server":
        """One that does not exist."""
        server = cls.__new__(cls)
        server.port = 0
        return server

    def _call(self, command: str, *words: str) -> str:
        return run(["bash", str(self.script), command, str(self.folder), *words], PGTIDE_FSYNC="on")

    def url(self, database: str = "postgres", port: int = 0) -> str:
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    @staticmethod
    def remove_in(script: Path, folder: Path) -> None:
        """Whatever there is of a server in that folder, a half-made one too."""
        if folder.exists():
            run(["bash", str(script), "remove", str(folder)])

    def create(self, database: str) -> None:
        """An empty database, in place of one that is there."""
        psql(self.url(), f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", f"CREATE DATABASE {database}")

    def drop(self, database: str) -> None:
        psql(self.url(), f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def settle(self, database: str) -> None:
        """Nothing of what was done before is left to be paid by whoever comes next."""
        psql(self.url(database), "VACUUM (ANALYZE)", "CHECKPOINT")

    def wal_position(self) -> int:
        return int(psql(self.url(), "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"))

    def cpu_seconds(self) -> float:
        """Of the server and all its processes, those that have ended included."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        total = 0
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended; its parent counts it now
            parent, user, system, ended_user, ended_system = (int(fields[i]) for i in (1, 11, 12, 13, 14))
            if int(entry) == postmaster:
                total += user + system + ended_user + ended_system
            elif parent == postmaster:
                total += user + system
        return total / TICKS


def versions(server: Server) -> Dict[str, str]:
    return {"server": psql(server.url(), "SHOW server_version"), "psql": run(["psql", "--version"]).strip()}
