// Pairs that an earlier system left behind: rows stand on both sides already, with other stamps, numbers that phones
// refer to, and metadata tables of its own. The first sync brings them up to date and renumbers nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::done;
using support::Outcome;
using support::Pair;
using support::Place;
using testing::ElementsAre;
using testing::IsSupersetOf;

const std::string keyless_t = "  - desktop: t\n    key: none\n";
const std::string matched = "    match: [a]\n";
const std::string marked = "    origin: {column: source, desktop: D, cloud: M}\n";

// What became of the rows of a table t in a run that is to end with this status.
std::string done(const Outcome& outcome, int status = 0) {
  EXPECT_EQ(outcome.status, status) << outcome.everything();
  return done(outcome.table("t"));
}

// The name as a word of its own.
bool mentions(const std::string& text, const std::string& name) {
  return std::regex_search(text, std::regex("(^|[^a-z_])" + name + "($|[^a-z_])"));
}

// Twenty rows on the desktop without a key, and the same in the cloud with numbers from 501 on and other stamps, as an
// earlier system wrote them: explicitly, so that the sequence knows nothing of them.
class LeftBehind : public Pair {
 public:
  explicit LeftBehind(const std::string& more_of_map = "") {
    sql(desktop,
        "CREATE TABLE t (a int, b text, updated_at timestamp); "
        "INSERT INTO t SELECT i, 'row ' || i, '2024-01-01' FROM generate_series(1, 20) i");
    sql(cloud,
        "CREATE TABLE t (id bigserial PRIMARY KEY, a int, b text, updated_at timestamp, source char(1) DEFAULT 'D', "
        "note text DEFAULT 'fresh'); "
        "INSERT INTO t (id, a, b, updated_at, note) SELECT 500 + i, i, 'row ' || i, '2025-05-05', 'old' FROM "
        "generate_series(1, 20) i");
    use_map(keyless_t + more_of_map);
  }

  std::vector<std::string> versions(const std::string& condition = "true") {
    return rows(cloud, "SELECT id, xmin, ctid FROM t WHERE " + condition + " ORDER BY id");
  }
};

// ---- tables without a key

TEST(Adoption, EqualRowsAreNeitherRewrittenNorRenumbered) {
  for (const auto& [mode, more] : {std::pair{"full", std::string()}, std::pair{"incremental", matched + marked}}) {
    SCOPED_TRACE(mode);
    LeftBehind pair(more);
    const auto before = pair.versions();
    EXPECT_EQ(done(pair.sync(mode)), "20 read: 20 unchanged");
    EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
    EXPECT_EQ(done(pair.sync("incremental")), "0 read");
    EXPECT_EQ(pair.versions(), before);
  }
}

TEST(Adoption, AdoptedRowsAreOursFromThenOn) {
  LeftBehind pair(matched);
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET b = 'phone' WHERE a = 3; INSERT INTO t (a, b) VALUES (4, 'row 4')");
  pair.sql(desktop, "UPDATE t SET b = 'edited' WHERE a = 1; DELETE FROM t WHERE a = 2");
  EXPECT_EQ(done(pair.sync("incremental")), "19 read: 1 updated, 17 unchanged, 1 skipped; 1 deleted");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, a, b FROM t WHERE a <= 4 AND id > 500 ORDER BY id"),
              IsSupersetOf({"501|1|edited", "503|3|phone", "504|4|row 4"}));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE a = 4"), "2") << "what came later was born in the cloud";
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE a = 2"), "0");
}

TEST(Adoption, EqualRowsAreCounted) {
  LeftBehind pair(marked);
  pair.sql(desktop, "INSERT INTO t SELECT 30, 'three here' FROM generate_series(1, 3)");
  pair.sql(desktop, "INSERT INTO t SELECT 31, 'two here' FROM generate_series(1, 2)");
  pair.sql(cloud,
           "INSERT INTO t (id, a, b) VALUES (530, 30, 'three here'), (531, 30, 'three here'), (541, 31, 'two here'), "
           "(542, 31, 'two here'), (543, 31, 'two here')");
  const auto before = pair.versions("id <= 531");
  EXPECT_EQ(done(pair.sync("full")), "25 read: 1 inserted, 24 unchanged; 1 deleted");
  pair.expect_same("t", "t", "a, b");
  EXPECT_EQ(pair.versions("id <= 531 AND id > 500"), before);
  EXPECT_EQ(done(pair.sync("full")), "25 read: 25 unchanged");
}

TEST(Adoption, OutdatedRowsAreBroughtUpToDateInPlaceAndPhonesReferencesHold) {
  LeftBehind pair(matched + marked);
  pair.sql(cloud,
           "UPDATE t SET b = 'outdated' WHERE a IN (5, 6); CREATE TABLE photo (t_id bigint REFERENCES t ON DELETE "
           "CASCADE, file text); INSERT INTO photo SELECT id, 'a.jpg' FROM t WHERE a IN (6, 7)");
  const auto before = pair.versions("a NOT IN (5, 6)");
  EXPECT_EQ(done(pair.sync("full")), "20 read: 2 updated, 18 unchanged");
  EXPECT_EQ(pair.versions("a NOT IN (5, 6)"), before);
  pair.expect_same("t", "t", "a, b");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, a, b, note FROM t WHERE a IN (5, 6) ORDER BY id"),
              ElementsAre("505|5|row 5|old", "506|6|row 6|old"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM photo JOIN t ON t.id = t_id"), "2");
}

TEST(Adoption, MissingRowsGetFreshNumbersThoughTheSequenceIsBehindItsColumn) {
  for (const std::string& number : {std::string("bigserial"), std::string("int GENERATED BY DEFAULT AS IDENTITY"),
                                    std::string("bigint GENERATED ALWAYS AS IDENTITY")}) {
    SCOPED_TRACE(number);
    Pair pair;
    pair.sql(desktop, "CREATE TABLE t (a int, b text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 60) i");
    pair.sql(cloud, "CREATE TABLE t (id " + number +
                        " PRIMARY KEY, a int, b text); INSERT INTO t (id, a, b) OVERRIDING SYSTEM VALUE SELECT i, i, "
                        "'x' FROM generate_series(1, 30) i");
    pair.use_map(keyless_t);
    const auto before = pair.rows(cloud, "SELECT id, xmin, ctid FROM t ORDER BY id");
    EXPECT_EQ(done(pair.sync("full")), "60 read: 30 inserted, 30 unchanged");
    pair.expect_same("t", "t", "a, b");
    EXPECT_EQ(pair.rows(cloud, "SELECT id, xmin, ctid FROM t WHERE a <= 30 ORDER BY id"), before);
    EXPECT_GT(pair.number(cloud, "SELECT min(id) FROM t WHERE a > 30"), 30);
    // and phones find free numbers too
    pair.sql(cloud, "INSERT INTO t (a, b) VALUES (100, 'phone')");
    EXPECT_EQ(done(pair.sync("full")), "60 read: 60 unchanged");
  }
}

TEST(Adoption, WithoutMatchOnlyWhatIsMarkedAsTheDesktopsGives) {
  LeftBehind pair(marked);
  pair.sql(cloud, "UPDATE t SET b = 'outdated' WHERE a = 5; UPDATE t SET b = 'unmarked', source = NULL WHERE a = 6");
  EXPECT_EQ(done(pair.sync("full")), "20 read: 2 inserted, 18 unchanged; 1 deleted");
  EXPECT_THAT(pair.rows(cloud, "SELECT a, b FROM t WHERE a IN (5, 6) ORDER BY a, b"),
              ElementsAre("5|row 5", "6|row 6", "6|unmarked"));
  EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "21");
}

TEST(Adoption, WithoutAnOriginNoRowIsRemovedThatWasThereBefore) {
  LeftBehind pair;
  pair.sql(cloud, "INSERT INTO t (id, a, b) SELECT 600 + i, 100 + i, 'surplus' FROM generate_series(1, 10) i");
  EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
  EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "30");
}

TEST(Adoption, SurplusRowsOfTheDesktopAreRemovedUnderTheFuseAndUnmarkedOnesStay) {
  LeftBehind pair(marked);
  pair.sql(
      cloud,
      "INSERT INTO t (id, a, b, source) SELECT 600 + i, 100 + i, 'surplus', 'D' FROM generate_series(1, 5) i; "
      "INSERT INTO t (id, a, b, source) VALUES (701, 1, 'nobody', NULL), (702, 2, 'other', 'X'), (703, 3, 'row 3', "
      "'M'), (704, 4, 'phone', 'M')");
  const auto before = pair.versions();
  const auto stopped = pair.sync("full");
  EXPECT_EQ(done(stopped, 11), "0 read");
  EXPECT_EQ(stopped.table("t")["status"], "fuse");
  EXPECT_EQ(pair.versions(), before);
  EXPECT_EQ(done(pair.sync("full", {"--past-fuse", "t"})), "20 read: 20 unchanged; 5 deleted");
  EXPECT_THAT(pair.rows(cloud, "SELECT id FROM t WHERE id > 600 ORDER BY id"), ElementsAre("701", "702", "703", "704"));
  EXPECT_EQ(pair.versions("id <= 520"), std::vector<std::string>(before.begin(), before.begin() + 20));
  EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
}

TEST(Adoption, ASurplusRowThatPhonesReferToIsAConflict) {
  LeftBehind pair(marked);
  pair.sql(cloud,
           "INSERT INTO t (id, a, b) VALUES (601, 101, 'surplus'), (602, 102, 'surplus'); CREATE TABLE photo (t_id "
           "bigint REFERENCES t ON DELETE CASCADE); INSERT INTO photo VALUES (601)");
  EXPECT_EQ(done(pair.sync("full"), 8), "21 read: 20 unchanged, 1 conflicted; 1 deleted");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(pair.rows(cloud, "SELECT id FROM t WHERE id > 600"), ElementsAre("601"));
  EXPECT_THAT(pair.rows(cloud, "SELECT kind, row_key->>'a' FROM pgtide.conflict WHERE resolved_at IS NULL"),
              ElementsAre("delete_origin_differs|101"));
  pair.sql(cloud, "DELETE FROM photo");
  EXPECT_EQ(pair.sync("incremental").status, 0);
  pair.expect_same("t", "t", "a, b");
}

TEST(Adoption, RowsMarkedAsThePhonesAreNotTakenForTheDesktops) {
  LeftBehind pair(matched + marked);
  pair.sql(cloud, "UPDATE t SET source = 'M' WHERE a = 5; UPDATE t SET source = 'M', b = 'phone' WHERE a = 6");
  const auto before = pair.versions();
  EXPECT_EQ(done(pair.sync("full")), "20 read: 2 inserted, 18 unchanged");
  EXPECT_EQ(pair.versions("id BETWEEN 501 AND 520"), before);
  EXPECT_EQ(pair.contents(desktop, "t", "a, b"), pair.contents(cloud, "t WHERE source = 'D'", "a, b"));
  EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
}

TEST(Adoption, AnUnmarkedRowThatIsTheDesktopsIsNotDoubled) {
  LeftBehind pair(matched + marked);
  pair.sql(cloud, "UPDATE t SET source = NULL");
  pair.sync_well("full");
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t"),
            pair.value(desktop, "SELECT string_agg((500 + a)::text, ',' ORDER BY a) FROM t"));
  pair.expect_same("t", "t", "a, b");
  const auto before = pair.versions();
  pair.sync_well("full");
  EXPECT_EQ(pair.versions(), before);
}

// ---- tables with a key

TEST(Adoption, OfATableWithAKeyOnlyWhatDiffersIsWritten) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, a int, updated_at timestamp); INSERT INTO t SELECT i, i, '2024-01-01' FROM "
           "generate_series(1, 20) i");
  pair.sql(
      cloud,
      "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int, updated_at timestamp, note text "
      "DEFAULT 'fresh', source char(1) DEFAULT 'D'); CREATE TABLE photo (t_id int REFERENCES t); "
      "INSERT INTO t (id, a, updated_at, note) SELECT i, i, '2025-05-05', 'old' FROM generate_series(1, 18) i; "
      "UPDATE t SET a = -1 WHERE id IN (3, 4, 5); UPDATE t SET source = NULL WHERE id = 4; "
      "UPDATE t SET source = 'M' WHERE id IN (5, 6); INSERT INTO t (id, a, source) VALUES (90, 0, 'D'), (91, 0, "
      "'M'); INSERT INTO photo VALUES (3), (7)");
  pair.use_map("  - desktop: t\n    key: [id]\n" + marked);
  const std::string others = "SELECT id, xmin, ctid FROM t WHERE id NOT IN (3, 4, 19, 20) ORDER BY id";
  const auto before = pair.rows(cloud, others);
  const auto first = pair.sync("full");
  EXPECT_EQ(done(first, 8), "20 read: 2 inserted, 2 updated, 15 unchanged, 1 conflicted");
  EXPECT_EQ(pair.rows(cloud, others), before);
  EXPECT_THAT(pair.rows(cloud, "SELECT id, a, note FROM t WHERE id IN (3, 4, 5, 19) ORDER BY id"),
              ElementsAre("3|3|old", "4|4|old", "5|-1|old", "19|19|fresh"));
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key, kind FROM pgtide.conflict"), ElementsAre("{\"id\": 5}|insert_exists"));
  pair.sql(desktop, "UPDATE t SET a = -1 WHERE id = 5");
  EXPECT_EQ(done(pair.sync("full")), "20 read: 20 unchanged");
}

TEST(Adoption, AReverseTableWithRowsOnBothSidesIsNotDoubled) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v varchar(5), at timestamp, updated_at timestamp); "
           "INSERT INTO t SELECT i, 'phone', '2024-01-01 10:00:00', '2024-01-01' FROM generate_series(1, 10) i; "
           "INSERT INTO t VALUES (11, 'other', '2024-01-01 10:00:00', NULL)");
  pair.sql(cloud,
           "CREATE TABLE t (id serial PRIMARY KEY, v text, at time, updated_at timestamp DEFAULT now()); "
           "INSERT INTO t (v, at) SELECT 'phone with a longer note', '10:00' FROM generate_series(1, 12) i");
  pair.use_map(
      "  - cloud: t\n    key: [id]\n    direction: reverse\n    reverse:\n"
      "      columns: {v: \"left(v, 5)\", at: \"date '2024-01-01' + at\"}\n");
  const auto before = pair.rows(desktop, "SELECT id, xmin, ctid FROM t WHERE id <= 11 ORDER BY id");
  const auto first = pair.sync("reverse");
  EXPECT_EQ(done(first, 8), "12 read: 1 inserted, 10 unchanged, 1 conflicted");
  EXPECT_THAT(pair.rows(desktop, "SELECT row_key, kind FROM pgtide.conflict"),
              ElementsAre("{\"id\": 11}|insert_exists"));
  EXPECT_EQ(pair.rows(desktop, "SELECT id, xmin, ctid FROM t WHERE id <= 11 ORDER BY id"), before);
  EXPECT_EQ(pair.value(desktop, "SELECT v || ' ' || at FROM t WHERE id = 12"), "phone 2024-01-01 10:00:00");
  // what was found there is not brought back when the desktop deletes it
  pair.sql(desktop, "DELETE FROM t WHERE id IN (1, 11)");
  pair.sync_well("reverse");
  EXPECT_THAT(pair.rows(desktop, "SELECT id FROM t WHERE id IN (1, 11)"), ElementsAre("11"));
}

TEST(Adoption, AReverseTableWithoutAKeyIsCountedNotDoubled) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'y'), (9, 'desktop only')");
  pair.sql(cloud,
           "CREATE TABLE t (id bigserial PRIMARY KEY, a int, b text); INSERT INTO t (a, b) VALUES (1, 'x'), (1, 'x'), "
           "(1, 'x'), (2, 'y'), (3, NULL), (3, NULL)");
  pair.use_map("  - cloud: t\n    key: none\n    direction: reverse\n    skip: [id]\n");
  EXPECT_EQ(done(pair.sync("reverse")), "6 read: 3 inserted, 3 unchanged");
  const std::vector<std::string> all = {"1|x", "1|x", "1|x", "2|y", "3|<NULL>", "3|<NULL>", "9|desktop only"};
  EXPECT_EQ(pair.rows(desktop, "SELECT a, b FROM t ORDER BY a"), all);
  EXPECT_EQ(done(pair.sync("reverse")), "0 read");
  pair.sql(cloud, "UPDATE t SET b = 'edited' WHERE a = 2; INSERT INTO t (a, b) VALUES (1, 'x')");
  EXPECT_EQ(done(pair.sync("reverse")), "2 read: 1 inserted, 1 skipped");
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "8");
}

TEST(Adoption, ATableThatBothSidesFeedIsAdoptedOnBothSides) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text, source char(1) DEFAULT 'D')");
  pair.sql(desktop,
           "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 10) i; INSERT INTO t VALUES (21, 'phone', 'M'), "
           "(11, 'only on the desktop', 'D')");
  pair.sql(
      cloud,
      "ALTER TABLE t ADD PRIMARY KEY (id); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 10) i; INSERT "
      "INTO t VALUES (21, 'phone', 'M'), (22, 'only in the cloud', 'M'); UPDATE t SET v = 'outdated' WHERE id = 3");
  pair.use_map("  - desktop: t\n    key: [id]\n    direction: both\n" + marked);
  EXPECT_EQ(done(pair.sync("full")), "11 read: 1 inserted, 1 updated, 9 unchanged");
  const auto reverse = pair.sync_well("reverse");
  EXPECT_EQ(reverse.table("t")["inserted"], 1);
  pair.expect_same("t");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "13");
  EXPECT_EQ(done(pair.sync("full")), "11 read: 11 unchanged");
  EXPECT_EQ(done(pair.sync("reverse")), "0 read");
}

TEST(Adoption, TheMetadataOfTheEarlierSystemIsKeptAndMentionedOnBothSides) {
  LeftBehind pair;
  const std::string columns =
      " (table_name text PRIMARY KEY, last_sync_timestamp timestamptz, created_at timestamptz DEFAULT now(), "
      "updated_at "
      "timestamptz DEFAULT now())";
  pair.sql(cloud, "CREATE TABLE _sync_metadata" + columns + "; INSERT INTO _sync_metadata VALUES ('t', '2025-05-05')");
  pair.sql(desktop, "CREATE TABLE _reverse_sync_metadata" + columns +
                        "; INSERT INTO _reverse_sync_metadata VALUES ('workdiary', '2025-05-05')");
  pair.sql("CREATE TABLE back (id int PRIMARY KEY)");
  pair.use_map(keyless_t + "  - cloud: back\n    direction: reverse\n");
  pair.sync_well("full");
  pair.sync_well("reverse");
  EXPECT_EQ(pair.value(cloud, "SELECT table_name || ' ' || (last_sync_timestamp = '2025-05-05') FROM _sync_metadata"),
            "t true");
  EXPECT_EQ(pair.value(desktop, "SELECT table_name FROM _reverse_sync_metadata"), "workdiary");
  for (const char* command : {"init", "status"}) {
    const auto said = pair.run({command});
    EXPECT_EQ(said.status, 0) << said.everything();
    EXPECT_TRUE(mentions(said.out, "_sync_metadata")) << said.everything();
    EXPECT_TRUE(mentions(said.out, "_reverse_sync_metadata")) << said.everything();
  }
}

// ---- the sample pair with all of its tables

const std::vector<std::pair<std::string, std::string>> forward_tables = {
    {"orgmaster", "orgmaster"},
    {"locmaster", "locmaster"},
    {"conmaster", "conmaster"},
    {"climaster", "climaster"},
    {"cliunimaster", "cliunimaster"},
    {"taskmaster", "taskmaster"},
    {"jobmaster", "jobmaster"},
    {"mbstaff", "mbstaff"},
    {"jobshead", "jobshead"},
    {"jobtasks", "jobtasks"},
    {"taskchecklist", "taskchecklist"},
    {"mbreminder", "reminder"},
    {"mbremdetail", "remdetail"},
    {"mbjobreviewnotes", "mbjobreviewnotes"},
    {"mbjobreviewresponse", "mbjobreviewresponse"}};

// What the map computes: the tasks with the client of their job.
const std::string tasks_with_clients =
    "(SELECT jobtasks.*, j.client_id FROM jobtasks LEFT JOIN (SELECT job_id, min(client_id) AS client_id FROM jobshead "
    "GROUP BY job_id) j ON j.job_id = jobtasks.job_id) AS jobtasks";

class SamplePair : public Pair {
 public:
  SamplePair() : Pair(Contents::sample) { use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml"); }

  // The columns that both tables have, but for the stamps, and the client of a task.
  std::string columns(const std::string& at_desktop, const std::string& in_cloud) {
    const auto names = [](const std::string& table) {
      return "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '" +
             table + "' AND column_name NOT IN ('created_at', 'updated_at') ORDER BY 1";
    };
    const auto others = rows(cloud, names(in_cloud));
    std::string list;
    for (const auto& column : rows(desktop, names(at_desktop)))
      if (std::ranges::find(others, column) != others.end()) list += (list.empty() ? "" : ", ") + column;
    return at_desktop == "jobtasks" ? list + ", client_id" : list;
  }

  // Rows that were born in the cloud do not count.
  void expect_all_agree() {
    for (const auto& [at_desktop, in_cloud] : forward_tables) {
      SCOPED_TRACE(at_desktop);
      expect_same(at_desktop == "jobtasks" ? tasks_with_clients : at_desktop, in_cloud + " WHERE source = 'D'",
                  columns(at_desktop, in_cloud));
    }
  }

  // Which transaction wrote each row, and where it lies: changes with every rewrite.
  std::vector<std::string> versions() {
    std::vector<std::string> all;
    for (const auto& tables : forward_tables)
      all.push_back(
          tables.second + " " +
          value(cloud, "SELECT md5(coalesce(string_agg(xmin::text || ctid::text, ',' ORDER BY ctid), '')) FROM " +
                           tables.second));
    return all;
  }

  // The cloud as an earlier system left it: the desktop's rows, with stamps of that system's and numbers from 1 on.
  void fill_the_cloud() {
    sql(cloud,
        "CREATE EXTENSION postgres_fdw; CREATE SCHEMA there; CREATE SERVER desktop FOREIGN DATA WRAPPER "
        "postgres_fdw OPTIONS (host '127.0.0.1', port '" +
            std::to_string(support::Clusters::running().port(desktop)) + "', dbname '" + database(desktop) +
            "', fetch_size '20000'); CREATE USER MAPPING FOR CURRENT_USER SERVER desktop OPTIONS (user "
            "'postgres'); IMPORT FOREIGN SCHEMA public FROM SERVER desktop INTO there");
    for (const auto& [at_desktop, in_cloud] : forward_tables) {
      const std::string list = columns(at_desktop, in_cloud);
      const std::string number = at_desktop == "jobtasks" ? "jt_id, " : at_desktop == "taskchecklist" ? "tc_id, " : "";
      const std::string rows = at_desktop == "jobtasks" ? tasks_with_clients : at_desktop;
      sql(cloud, "SET search_path = there; INSERT INTO public." + in_cloud + " (" + number + list +
                     ", created_at, updated_at) SELECT " + (number.empty() ? "" : "row_number() OVER (), ") + list +
                     ", '2025-01-01', '2025-01-01' FROM " + rows);
    }
    sql(cloud, "RESET search_path; DROP SCHEMA there CASCADE; DROP EXTENSION postgres_fdw CASCADE");
  }
};

TEST(Adoption, AllTablesOfTheSampleAgreeAfterAFullSyncAndASecondWritesNothing) {
  SamplePair pair;
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.json()["tables"].size(), forward_tables.size());
  EXPECT_EQ(done(full.table("jobtasks")), "64766 read: 64766 inserted");
  EXPECT_EQ(done(full.table("taskchecklist")), "2906 read: 2906 inserted");
  pair.expect_all_agree();
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM jobtasks WHERE client_id IS NULL"), "0");
  // the desktop's local stamps are the moments that they mean
  EXPECT_EQ(pair.value(cloud, "SELECT max(updated_at) FROM jobtasks"),
            pair.value(desktop, "SELECT max(updated_at AT TIME ZONE 'Asia/Kolkata') FROM jobtasks"));
  const auto before = pair.versions();
  const auto second = pair.sync_well("full");
  EXPECT_EQ(done(second.table("jobtasks")), "64766 read: 64766 unchanged");
  const auto third = pair.sync_well("incremental");
  for (const auto& tables : forward_tables) {
    const auto table = second.table(tables.second);
    EXPECT_EQ(table["read"], table["unchanged"]) << table;
    EXPECT_EQ(done(third.table(tables.second)), "0 read");
  }
  EXPECT_EQ(pair.versions(), before);
}

TEST(Adoption, NumbersOfTheSampleStayOverFullEditsDeletesInsertsAndFull) {
  SamplePair pair;
  pair.sync_well("full");
  pair.sql(cloud,
           "CREATE TABLE jobtasks_before AS SELECT * FROM jobtasks; CREATE TABLE taskchecklist_before AS SELECT * FROM "
           "taskchecklist");
  pair.sql(desktop,
           "UPDATE jobtasks SET actual_man_min = 91 WHERE job_id % 50 = 1; DELETE FROM jobtasks WHERE job_id % 50 = 2; "
           "INSERT INTO jobtasks SELECT (j).* FROM (SELECT j FROM jobtasks j WHERE job_id % 50 = 3) s; "
           "UPDATE taskchecklist SET applicable = 'N' WHERE checklistdesc LIKE '%7'; DELETE FROM taskchecklist WHERE "
           "checklistdesc LIKE '%55'; UPDATE jobshead SET client_id = client_id + 1 WHERE job_id % 50 = 4");
  const auto incremental = pair.sync_well("incremental");
  pair.expect_all_agree();
  const auto full = pair.sync_well("full");
  pair.expect_all_agree();
  EXPECT_EQ(full.table("jobtasks")["read"], full.table("jobtasks")["unchanged"]);
  // every number that is still in use stands for the same task, and no other row was given a new one
  EXPECT_EQ(
      pair.value(cloud,
                 "SELECT count(*) FROM jobtasks_before b JOIN jobtasks t USING (jt_id) WHERE (b.job_id, b.task_id, "
                 "b.taskorder) IS DISTINCT FROM (t.job_id, t.task_id, t.taskorder)"),
      "0");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT count(*) FROM jobtasks_before b WHERE job_id % 50 <> 2 AND NOT EXISTS (SELECT FROM "
                       "jobtasks t WHERE t.jt_id = b.jt_id)"),
            "0");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT count(*) FROM jobtasks t WHERE job_id % 50 <> 3 AND NOT EXISTS (SELECT FROM "
                       "jobtasks_before b WHERE t.jt_id = b.jt_id)"),
            "0");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT count(*) FROM taskchecklist_before b WHERE checklistdesc NOT LIKE '%55' AND NOT EXISTS "
                       "(SELECT FROM taskchecklist t WHERE t.tc_id = b.tc_id AND t.checklistdesc = b.checklistdesc)"),
            "0");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM jobtasks_before WHERE job_id % 50 = 2"),
            std::to_string(incremental.table("jobtasks").value("deleted", -1)));
}

TEST(Adoption, AnEmptiedTaskTableOfTheSampleStopsAndTheOthersAreDone) {
  SamplePair pair;
  pair.sync_well("full");
  const auto before = pair.versions();
  pair.sql(desktop, "TRUNCATE jobtasks; UPDATE climaster SET clientname = 'Touched' WHERE client_id = 17");
  const auto stopped = pair.sync("full");
  EXPECT_EQ(stopped.status, 11) << stopped.everything();
  for (const auto& tables : forward_tables) {
    SCOPED_TRACE(tables.second);
    EXPECT_EQ(stopped.table(tables.second)["status"], tables.second == "jobtasks" ? "fuse" : "ok");
  }
  EXPECT_EQ(pair.value(cloud, "SELECT clientname FROM climaster WHERE client_id = 17"), "Touched");
  const auto after = pair.versions();
  for (std::size_t i = 0; i < forward_tables.size(); ++i)
    EXPECT_EQ(after[i] == before[i], forward_tables[i].second != "climaster") << after[i];
  EXPECT_EQ(pair.sync("incremental").status, 11);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM jobtasks"), "64766");
}

// A cloud that was filled by an earlier system, with everything that it may have left.
class AdoptedSample : public SamplePair {
 public:
  AdoptedSample() {
    fill_the_cloud();
    // Of rows that occur once: 33 tasks are outdated, 33 are missing. Two are not on the desktop any more.
    sql(cloud,
        "ALTER TABLE jobtasks DISABLE TRIGGER USER; CREATE TABLE once AS SELECT jt_id, row_number() OVER (ORDER BY "
        "jt_id) AS nth FROM jobtasks j WHERE jt_id IN (SELECT min(jt_id) FROM jobtasks GROUP BY job_id, task_id, "
        "taskorder HAVING count(*) = 1); "
        "CREATE TABLE outdated AS SELECT jt_id FROM once WHERE nth % 2000 = 5; "
        "CREATE TABLE missing AS SELECT jt_id FROM once WHERE nth % 2000 = 7; DROP TABLE once; "
        "UPDATE jobtasks SET actual_man_min = 1 WHERE jt_id IN (SELECT jt_id FROM outdated); "
        "DELETE FROM jobtasks WHERE jt_id IN (SELECT jt_id FROM missing); "
        "UPDATE jobtasks SET createdby = 'phone', task_status = 2 WHERE jt_id % 3 = 0; "
        "INSERT INTO jobtasks (jt_id, org_id, loc_id, job_id, task_id, taskorder, source) VALUES (900001, 1, 1, "
        "999999, "
        "1, 1, 'D'), (900002, 1, 1, 999999, 2, 1, 'D'), (900003, 1, 1, 999999, 3, 1, 'M'), (900004, 1, 1, 999999, 4, "
        "1, "
        "NULL); ALTER TABLE jobtasks ENABLE TRIGGER USER");
    sql(cloud,
        "UPDATE climaster SET clientname = 'Old name' WHERE client_id % 100 = 1; DELETE FROM climaster WHERE client_id "
        "% "
        "100 = 2; INSERT INTO climaster (org_id, loc_id, client_id, clientname, source) VALUES (1, 1, 5000, 'Phone', "
        "'M')");
    // Phones refer to tasks by number.
    sql(cloud,
        "CREATE TABLE photo (jt_id bigint REFERENCES jobtasks ON DELETE CASCADE); INSERT INTO photo SELECT jt_id FROM "
        "jobtasks WHERE jt_id % 1000 = 0; INSERT INTO photo SELECT jt_id FROM outdated");
    // What phones entered has been brought to the desktop already, but for the last entry.
    sql(cloud,
        "INSERT INTO workdiary (org_id, con_id, loc_id, staff_id, job_id, task_id, date, timefrom, timeto, minutes, "
        "tasknotes, doc_ref, source) SELECT 1, 0, 1, i, i, 1, date '2026-01-01', time '09:30:15.123456', time '10:00', "
        "30, repeat('note ', 40), 'short', 'M' FROM generate_series(1, 4) i");
    sql(desktop,
        "INSERT INTO workdiary (wd_id, org_id, con_id, loc_id, staff_id, job_id, task_id, date, timefrom, timeto, "
        "minutes, tasknotes, doc_ref, source) SELECT i, 1, 0, 1, i, i, 1, date '2026-01-01', timestamp '2026-01-01 "
        "09:30:15.123456', timestamp '2026-01-01 10:00', 30, left(repeat('note ', 40), 50), 'short', 'M' FROM "
        "generate_series(1, 3) i");
    const std::string metadata = " (table_name text PRIMARY KEY, last_sync_timestamp timestamptz)";
    sql(cloud, "CREATE TABLE _sync_metadata" + metadata + "; INSERT INTO _sync_metadata VALUES ('jobtasks', now())");
    sql(desktop, "CREATE TABLE _reverse_sync_metadata" + metadata +
                     "; INSERT INTO _reverse_sync_metadata VALUES ('workdiary', now())");
  }

  std::string photos() {
    return value(cloud,
                 "SELECT count(*) || ' ' || md5(string_agg(ROW(jt_id, job_id, task_id, taskorder)::text, ',' ORDER BY "
                 "jt_id)) FROM photo JOIN jobtasks USING (jt_id)");
  }
};

TEST(Adoption, ASampleThatAnEarlierSystemFilledIsBroughtUpToDateAndKeepsItsNumbers) {
  AdoptedSample pair;
  const auto outdated = pair.number(cloud, "SELECT count(*) FROM outdated"),
             missing = pair.number(cloud, "SELECT count(*) FROM missing");
  EXPECT_EQ(outdated, 33);
  EXPECT_EQ(missing, 33);
  const std::string untouched =
      "SELECT count(*) || ' ' || md5(string_agg(jt_id::text || xmin::text || ctid::text, ',' ORDER BY jt_id)) FROM "
      "jobtasks WHERE jt_id <= 64766 AND jt_id NOT IN (SELECT jt_id FROM outdated)";
  const auto before = pair.value(cloud, untouched), photos = pair.photos();
  const auto numbers = pair.value(cloud, "SELECT max(jt_id) FROM jobtasks");

  const auto full = pair.sync_well("full");
  EXPECT_EQ(done(full.table("jobtasks")), "64766 read: 33 inserted, 33 updated, 64700 unchanged; 2 deleted");
  EXPECT_EQ(done(full.table("taskchecklist")), "2906 read: 2906 unchanged");
  EXPECT_EQ(done(full.table("jobshead")), "24562 read: 24562 unchanged");
  EXPECT_EQ(done(full.table("climaster")), "733 read: 8 inserted, 8 updated, 717 unchanged");
  EXPECT_EQ(done(full.table("mbjobreviewnotes")), "50 read: 50 unchanged");
  pair.expect_all_agree();
  EXPECT_EQ(pair.value(cloud, untouched), before) << "rows that were equal were written";
  EXPECT_EQ(pair.photos(), photos);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM jobtasks WHERE jt_id > " + numbers), "33")
      << "missing rows get fresh numbers, beyond those in use";
  EXPECT_THAT(pair.rows(cloud, "SELECT jt_id FROM jobtasks WHERE job_id = 999999 ORDER BY 1"),
              ElementsAre("900003", "900004"));
  EXPECT_EQ(pair.value(cloud, "SELECT clientname FROM climaster WHERE client_id = 5000"), "Phone");

  const auto versions = pair.versions();
  const auto second = pair.sync_well("full");
  EXPECT_EQ(done(second.table("jobtasks")), "64766 read: 64766 unchanged");
  EXPECT_EQ(pair.versions(), versions);

  const auto reverse = pair.sync_well("reverse");
  EXPECT_EQ(done(reverse.table("workdiary")), "4 read: 1 inserted, 3 unchanged");
  EXPECT_EQ(reverse.table("mbjobreviewnotes")["inserted"], 0);
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) || ' ' || count(DISTINCT wd_id) FROM workdiary"), "4 4");
  EXPECT_EQ(done(pair.sync_well("reverse").table("workdiary")), "0 read");

  EXPECT_EQ(pair.value(cloud, "SELECT table_name FROM _sync_metadata"), "jobtasks");
  EXPECT_EQ(pair.value(desktop, "SELECT table_name FROM _reverse_sync_metadata"), "workdiary");
  const auto status = pair.run({"status"}).out;
  EXPECT_TRUE(mentions(status, "_sync_metadata") && mentions(status, "_reverse_sync_metadata")) << status;
}

}  // namespace
