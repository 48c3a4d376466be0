"""The sample pair of scripts/sample: a practice's desktop and its cloud, against the system before pgtide."""

from typing import Any, List

from .bench import Bench, Pair
from .commands import Failure, Usage, measured, psql, run
from .goals import Goal, round_trips, speed_documented, time
from .network import FAR_AWAY, Ways
from .scenario import Contender, Scenario

DOCUMENTED = {"full": 4.4, "again": 5.1, "incremental": 4.6}
"""Seconds of the system before, as documented for this kind of machine. It is not run here."""

LOOKUP = ("LEFT JOIN (SELECT job_id, min(client_id) AS client_id FROM jobshead GROUP BY job_id) j"
          " ON j.job_id = jobtasks.job_id")


class Sample(Pair):
    """Desktop and cloud are `sample`; the floor of the lookup has a cloud of its own."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench, "sample", [], "", "", ["lookup"])
        self.map = bench.root / "tablemaps" / "practice.yaml"

    def make(self) -> None:
        if self.is_made:
            return
        self.is_made = True
        self.bench.source.create(self.name)
        self._load(self.source_url(), "true", "schema.sql", "data.sql")
        self.make_clouds()

    def make_clouds(self) -> None:
        """Empty clouds, and a desktop that has never been synchronised."""
        for database in (self.name, self.floors["lookup"]):
            self.bench.target.create(database)
            self._load(self.bench.target.url(database), "false", "schema.sql")
        psql(self.source_url(), "SET client_min_messages = warning", "DROP SCHEMA IF EXISTS pgtide CASCADE")
        self.is_settled = False

    def _load(self, url: str, is_desktop: str, *files: str) -> None:
        words = ["psql", url, "-Xq1", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-v", f"is_desktop={is_desktop}"]
        for name in files:
            words += ["-f", str(self.bench.root / "scripts" / "sample" / name)]
        run(words)

    def compare(self) -> None:
        run(["bash", str(self.bench.root / "scripts" / "compare.sh"), self.source_url(), self.target_url()])

    def change_two(self, number: int) -> None:
        psql(self.source_url(), f"UPDATE climaster SET clientphone = 'round {number}' WHERE client_id = 7",
             f"UPDATE jobshead SET act_man_min = {number} WHERE job_id = 12")


def _lookup_columns(sample: Sample) -> List[str]:
    """What both sides have, but for the time stamps, which are of different types."""
    question = ("SELECT attname FROM pg_attribute WHERE attrelid = 'jobtasks'::regclass AND attnum > 0"
                " AND attname NOT IN ('jt_id', 'client_id', 'created_at', 'updated_at') ORDER BY attname")
    desktop, cloud = (psql(url, question).split("\n") for url in (sample.source_url(), sample.target_url("lookup")))
    return [name for name in desktop if name in cloud]


def _lookup(sample: Sample) -> Scenario:
    """Tasks do not know their client: it stands in the job. Only this table is copied."""

    def by_psql(ways: Ways) -> Usage:
        columns = _lookup_columns(sample)
        read = ", ".join(f"jobtasks.{name}" for name in columns)
        return measured(["psql", ways.source.url(sample.name), "-Xq", "-c",
                         f"COPY (SELECT {read}, j.client_id FROM jobtasks {LOOKUP}) TO STDOUT"],
                        ["psql", ways.target.url(sample.floors["lookup"]), "-Xq", "-v", "ON_ERROR_STOP=1", "-c",
                         f"COPY jobtasks ({', '.join(columns)}, client_id) FROM STDIN"])

    def check(floor: str) -> None:
        question = "SELECT count(*), sum(hashtextextended(ROW({0})::text, 1)::numeric) FROM jobtasks {1}"
        columns = _lookup_columns(sample)
        asked = ", ".join(f"jobtasks.{name}" for name in columns)
        there = psql(sample.source_url(), question.format(asked + ", j.client_id", LOOKUP))
        here = psql(sample.target_url(floor), question.format(asked + ", client_id", ""))
        if there != here:
            raise Failure(f"WRONG RESULT: jobtasks: {there} in the source, {here} in the target")

    return Scenario("lookup", "the sample's lookup (a join): full of jobtasks alone, empty target",
                    [Contender("pgtide", sample.pgtide("sync", "full", "--table", "jobtasks"), sample.make_clouds,
                               lambda: check("")),
                     Contender("psql pipe of the join", by_psql, sample.make_clouds, lambda: check("lookup"))],
                    [time("the sample's lookup, as the join", "psql pipe of the join", 10)],
                    sample.databases(), sample.make)


def scenarios(bench: Bench) -> List[Scenario]:
    sample = Sample(bench)

    def scenario(name: str, title: str, mode: str, goals: List[Goal], **more: Any) -> Scenario:
        contender = Contender("pgtide", sample.pgtide("sync", mode), check=sample.compare)
        return Scenario(name, f"the sample, {title}", [contender], goals, sample.databases(), sample.bring_up, **more)

    full = scenario("sample-full", "full into an empty cloud", "full",
                    [speed_documented("the sample, full", DOCUMENTED["full"], 8)])
    full.set_up, full.contenders[0].prepare = sample.make, sample.make_clouds
    again = scenario("sample-again", "full again, nothing changed", "full",
                     [speed_documented("the sample, full again", DOCUMENTED["again"], 20)])
    idle = scenario("sample-incremental", "incremental, nothing changed", "incremental",
                    [speed_documented("the sample, incremental", DOCUMENTED["incremental"], 40)])
    two = scenario("sample-two", "incremental, 2 rows", "incremental", [], change=sample.change_two)
    slow = scenario("sample-idle-30ms", "incremental, nothing changed, both sides at 30 ms", "incremental",
                    [round_trips("incremental of the sample, nothing changed", 2)], source_link=FAR_AWAY,
                    target_link=FAR_AWAY)
    lookup = _lookup(sample)
    lookup.tear_down = sample.drop
    return [full, again, idle, two, slow, lookup]
