"""What psql and SQL alone take for the same work: the floors that pgtide is compared with."""

from dataclasses import dataclass
from typing import List

from .commands import Usage, measured, psql
from .network import Ways


@dataclass(frozen=True)
class Floor:
    """Table `table` of database `source`, to a table of the same name and columns in database `target`."""

    source: str
    target: str
    table: str = "t"
    key: str = "id"
    condition: str = "true"

    def pipe(self, ways: Ways) -> Usage:
        """Straight into the table."""
        return self._pump(ways, [f"COPY {self.table} FROM STDIN (FORMAT binary)"])

    def upsert(self, ways: Ways) -> Usage:
        """By a stage; rows that are equal already are not written."""
        columns = self._columns(ways)
        assignments = ", ".join(f"{name} = excluded.{name}" for name in columns if name != self.key)
        return self._pump(ways, self._staged(
            f"INSERT INTO {self.table} SELECT * FROM stage ON CONFLICT ({self.key}) DO UPDATE SET {assignments}"
            f" WHERE ({self.table}.*) IS DISTINCT FROM (excluded.*)"))

    def merge(self, ways: Ways) -> Usage:
        """The same by MERGE, which is not safe against others who insert."""
        columns = self._columns(ways)
        assignments = ", ".join(f"{name} = s.{name}" for name in columns if name != self.key)
        values = ", ".join(f"s.{name}" for name in columns)
        return self._pump(ways, self._staged(
            f"MERGE INTO {self.table} t USING stage s ON t.{self.key} = s.{self.key}"
            f" WHEN MATCHED AND (t.*) IS DISTINCT FROM (s.*) THEN UPDATE SET {assignments}"
            f" WHEN NOT MATCHED THEN INSERT VALUES ({values})"))

    def insert_missing(self, ways: Ways) -> Usage:
        """By a stage; only rows whose key is not there."""
        statements = self._staged(f"INSERT INTO {self.table} SELECT * FROM stage s WHERE NOT EXISTS"
                                  f" (SELECT FROM {self.table} t WHERE t.{self.key} = s.{self.key})")
        # Of a table that was empty when it was analyzed the planner expects one row, and would look through all that it
        # has just inserted for each next one: a hundred times slower than it can be.
        return self._pump(ways, ["SET LOCAL enable_nestloop = off", *statements])

    def _columns(self, ways: Ways) -> List[str]:
        return psql(ways.target.server.url(self.target),
                    f"SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{self.table}'::regclass"
                    " AND attnum > 0 AND NOT attisdropped ORDER BY attnum").split("\n")

    def _staged(self, statement: str) -> List[str]:
        return [f"CREATE TEMP TABLE stage (LIKE {self.table}) ON COMMIT DROP", "COPY stage FROM STDIN (FORMAT binary)",
                statement]

    def _pump(self, ways: Ways, statements: List[str]) -> Usage:
        reader = ["psql", ways.source.url(self.source), "-Xq", "-v", "ON_ERROR_STOP=1", "-c",
                  f"COPY (SELECT * FROM {self.table} WHERE {self.condition}) TO STDOUT (FORMAT binary)"]
        if self.condition == "true":
            reader[-1] = f"COPY {self.table} TO STDOUT (FORMAT binary)"
        writer = ["psql", ways.target.url(self.target), "-Xq", "-1", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            writer += ["-c", statement]
        return measured(reader, writer)
