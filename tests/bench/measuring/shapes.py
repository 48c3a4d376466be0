"""The tables that are measured: how they are made, filled and changed."""

from dataclasses import dataclass
from typing import Dict, List


@dataclass(frozen=True)
class Shape:
    """A kind of table. `values` makes a row of the number i; the statements create and fill a table named t."""

    columns: str
    values: str
    indexes: str = ""
    changed: str = "n"  # an integer column that changes touch

    def create(self) -> str:
        return f"CREATE TABLE t ({self.columns}); {self.indexes}"

    def fill(self, rows: int) -> str:
        return f"INSERT INTO t SELECT {self.values} FROM generate_series(1, {rows}) i"

    def change(self, condition: str) -> str:
        return f"UPDATE t SET {self.changed} = {self.changed} + 1, updated_at = clock_timestamp() WHERE {condition}"


STAMP = "timestamptz '2025-01-01' + i * interval '12.3 s'"

NARROW = Shape("id bigint PRIMARY KEY, n int, updated_at timestamptz", f"i, i % 1000, {STAMP}")

TWENTY_FIVE = Shape(
    "id bigint PRIMARY KEY, n int, c2 int, c3 bigint, c4 smallint, n1 numeric(12,2), n2 numeric(10,4), t1 text,"
    " t2 text, t3 varchar(40), t4 varchar(20), t5 char(3), d1 date, d2 date, ts1 timestamp, b1 boolean, b2 boolean,"
    " f1 double precision, u1 uuid, t6 text, t7 text, i5 int, i6 int, created_at timestamptz, updated_at timestamptz",
    "i, i % 1000, ((i::bigint * 7) % 100000)::int, i::bigint * 1000003, i % 100, (i % 1000000) / 100.0,"
    " (i % 100000) / 7.0, 'customer number ' || i, md5(i::text), 'short ' || (i % 1000), 'code' || (i % 97), 'abc',"
    " date '2020-01-01' + (i % 2000)::int, CASE WHEN i % 3 = 0 THEN NULL ELSE date '2021-01-01' + (i % 1000)::int END,"
    " timestamp '2024-01-01' + i * interval '1.234567 s', i % 2 = 0, i % 5 = 0, i * 1.1, md5((i % 1000)::text)::uuid,"
    f" 'Some address line ' || (i % 5000), NULL, i % 7, i % 11, {STAMP}, {STAMP}",
    "CREATE INDEX ON t (updated_at)")


def _wide(columns: int) -> Shape:
    kinds = [("int", "i % 1000 + {0}"), ("text", "'value ' || i % 10000 || ' of {0}'"),
             ("numeric(12,2)", "(i % 100000) / 100.0"),
             ("timestamptz", "timestamptz '2025-01-01' + i * interval '1 min'"), ("text", "NULL")]
    names: List[str] = ["id bigint PRIMARY KEY", "n int", "updated_at timestamptz"]
    values: List[str] = ["i", "i % 1000", STAMP]
    for position in range(columns - 3):
        kind, value = kinds[position % len(kinds)]
        names.append(f"c{position} {kind}")
        values.append(value.format(position))
    return Shape(", ".join(names), ", ".join(values))


WIDE = _wide(300)

# About 48 kB a row that do not compress.
TOAST = Shape("id bigint PRIMARY KEY, n int, body text, updated_at timestamptz",
              "i, i % 1000, (SELECT string_agg(md5(i::text || '/' || j), '') FROM generate_series(1, 1500) j), "
              + STAMP)


def big_values(megabytes: int) -> Shape:
    """Each row one value of that size."""
    return Shape("id bigint PRIMARY KEY, n int, body text, updated_at timestamptz",
                 f"i, i, repeat(md5(i::text), {megabytes * 32768}), {STAMP}")


def many(tables: int) -> str:
    """Creates that many tables, t0001 and so on, without rows."""
    return ("DO $$ BEGIN FOR i IN 1.." + str(tables) + " LOOP EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY,"
            " n int, body text, updated_at timestamptz)', lpad(i::text, 4, '0')); END LOOP; END $$")


def names_of_many(tables: int) -> List[str]:
    return [f"t{number:04d}" for number in range(1, tables + 1)]


@dataclass(frozen=True)
class Sizes:
    """How much of each kind."""

    rows: int = 1_000_000
    small: int = 24_562  # as in the sample's largest table
    wide: int = 20_000
    toast: int = 2_000
    tables: int = 1_000
    few_tables: int = 15
    rows_of_few: int = 1_000
    big_megabytes: int = 100


FULL = Sizes()
QUICK = Sizes(rows=4_000, small=1_000, wide=200, toast=40, tables=20, rows_of_few=20, big_megabytes=4)

CHANGES: Dict[str, str] = {
    "5 % scattered": "id % 20 = {round} % 20",
    "1 % in one place": "id BETWEEN {rows} / 100 * ({round} % 90) AND {rows} / 100 * ({round} % 90 + 1) - 1",
    "100 %": "true",
}
