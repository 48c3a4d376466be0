"""The command line: starts the servers, measures, prints Markdown, writes JSON, removes everything."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Dict, List

from . import documents, machine, markdown, results, scale, suite
from .bench import Bench
from .commands import Failure
from .scenario import measure
from .servers import Server
from .shapes import FULL, QUICK

SETTINGS = ("autovacuum=off", "wal_level=logical")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOT_DURABLE = ("fsync=off", "full_page_writes=off")


def options(words: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=(
        "Measures pgtide against what PostgreSQL itself can do, on throw-away servers of its own, and compares the "
        "contents after every run. A missed target is no failure; an error or a wrong result is (status 1)."))
    parser.add_argument("--rounds", type=int, help="how often each contender runs (5)")
    parser.add_argument("--quick", action="store_true", help="small tables, one round: does everything work?")
    parser.add_argument("--rows", type=int, help="rows of the large tables (1,000,000)")
    parser.add_argument("--only", default="", help="these scenarios, with commas between them")
    parser.add_argument("--list", action="store_true", help="name the scenarios, measure nothing")
    parser.add_argument("--scale", action="store_true", help="also cost against size, to 10 million rows")
    parser.add_argument("--only-scale", action="store_true", help="cost against size, nothing else")
    parser.add_argument("--huge", action="store_true", help="with --scale: also 50 million narrow rows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the results go as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="where the tables go; else to standard output")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/PERFORMANCE.md")
    parser.add_argument("--render", type=Path, metavar="FILE", help="take the results of that JSON, measure nothing")
    parser.add_argument("--program", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--proxy", type=Path, required=True, help=argparse.SUPPRESS)
    chosen = parser.parse_args(words)
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 5)
    chosen.command = " ".join(["scripts/bench.sh", *_shown(words)])
    return chosen


def _shown(words: List[str]) -> List[str]:
    """What the user typed: without the programs, which the script adds, and without where the results go."""
    shown, hidden = [], {"--program", "--proxy", "--json", "--markdown"}
    for position, word in enumerate(words):
        if word not in hidden and (position == 0 or words[position - 1] not in hidden):
            shown.append(word)
    return shown


def log(text: str) -> None:
    print(time.strftime("%H:%M:%S ", time.gmtime()) + text, file=sys.stderr, flush=True)


def run_all(chosen: argparse.Namespace, bench: Bench) -> Dict[str, Any]:
    wanted = [name for name in chosen.only.split(",") if name]
    known = suite.scenarios(bench)
    unknown = set(wanted) - {scenario.name for scenario in known}
    if unknown:
        raise Failure(f"there is no scenario {', '.join(sorted(unknown))}; --list names them")
    document: Dict[str, Any] = {"command": chosen.command, "rounds": bench.rounds, "machine": machine.describe(bench),
                                "scenarios": [], "scale": []}
    for scenario in known if not chosen.only_scale else []:
        if not wanted or scenario.name in wanted:
            document["scenarios"].append(results.of(measure(bench, scenario)))
            save(chosen, document)
            if not chosen.quick:
                scenario.tear_down()
    if chosen.scale or chosen.only_scale:
        document["scale"] = [asdict(size) for size in scale.sizes(bench, chosen.quick, chosen.huge)]
        save(chosen, document)
    return document


def save(chosen: argparse.Namespace, document: Dict[str, Any]) -> None:
    """After each scenario: what was measured is there, whatever comes."""
    if chosen.json:
        chosen.json.write_text(json.dumps(document, indent=1) + "\n")


def on_servers(chosen: argparse.Namespace, root: Path) -> Dict[str, Any]:
    """The servers and everything in them are gone when it returns, also after Ctrl-C."""
    folder = Path(tempfile.mkdtemp(prefix="pgtide-bench."))
    folder.chmod(0o755)  # a server that root starts runs as another user
    script = root / "scripts" / "cluster.sh"
    try:
        settings = SETTINGS + (NOT_DURABLE if chosen.quick else ())
        servers = [Server(script, folder / name, settings) for name in ("source", "target")]
        sizes = QUICK if chosen.quick else FULL
        bench = Bench(root, folder, chosen.program.resolve(), chosen.proxy.resolve(), servers[0], servers[1],
                      replace(sizes, rows=chosen.rows or sizes.rows), chosen.rounds, chosen.quick, log)
        return run_all(chosen, bench)
    finally:
        ignore_signals()
        for name in ("source", "target"):
            Server.remove_in(script, folder / name)
        shutil.rmtree(folder, ignore_errors=True)


def ignore_signals() -> None:
    for sign in SIGNALS:
        signal.signal(sign, signal.SIG_IGN)


def interrupted(number: int, _: object) -> None:
    ignore_signals()  # a second Ctrl-C would leave the servers behind
    raise SystemExit(128 + number)


def main() -> int:
    chosen = options(sys.argv[1:])
    root = Path(__file__).resolve().parents[3]
    for sign in SIGNALS:
        signal.signal(sign, interrupted)
    if chosen.list:
        for scenario in suite.scenarios(Bench.of_nothing(root)):
            print(f"{scenario.name:<20} {scenario.title}")
        return 0
    try:
        document = json.loads(chosen.render.read_text()) if chosen.render else on_servers(chosen, root)
    except Failure as failure:
        print(f"bench: FAILED: {failure}", file=sys.stderr)
        return 1
    if chosen.write_docs:
        documents.write(root / "docs" / "PERFORMANCE.md", document)
    text = markdown.report(document)
    if chosen.markdown:
        chosen.markdown.write_text(text)
    else:
        print(text)
    return 0


sys.exit(main())
