"""The parts of the benchmark that need no server. Run by ctest (bench.parts)."""

import ast
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measuring import documents, goals, markdown, suite  # noqa: E402
from measuring.bench import Bench  # noqa: E402
from measuring.commands import Failure, measured, run  # noqa: E402
from measuring.network import Traffic  # noqa: E402
from measuring.scenario import Cost, Outcome, Scenario  # noqa: E402


def cost(seconds: float, wire: int = 0, trips: int = 0) -> Cost:
    traffic = Traffic(bytes=wire, trips=trips)
    return Cost(seconds, 0.1, 20, 0, 0, 0, traffic, Traffic())


def outcome(ours: list, floor: list) -> Outcome:
    return Outcome(Scenario("s", "t", []), {"pgtide": ours, "psql pipe": floor},
                   {"pgtide": ours[-1], "psql pipe": floor[-1]})


class Goals(unittest.TestCase):
    def test_a_ratio_is_the_median_of_the_rounds_so_that_a_slow_moment_does_not_count(self) -> None:
        measured_ratio = goals.speed("", "psql pipe", 2).figure(
            outcome([cost(1), cost(10), cost(1)], [cost(2), cost(20), cost(9)]))
        self.assertEqual(2, measured_ratio)

    def test_more_is_better_for_speed_and_less_for_time_and_bytes(self) -> None:
        self.assertTrue(goals.speed("", "psql pipe", 2).is_met(2))
        self.assertFalse(goals.speed("", "psql pipe", 2).is_met(1.9))
        self.assertTrue(goals.time("", "psql pipe", 1.3).is_met(1.3))
        self.assertFalse(goals.time("", "psql pipe", 1.3).is_met(1.4))

    def test_the_bytes_of_both_sides_count_and_the_round_trips_of_the_side_that_has_more(self) -> None:
        both = outcome([cost(1, 10, 7)], [cost(1, 1000, 1)])
        self.assertEqual(0.01, goals.wire_share("", "psql pipe", 0.01).figure(both))
        self.assertEqual(7, goals.round_trips("", 2).figure(both))


class Markdown(unittest.TestCase):
    def test_numbers_have_the_digits_that_count(self) -> None:
        self.assertEqual(["0", "0.0123", "0.25", "12.3", "12,345"],
                         [markdown.number(value) for value in (0, 0.01234, 0.25, 12.34, 12345.4)])
        self.assertEqual(["999 B", "1.50 kB", "2.00 GB"], [markdown.amount(value) for value in (999, 1500, 2e9)])

    def test_a_section_is_replaced_and_the_rest_stays(self) -> None:
        text = "a\n<!-- bench:x begin -->\nold\n<!-- bench:x end -->\nb\n"
        replaced = documents.replaced(text, "x", "new")
        self.assertEqual("a\n<!-- bench:x begin -->\n\nnew\n\n<!-- bench:x end -->\nb\n", replaced)
        self.assertEqual(replaced, documents.replaced(replaced, "x", "new"))
        with self.assertRaises(ValueError):
            documents.replaced(text, "y", "new")

    def test_the_document_has_a_place_for_each_section(self) -> None:
        text = (Path(__file__).parents[2] / "docs" / "PERFORMANCE.md").read_text()
        for name in ("targets", "scale", "paper"):
            documents.replaced(text, name, "new")


class Commands(unittest.TestCase):
    def test_a_pipe_passes_bytes_on_and_what_the_last_writes_is_kept(self) -> None:
        self.assertEqual("3\n", measured(["printf", "abc"], ["sh", "-c", "wc -c | tr -d ' '"]).output)

    def test_a_program_that_fails_is_a_failure_wherever_it_stands(self) -> None:
        for pipeline in ([["false"], ["cat"]], [["true"], ["false"]]):
            with self.assertRaises(Failure):
                measured(*pipeline)
        with self.assertRaises(Failure):
            run(["false"])


class Suite(unittest.TestCase):
    def test_each_scenario_has_a_name_of_its_own(self) -> None:
        names = [scenario.name for scenario in suite.scenarios(Bench.of_nothing(Path("/")))]
        self.assertEqual(len(names), len(set(names)))


class Style(unittest.TestCase):
    def test_lines_are_not_long_and_what_is_imported_is_used(self) -> None:
        for path in sorted(Path(__file__).parent.rglob("*.py")):
            text = path.read_text()
            for number, line in enumerate(text.splitlines(), 1):
                self.assertLessEqual(len(line), 120, f"{path}:{number}")
            for node in ast.walk(ast.parse(text)):
                for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else []:
                    name = (alias.asname or alias.name).partition(".")[0]
                    self.assertGreater(len(re.findall(rf"\b{name}\b", text)), 1, f"{path}: {name} is not used")


if __name__ == "__main__":
    unittest.main()
