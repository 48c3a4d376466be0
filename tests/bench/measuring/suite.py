"""All scenarios, in the order in which they run."""

from typing import List

from . import loads, many_tables, refreshes, reverse, sample
from .bench import Bench
from .network import SLOW_LINE
from .scenario import Scenario
from .shapes import TWENTY_FIVE

NOT_IN_QUICK = {"full-1", "incremental-100", "first-load-narrow", "slow-first-load", "slow-0", "slow-5", "sample-again",
                "sample-incremental", "sample-idle-30ms"}
"""What differs from others only in its figures."""


def scenarios(bench: Bench) -> List[Scenario]:
    big = loads.pair_of(bench, "big", TWENTY_FIVE, bench.sizes.rows, "pipe", "upsert", "merge")
    small = loads.pair_of(bench, "small", TWENTY_FIVE, bench.sizes.small, "pipe", "upsert")
    every = [
        loads.twenty_five(bench, big),
        *refreshes.refreshes(bench, big),
        *loads.shapes(bench),
        loads.over_a_slow_link(small, bench.sizes.small),
        *refreshes.over_a_slow_link(small, bench.sizes.small, SLOW_LINE),
        *many_tables.scenarios(bench),
        *reverse.scenarios(bench),
        *sample.scenarios(bench),
    ]
    return [scenario for scenario in every if not bench.is_quick or scenario.name not in NOT_IN_QUICK]
