// Foreign keys of the target decide the order, and what becomes of children whose parents failed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(References, ParentsAreCopiedBeforeTheirChildrenWhateverTheOrderOfTheMap) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE a (id int, v text); CREATE TABLE b (id int, a int); CREATE TABLE c (id int, b int, a int); "
           "INSERT INTO a SELECT i, 'x' FROM generate_series(1, 50) i; INSERT INTO b SELECT i, i FROM "
           "generate_series(1, 50) i; INSERT INTO c SELECT i, i, i FROM generate_series(1, 50) i");
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); "
           "CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b, a int REFERENCES a)");
  pair.use_map("  - desktop: c\n  - desktop: b\n  - desktop: a\n");
  pair.sync_well("full", {"--jobs", "4"});
  for (const char* table : {"a", "b", "c"}) pair.expect_same(table);
  // parent and child written in the same run
  pair.sql(desktop,
           "INSERT INTO a VALUES (51, 'new'); INSERT INTO b VALUES (51, 51); INSERT INTO c VALUES (51, 51, 51); UPDATE "
           "c SET a = 51 WHERE id = 1");
  pair.sync_well("incremental");
  for (const char* table : {"a", "b", "c"}) pair.expect_same(table);
}

TEST(References, ATreeOfAThousandLevelsArrivesInAnyOrder) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, parent int, v text); INSERT INTO t SELECT i, nullif(i - 1, 0), 'v' FROM "
           "generate_series(1, 1000) i ORDER BY md5(i::text)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t, v text)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.expect_same("t");
  EXPECT_EQ(pair.sync_well("full").table("t")["unchanged"], 1000);
  // turned upside down
  pair.sql(desktop,
           "UPDATE t SET parent = CASE WHEN id < 1000 THEN id + 1 END; INSERT INTO t VALUES (2000, 2001, 'x'), (2001, "
           "500, 'y')");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(References, ASelfReferenceThatMayNotBeNullWorksToo) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, parent int); INSERT INTO t SELECT i, CASE WHEN i < 300 THEN i + 1 ELSE i END FROM "
           "generate_series(1, 300) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, parent int NOT NULL REFERENCES t)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.expect_same("t");
}

TEST(References, ARowOfATreeWithoutItsParentWaitsAndSoDoWhatReferToIt) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, parent int); INSERT INTO t VALUES (1, NULL), (2, 1), (770007, 999), (770008, "
           "770007), (770009, 770008)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)");
  pair.use_map("  - desktop: t\n");
  for (int i = 0; i < 2; ++i) {
    const auto run = pair.sync(i == 0 ? "full" : "incremental");
    EXPECT_EQ(run.status, 8) << run.everything();
    EXPECT_EQ(run.table("t")["quarantined"], 3) << run.out;
    EXPECT_EQ(pair.value(cloud, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"), "1 2");
  }
  EXPECT_THAT(
      pair.rows(cloud,
                "SELECT row_key->>'id', reason, detail LIKE '%t_parent_fkey%' FROM pgtide.quarantine ORDER BY 1"),
      ElementsAre("770007|foreign_key_violation|t", "770008|foreign_key_violation|t",
                  "770009|foreign_key_violation|t"));
  pair.sql(desktop, "UPDATE t SET parent = 2 WHERE id = 770007");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

void expect_cycle_works(const std::string& a_to_b, const std::string& b_to_a) {
  SCOPED_TRACE(a_to_b + " / " + b_to_a);
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE a (id int, b int, v text); CREATE TABLE b (id int, a int, v text); "
           "INSERT INTO a SELECT i, i, 'x' FROM generate_series(1, 20) i; INSERT INTO b SELECT i, 21 - i, 'y' FROM "
           "generate_series(1, 20) i");
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY, b int, v text); CREATE TABLE b (id int PRIMARY KEY, a int, v text); "
           "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b " +
               a_to_b + "; ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a " + b_to_a);
  pair.use_map("  - desktop: a\n  - desktop: b\n");
  pair.sync_well("full");
  pair.expect_same("a");
  pair.expect_same("b");
  pair.sql(desktop,
           "INSERT INTO a VALUES (21, 21, 'n'); INSERT INTO b VALUES (21, 21, 'n'); UPDATE a SET b = 21 WHERE id = 1; "
           "UPDATE b SET v = 'z' WHERE id = 2");
  const auto incremental = pair.sync_well("incremental");
  EXPECT_EQ(incremental.table("a")["read"], 2);
  EXPECT_EQ(incremental.table("b")["read"], 2);
  pair.expect_same("a");
  pair.expect_same("b");
}

TEST(References, CirclesAreCopiedWhereTheirConstraintsAllowIt) {
  expect_cycle_works("DEFERRABLE", "");
  expect_cycle_works("DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE");
  expect_cycle_works("", "");  // the columns may be NULL for a moment
}

TEST(References, ACircleThatCannotBeOpenedIsRefusedAndTheRestGoesOn) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE a (id int, b int); CREATE TABLE b (id int, a int); CREATE TABLE other (id int); CREATE TABLE "
           "child (id int, a int); "
           "INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); INSERT INTO other VALUES (1); INSERT INTO child "
           "VALUES (1, 1)");
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL); "
           "CREATE TABLE other (id int PRIMARY KEY); "
           "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a; CREATE "
           "TABLE child (id int PRIMARY KEY, a int REFERENCES a)");
  pair.use_map("  - desktop: a\n  - desktop: b\n  - desktop: other\n  - desktop: child\n");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 5) << run.everything();
  EXPECT_EQ(run.table("a")["status"], "refused");
  EXPECT_EQ(run.table("b")["status"], "refused");
  EXPECT_EQ(run.table("other")["status"], "ok");
  EXPECT_EQ(run.table("child")["status"], "skipped") << run.out;
  EXPECT_THAT(run.table("a")["error"].dump(), HasSubstr("circle"));
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("circle"));
}

TEST(References, ChildrenOfATableThatFailedAreSkippedAndTheOthersAreDone) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE parent (id int, v text); CREATE TABLE child (id int, parent int); CREATE TABLE grandchild (id "
           "int, child int); CREATE TABLE other (id int); "
           "INSERT INTO parent VALUES (1, 'x'), (2, 'y'); INSERT INTO child VALUES (1, 1); INSERT INTO grandchild "
           "VALUES (1, 1); INSERT INTO other VALUES (1)");
  pair.sql(
      cloud,
      "CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'internal_error'; END $$; CREATE TRIGGER broken BEFORE INSERT "
      "ON parent FOR EACH ROW EXECUTE FUNCTION broken(); CREATE TABLE child (id int PRIMARY KEY, parent "
      "int REFERENCES parent); "
      "CREATE TABLE grandchild (id int PRIMARY KEY, child int REFERENCES child); CREATE TABLE other (id int "
      "PRIMARY KEY)");
  pair.use_map("  - desktop: parent\n  - desktop: child\n  - desktop: grandchild\n  - desktop: other\n");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 7) << run.everything();
  EXPECT_EQ(run.table("parent")["status"], "failed");
  EXPECT_EQ(run.table("child")["status"], "skipped");
  EXPECT_THAT(run.table("child")["error"].dump(), HasSubstr("parent"));
  EXPECT_EQ(run.table("grandchild")["status"], "skipped");
  EXPECT_EQ(run.table("other")["status"], "ok");
  EXPECT_THAT(pair.rows(cloud, "SELECT table_name, sync_status FROM pgtide.watermark ORDER BY 1"),
              ElementsAre("child|skipped", "grandchild|skipped", "other|completed", "parent|failed"));
  EXPECT_THAT(pair.rows(cloud, "SELECT table_name, status FROM pgtide.table_run ORDER BY 1"),
              ElementsAre("child|skipped", "grandchild|skipped", "other|ok", "parent|failed"));
  pair.sql(cloud, "DROP TRIGGER broken ON parent");
  pair.sync_well("incremental");
  for (const char* table : {"parent", "child", "grandchild"}) pair.expect_same(table);
}

TEST(References, ATableThatIsRefusedIsNotTouchedAndTheOthersAreDone) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE refused (id int, v text); CREATE TABLE child (id int, r int); CREATE TABLE fine (id int); "
           "INSERT INTO refused VALUES (1, 'x'); INSERT INTO child VALUES (1, 1); INSERT INTO fine VALUES (1)");
  pair.sql(cloud,
           "CREATE TABLE refused (id int PRIMARY KEY, v text, must text NOT NULL); CREATE TABLE child (id int PRIMARY "
           "KEY, r int REFERENCES refused); CREATE TABLE fine (id int PRIMARY KEY)");
  pair.use_map("  - desktop: refused\n  - desktop: child\n  - desktop: fine\n");
  const auto plan = pair.run({"plan", "full"});
  EXPECT_EQ(plan.status, 5) << plan.everything();
  EXPECT_THAT(plan.out, HasSubstr("must"));
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 5) << run.everything();
  EXPECT_EQ(run.table("refused")["status"], "refused");
  EXPECT_EQ(run.table("child")["status"], "skipped");
  EXPECT_EQ(run.table("fine")["status"], "ok");
  EXPECT_THAT(pair.rows(cloud, "SELECT sync_status FROM pgtide.watermark WHERE table_name = 'refused'"),
              ElementsAre("failed"));
}

TEST(References, AKeyToATableOutsideOfTheMapIsNotOurBusiness) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, kind text); INSERT INTO t VALUES (1, 'a')");
  pair.sql(cloud,
           "CREATE TABLE kinds (kind text PRIMARY KEY); INSERT INTO kinds VALUES ('a'); CREATE TABLE t (id int PRIMARY "
           "KEY, kind text REFERENCES kinds)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.expect_same("t");
}

TEST(References, AKeyOfAPartitionCountsForItsTable) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE parent (id int); CREATE TABLE child (id int, p int); INSERT INTO parent SELECT "
           "generate_series(1, 20); INSERT INTO child SELECT i, i FROM generate_series(1, 20) i");
  pair.sql(cloud,
           "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int) PARTITION BY "
           "RANGE (id); "
           "CREATE TABLE child_1 PARTITION OF child FOR VALUES FROM (1) TO (10); CREATE TABLE child_2 PARTITION OF "
           "child DEFAULT; ALTER TABLE child_2 ADD FOREIGN KEY (p) REFERENCES parent");
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.sync_well("full", {"--jobs", "1"});
  pair.expect_same("child");
}

}  // namespace
