"""Outcomes as plain values, for JSON and for the tables."""

from dataclasses import asdict
from statistics import median
from typing import Any, Dict, List

from .goals import wire_bytes
from .scenario import Cost, Outcome


def _medians(costs: List[Cost]) -> Dict[str, float]:
    names = ("seconds", "client_cpu", "client_megabytes", "source_cpu", "target_cpu", "target_wal_bytes")
    return {name: median(getattr(cost, name) for cost in costs) for name in names}


def of(outcome: Outcome) -> Dict[str, Any]:
    contenders = []
    for contender in outcome.scenario.contenders:
        costs = outcome.timed[contender.name]
        counted = outcome.counted[contender.name]
        contenders.append({
            "name": contender.name,
            "median": _medians(costs),
            "rounds": [asdict(cost) for cost in costs],
            "wire_bytes": wire_bytes(outcome, contender.name),
            "wire": {side: asdict(traffic) for side, traffic in (("source", counted.source), ("target", counted.target))
                     if traffic},
        })
    goals = []
    for goal in outcome.scenario.goals:
        value = goal.figure(outcome)
        goals.append({"text": goal.text, "bound": goal.bound, "is_minimum": goal.is_minimum, "unit": goal.unit,
                      "value": value, "is_met": goal.is_met(value)})
    return {"name": outcome.scenario.name, "title": outcome.scenario.title, "contenders": contenders, "goals": goals,
            "notes": outcome.notes}
