"""What is wanted, as values: a figure of an outcome and the bound it has to keep."""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Callable, Dict, List

if TYPE_CHECKING:
    from .scenario import Cost, Outcome

OURS = "pgtide"


@dataclass(frozen=True)
class Goal:
    text: str
    bound: float
    is_minimum: bool
    unit: str
    figure: Callable[["Outcome"], float]

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.is_minimum else value <= self.bound


def ratio(timed: Dict[str, List["Cost"]], slow: str, fast: str) -> float:
    """How many times as long: the median of the rounds, since a slow moment hits both who run in it."""
    return median(one.seconds / other.seconds for one, other in zip(timed[slow], timed[fast]))


def middle(outcome: "Outcome", contender: str, name: str) -> float:
    return median(getattr(cost, name) for cost in outcome.timed[contender])


def speed(text: str, floor: str, at_least: float, ours: str = OURS) -> Goal:
    return Goal(text, at_least, True, "x", lambda outcome: ratio(outcome.timed, floor, ours))


def time(text: str, floor: str, at_most: float, ours: str = OURS) -> Goal:
    return Goal(text, at_most, False, "x", lambda outcome: ratio(outcome.timed, ours, floor))


def speed_documented(text: str, documented_seconds: float, at_least: float) -> Goal:
    """Against a system that is not run here."""
    text = f"{text}; against {documented_seconds} s of the system before (documented, not run)"
    return Goal(text, at_least, True, "x", lambda outcome: documented_seconds / middle(outcome, OURS, "seconds"))


def seconds(text: str, at_most: float, ours: str = OURS) -> Goal:
    return Goal(text, at_most, False, "s", lambda outcome: middle(outcome, ours, "seconds"))


def memory(text: str, at_most_megabytes: float, ours: str = OURS) -> Goal:
    return Goal(text, at_most_megabytes, False, "MB",
                lambda outcome: max(cost.client_megabytes for cost in outcome.timed[ours]))


def client_cpu(text: str, at_most: float, rows: int, ours: str = OURS) -> Goal:
    """Seconds for each million rows."""
    return Goal(text, at_most, False, "s", lambda outcome: middle(outcome, ours, "client_cpu") * 1e6 / rows)


def wire_bytes(outcome: "Outcome", contender: str) -> float:
    cost = outcome.counted[contender]
    return float(sum(side.bytes for side in (cost.source, cost.target) if side))


def wire_share(text: str, floor: str, at_most: float) -> Goal:
    return Goal(text, at_most, False, "of the bytes",
                lambda outcome: wire_bytes(outcome, OURS) / wire_bytes(outcome, floor))


def round_trips(text: str, at_most: int) -> Goal:
    """After connecting, over all connections, on the side that has more."""

    def figure(outcome: "Outcome") -> float:
        cost = outcome.counted[OURS]
        return max(side.trips for side in (cost.source, cost.target) if side)

    return Goal(text, at_most, False, "round trips", figure)
