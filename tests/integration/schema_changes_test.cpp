// A change that may alter contents without a trace in the rows leads to a compare of the whole table, which is said.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::Not;

struct Change {
  std::string name;
  std::string before;  // on both sides, before the first run
  std::string fill;    // on the desktop
  std::string cloud;   // the change in the cloud, if it has to follow
  std::string desktop;
  std::string map = "  - desktop: t\n    key: [id]\n";
  std::string map_then = "";  // the same map if empty
};

const std::vector<Change> changes = {
    {"a column with a default", "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 10)",
     "ALTER TABLE t ADD COLUMN a int", "ALTER TABLE t ADD COLUMN a int DEFAULT 7"},
    {"a column that was dropped and added again", "CREATE TABLE t (id int PRIMARY KEY, a int)",
     "INSERT INTO t SELECT generate_series(1, 10), 1", "",
     "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int DEFAULT 7"},
    {"another type", "CREATE TABLE t (id int PRIMARY KEY, a text)", "INSERT INTO t SELECT generate_series(1, 10), '12'",
     "", "ALTER TABLE t ALTER a TYPE int USING a::int + 1"},
    {"a modifier that cuts", "CREATE TABLE t (id int PRIMARY KEY, a numeric)",
     "INSERT INTO t SELECT generate_series(1, 10), 1.25", "", "ALTER TABLE t ALTER a TYPE numeric(10, 1)"},
    {"a type that only looks at the same bytes in another way", "CREATE TABLE t (id int PRIMARY KEY, a varchar(20))",
     "INSERT INTO t SELECT generate_series(1, 10), 'x'", "", "ALTER TABLE t ALTER a TYPE text"},
    {"a renamed label", "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE t (id int PRIMARY KEY, m mood)",
     "INSERT INTO t SELECT generate_series(1, 10), 'sad'", "ALTER TYPE mood ADD VALUE 'blue'",
     "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"},
    {"a renamed label inside of an array in a domain",
     "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN moods AS mood[]; CREATE TABLE t (id int PRIMARY KEY, m "
     "moods)",
     "INSERT INTO t SELECT generate_series(1, 10), '{sad,glad}'", "ALTER TYPE mood ADD VALUE 'blue'",
     "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"},
    {"an attribute of a composite type",
     "CREATE TYPE place AS (x int, y text); CREATE TABLE t (id int PRIMARY KEY, p place)",
     "INSERT INTO t SELECT generate_series(1, 10), ROW(1, 'b')::place",
     "ALTER TYPE place DROP ATTRIBUTE y; ALTER TYPE place ADD ATTRIBUTE z text",
     "ALTER TYPE place DROP ATTRIBUTE y; ALTER TYPE place ADD ATTRIBUTE z text"},
    {"another expression of a generated column", "CREATE TABLE t (id int PRIMARY KEY, a int)",
     "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (id * 2) STORED; INSERT INTO t "
     "SELECT generate_series(1, 10)",
     "", "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (id * 3) STORED"},
    {"a table made anew under the old name", "CREATE TABLE t (id int PRIMARY KEY, a int)",
     "INSERT INTO t SELECT generate_series(1, 10), 1; CREATE TABLE other AS SELECT id, 2 AS a FROM t", "",
     "DROP TABLE t; ALTER TABLE other RENAME TO t"},
    {"a partition that is attached", "CREATE TABLE t (id int, a int, PRIMARY KEY (id))",
     "DROP TABLE t; CREATE TABLE t (id int, a int) PARTITION BY RANGE (id); CREATE TABLE one PARTITION OF t FOR VALUES "
     "FROM (0) TO (100); INSERT INTO t SELECT generate_series(1, 10), 1; CREATE TABLE two (id int, a int); INSERT INTO "
     "two SELECT generate_series(101, 110), 2",
     "", "ALTER TABLE t ATTACH PARTITION two FOR VALUES FROM (100) TO (200)"},
    {"a child that begins to inherit", "CREATE TABLE t (id int PRIMARY KEY, a int)",
     "INSERT INTO t SELECT generate_series(1, 10), 1; CREATE TABLE two (id int NOT NULL, a int); INSERT INTO two "
     "SELECT "
     "generate_series(101, 110), 2",
     "", "ALTER TABLE two INHERIT t"},
    {"a filter", "CREATE TABLE t (id int PRIMARY KEY, a int)", "INSERT INTO t SELECT generate_series(1, 10), 1", "", "",
     "  - desktop: t\n    key: [id]\n    forward: {where: \"id > 5\"}\n", "  - desktop: t\n    key: [id]\n"},
    {"a column that is computed in another way", "CREATE TABLE t (id int PRIMARY KEY, a int)",
     "INSERT INTO t SELECT generate_series(1, 10), 1", "", "",
     "  - desktop: t\n    key: [id]\n    forward: {columns: {a: \"a + 1\"}}\n", "  - desktop: t\n    key: [id]\n"},
    {"a column that is not skipped any more", "CREATE TABLE t (id int PRIMARY KEY, a int)",
     "INSERT INTO t SELECT generate_series(1, 10), 1", "", "", "  - desktop: t\n    key: [id]\n    skip: [a]\n",
     "  - desktop: t\n    key: [id]\n"},
};

TEST(SchemaChanges, EachLeadsToAWholeCompareThatIsSaid) {
  for (const auto& change : changes) {
    SCOPED_TRACE(change.name);
    Pair pair(Contents::reused);
    pair.sql(change.before);
    pair.sql(desktop, change.fill);
    pair.use_map(change.map);
    pair.sync_well("full");
    if (!change.cloud.empty()) {
      pair.sql(cloud, change.cloud);
      pair.sync("incremental");
    }
    pair.sql(desktop, change.desktop);
    if (!change.map_then.empty()) pair.use_map(change.map_then);

    const auto plan = pair.run({"plan", "incremental", "--json"}).json()[0];
    EXPECT_EQ(plan["method"], "whole") << plan.dump();
    const auto run = pair.sync("incremental");
    EXPECT_EQ(run.table("t")["read"], pair.number(desktop, "SELECT count(*) FROM t")) << run.everything();
    EXPECT_THAT(run.err, HasSubstr("compared whole: " + plan["why"].get<std::string>()));
    EXPECT_EQ(run.status, 0) << run.everything();
    pair.expect_same("t");

    const auto quiet = pair.sync_well("incremental");
    EXPECT_EQ(quiet.table("t")["read"], 0) << "once is enough";
    EXPECT_THAT(quiet.err, Not(HasSubstr("compared whole")));
  }
}

TEST(SchemaChanges, WhatCannotAlterContentsIsNoReason) {
  for (const std::string harmless :
       {"CREATE INDEX ON t (a)", "ALTER TABLE t ADD CHECK (a > 0)", "ALTER TABLE t ALTER a SET NOT NULL",
        "COMMENT ON TABLE t IS 'x'", "ALTER TABLE t ALTER a SET DEFAULT 5", "VACUUM FULL t", "CLUSTER t USING t_pkey",
        "ANALYZE t"}) {
    SCOPED_TRACE(harmless);
    Pair pair(Contents::reused);
    pair.sql("CREATE TABLE t (id int PRIMARY KEY, a int)");
    pair.sql(desktop, "INSERT INTO t SELECT generate_series(1, 10), 1");
    pair.use_map("  - desktop: t\n");
    pair.sync_well("full");
    pair.sql(desktop, harmless);
    const auto run = pair.sync_well("incremental");
    EXPECT_EQ(run.table("t")["read"], 0) << run.everything();
    EXPECT_THAT(run.err, Not(HasSubstr("compared whole")));
  }
}

}  // namespace
