"""A scenario: contenders who do the same work in turns, and what is wanted of ours."""

from dataclasses import dataclass, field, replace
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from .commands import Failure, Usage
from .network import FAR_AWAY, NEAR, Link, Traffic, Way, Ways
from .bench import Bench
from .goals import Goal
from .servers import Server


def nothing() -> None:
    pass


@dataclass
class Contender:
    name: str
    run: Callable[[Ways], Usage]
    prepare: Callable[[], None] = nothing
    """Before each run: to the state that is measured."""
    check: Callable[[], None] = nothing
    """After each run: throws Failure if the result is wrong."""
    is_peer: bool = False
    """Another program: that it fails is said, and is no failure of ours."""


@dataclass
class Cost:
    """One run."""

    seconds: float
    client_cpu: float
    client_megabytes: float
    source_cpu: float
    target_cpu: float
    target_wal_bytes: int
    source: Optional[Traffic] = None
    target: Optional[Traffic] = None


@dataclass
class Scenario:
    name: str
    title: str
    contenders: List[Contender]
    goals: List[Goal] = field(default_factory=list)
    databases: Sequence[Tuple[Server, str]] = ()
    set_up: Callable[[], None] = nothing
    change: Callable[[int], None] = lambda number: None
    """Before each round: what the source gets that the targets do not have."""
    tear_down: Callable[[], None] = nothing
    source_link: Optional[Link] = None
    target_link: Optional[Link] = None
    counting_link: Link = FAR_AWAY
    """For the run that is counted and not timed."""


@dataclass
class Outcome:
    """`timed`: the rounds of each contender. `counted`: a run of each in the network that counts."""

    scenario: Scenario
    timed: Dict[str, List[Cost]] = field(default_factory=dict)
    counted: Dict[str, Cost] = field(default_factory=dict)
    notes: List[str] = field(default_factory=list)


def measure(bench: Bench, scenario: Scenario) -> Outcome:
    """Each round lets every contender run once, each time another one first."""
    bench.log(f"{scenario.name}: {scenario.title}")
    outcome = Outcome(scenario)
    scenario.set_up()
    contenders = list(scenario.contenders)
    if bench.is_quick:  # nobody reads the times: once, through the proxies
        scenario = replace(scenario, source_link=NEAR, target_link=NEAR)
    has_link = scenario.source_link is not None or scenario.target_link is not None
    for number in range(bench.rounds + (0 if has_link else 1)):
        is_counted = number == bench.rounds
        counting = (scenario.counting_link, scenario.counting_link)
        links = counting if is_counted else (scenario.source_link, scenario.target_link)
        scenario.change(number)
        first = number % len(contenders)
        for contender in contenders[first:] + contenders[:first]:  # a list of its own: a peer may drop out
            try:
                cost = _run(bench, scenario, contender, links)
            except Failure as failure:
                if not contender.is_peer:
                    raise Failure(f"{scenario.name}, {contender.name}: {failure}") from failure
                outcome.notes.append(f"{contender.name} failed: {str(failure)[:300]}")
                scenario.contenders.remove(contender)
                contenders.remove(contender)
                outcome.timed.pop(contender.name, None)
                continue
            bench.log(f"  {contender.name:<28} {cost.seconds:8.3f} s" + (" (counted)" if is_counted else ""))
            if is_counted:
                outcome.counted[contender.name] = cost
            else:
                outcome.timed.setdefault(contender.name, []).append(cost)
    if has_link:
        outcome.counted = {name: costs[-1] for name, costs in outcome.timed.items()}
    return outcome


def _run(bench: Bench, scenario: Scenario, contender: Contender, links: Tuple[Optional[Link], Optional[Link]]) -> Cost:
    contender.prepare()
    if not bench.is_quick:
        bench.settle(scenario.databases)
    servers = (bench.source, bench.target)
    cpu = [server.cpu_seconds() for server in servers]
    wal = bench.target.wal_position()
    with Way(bench.source, bench.proxy, links[0]) as source, Way(bench.target, bench.proxy, links[1]) as target:
        usage = contender.run(Ways(source, target))
    written = bench.target.wal_position() - wal
    spent = [server.cpu_seconds() - before for server, before in zip(servers, cpu)]
    contender.check()
    return Cost(usage.seconds, usage.client_cpu, usage.client_megabytes, spent[0], spent[1], written, source.traffic,
                target.traffic)
