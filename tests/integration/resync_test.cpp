// What `pgtide resync` repairs, and what it leaves alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Notes of four days; the desktop's stamps are local times of Kolkata, so that the one at 02:00 belongs to the day
// before.
class Days : public Pair {
 public:
  Days() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE notes (id int, v text, updated_at timestamp); INSERT INTO notes VALUES (1, 'a', '2026-11-01 "
        "12:00'), (2, 'b', '2026-11-02 12:00'), (3, 'c', '2026-11-03 02:00'), (4, 'd', '2026-11-03 12:00'), (5, 'e', "
        "'2026-11-04 12:00'), (6, 'f', NULL)");
    sql(cloud, "CREATE TABLE notes (id int PRIMARY KEY, v text, updated_at timestamptz)");
    use_map("  - desktop: notes\n",
            "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\n"
            "cloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n");
    sync_well("full");
  }
  Outcome resync(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"resync", "--json"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
  }
  std::vector<std::string> days() {
    return rows(cloud, "SELECT sync_date, items_synced FROM pgtide.coverage WHERE items_synced > 0 ORDER BY 1");
  }
  // Where the next run goes on, and what people see of the table.
  std::vector<std::string> where_it_stands() {
    return rows(cloud,
                "SELECT c.*, w.last_sync_timestamp, w.sync_status, w.last_successful_sync, w.last_sync_attempt, "
                "w.error_count, w.last_error FROM pgtide.cursor c JOIN pgtide.watermark w USING (map, direction, "
                "table_name)");
  }
};

TEST(Resync, CopiesTheRowsOfThoseUtcDaysAndNoOthers) {
  Days pair;
  pair.sql(desktop, "UPDATE notes SET v = upper(v)");
  const auto before = pair.where_it_stands();
  const auto ended = pair.resync({"--table", "notes", "--since", "2026-11-02", "--until", "2026-11-02"});
  ASSERT_EQ(ended.status, 0) << ended.everything();
  EXPECT_EQ(ended.json()["mode"], "resync");
  EXPECT_EQ(ended.table("notes")["updated"], 2);
  EXPECT_THAT(pair.contents(cloud, "notes", "id, v"),
              ElementsAre("(1,a)", "(2,B)", "(3,C)", "(4,d)", "(5,e)", "(6,f)"));
  EXPECT_EQ(pair.where_it_stands(), before);
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(mode || ' ' || status, ',' ORDER BY run_id) FROM pgtide.run"),
            "full ok,resync ok");
  // what it did not copy is still news
  EXPECT_EQ(pair.sync_well("incremental").table("notes")["updated"], 4);
  EXPECT_THAT(pair.contents(cloud, "notes", "id, v"),
              ElementsAre("(1,A)", "(2,B)", "(3,C)", "(4,D)", "(5,E)", "(6,F)"));
}

TEST(Resync, SetsTheCoverageOfItsDaysAndLeavesTheOthers) {
  Days pair;
  pair.sql(cloud,
           "UPDATE pgtide.coverage SET items_synced = 90; INSERT INTO pgtide.coverage VALUES ('test', 'forward', "
           "'notes', '2026-10-31', now(), 7), ('test', 'forward', 'notes', '2026-10-15', now(), 7)");
  pair.sql(desktop, "DELETE FROM notes WHERE id = 1");
  ASSERT_EQ(pair.resync({"--table", "notes", "--since", "2026-10-31", "--until", "2026-11-02"}).status, 0);
  EXPECT_THAT(pair.days(), testing::IsSupersetOf({"2026-10-15|7", "2026-11-02|2", "2026-11-03|90", "2026-11-04|90"}));
  EXPECT_THAT(pair.days(), Not(testing::Contains(testing::AnyOf("2026-10-31|7", "2026-11-01|90"))));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.coverage WHERE sync_date IN ('2026-10-31', '2026-11-01')"),
            2);
  // again: set, not added
  ASSERT_EQ(pair.resync({"--table", "notes", "--since", "2026-11-02"}).status, 0);
  EXPECT_THAT(pair.days(), testing::IsSupersetOf({"2026-11-02|2", "2026-11-03|1", "2026-11-04|1"}));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.coverage WHERE sync_date > now() + interval '1 day'"), 0);
}

TEST(Resync, TriesTheRowsOfItsDaysThatWaitAndNoOthers) {
  Days pair;
  pair.sql(cloud, "ALTER TABLE notes ADD CHECK (v NOT LIKE 'bad%')");
  pair.sql(desktop, "UPDATE notes SET v = 'bad' || id WHERE id IN (1, 2)");
  ASSERT_EQ(pair.sync("incremental").status, 8);
  pair.sql(cloud, "ALTER TABLE notes DROP CONSTRAINT notes_v_check");
  const auto ended = pair.resync({"--table", "notes", "--since", "2026-11-02", "--until", "2026-11-02"});
  EXPECT_EQ(ended.status, 8) << ended.everything();
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key FROM pgtide.quarantine"), ElementsAre("{\"id\": 1}"));
  EXPECT_THAT(pair.contents(cloud, "notes", "id, v"), testing::IsSupersetOf({"(1,a)", "(2,bad2)"}));
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key FROM pgtide.quarantine"), IsEmpty());
}

TEST(Resync, TheNewestOfTwoRowsWithOneKeyWinsWhicheverDayIsAskedFor) {
  Days pair;
  pair.sql(
      desktop,
      "INSERT INTO notes VALUES (2, 'newer', '2026-11-09 12:00'); UPDATE notes SET v = 'of another day' WHERE id = 5");
  ASSERT_EQ(pair.resync({"--table", "notes", "--since", "2026-11-02", "--until", "2026-11-02"}).status, 8);
  EXPECT_THAT(pair.contents(cloud, "notes", "id, v"), testing::IsSupersetOf({"(2,newer)", "(5,e)"}));
}

TEST(Resync, LeavesWhatTheCloudChanged) {
  Days pair;
  pair.sql(cloud, "UPDATE notes SET v = 'edited' WHERE id = 2; DELETE FROM notes WHERE id = 3");
  const auto ended = pair.resync({"--table", "notes", "--since", "2026-11-02", "--until", "2026-11-02"});
  EXPECT_EQ(ended.status, 0) << ended.everything();
  EXPECT_EQ(ended.table("notes")["skipped"], 2);
  EXPECT_THAT(pair.contents(cloud, "notes", "id, v"), ElementsAre("(1,a)", "(2,edited)", "(4,d)", "(5,e)", "(6,f)"));
}

TEST(Resync, LeavesNoPlaceFromWhichAnotherRunWouldGoOn) {
  Days pair;
  pair.sql(desktop, "UPDATE notes SET v = repeat(md5(id::text), 60000)");  // two chunks for three rows
  ASSERT_EQ(pair.resync({"--table", "notes", "--since", "2026-11-01", "--until", "2026-11-03"}).status, 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.progress"), 0);
  EXPECT_EQ(pair.sync_well("incremental").table("notes")["updated"], 2);
  pair.expect_same("notes", "notes", "id, v");
}

TEST(Resync, BringsBackWhatTheCloudEnteredInThoseDaysAndOnlyInserts) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE diary (id int PRIMARY KEY, v text, created_at timestamptz)");
  pair.use_map("  - cloud: diary\n    direction: reverse\n");
  pair.sql(cloud, "INSERT INTO diary VALUES (1, 'a', '2026-11-01Z'), (2, 'b', '2026-11-02Z')");
  pair.sync_well("reverse");
  pair.sql(cloud,
           "INSERT INTO diary VALUES (3, 'c', '2026-11-01Z'), (4, 'd', '2026-11-03Z'); UPDATE diary SET v = 'x' WHERE "
           "id = 1");
  const auto ended =
      pair.run({"resync", "--json", "--table", "diary", "--since", "2026-11-01", "--until", "2026-11-02"});
  EXPECT_EQ(ended.status, 0) << ended.everything();
  EXPECT_EQ(ended.json()["direction"], "reverse");
  EXPECT_THAT(pair.contents(desktop, "diary", "id, v"), ElementsAre("(1,a)", "(2,b)", "(3,c)"));
  pair.sync_well("reverse");
  EXPECT_THAT(pair.contents(desktop, "diary", "id, v"), ElementsAre("(1,a)", "(2,b)", "(3,c)", "(4,d)"));
}

TEST(Resync, SaysWhatItCannotDo) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE bare (id int PRIMARY KEY, v text); CREATE TABLE fresh (id int PRIMARY KEY, updated_at date)");
  pair.sql("CREATE TABLE counted (n int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, v text, updated_at date)");
  pair.use_map("  - desktop: bare\n  - desktop: counted\n    key: none\n    skip: [n]\n  - desktop: fresh\n");
  pair.sync_well("full", {"--table", "bare", "--table", "counted"});
  const auto says = [&](std::vector<std::string> words, int status, const std::string& what) {
    words.insert(words.begin(), "resync");
    const auto ended = pair.run(words);
    EXPECT_EQ(ended.status, status) << ended.everything();
    EXPECT_THAT(ended.out + ended.err, HasSubstr(what));
  };
  says({"--table", "bare", "--since", "2026-11-01"}, 5, "no watermark column");
  says({"--table", "bare", "--since", "2026-11-01"}, 5, "pgtide sync full --table bare");
  says({"--table", "counted", "--since", "2026-11-01"}, 5, "no key");
  says({"--table", "counted", "--column", "v"}, 5, "pgtide sync full --table counted");
  says({"--table", "fresh", "--since", "2026-11-01"}, 5, "has not been synchronised yet");
  says({"--table", "nobody", "--since", "2026-11-01"}, 2, "the map has no such table");
  says({"--table", "bare", "--since", "2026-11-31"}, 2, "a day is written like 2026-11-21");
  says({"--table", "bare", "--since", "2026-11-03", "--until", "2026-11-01"}, 2, "there is no day to copy");
  says({"--table", "bare"}, 2, "--since");
  says({"--since", "2026-11-03"}, 2, "--table");
  says({"--table", "bare", "--column", "w"}, 2, "nothing copies such a column");
  says({"--table", "bare", "--column", "id"}, 2, "column of the key");
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(sync_status, ',' ORDER BY table_name) FROM pgtide.watermark"),
            "completed,completed,pending");
}

// ---- one new column

// Clients whose phone numbers the cloud did not have so far.
class NewColumn : public Pair {
 public:
  explicit NewColumn(const std::string& more = "") : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE clients (id int PRIMARY KEY, name text, phone text, updated_at timestamptz); INSERT INTO clients "
        "SELECT i, 'n' || i, 'p' || i, '2026-11-01Z' FROM generate_series(1, 9) i");
    sql(cloud, "CREATE TABLE clients (id int PRIMARY KEY, name text, updated_at timestamptz, note text)");
    use_map("  - desktop: clients\n" + more);
    sync_well("full");
  }
  Outcome fill() { return run({"resync", "--json", "--table", "clients", "--column", "phone"}); }
  std::string phones() { return value(cloud, "SELECT string_agg(coalesce(phone, '-'), ' ' ORDER BY id) FROM clients"); }
};

TEST(Resync, FillsANewColumnWithoutCopyingTheRest) {
  NewColumn pair;
  pair.sql(cloud,
           "UPDATE clients SET name = 'edited' WHERE id = 2; DELETE FROM clients WHERE id = 3; UPDATE clients SET note "
           "= 'of the cloud only'; INSERT INTO clients VALUES (100, 'own', NULL, NULL)");
  pair.sql(desktop, "UPDATE clients SET name = 'unsent' WHERE id = 4; INSERT INTO clients VALUES (10, 'new', 'p10')");
  pair.sql(cloud, "ALTER TABLE clients ADD phone text");
  const auto before = pair.value(cloud, "SELECT last_sync_timestamp FROM pgtide.watermark");
  const auto ended = pair.fill();
  EXPECT_EQ(ended.status, 0) << ended.everything();
  EXPECT_EQ(ended.table("clients")["updated"], 7);
  EXPECT_EQ(ended.table("clients")["skipped"], 3);
  EXPECT_EQ(pair.phones(), "p1 - p4 p5 p6 p7 p8 p9 -");
  EXPECT_EQ(pair.value(cloud, "SELECT name FROM clients WHERE id = 4"), "n4");
  EXPECT_EQ(pair.value(cloud, "SELECT last_sync_timestamp FROM pgtide.watermark"), before);

  // The next run looks at what is new and at nothing else.
  const auto next = pair.sync_well("incremental");
  EXPECT_EQ(next.table("clients")["read"], 2) << next.everything();
  EXPECT_THAT(next.err, Not(HasSubstr("compared whole")));
  EXPECT_EQ(pair.phones(), "p1 - p4 p5 p6 p7 p8 p9 p10 -");
  EXPECT_EQ(pair.value(cloud, "SELECT name FROM clients WHERE id = 4"), "unsent");
  // Everything is remembered as if it had been copied whole: no edit is taken for another one.
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("clients")["updated"], 0) << full.everything();
  EXPECT_EQ(full.table("clients")["skipped"], 2);
  EXPECT_EQ(full.table("clients")["conflicted"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT name FROM clients WHERE id = 2"), "edited");
  // and an edit on either side afterwards is seen for what it is
  pair.sql(cloud, "UPDATE clients SET phone = 'theirs' WHERE id = 5");
  pair.sql(desktop, "UPDATE clients SET phone = 'ours' WHERE id = 6; UPDATE clients SET name = 'both' WHERE id = 2");
  EXPECT_EQ(pair.sync("full").table("clients")["conflicted"], 1);
  EXPECT_THAT(pair.phones(), HasSubstr("p4 theirs ours"));
}

TEST(Resync, FillsAColumnThatBothSidesGot) {
  NewColumn pair;
  pair.sql("ALTER TABLE clients ADD colour text DEFAULT 'red'");
  pair.sql(desktop, "UPDATE clients SET colour = 'blue' WHERE id > 7");
  EXPECT_EQ(pair.run({"resync", "--table", "clients", "--column", "colour"}).status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM clients WHERE colour = 'blue'"),
            "8 9");
  EXPECT_EQ(pair.sync_well("incremental").table("clients")["read"], 2);
}

TEST(Resync, FillsAComputedColumnOfARenamedTable) {
  NewColumn pair;
  pair.sql(cloud, "ALTER TABLE clients ADD telephone varchar(20)");
  pair.use_map("  - desktop: clients\n    forward: {columns: {telephone: \"'+91 ' || phone\"}}\n");
  EXPECT_EQ(pair.run({"resync", "--table", "clients", "--column", "telephone"}).status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT telephone FROM clients WHERE id = 1"), "+91 p1");
  EXPECT_EQ(pair.sync_well("incremental").table("clients")["read"], 0);
  EXPECT_EQ(pair.sync_well("full").table("clients")["updated"], 0);
}

TEST(Resync, OneOfTwoNewColumnsLeavesTheOtherToTheNextRun) {
  NewColumn pair;
  pair.sql("ALTER TABLE clients ADD one text DEFAULT 'x', ADD two text DEFAULT 'x'");
  pair.sql(desktop, "UPDATE clients SET one = 'filled', two = 'filled'");
  const auto ended = pair.run({"resync", "--table", "clients", "--column", "one"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err, HasSubstr("more than this column changed"));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM clients WHERE one = 'filled' AND two = 'x'"), 9);
  EXPECT_EQ(pair.sync_well("incremental").table("clients")["updated"], 9);
  pair.expect_same("clients", "clients", "id, name, one, two");
}

TEST(Resync, AValueThatDoesNotFitLetsItsRowWait) {
  NewColumn pair;
  pair.sql(cloud, "ALTER TABLE clients ADD phone varchar(2)");
  pair.sql(desktop, "UPDATE clients SET phone = 'too long' WHERE id = 5");
  const auto ended = pair.fill();
  EXPECT_EQ(ended.status, 8) << ended.everything();
  EXPECT_EQ(pair.phones(), "p1 p2 p3 p4 - p6 p7 p8 p9");
  pair.sql(desktop, "UPDATE clients SET phone = 'p5' WHERE id = 5");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.phones(), "p1 p2 p3 p4 p5 p6 p7 p8 p9");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.quarantine"), 0);
}

TEST(Resync, ARowThatWaitsAsAWholeGoesOnWaitingWhenAColumnIsFilled) {
  NewColumn pair;
  pair.sql(cloud, "ALTER TABLE clients ADD phone text, ADD CHECK (name <> 'bad')");
  pair.sync_well("incremental");
  pair.sql(desktop, "UPDATE clients SET name = 'bad' WHERE id = 1");
  ASSERT_EQ(pair.sync("incremental").status, 8);
  pair.sql(cloud, "UPDATE clients SET phone = NULL WHERE id = 2");
  EXPECT_EQ(pair.fill().status, 8);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.quarantine"), 1);
  EXPECT_EQ(pair.phones(), "p1 - p3 p4 p5 p6 p7 p8 p9") << "the cloud's own edit stays";
}

TEST(Resync, FillsOnlyRowsThatAreTheDesktops) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE notes (id int PRIMARY KEY, v text, source text)");
  pair.sql(cloud, "ALTER TABLE notes ADD deleted boolean NOT NULL DEFAULT false");
  pair.sql(desktop, "INSERT INTO notes SELECT i, 'v', 'D' FROM generate_series(1, 20) i");
  pair.use_map(
      "  - desktop: notes\n    direction: both\n    deletes: soft\n    soft_delete: {column: deleted}\n"
      "    origin: {column: source, desktop: D, cloud: M}\n");
  pair.sync_well("full");
  pair.sync_well("reverse");
  pair.sql(cloud, "INSERT INTO notes VALUES (30, 'phone', 'M'), (31, 'marked wrongly', 'D')");
  pair.sync_well("reverse");
  pair.sql(desktop, "DELETE FROM notes WHERE id = 1");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO notes VALUES (1, 'back', 'D')");
  pair.sql("ALTER TABLE notes ADD colour text DEFAULT 'red'");
  pair.sql(desktop, "UPDATE notes SET colour = 'blue'");
  const auto ended = pair.run({"resync", "--json", "--table", "notes", "--column", "colour"});
  EXPECT_EQ(ended.status, 0) << ended.everything();
  EXPECT_EQ(ended.table("notes")["updated"], 19) << ended.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM notes WHERE colour = 'red'"),
            "1 30 31");
  // what was filled is no news to the way back
  EXPECT_EQ(pair.sync("reverse").table("notes")["inserted"], 0);
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT colour || deleted::text FROM notes WHERE id = 1"), "bluefalse");
}

TEST(Resync, WorksInTablesThatAreWrittenInOneTransaction) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE bare (id int, v text, updated_at timestamptz); CREATE TABLE tree (id int PRIMARY KEY, "
           "parent int, v text, updated_at timestamptz)");
  pair.sql(cloud,
           "CREATE TABLE bare (id int, v text, updated_at timestamptz); CREATE TABLE tree (id int PRIMARY KEY, parent "
           "int REFERENCES tree, v text, updated_at timestamptz)");
  pair.sql(desktop,
           "INSERT INTO bare SELECT i, 'v', date '2026-11-01' + i FROM generate_series(1, 5) i; INSERT INTO tree "
           "SELECT i, nullif(i - 1, 0), 'v', date '2026-11-01' + i FROM generate_series(1, 5) i");
  pair.use_map("  - desktop: bare\n    key: [id]\n  - desktop: tree\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE bare SET v = 'w'; UPDATE tree SET v = 'w'");
  const auto days =
      pair.run({"resync", "--table", "bare", "--table", "tree", "--since", "2026-11-03", "--until", "2026-11-04"});
  EXPECT_EQ(days.status, 0) << days.everything();
  for (const char* table : {"bare", "tree"})
    EXPECT_EQ(pair.value(cloud, "SELECT string_agg(v, ' ' ORDER BY id) FROM " + std::string(table)), "v w w v v");
  pair.sync_well("incremental");
  pair.sql("ALTER TABLE bare ADD more text; ALTER TABLE tree ADD more text; UPDATE bare SET more = 'old'");
  pair.sql(desktop, "UPDATE bare SET more = 'm' WHERE id > 1; UPDATE tree SET more = 'm'");
  for (const char* table : {"bare", "tree"})
    EXPECT_EQ(pair.run({"resync", "--table", table, "--column", "more"}).status, 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM tree WHERE more = 'm'"), 5);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM bare WHERE more = 'm'"), 4);
  const auto full = pair.sync_well("full");
  for (const char* table : {"bare", "tree"}) EXPECT_EQ(full.table(table)["updated"], 0) << full.everything();
}

// ---- one table and its parents

TEST(Resync, ATableAskedForAloneNamesTheParentsThatAreBehind) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int)");
  pair.sql("CREATE TABLE c (id int PRIMARY KEY, b int)");
  pair.sql(cloud, "ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a; ALTER TABLE c ADD FOREIGN KEY (b) REFERENCES b");
  pair.sql(desktop, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (1, 1)");
  pair.use_map("  - desktop: c\n  - desktop: b\n  - desktop: a\n");
  const auto alone = pair.sync("full", {"--table", "c"});
  EXPECT_EQ(alone.status, 8) << alone.everything();
  EXPECT_THAT(alone.err, HasSubstr("c: refers to b, which has never been synchronised"));
  EXPECT_THAT(alone.err, HasSubstr("pgtide sync full --table c --with-parents"));
  const auto with = pair.sync_well("full", {"--table", "c", "--with-parents"});
  EXPECT_EQ(with.json()["tables"].size(), 3U);
  pair.expect_same("c");
  EXPECT_THAT(pair.sync_well("incremental", {"--table", "c"}).err, Not(HasSubstr("refers to")));
  pair.sql(desktop, "INSERT INTO b VALUES (2, 1)");
  EXPECT_THAT(pair.sync_well("incremental", {"--table", "c"}).err,
              HasSubstr("c: refers to b, which has 1 row that was written since its last run"));
}

}  // namespace
