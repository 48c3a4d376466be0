"""Ways to the servers: direct, or through bench_proxy, which delays, limits and counts."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional

from .servers import Server


@dataclass(frozen=True)
class Link:
    """A network: what a round trip takes, and what passes in a second each way (0: no limit)."""

    round_trip_ms: float = 0.0
    bytes_per_second: int = 0


SLOW_LINE = Link(round_trip_ms=30, bytes_per_second=20_000_000 // 8)
FAR_AWAY = Link(round_trip_ms=30)
"""Also the network in which bytes and round trips are counted: with a delay what is sent together counts once."""
NEAR = Link(round_trip_ms=1)


@dataclass
class Traffic:
    """What went over one way, as bench_proxy counts it (tests/support/round_trips.hpp)."""

    bytes: int = 0
    connections: int = 0
    trips_connecting: int = 0
    trips: int = 0
    trips_in_sequence: int = 0
    seconds_after_connecting: float = 0.0


class Way:
    """Leads to a server from open() to close(); a context manager."""

    def __init__(self, server: Server, program: Path, link: Optional[Link]) -> None:
        self.server, self.program, self.link = server, program, link
        self.port = server.port
        self.traffic: Optional[Traffic] = None
        self._proxy: Optional[subprocess.Popen] = None

    def __enter__(self) -> "Way":
        if self.link is not None:
            words = [str(self.program), str(self.server.port), str(int(self.link.round_trip_ms * 500)),
                     str(self.link.bytes_per_second)]
            self._proxy = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.port = int(self._proxy.stdout.readline())
        return self

    def __exit__(self, failure: Optional[type], *_: object) -> None:
        if self._proxy is None:
            return
        said, _ = self._proxy.communicate("")
        if failure is not None:
            return
        counts: Dict[str, float] = json.loads(said)
        total = int(counts.pop("bytes_to_server")) + int(counts.pop("bytes_to_client"))
        self.traffic = Traffic(bytes=total, **counts)

    def url(self, database: str) -> str:
        return self.server.url(database, self.port)


@dataclass
class Ways:
    """Both ways, as a contender is given them."""

    source: Way
    target: Way
