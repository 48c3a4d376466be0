"""On what it was measured."""

import os
import platform
import time
from pathlib import Path
from typing import Dict

from .bench import Bench
from .commands import Failure, run
from .peers import missing
from .servers import versions


def _first_value(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def describe(bench: Bench) -> Dict[str, str]:
    memory_kb = int(_first_value("/proc/meminfo", "MemTotal").split()[0])
    try:
        git = ["git", "-c", "safe.directory=*", "-C", str(bench.root)]
        commit = run([*git, "describe", "--always", "--dirty"]).strip()
    except (Failure, OSError):
        commit = "unknown"
    found = versions(bench.source)
    fsync = "off" if bench.is_quick else "on"
    settings = f"fsync {fsync}, autovacuum off, wal_level logical, the rest as it comes"
    return {
        "measured": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": _first_value("/proc/cpuinfo", "model name"),
        "memory": f"{memory_kb / 1048576:.0f} GB",
        "kernel": platform.release(),
        "PostgreSQL": f"{found['server']} on both sides, {settings}",
        "psql": found["psql"],
        "pgtide": f"{run([str(bench.program), '--version']).strip()}, commit {commit}",
        "not installed": ", ".join(missing()) or "nothing",
    }
