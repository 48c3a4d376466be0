// Rows that do not fit, from outside: a pair in which every kind of them occurs in known numbers. All that fits
// arrives, all that does not waits and is counted, and when the causes are mended one more run brings the rest.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::Counts;
using support::desktop;
using support::expect_counts;
using support::Outcome;
using support::Pair;
using support::Place;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Misfitting : public Pair {
 public:
  explicit Misfitting(Contents contents = Contents::reused) : Pair(contents) {}

  // table|reason|rows, of what waits.
  std::vector<std::string> waiting(Place target = cloud) {
    return rows(target,
                "SELECT table_name, reason, count(*) FROM pgtide.quarantine GROUP BY 1, 2 ORDER BY table_name COLLATE "
                "\"C\", 2");
  }
  // table|kind|rows, of what waits.
  std::vector<std::string> conflicts(Place target = cloud) {
    return rows(target,
                "SELECT table_name, kind, count(*) FROM pgtide.conflict WHERE resolved_at IS NULL GROUP BY 1, 2 ORDER "
                "BY table_name COLLATE \"C\", 2");
  }

  // The numbers of a run are those of the history, and each table adds up. The status is what the tables are.
  void expect_account(const Outcome& run, Place target) {
    const auto json = run.json();
    EXPECT_EQ(json["exit_status"], run.status);
    bool attention = false;
    for (const auto& table : json["tables"]) {
      support::done(table);  // fails unless it adds up
      attention = attention || table["status"] == "attention";
      EXPECT_THAT(rows(target,
                       "SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_skipped, rows_quarantined, "
                       "rows_conflicted, rows_deleted, status FROM pgtide.table_run WHERE run_id = " +
                           json["run_id"].dump() + " AND table_name = '" + table["table"].get<std::string>() + "'"),
                  ElementsAre(table["read"].dump() + "|" + table["inserted"].dump() + "|" + table["updated"].dump() +
                              "|" + table["unchanged"].dump() + "|" + table["skipped"].dump() + "|" +
                              table["quarantined"].dump() + "|" + table["conflicted"].dump() + "|" +
                              table["deleted"].dump() + "|" + table["status"].get<std::string>()))
          << table["table"];
    }
    EXPECT_EQ(run.status == 8, attention) << run.everything();
  }

  Outcome sync_and_account(const std::string& mode, int status, const std::vector<std::string>& more = {}) {
    const auto run = sync(mode, more);
    EXPECT_EQ(run.status, status) << run.everything();
    expect_account(run, mode == "reverse" ? desktop : cloud);
    return run;
  }

  // Both sides hold the same but for the rows whose `id` waits: they are as they were before in the target.
  void expect_same_but_for_waiting(const std::string& table, const std::string& columns, Place target = cloud) {
    const std::string ids = value(target,
                                  "SELECT coalesce(string_agg(DISTINCT row_key->>'id', ','), '0') FROM (SELECT "
                                  "table_name, row_key FROM pgtide.quarantine UNION ALL SELECT table_name, row_key "
                                  "FROM pgtide.conflict WHERE resolved_at IS NULL) w WHERE table_name = '" +
                                      table + "'");
    expect_same(table + " WHERE id NOT IN (" + ids + ")", table + " WHERE id NOT IN (" + ids + ")", columns);
  }
};

// ---- the whole office

constexpr const char* maps =
    "  - desktop: client\n"
    "  - desktop: job\n"
    "  - desktop: payment\n"
    "    forward:\n"
    "      columns: {rate: \"1000 / amount\"}\n"
    "  - desktop: item\n"
    "    key: [id]\n"
    "  - desktop: task\n"
    "    key: none\n"
    "  - desktop: e_desktop\n"
    "  - desktop: e_cloud\n"
    "    conflicts: cloud_wins\n"
    "  - desktop: e_last\n"
    "    conflicts: last_update_wins\n"
    "  - desktop: e_manual\n"
    "    conflicts: manual\n"
    "  - desktop: visit\n"
    "    direction: both\n"
    "    origin: {column: source, desktop: D, cloud: M}\n"
    "  - desktop: gone\n"
    "    deletes: hard\n"
    "  - cloud: diary\n"
    "    direction: reverse\n";

constexpr const char* office_at_desktop =
    "CREATE TABLE client (id int, name text, email text); "
    "INSERT INTO client SELECT i, 'client ' || i, 'mail ' || CASE WHEN i <= 25 THEN i + 1000 ELSE i END FROM "
    "generate_series(1, 4000) i; "
    "CREATE TABLE job (id int, client_id int, title text, hours numeric, state text, due date); "
    "INSERT INTO job SELECT i, CASE WHEN i <= 300 THEN 90000 + i ELSE 2000 + i % 1500 END, CASE WHEN i BETWEEN 371 AND "
    "390 THEN repeat('x', 31) WHEN i BETWEEN 406 AND 420 THEN 'forbidden' ELSE 'job ' || i END, CASE WHEN i BETWEEN "
    "391 AND 400 THEN 12345 WHEN i BETWEEN 401 AND 405 THEN 1.005 ELSE i % 100 + 0.25 END, CASE WHEN i BETWEEN 341 AND "
    "370 THEN 'odd' ELSE 'open' END, CASE WHEN i NOT BETWEEN 301 AND 340 THEN date '2026-01-01' + i % 300 END FROM "
    "generate_series(1, 20000) i; "
    "CREATE TABLE payment (id int, amount int); INSERT INTO payment SELECT i, CASE WHEN i % 500 = 0 THEN 0 ELSE i % 37 "
    "+ 1 END FROM generate_series(1, 6000) i; "
    "CREATE TABLE item (id int, name text); INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 5000) i; "
    "INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 20) i; "
    "INSERT INTO item SELECT i, 'other ' || i FROM generate_series(101, 130) i; "
    "CREATE TABLE task (job_id int, note text); INSERT INTO task SELECT CASE WHEN i <= 10 THEN 99999 ELSE 1000 + i / 2 "
    "END, CASE WHEN i BETWEEN 11 AND 15 THEN 'bad' WHEN i BETWEEN 16 AND 20 THEN repeat('y', 41) ELSE 'note ' || i / 2 "
    "END FROM generate_series(1, 5000) i; "
    "CREATE TABLE staff (id int PRIMARY KEY); INSERT INTO staff SELECT generate_series(1, 50); "
    "CREATE TABLE diary (id int PRIMARY KEY, staff_id int NOT NULL REFERENCES staff, note varchar(50), minutes int "
    "CHECK (minutes < 600)); INSERT INTO diary SELECT i, 1, CASE WHEN i <= 8 THEN 'desktop ' ELSE 'entry ' END || i, "
    "30 "
    "FROM generate_series(1, 12) i; "
    "CREATE TABLE visit (id int, note text, source char(1)); INSERT INTO visit SELECT i, 'visit ' || i, 'D' FROM "
    "generate_series(1, 3000) i; INSERT INTO visit SELECT i, 'desktop ' || i, NULL FROM generate_series(20001, 20006) "
    "i";

constexpr const char* office_in_cloud =
    "CREATE TABLE client (id int PRIMARY KEY, name text, email text UNIQUE); "
    "CREATE TABLE job (id int PRIMARY KEY, client_id int REFERENCES client, title varchar(30), hours numeric(5,2), "
    "state "
    "text CONSTRAINT known_state CHECK (state <> 'odd'), due date NOT NULL, phone_note text DEFAULT 'own'); "
    "CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.title = 'forbidden' THEN RAISE "
    "EXCEPTION 'not in this house: %', NEW.title; END IF; RETURN NEW; END$$; "
    "CREATE TRIGGER forbid BEFORE INSERT OR UPDATE ON job FOR EACH ROW EXECUTE FUNCTION forbid(); "
    "CREATE TABLE payment (id int PRIMARY KEY, amount int, rate int); "
    "CREATE TABLE item (id int PRIMARY KEY, name text); "
    "CREATE TABLE task (tno int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, job_id int REFERENCES job, note "
    "varchar(40) CHECK (note <> 'bad')); "
    "CREATE TABLE diary (id int PRIMARY KEY, staff_id int, note text, minutes int); "
    "INSERT INTO diary SELECT i, CASE WHEN i BETWEEN 101 AND 125 THEN 77 WHEN i BETWEEN 126 AND 140 THEN NULL WHEN i "
    "<= "
    "12 THEN 1 ELSE i % 50 + 1 END, CASE WHEN i BETWEEN 141 AND 150 THEN repeat('z', 51) WHEN i <= 8 THEN 'phone ' || "
    "i ELSE 'entry ' || i END, CASE WHEN i BETWEEN 151 AND 155 THEN 700 ELSE 30 END FROM generate_series(1, 5000) i; "
    "CREATE TABLE visit (id int PRIMARY KEY, note text, source char(1)); INSERT INTO visit SELECT i, 'phone ' || i, "
    "'M' "
    "FROM generate_series(10001, 10200) i; INSERT INTO visit SELECT i, 'phone ' || i, 'M' FROM generate_series(20001, "
    "20006) i";

void make_office(Misfitting& pair) {
  pair.sql(desktop, office_at_desktop);
  pair.sql(cloud, office_in_cloud);
  pair.sql("CREATE TABLE gone (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO gone SELECT i, 'v' FROM generate_series(1, 1000) i");
  pair.sql(cloud, "CREATE TABLE phone (id int REFERENCES gone ON DELETE CASCADE)");
  for (const char* table : {"e_desktop", "e_cloud", "e_last", "e_manual"}) {
    const std::string name = table;
    pair.sql("CREATE TABLE " + name + " (id int PRIMARY KEY, v text, updated_at timestamptz)");
    pair.sql(desktop, "INSERT INTO " + name + " SELECT i, 'v' || i, '2026-01-01' FROM generate_series(1, 500) i");
  }
  pair.use_map(maps);
}

// Each side edits rows of its own and rows that the other edits too.
void edit_both_sides(Misfitting& pair) {
  pair.sql(desktop,
           "UPDATE client SET name = 'renamed ' || id WHERE id BETWEEN 3001 AND 3010; "
           "INSERT INTO job SELECT i, 95001, 'orphan', 1, 'open', '2026-01-01' FROM generate_series(30001, 30005) i; "
           "INSERT INTO job SELECT i, 2001, 'new', 1, 'open', '2026-01-01' FROM generate_series(30011, 30017) i; "
           "UPDATE job SET state = 'odd' WHERE id BETWEEN 1001 AND 1003");
  for (const char* table : {"e_desktop", "e_cloud", "e_last", "e_manual"}) {
    const std::string update = std::string("UPDATE ") + table;
    pair.sql(desktop, update + " SET v = 'desktop ' || id, updated_at = '2026-02-02' WHERE id BETWEEN 1 AND 15; " +
                          update + " SET v = 'alike' WHERE id BETWEEN 21 AND 22; " + update +
                          " SET updated_at = NULL WHERE id = 10");
    pair.sql(cloud, update +
                        " SET v = 'cloud ' || id, updated_at = CASE WHEN id <= 5 THEN '2026-02-01' WHEN id <= 8 THEN "
                        "'2026-02-03' WHEN id = 9 THEN '2026-02-02' END::timestamptz WHERE id BETWEEN 1 AND 10; " +
                        update + " SET v = 'cloud ' || id WHERE id BETWEEN 16 AND 20; " + update +
                        " SET v = 'alike' WHERE id BETWEEN 21 AND 22");
  }
  pair.sql(cloud, "UPDATE gone SET v = 'phone' WHERE id BETWEEN 1 AND 3; INSERT INTO phone VALUES (4), (5)");
  pair.sql(desktop, "DELETE FROM gone WHERE id <= 20");
  pair.sql(
      cloud,
      "DELETE FROM visit WHERE id BETWEEN 1 AND 7; UPDATE visit SET note = 'phone' WHERE id BETWEEN 101 AND 110 OR "
      "id BETWEEN 201 AND 205");
  pair.sql(desktop,
           "UPDATE visit SET note = 'edited' WHERE id BETWEEN 1 AND 4 OR id BETWEEN 111 AND 115 OR id BETWEEN 201 AND "
           "205");
}

// Some at the desktop, some in the cloud: those rows have not changed, and are tried all the same.
void mend_all_causes(Misfitting& pair) {
  pair.sql(
      desktop,
      "UPDATE client SET email = 'mended ' || id WHERE id <= 25; "
      "INSERT INTO client SELECT i, 'late', 'late ' || i FROM generate_series(90001, 90300) i; "
      "INSERT INTO client VALUES (95001, 'late', 'late 95001'); "
      "UPDATE job SET due = '2026-05-05' WHERE due IS NULL; "
      "UPDATE job SET hours = 123.45 WHERE hours > 1000; UPDATE job SET hours = 1.01 WHERE hours = 1.005; "
      "UPDATE payment SET amount = 1 WHERE amount = 0; "
      "DELETE FROM item WHERE name LIKE 'other%'; "
      "INSERT INTO gone SELECT i, CASE WHEN i <= 3 THEN 'phone' ELSE 'v' END FROM generate_series(1, 5) i; "
      "UPDATE task SET job_id = 1000 WHERE job_id = 99999; UPDATE task SET note = 'good' WHERE note = 'bad'; "
      "INSERT INTO staff VALUES (77); ALTER TABLE diary ALTER note TYPE varchar(60), DROP CONSTRAINT "
      "diary_minutes_check, ALTER staff_id DROP NOT NULL; "
      "UPDATE diary SET id = id + 90000 WHERE id <= 8; "
      "UPDATE visit SET id = id + 30000 WHERE id BETWEEN 20001 AND 20006; DELETE FROM visit WHERE id BETWEEN 1 AND "
      "7");
  pair.sql(cloud,
           "ALTER TABLE job DROP CONSTRAINT known_state, ALTER title TYPE varchar(40); DROP TRIGGER forbid ON job; "
           "ALTER TABLE task ALTER note TYPE text; "
           "UPDATE e_last SET v = 'desktop ' || id WHERE id = 10; UPDATE e_manual SET v = 'desktop ' || id WHERE id <= "
           "10");
}

TEST(Misfits, AllThatFitsArrivesAllElseWaitsAndComesWhenItsCauseIsMended) {
  Misfitting pair;
  make_office(pair);
  const auto plan = pair.run({"plan", "full", "--json"});
  for (const auto& table : plan.json())
    EXPECT_EQ(table["orphans"], table["table"] == "job" ? 300 : table["table"] == "task" ? 10 : 0) << table;

  {
    SCOPED_TRACE("full");
    const auto full = pair.sync_and_account("full", 8);
    expect_counts(full, "client", {{"inserted", 3975}, {"quarantined", 25}});
    expect_counts(full, "job", {{"inserted", 20000 - 420}, {"quarantined", 420}});
    expect_counts(full, "payment", {{"inserted", 5988}, {"quarantined", 12}});
    expect_counts(full, "item", {{"inserted", 5000}, {"skipped", 20}, {"quarantined", 30}});
    expect_counts(full, "task", {{"inserted", 4980}, {"quarantined", 20}});
    for (const char* table : {"e_desktop", "e_cloud", "e_last", "e_manual"})
      expect_counts(full, table, {{"inserted", 500}});
    expect_counts(full, "visit", {{"inserted", 3000}, {"conflicted", 6}});
    EXPECT_THAT(
        pair.waiting(),
        ElementsAre("client|unique_violation|25", "item|duplicate_key|30", "job|check_violation|30",
                    "job|foreign_key_violation|300", "job|not_null_violation|40", "job|numeric_value_out_of_range|10",
                    "job|raise_exception|15", "job|value_would_change|25", "payment|division_by_zero|12",
                    "task|check_violation|5", "task|foreign_key_violation|10", "task|value_would_change|5"));
    EXPECT_THAT(pair.conflicts(), ElementsAre("visit|insert_exists|6"));
    pair.expect_same_but_for_waiting("client", "id, name, email");
    pair.expect_same_but_for_waiting("job", "id, client_id, title, round(hours, 2), state, due");
    pair.expect_same_but_for_waiting("payment", "id, amount");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM client WHERE id <= 25 OR id BETWEEN 1001 AND 1025"), "25");
    EXPECT_EQ(pair.value(cloud, "SELECT count(DISTINCT email) FROM client"), "3975");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM item WHERE name LIKE 'other%' OR id BETWEEN 101 AND 130"), "30");
    for (const char* table : {"e_desktop", "e_cloud", "e_last", "e_manual"}) pair.expect_same(table);
  }
  {
    SCOPED_TRACE("reverse");
    const auto reverse = pair.sync_and_account("reverse", 8);
    expect_counts(reverse, "diary",
                  {{"inserted", 5000 - 12 - 55}, {"unchanged", 4}, {"conflicted", 8}, {"quarantined", 55}});
    expect_counts(reverse, "visit", {{"inserted", 200}, {"conflicted", 6}});
    EXPECT_THAT(pair.waiting(desktop), ElementsAre("diary|check_violation|5", "diary|foreign_key_violation|25",
                                                   "diary|not_null_violation|15", "diary|value_would_change|10"));
    EXPECT_THAT(pair.conflicts(desktop), ElementsAre("diary|insert_exists|8", "visit|insert_exists|6"));
    pair.expect_same_but_for_waiting("diary", "id, staff_id, note, minutes", desktop);
    EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM diary WHERE note LIKE 'desktop%'"), "8");
  }
  edit_both_sides(pair);
  {
    SCOPED_TRACE("incremental");
    const auto incremental = pair.sync_and_account("incremental", 8);
    expect_counts(incremental, "client", {{"updated", 10}, {"quarantined", 25}});
    expect_counts(incremental, "job", {{"inserted", 7}, {"quarantined", 428}});
    expect_counts(incremental, "payment", {{"quarantined", 12}});
    expect_counts(incremental, "item", {{"unchanged", 30}, {"quarantined", 30}});
    expect_counts(incremental, "task", {{"unchanged", 4980}, {"quarantined", 20}});
    for (const char* table : {"e_desktop", "e_cloud", "e_last", "e_manual"})
      expect_counts(incremental, table, {{"updated", 5}, {"unchanged", 2}, {"conflicted", 10}});
    expect_counts(incremental, "visit", {{"updated", 5}, {"conflicted", 15}});
    for (const char* table : {"e_desktop", "e_cloud"}) EXPECT_EQ(incremental.table(table)["status"], "ok") << table;
    for (const char* table : {"e_last", "e_manual"})
      EXPECT_EQ(incremental.table(table)["status"], "attention") << table;
    EXPECT_THAT(pair.conflicts(), ElementsAre("e_last|update_origin_differs|1", "e_manual|update_origin_differs|10",
                                              "visit|insert_exists|6", "visit|update_missing|4"));
    EXPECT_THAT(pair.rows(cloud,
                          "SELECT table_name, resolution, count(*), min((row_key->>'id')::int), "
                          "max((row_key->>'id')::int) FROM pgtide.conflict WHERE resolved_at IS NOT NULL GROUP BY 1, 2 "
                          "ORDER BY table_name COLLATE \"C\", 2"),
                ElementsAre("e_cloud|cloud|10|1|10", "e_desktop|desktop|10|1|10", "e_last|cloud|3|6|8",
                            "e_last|desktop|6|1|9", "visit|desktop|5|201|205"));
    const std::string by_hand = "SELECT string_agg(split_part(v, ' ', 1), ',' ORDER BY id) FROM ";
    EXPECT_EQ(pair.value(cloud, by_hand + "e_desktop WHERE id <= 10"),
              "desktop,desktop,desktop,desktop,desktop,desktop,desktop,desktop,desktop,desktop");
    EXPECT_EQ(pair.value(cloud, by_hand + "e_cloud WHERE id <= 10"),
              "cloud,cloud,cloud,cloud,cloud,cloud,cloud,cloud,cloud,cloud");
    EXPECT_EQ(pair.value(cloud, by_hand + "e_last WHERE id <= 10"),
              "desktop,desktop,desktop,desktop,desktop,cloud,cloud,cloud,desktop,cloud");
    EXPECT_EQ(pair.value(cloud, by_hand + "e_manual WHERE id <= 10"),
              "cloud,cloud,cloud,cloud,cloud,cloud,cloud,cloud,cloud,cloud");
    // a change that does not fit leaves the row as it was
    EXPECT_THAT(pair.rows(cloud, "SELECT DISTINCT state, phone_note FROM job WHERE id BETWEEN 1001 AND 1003"),
                ElementsAre("open|own"));
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM visit WHERE id <= 7"), "0");
  }
  {
    SCOPED_TRACE("incremental again: only what waits");
    const auto incremental = pair.sync_and_account("incremental", 8);
    expect_counts(incremental, "client", {{"quarantined", 25}});
    expect_counts(incremental, "job", {{"quarantined", 428}});
    for (const char* table : {"e_desktop", "e_cloud"}) expect_counts(incremental, table, {});
    expect_counts(incremental, "e_last", {{"conflicted", 1}});
    expect_counts(incremental, "e_manual", {{"conflicted", 10}});
    expect_counts(incremental, "visit", {{"conflicted", 10}});
    EXPECT_EQ(pair.value(cloud,
                         "SELECT min(attempts) || ' ' || max(attempts) FROM pgtide.quarantine WHERE table_name = "
                         "'job' AND (row_key->>'id')::int < 1000"),
              "3 3");
  }
  {
    SCOPED_TRACE("full again");
    const auto full = pair.sync_and_account("full", 8);
    expect_counts(full, "job", {{"unchanged", 20000 + 12 - 428}, {"quarantined", 428}});
    expect_counts(full, "item", {{"unchanged", 5000}, {"skipped", 20}, {"quarantined", 30}});
    expect_counts(full, "e_desktop", {{"unchanged", 495}, {"skipped", 5}});
    expect_counts(full, "e_cloud", {{"unchanged", 485}, {"skipped", 15}});
    expect_counts(full, "e_last", {{"unchanged", 491}, {"skipped", 8}, {"conflicted", 1}});
    expect_counts(full, "e_manual", {{"unchanged", 485}, {"skipped", 5}, {"conflicted", 10}});
    expect_counts(full, "visit", {{"unchanged", 3000 - 7 - 10}, {"skipped", 3 + 10}, {"conflicted", 10}});
    expect_counts(full, "gone", {{"unchanged", 980}, {"conflicted", 5}, {"deleted", 15}});
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM gone"), "985");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM phone"), "2");
  }
  {
    SCOPED_TRACE("incremental: what waits for a decision stays");
    pair.sync_and_account("incremental", 8);
    EXPECT_THAT(pair.conflicts(),
                ElementsAre("e_last|update_origin_differs|1", "e_manual|update_origin_differs|10",
                            "gone|delete_origin_differs|5", "visit|insert_exists|6", "visit|update_missing|4"));
  }
  mend_all_causes(pair);
  {
    SCOPED_TRACE("mended");
    pair.sync_and_account("incremental", 0);
    pair.sync_and_account("reverse", 0);
    for (const Place place : {desktop, cloud}) {
      EXPECT_THAT(pair.waiting(place), IsEmpty());
      EXPECT_THAT(pair.conflicts(place), IsEmpty());
    }
    pair.expect_same("client");
    pair.expect_same("job", "job", "id, client_id, title::text, round(hours, 2), state, due");
    pair.expect_same("payment", "payment", "id, amount");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM payment WHERE rate <> 1000 / amount OR rate IS NULL"), "0");
    pair.expect_same("item", "item", "DISTINCT id, name");
    pair.expect_same("task", "task", "job_id, note::text");
    EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM diary") + 8, pair.number(desktop, "SELECT count(*) FROM diary"));
    pair.expect_same("gone");
    pair.expect_same("diary WHERE id < 90000", "diary WHERE id < 90000", "id, staff_id, note::text, minutes");
    const std::string visits = "visit WHERE id NOT BETWEEN 101 AND 110";  // what only the cloud changed stays there
    pair.expect_same(visits, visits, "id, note, coalesce(source, 'D')");
  }
}

// ---- one row of twenty, of each kind

struct Kind {
  const char* name;
  const char* in_cloud;  // the table t@ (id, v), and whatever makes row 13 unfit; @ is the number of the kind
  const char* bad;       // SQL for v of row 13; the others have their number as text
  const char* reason;
  const char* mend;  // in the cloud
  const char* desktop_type = "text";
};

const std::vector<Kind> kinds = {
    {"NOT NULL", "CREATE TABLE t@ (id int PRIMARY KEY, v text NOT NULL)", "NULL", "not_null_violation",
     "ALTER TABLE t@ ALTER v DROP NOT NULL"},
    {"CHECK", "CREATE TABLE t@ (id int PRIMARY KEY, v text CONSTRAINT c CHECK (v <> 'bad'))", "'bad'",
     "check_violation", "ALTER TABLE t@ DROP CONSTRAINT c"},
    {"CHECK of a domain", "CREATE DOMAIN d@ AS text CHECK (VALUE <> 'bad'); CREATE TABLE t@ (id int PRIMARY KEY, v d@)",
     "'bad'", "check_violation", "ALTER DOMAIN d@ DROP CONSTRAINT d@_check"},
    {"UNIQUE", "CREATE TABLE t@ (id int PRIMARY KEY, v text UNIQUE)", "'2'", "unique_violation",
     "ALTER TABLE t@ DROP CONSTRAINT t@_v_key"},
    {"UNIQUE of an expression",
     "CREATE TABLE t@ (id int PRIMARY KEY, v text); CREATE UNIQUE INDEX u@ ON t@ (lower(v)); INSERT INTO t@ VALUES "
     "(-1, "
     "'a')",
     "'A'", "unique_violation", "DROP INDEX u@"},
    {"EXCLUDE", "CREATE TABLE t@ (id int PRIMARY KEY, v text, CONSTRAINT e EXCLUDE USING btree (v WITH =))", "'2'",
     "exclusion_violation", "ALTER TABLE t@ DROP CONSTRAINT e"},
    {"foreign key",
     "CREATE TABLE p@ (v text PRIMARY KEY); INSERT INTO p@ SELECT i::text FROM generate_series(1, 20) i; CREATE TABLE "
     "t@ "
     "(id "
     "int PRIMARY KEY, v text REFERENCES p@)",
     "'99'", "foreign_key_violation", "INSERT INTO p@ VALUES ('99')"},
    {"deferred foreign key",
     "CREATE TABLE p@ (v text PRIMARY KEY); INSERT INTO p@ SELECT i::text FROM generate_series(1, 20) i; CREATE TABLE "
     "t@ "
     "(id "
     "int PRIMARY KEY, v text REFERENCES p@ DEFERRABLE INITIALLY DEFERRED)",
     "'99'", "foreign_key_violation", "INSERT INTO p@ VALUES ('99')"},
    {"too long", "CREATE TABLE t@ (id int PRIMARY KEY, v varchar(5))", "'123456'", "value_would_change",
     "ALTER TABLE t@ ALTER v TYPE varchar(6)"},
    {"number out of range", "CREATE TABLE t@ (id int PRIMARY KEY, v int)", "5000000000", "numeric_value_out_of_range",
     "ALTER TABLE t@ ALTER v TYPE bigint", "bigint"},
    {"rounded", "CREATE TABLE t@ (id int PRIMARY KEY, v numeric(10,1))", "0.25", "value_would_change",
     "ALTER TABLE t@ ALTER v TYPE numeric(10,2)", "numeric"},
    {"label of an enum",
     "CREATE TYPE e@ AS ENUM ('1','2','3','4','5','6','7','8','9','10','11','12','14','15','16','17','18','19','20'); "
     "CREATE TABLE t@ (id int PRIMARY KEY, v e@)",
     "'bad'", "invalid_text_representation", "ALTER TYPE e@ ADD VALUE 'bad'"},
    {"trigger",
     "CREATE TABLE t@ (id int PRIMARY KEY, v text); CREATE FUNCTION f@() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
     "IF "
     "NEW.v = 'bad' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END$$; CREATE TRIGGER f@ BEFORE INSERT ON t@ FOR "
     "EACH "
     "ROW EXECUTE FUNCTION f@()",
     "'bad'", "raise_exception", "DROP TRIGGER f@ ON t@"},
    {"AFTER trigger",
     "CREATE TABLE t@ (id int PRIMARY KEY, v text); CREATE FUNCTION f@() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
     "IF "
     "NEW.v = 'bad' THEN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END IF; RETURN NEW; END$$; CREATE TRIGGER f@ "
     "AFTER "
     "INSERT ON t@ FOR EACH ROW EXECUTE FUNCTION f@()",
     "'bad'", "check_violation", "DROP TRIGGER f@ ON t@"},
    {"deferred trigger",
     "CREATE TABLE t@ (id int PRIMARY KEY, v text); CREATE FUNCTION f@() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
     "IF "
     "NEW.v = 'bad' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END$$; CREATE CONSTRAINT TRIGGER f@ AFTER INSERT ON "
     "t@ "
     "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f@()",
     "'bad'", "raise_exception", "DROP TRIGGER f@ ON t@"},
    {"trigger that divides",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int); CREATE FUNCTION f@() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
     "PERFORM 1 / NEW.v; RETURN NEW; END$$; CREATE TRIGGER f@ BEFORE INSERT OR UPDATE ON t@ FOR EACH ROW EXECUTE "
     "FUNCTION f@()",
     "0", "division_by_zero", "DROP TRIGGER f@ ON t@", "int"},
    {"trigger that writes elsewhere",
     "CREATE TABLE p@ (v int CHECK (v <> 13)); CREATE TABLE t@ (id int PRIMARY KEY, v int); CREATE FUNCTION f@() "
     "RETURNS "
     "trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO p@ VALUES (NEW.v); RETURN NEW; END$$; CREATE TRIGGER f@ AFTER "
     "INSERT OR UPDATE ON t@ FOR EACH ROW EXECUTE FUNCTION f@()",
     "13", "check_violation", "ALTER TABLE p@ DROP CONSTRAINT p@_v_check", "int"},
    {"search vector that grows too long",
     "CREATE TABLE t@ (id int PRIMARY KEY, v text, s tsvector GENERATED ALWAYS AS (to_tsvector('simple', v)) STORED)",
     "(SELECT string_agg(k || 'abcdefgh', ' ') FROM generate_series(1, 110000) k)", "program_limit_exceeded",
     "ALTER TABLE t@ DROP COLUMN s"},
    {"no partition",
     "CREATE TABLE t@ (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE t@_1 PARTITION OF t@ "
     "FOR "
     "VALUES FROM (1) TO (13); CREATE TABLE t@_2 PARTITION OF t@ FOR VALUES FROM (14) TO (30)",
     "'bad'", "check_violation", "CREATE TABLE t@_3 PARTITION OF t@ DEFAULT"},
    {"generated column", "CREATE TABLE t@ (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (100 / v) STORED)", "0",
     "division_by_zero", "ALTER TABLE t@ DROP COLUMN g", "int"},
    {"index on an expression", "CREATE TABLE t@ (id int PRIMARY KEY, v int); CREATE INDEX x@ ON t@ ((100 / v))", "0",
     "division_by_zero", "DROP INDEX x@", "int"},
    {"entry too large for its index", "CREATE TABLE t@ (id int PRIMARY KEY, v text); CREATE INDEX x@ ON t@ (v)",
     "(SELECT string_agg(md5(k::text), '') FROM generate_series(1, 400) k)", "program_limit_exceeded", "DROP INDEX x@"},
};

std::string numbered(std::string text, std::size_t number) {
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@'))
    text.replace(at, 1, std::to_string(number));
  return text;
}

// A table of twenty rows for each kind, of which row 13 is still to come.
class OfTwenty : public Misfitting {
 public:
  OfTwenty() {
    std::string map;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      sql(desktop, numbered(std::string("CREATE TABLE t@ (id int, v ") + kinds[i].desktop_type +
                                "); INSERT INTO t@ SELECT i, i FROM generate_series(1, 20) i WHERE i <> 13",
                            i));
      sql(cloud, numbered(kinds[i].in_cloud, i));
      map += numbered("  - desktop: t@\n    key: [id]\n", i);
    }
    use_map(map);
  }

  void mend() {
    for (std::size_t i = 0; i < kinds.size(); ++i) sql(cloud, numbered(kinds[i].mend, i));
  }

  // What waits of a table, with the key.
  std::vector<std::string> waiting_of(const std::string& table) {
    return rows(cloud, "SELECT reason, row_key, row_data->>'id', attempts FROM pgtide.quarantine WHERE table_name = '" +
                           table + "'");
  }
};

TEST(Misfits, OneBadRowOfTwentyLeavesTheOtherNineteen) {
  OfTwenty pair;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    pair.sql(desktop, numbered(std::string("INSERT INTO t@ VALUES (13, ") + kinds[i].bad + ")", i));
  const auto full = pair.sync("full"), again = pair.sync("incremental");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    SCOPED_TRACE(kinds[i].name);
    const std::string table = numbered("t@", i);
    EXPECT_EQ(support::done(full.table(table)), "20 read: 19 inserted, 1 quarantined") << full.table(table)["error"];
    EXPECT_EQ(support::done(again.table(table)), "1 read: 1 quarantined") << again.table(table)["error"];
    EXPECT_THAT(pair.waiting_of(table), ElementsAre(std::string(kinds[i].reason) + "|{\"id\": 13}|13|2"));
  }
  EXPECT_EQ(full.status, 8);
  EXPECT_EQ(again.status, 8);
  pair.mend();
  const auto mended = pair.sync("incremental");
  EXPECT_EQ(mended.status, 0) << mended.everything();
  EXPECT_THAT(pair.waiting(), IsEmpty());
  for (std::size_t i = 0; i < kinds.size(); ++i)
    EXPECT_EQ(pair.value(cloud, numbered("SELECT count(*) FROM t@ WHERE id BETWEEN 1 AND 20", i)), "20")
        << kinds[i].name;
}

TEST(Misfits, AChangeThatDoesNotFitLeavesTheRowAsItWas) {
  OfTwenty pair;
  pair.sync_well("full");
  for (std::size_t i = 0; i < kinds.size(); ++i)
    pair.sql(desktop, numbered(std::string("UPDATE t@ SET v = ") + kinds[i].bad + " WHERE id = 7; UPDATE t@ SET v = (" +
                                   "SELECT max(v) FROM t@ WHERE id = 20) WHERE id = 20",
                               i));
  const auto run = pair.sync("incremental");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string name = kinds[i].name, table = numbered("t@", i);
    if (name == "trigger" || name.ends_with(" trigger") || name == "no partition")
      continue;  // they are about rows that are new
    SCOPED_TRACE(name);
    EXPECT_EQ(support::done(run.table(table)), "2 read: 1 unchanged, 1 quarantined") << run.table(table)["error"];
    EXPECT_THAT(pair.waiting_of(table), ElementsAre(std::string(kinds[i].reason) + "|{\"id\": 7}|7|1"));
    EXPECT_EQ(pair.value(cloud, "SELECT v::text::numeric::int FROM " + table + " WHERE id = 7"), "7");
  }
  EXPECT_EQ(run.status, 8) << run.everything();
  pair.mend();
  const auto mended = pair.sync("incremental");
  EXPECT_EQ(mended.status, 0) << mended.everything();
  for (std::size_t i = 0; i < kinds.size(); ++i)
    EXPECT_EQ(pair.value(cloud, numbered("SELECT v::text IS DISTINCT FROM '7' FROM t@ WHERE id = 7", i)), "t")
        << kinds[i].name;
}

// ---- tables of each shape

struct Shape {
  const char* name;
  const char* at_desktop;
  const char* in_cloud;
  const char* map;
  const char* mode;
};

// Rows 1 to 20; that with v = 13 does not fit.
const std::vector<Shape> shapes = {
    {"a key without an index", "CREATE TABLE t@ (id int, v int)",
     "CREATE TABLE t@ (id int, v int CONSTRAINT c CHECK (v <> 13))", "  - desktop: t@\n    key: [id]\n", "full"},
    {"a tree", "CREATE TABLE t@ (id int, v int, p int)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13), p int REFERENCES t@)",
     "  - desktop: t@\n", "full"},
    {"a circle", "CREATE TABLE t@ (id int, v int, p int); CREATE TABLE other@ (id int, t int)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13), p int); CREATE TABLE other@ (id int "
     "PRIMARY "
     "KEY, t int REFERENCES t@); ALTER TABLE t@ ADD FOREIGN KEY (p) REFERENCES other@",
     "  - desktop: t@\n  - desktop: other@\n", "full"},
    {"a deferred circle", "CREATE TABLE t@ (id int, v int, p int); CREATE TABLE other@ (id int, t int)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13), p int); CREATE TABLE other@ (id int "
     "PRIMARY "
     "KEY, t int REFERENCES t@ DEFERRABLE); ALTER TABLE t@ ADD FOREIGN KEY (p) REFERENCES other@ DEFERRABLE",
     "  - desktop: t@\n  - desktop: other@\n", "full"},
    {"no key", "CREATE TABLE t@ (id int, v int)",
     "CREATE TABLE t@ (n int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id int, v int CONSTRAINT c CHECK (v <> 13))",
     "  - desktop: t@\n    key: none\n", "full"},
    {"no key and a match", "CREATE TABLE t@ (id int, v int)",
     "CREATE TABLE t@ (n int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id int, v int CONSTRAINT c CHECK (v <> 13))",
     "  - desktop: t@\n    key: none\n    match: [id]\n", "full"},
    {"other types", "CREATE TABLE t@ (id int, v int)",
     "CREATE TABLE t@ (id bigint PRIMARY KEY, v numeric CONSTRAINT c CHECK (v <> 13))", "  - desktop: t@\n", "full"},
    {"a key that occurs twice", "CREATE TABLE t@ (id int, v int); INSERT INTO t@ VALUES (1, 1)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13))", "  - desktop: t@\n    key: [id]\n",
     "full"},
    {"both ways", "CREATE TABLE t@ (id int PRIMARY KEY, v int)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13))",
     "  - desktop: t@\n    direction: both\n", "full"},
    {"a view", "CREATE TABLE base@ (id int, v int); CREATE VIEW t@ AS SELECT * FROM base@",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13))", "  - desktop: t@\n    key: [id]\n",
     "full"},
    {"a lookup", "CREATE TABLE t@ (id int, v int)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13))",
     "  - desktop: t@\n    forward:\n      columns: {v: \"(SELECT max(x.v) FROM t@ x WHERE x.id = t@.id)\"}\n", "full"},
    {"reverse", "CREATE TABLE t@ (id int PRIMARY KEY, v int)",
     "CREATE TABLE t@ (id int PRIMARY KEY, v int CONSTRAINT c CHECK (v <> 13))",
     "  - cloud: t@\n    direction: reverse\n", "reverse"},
    {"reverse without a key", "CREATE TABLE t@ (id int, v int)",
     "CREATE TABLE t@ (n int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id int, v int CONSTRAINT c CHECK (v <> 13))",
     "  - cloud: t@\n    direction: reverse\n    key: none\n    skip: [n]\n", "reverse"},
};

TEST(Misfits, WhateverTheShapeOfTheTableOneBadRowStopsNoOther) {
  Misfitting pair;
  std::string map;
  const auto is_reverse = [](const Shape& shape) { return shape.mode == std::string("reverse"); };
  const auto at_source = [&](std::size_t i) { return is_reverse(shapes[i]) ? cloud : desktop; };
  const auto at_target = [&](std::size_t i) { return is_reverse(shapes[i]) ? desktop : cloud; };
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    std::string here = shapes[i].at_desktop, there = shapes[i].in_cloud;
    if (is_reverse(shapes[i])) {  // the constraint is the desktop's
      const std::string check = " CONSTRAINT c CHECK (v <> 13)";
      there.erase(there.find(check), check.size());
      here.replace(here.find("v int"), 5, "v int" + check);
    }
    pair.sql(desktop, numbered(here, i));
    pair.sql(cloud, numbered(there, i));
    pair.sql(at_source(i), numbered("INSERT INTO t@ (id, v) SELECT i, i FROM generate_series(1, 20) i", i));
    map += numbered(shapes[i].map, i);
  }
  pair.use_map(map);
  // Of both directions, so that a table is found in one of the two.
  const auto run_both = [&](const char* mode, int status) {
    std::map<std::string, Outcome> runs = {{"full", pair.sync(mode)}, {"reverse", pair.sync("reverse")}};
    for (const auto& [direction, run] : runs) {
      EXPECT_EQ(run.status, status) << run.everything();
      pair.expect_account(run, direction == "reverse" ? desktop : cloud);
    }
    return runs;
  };
  const auto check = [&](std::map<std::string, Outcome> runs, const char* what,
                         const std::function<void(std::size_t, const nlohmann::json&, const std::string&)>& expect) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      SCOPED_TRACE(std::string(what) + ": " + shapes[i].name);
      const std::string table = numbered("t@", i);
      expect(i, runs[shapes[i].mode].table(table), table);
    }
  };
  const auto waits = [&](std::size_t i, const std::string& table) {
    return pair.number(at_target(i), "SELECT count(*) FROM pgtide.quarantine WHERE table_name = '" + table +
                                         "' AND direction = '" + (is_reverse(shapes[i]) ? "reverse" : "forward") +
                                         "' AND reason = 'check_violation'");
  };
  check(run_both("full", 8), "first", [&](std::size_t i, const auto& done, const auto& table) {
    EXPECT_EQ(done["inserted"], 19) << done;
    EXPECT_EQ(done["quarantined"], 1) << done;
    EXPECT_EQ(waits(i, table), 1);
    EXPECT_EQ(pair.value(at_target(i), "SELECT count(*) FROM " + table), "19");
  });
  for (const char* mode : {"incremental", "full"})
    check(run_both(mode, 8), mode, [&](std::size_t i, const auto& done, const auto& table) {
      EXPECT_EQ(done["quarantined"], 1) << done;
      EXPECT_EQ(done["inserted"].template get<int>() + done["updated"].template get<int>(), 0) << done;
      EXPECT_EQ(waits(i, table), 1);
    });
  for (std::size_t i = 0; i < shapes.size(); ++i)
    pair.sql(at_source(i), numbered("INSERT INTO t@ (id, v) VALUES (21, 13), (22, 22)", i));
  check(run_both("incremental", 8), "one more", [&](std::size_t i, const auto& done, const auto& table) {
    EXPECT_EQ(done["inserted"], 1) << done;
    EXPECT_EQ(done["quarantined"], 2) << done;
    EXPECT_EQ(waits(i, table), 2);
  });
  for (std::size_t i = 0; i < shapes.size(); ++i)
    pair.sql(at_target(i), numbered("ALTER TABLE t@ DROP CONSTRAINT c", i));
  check(run_both("incremental", 0), "mended", [&](std::size_t i, const auto& done, const auto& table) {
    EXPECT_EQ(done["inserted"], 2) << done;
    EXPECT_EQ(waits(i, table), 0);
    pair.expect_same(table, table, "DISTINCT id::bigint, v::numeric");
    EXPECT_EQ(pair.value(at_target(i), "SELECT count(*) FROM " + table), "22");
  });
  for (const auto& [mode, run] : run_both("incremental", 0)) EXPECT_EQ(support::written(run), 0) << run.out;
}

// ---- what becomes of a row that waits

// Rows 1 to 20 of t, of which row 13 does not fit: its v is 'bad'.
class OneWaits : public Misfitting {
 public:
  explicit OneWaits(const std::string& more_of_map = "") {
    sql(desktop,
        "CREATE TABLE t (id int, v text, updated_at timestamptz); INSERT INTO t SELECT i, CASE WHEN i = 13 THEN 'bad' "
        "ELSE 'v' || i END, '2026-01-01' FROM generate_series(1, 20) i");
    sql(cloud,
        "CREATE TABLE t (id int PRIMARY KEY, v text CONSTRAINT c CHECK (v NOT LIKE 'bad%'), note text DEFAULT 'own', "
        "updated_at timestamptz)");
    use_map("  - desktop: t\n    key: [id]\n" + more_of_map);
    expect_counts(sync_and_account("full", 8), "t", {{"inserted", 19}, {"quarantined", 1}});
  }
  std::string left() {
    return value(cloud,
                 "SELECT coalesce(string_agg(payload->>'became', ',' ORDER BY event_id), '') FROM pgtide.event "
                 "WHERE event_type = 'quarantine_left' AND table_name = 't'");
  }
};

TEST(Misfits, ARowThatGetsAnotherKeyWaitsUnderThat) {
  OneWaits pair;
  pair.sql(desktop, "UPDATE t SET id = 113 WHERE id = 13");
  pair.sync_and_account("incremental", 8);
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key, attempts FROM pgtide.quarantine"), ElementsAre("{\"id\": 113}|1"));
  EXPECT_EQ(pair.left(), "gone");
}

TEST(Misfits, ARowThatSomebodyEnteredInTheCloudTooWaitsNoMore) {
  OneWaits pair;
  pair.sql(cloud, "ALTER TABLE t DROP CONSTRAINT c; INSERT INTO t VALUES (13, 'bad')");
  expect_counts(pair.sync_and_account("incremental", 0), "t", {{"unchanged", 1}});
  EXPECT_EQ(pair.left(), "unchanged");
}

TEST(Misfits, ARowWhoseNumberSomebodyTookInTheCloudMeanwhileIsAConflict) {
  OneWaits pair;
  pair.sql(cloud, "INSERT INTO t VALUES (13, 'phone')");
  pair.sync_and_account("incremental", 8);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 13"), "phone");
  EXPECT_THAT(pair.conflicts(), ElementsAre("t|insert_exists|1"));
  EXPECT_THAT(pair.waiting(), IsEmpty()) << "one place to wait is enough";
}

TEST(Misfits, ContentsAndReasonOfAWaitingRowAreThoseOfTheLastTry) {
  OneWaits pair;
  pair.sync("incremental");
  const std::string seen = "SELECT row_data->>'v', reason, attempts, last_tried > first_seen FROM pgtide.quarantine";
  EXPECT_THAT(pair.rows(cloud, seen), ElementsAre("bad|check_violation|2|t"));
  pair.sql(desktop, "UPDATE t SET v = 'bad again' WHERE id = 13");
  pair.sync("incremental");
  EXPECT_THAT(pair.rows(cloud, seen), ElementsAre("bad again|check_violation|1|t"));
  pair.sql(cloud, "ALTER TABLE t DROP CONSTRAINT c, ALTER v TYPE varchar(5)");
  pair.sync("incremental");
  EXPECT_THAT(pair.rows(cloud, seen), ElementsAre("bad again|value_would_change|2|t"));
}

TEST(Misfits, NoWordOfARowsContentsReachesAnybodyButTheQuarantine) {
  OneWaits pair;
  pair.sql(desktop, "INSERT INTO t VALUES (770007, 'bad secret 4711')");
  const auto run = pair.sync("incremental", {"--verbose"});
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("secret")));
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT 1 FROM pgtide.event e WHERE e::text LIKE '%secret%' UNION ALL SELECT 2 FROM "
                        "pgtide.table_run r WHERE r::text LIKE '%secret%' UNION ALL SELECT 3 FROM pgtide.watermark w "
                        "WHERE w::text LIKE '%secret%' UNION ALL SELECT 4 FROM pgtide.quarantine WHERE detail || hint "
                        "LIKE '%secret%'"),
              IsEmpty());
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.quarantine WHERE row_data->>'v' LIKE '%secret%'"), "1");
}

TEST(Misfits, ARowThatWasGivenUpIsReportedByEachRunUntilItIsGone) {
  OneWaits pair("    quarantine: {tries: 1}\n");
  for (const char* what : {"idle", "busy", "idle again"}) {
    SCOPED_TRACE(what);
    if (what == std::string("busy")) pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE id = 1");
    const auto run = pair.sync_and_account("incremental", 8);
    EXPECT_EQ(run.table("t")["quarantined"], 0) << "it is not tried";
    EXPECT_EQ(run.table("t")["status"], "attention") << "and waits all the same";
  }
  pair.sql(desktop, "DELETE FROM t WHERE id = 13");
  pair.sync("incremental");
  pair.sync_and_account("full", 0);
  EXPECT_THAT(pair.waiting(), IsEmpty());
}

TEST(Misfits, AChangeThatWaitsAndAnEditInTheCloudAreAConflictWhenItFits) {
  Misfitting pair;
  std::string map;
  const std::vector<std::string> policies = {"manual", "cloud_wins", "desktop_wins"};
  for (const auto& t : policies) {
    pair.sql(desktop, "CREATE TABLE " + t + " (id int, v text); INSERT INTO " + t + " VALUES (6, 'v'), (7, 'v')");
    pair.sql(cloud, "CREATE TABLE " + t + " (id int PRIMARY KEY, v text CHECK (v <> 'bad'))");
    map += "  - desktop: " + t + "\n    conflicts: " + t + "\n";
  }
  pair.use_map(map);
  pair.sync_well("full");
  const auto on_each = [&](Place place, const std::string& set) {
    for (const auto& t : policies) pair.sql(place, "UPDATE " + t + " SET v = '" + set + "' WHERE id = 7");
  };
  on_each(desktop, "bad");
  pair.sync("incremental");
  on_each(cloud, "phone");
  pair.sync("incremental");
  for (const auto& t : policies) EXPECT_NE(pair.value(cloud, "SELECT v FROM " + t + " WHERE id = 7"), "bad") << t;
  on_each(desktop, "good");
  pair.sync_and_account("incremental", 8);
  for (const auto& t : policies)
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM " + t + " WHERE id = 7"), t == "desktop_wins" ? "good" : "phone") << t;
  EXPECT_THAT(pair.waiting(), IsEmpty());
  EXPECT_THAT(pair.conflicts(), ElementsAre("manual|update_origin_differs|1"));
}

TEST(Misfits, AChangeThatTheCloudCannotTakeIsNotForcedByOverwrite) {
  OneWaits pair;
  expect_counts(pair.sync("full", {"--overwrite"}), "t", {{"unchanged", 19}, {"quarantined", 1}});
  EXPECT_THAT(pair.waiting(), ElementsAre("t|check_violation|1"));
}

TEST(Misfits, ATriggerThatMendsARowIsLeftToItsWork) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text, p int); INSERT INTO t SELECT i, CASE WHEN i > 5 THEN 'v' END, i FROM "
           "generate_series(1, 20) i");
  pair.sql(
      cloud,
      "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 15); CREATE TABLE t (id int "
      "PRIMARY KEY, v text NOT NULL UNIQUE, p int REFERENCES p); CREATE FUNCTION f() RETURNS trigger LANGUAGE "
      "plpgsql AS $$BEGIN NEW.v := coalesce(NEW.v, '') || NEW.id; IF NEW.p > 17 THEN NEW.p := NULL; END IF; RETURN "
      "NEW; END$$; CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  expect_counts(pair.sync_and_account("full", 8), "t", {{"inserted", 18}, {"quarantined", 2}});
  EXPECT_THAT(pair.waiting(), ElementsAre("t|foreign_key_violation|2"));
  expect_counts(pair.sync_and_account("full", 8), "t", {{"skipped", 18}, {"quarantined", 2}});
}

TEST(Misfits, ARowThatATriggerDropsIsNoSuccess) {
  Misfitting pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 20) i");
  pair.sql(
      cloud,
      "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS "
      "$$BEGIN IF NEW.id = 13 THEN RETURN NULL; END IF; RETURN NEW; END$$; CREATE TRIGGER f BEFORE INSERT ON t FOR "
      "EACH ROW EXECUTE FUNCTION f()");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  for (const char* mode : {"full", "incremental", "full"}) {
    const auto run = pair.sync(mode);
    EXPECT_EQ(run.status, 8) << run.everything();
    EXPECT_EQ(run.table("t")["quarantined"], 1) << run.out;
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "19");
}

// ---- parents

TEST(Misfits, ChildrenOfRowsThatWaitWaitTooAndComeWithThem) {
  Misfitting pair;
  pair.sql(
      desktop,
      "CREATE TABLE a (id int, v text); CREATE TABLE b (id int, a int); CREATE TABLE c (id int, b int); INSERT INTO "
      "a SELECT i, CASE WHEN i <> 7 THEN 'v' END FROM generate_series(1, 20) i; INSERT INTO b SELECT i, i FROM "
      "generate_series(1, 20) i; INSERT INTO c SELECT i, i FROM generate_series(1, 20) i");
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY, v text NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES "
           "a); CREATE TABLE c (id int PRIMARY KEY, b int NOT NULL REFERENCES b DEFERRABLE INITIALLY DEFERRED)");
  pair.use_map("  - desktop: c\n  - desktop: b\n  - desktop: a\n");
  const auto full = pair.sync_and_account("full", 8);
  for (const char* table : {"a", "b", "c"}) expect_counts(full, table, {{"inserted", 19}, {"quarantined", 1}});
  pair.sql(desktop, "UPDATE a SET v = 'v' WHERE id = 7");
  const auto mended = pair.sync_and_account("incremental", 0);
  for (const char* table : {"a", "b", "c"}) expect_counts(mended, table, {{"inserted", 1}});
  for (const char* table : {"a", "b", "c"}) pair.expect_same(table);
}

TEST(Misfits, ABrokenBranchOfATreeWaitsAndComesWhole) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, parent int); INSERT INTO t SELECT i, CASE WHEN i % 20 = 1 THEN CASE WHEN i = 41 "
           "THEN 999 END ELSE i - 1 END FROM generate_series(1, 200) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)");
  pair.use_map("  - desktop: t\n");
  expect_counts(pair.sync_and_account("full", 8), "t", {{"inserted", 180}, {"quarantined", 20}});
  expect_counts(pair.sync_and_account("incremental", 8), "t", {{"quarantined", 20}});
  pair.sql(desktop, "INSERT INTO t VALUES (999, NULL)");
  expect_counts(pair.sync_and_account("incremental", 0), "t", {{"inserted", 21}});
  pair.expect_same("t");
}

TEST(Misfits, ClearedReferencesAreSetByTheNextFullOnceTheParentIsThere) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE parent (id int); CREATE TABLE child (id int, p int, v text); INSERT INTO parent VALUES (1); "
           "INSERT INTO child SELECT i, i % 3, 'v' FROM generate_series(1, 300) i");
  pair.sql(
      cloud,
      "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent, v "
      "text)");
  pair.use_map("  - desktop: child\n    orphans: null\n  - desktop: parent\n");
  expect_counts(pair.sync_and_account("full", 0), "child", {{"inserted", 300}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM child WHERE p IS NULL"), "200");
  expect_counts(pair.sync_and_account("incremental", 0), "child", {});
  expect_counts(pair.sync_and_account("full", 0), "child", {{"unchanged", 300}});
  pair.sql(cloud, "UPDATE child SET v = 'phone' WHERE id = 2");
  pair.sql(desktop, "INSERT INTO parent VALUES (2)");
  expect_counts(pair.sync_and_account("full", 0), "child", {{"updated", 99}, {"unchanged", 200}, {"conflicted", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM child WHERE p IS NULL"), "100");
  pair.sql(desktop, "UPDATE child SET v = 'edited' WHERE id = 3");
  expect_counts(pair.sync_and_account("incremental", 0), "child", {{"updated", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT v || coalesce(p::text, '-') FROM child WHERE id = 3"), "edited-");
}

// ---- unique values

TEST(Misfits, OfTwoRowsThatWantOneValueOneHasItAndTheOtherGetsItWhenItIsFree) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'v' || i / 2 FROM generate_series(2, 21) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text UNIQUE)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  expect_counts(pair.sync_and_account("full", 8), "t", {{"inserted", 10}, {"quarantined", 10}});
  const auto has_it = pair.rows(cloud, "SELECT id FROM t ORDER BY 1");
  expect_counts(pair.sync_and_account("full", 8), "t", {{"unchanged", 10}, {"quarantined", 10}});
  EXPECT_EQ(pair.rows(cloud, "SELECT id FROM t ORDER BY 1"), has_it) << "who has it keeps it";
  pair.sql(desktop, "UPDATE t SET v = 'w' || id WHERE id IN (" + has_it[0] + ", " + has_it[1] +
                        "); DELETE FROM t WHERE id = " + has_it[2]);
  const auto run = pair.sync_and_account("incremental", 8);
  expect_counts(run, "t", {{"updated", 2}, {"inserted", 2}, {"quarantined", 8}});
}

TEST(Misfits, AThousandRowsThatDoNotFitAreFoundInTime) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v int, w text); INSERT INTO t SELECT i, CASE WHEN i % 7 = 0 THEN 0 ELSE i END, "
           "repeat('w', 50) FROM generate_series(1, 7000) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v int, w text, g int GENERATED ALWAYS AS (100 / v) STORED)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  const auto full = pair.sync_and_account("full", 8);
  expect_counts(full, "t", {{"inserted", 6000}, {"quarantined", 1000}});
  EXPECT_LT(full.table("t")["seconds"].get<double>(), 30);
}

// ---- reverse

TEST(Misfits, ReversePassesNoRowThatFailed) {
  Misfitting pair;
  pair.sql(desktop, "CREATE TABLE t (id int PRIMARY KEY, v text CONSTRAINT c CHECK (v <> 'bad'))");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, CASE WHEN i % 10 = 0 THEN 'bad' "
           "ELSE 'v' END FROM generate_series(1, 100) i");
  pair.use_map("  - cloud: t\n    direction: reverse\n");
  expect_counts(pair.sync_and_account("reverse", 8), "t", {{"inserted", 90}, {"quarantined", 10}});
  for (int time = 0; time < 3; ++time) {
    pair.sql(cloud, "INSERT INTO t SELECT max(id) + 1, 'v' FROM t");
    expect_counts(pair.sync_and_account("reverse", 8), "t", {{"inserted", 1}, {"quarantined", 10}});
  }
  pair.sql(cloud, "UPDATE t SET v = 'mended' WHERE id = 10");
  expect_counts(pair.sync_and_account("reverse", 8), "t", {{"inserted", 1}, {"quarantined", 9}});
  pair.sql(desktop, "ALTER TABLE t DROP CONSTRAINT c");
  expect_counts(pair.sync_and_account("reverse", 0), "t", {{"inserted", 9}});
  pair.expect_same("t");
  expect_counts(pair.sync_and_account("reverse", 0), "t", {});
}

TEST(Misfits, ARowThatWaitsInOneDirectionDoesNotComeBackInTheOther) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, v text CONSTRAINT c CHECK (v <> 'odd')); INSERT INTO t SELECT i, "
           "CASE WHEN i = 7 THEN 'bad' ELSE 'v' END FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text CONSTRAINT c CHECK (v <> 'bad'))");
  pair.use_map("  - desktop: t\n    direction: both\n");
  pair.sync_and_account("full", 8);
  pair.sql(cloud, "INSERT INTO t VALUES (101, 'odd'), (102, 'fine')");
  expect_counts(pair.sync_and_account("reverse", 8), "t", {{"inserted", 1}, {"quarantined", 1}});
  expect_counts(pair.sync_and_account("incremental", 8), "t", {{"quarantined", 1}});
  pair.sql("ALTER TABLE t DROP CONSTRAINT c");
  expect_counts(pair.sync_and_account("incremental", 0), "t", {{"inserted", 1}});
  expect_counts(pair.sync_and_account("reverse", 0), "t", {{"inserted", 1}});
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(support::written(pair.sync_and_account("full", 0)), 0);
    EXPECT_EQ(support::written(pair.sync_and_account("reverse", 0)), 0);
  }
  pair.expect_same("t");
}

// ---- rows without a key

TEST(Misfits, WithoutAKeyNoRowIsRemovedForOneThatDoesNotFit) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i / 2, 'v' || i / 4 FROM generate_series(1, 200) i");
  pair.sql(
      cloud,
      "CREATE TABLE t (n int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id int, v text CHECK (v <> 'bad'), note "
      "text DEFAULT 'own')");
  pair.use_map("  - desktop: t\n    key: none\n    match: [id]\n");
  pair.sync_well("full");
  const auto numbers = pair.rows(cloud, "SELECT n, id FROM t ORDER BY 1");
  pair.sql(desktop, "UPDATE t SET v = 'bad' WHERE id IN (10, 11)");
  const auto held = pair.sync_and_account("incremental", 8);
  EXPECT_EQ(held.table("t")["quarantined"], 4) << held.out;
  EXPECT_EQ(held.table("t")["deleted"], 0) << held.out;
  EXPECT_EQ(pair.rows(cloud, "SELECT n, id FROM t ORDER BY 1"), numbers) << "a change that waits leaves the row";
  EXPECT_EQ(pair.sync_and_account("incremental", 8).table("t")["quarantined"], 4);
  pair.sql(desktop, "UPDATE t SET v = 'good' WHERE id IN (10, 11)");
  const auto mended = pair.sync_and_account("incremental", 0);
  EXPECT_EQ(mended.table("t")["updated"], 4) << mended.out;
  EXPECT_EQ(pair.rows(cloud, "SELECT n, id FROM t ORDER BY 1"), numbers);
  pair.expect_same("t", "t", "id, v");
}

TEST(Misfits, WithoutAKeyEachOfSeveralEqualRowsWaits) {
  Misfitting pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 20) i; INSERT "
           "INTO t SELECT 5, 'bad' FROM generate_series(1, 3)");
  pair.sql(cloud,
           "CREATE TABLE t (n int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id int, v text CONSTRAINT c CHECK "
           "(v <> 'bad'))");
  pair.use_map("  - desktop: t\n    key: none\n");
  expect_counts(pair.sync_and_account("full", 8), "t", {{"inserted", 20}, {"quarantined", 3}});
  EXPECT_THAT(pair.waiting(), ElementsAre("t|check_violation|3"));
  pair.sql(desktop, "DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE v = 'bad')");
  expect_counts(pair.sync_and_account("incremental", 8), "t", {{"unchanged", 20}, {"quarantined", 2}});
  EXPECT_THAT(pair.waiting(), ElementsAre("t|check_violation|2"));
  pair.sql(cloud, "ALTER TABLE t DROP CONSTRAINT c");
  expect_counts(pair.sync_and_account("incremental", 0), "t", {{"unchanged", 20}, {"inserted", 2}});
  pair.expect_same("t", "t", "id, v");
}

// ---- rows that have one key

TEST(Misfits, ALoserOfAKeyWaitsUntilItHasAKeyOfItsOwnOrIsGone) {
  Misfitting pair;
  pair.sql(
      desktop,
      "CREATE TABLE t (id int, v text, updated_at timestamptz); INSERT INTO t SELECT i, 'v' || i, '2026-01-01' FROM "
      "generate_series(1, 20) i; INSERT INTO t VALUES (3, 'older', '2025-01-01'), (3, 'oldest', '2024-01-01'), (5, "
      "'v5', '2025-01-01'), (6, 'newer', '2026-02-02')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  expect_counts(pair.sync_and_account("full", 8), "t", {{"inserted", 20}, {"skipped", 1}, {"quarantined", 3}});
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key->>'id', row_data->>'v' FROM pgtide.quarantine ORDER BY 2"),
              ElementsAre("3|older", "3|oldest", "6|v6"));
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 6"), "newer");
  pair.sql(desktop, "UPDATE t SET id = 30 WHERE v = 'older'; DELETE FROM t WHERE v = 'oldest'");
  const auto run = pair.sync_and_account("incremental", 8);
  EXPECT_EQ(run.table("t")["inserted"], 1) << run.out;
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key->>'id', row_data->>'v' FROM pgtide.quarantine"), ElementsAre("6|v6"));
  // the loser comes in when the winner is gone
  pair.sql(desktop, "DELETE FROM t WHERE v = 'newer'");
  const auto last = pair.sync_and_account("incremental", 0);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 6"), "v6") << last.out;
  EXPECT_THAT(pair.waiting(), IsEmpty());
}

// ---- the sample

TEST(Misfits, OneBadJobOfTheSampleAnd3619OrphansLeaveTheOthers) {
  Misfitting pair(Contents::sample);
  pair.use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml");
  const std::string orphan =
      "client_id IS NOT NULL AND NOT EXISTS (SELECT FROM climaster c WHERE c.client_id = j.client_id)";
  const auto job = pair.value(desktop, "SELECT max(job_id) FROM jobshead j WHERE NOT (" + orphan + ")");
  const auto bad =
      pair.number(desktop, "SELECT count(*) FROM jobshead j WHERE job_id = " + job + " AND NOT (" + orphan + ")");
  pair.sql(cloud,
           "ALTER TABLE jobshead ADD FOREIGN KEY (client_id) REFERENCES climaster, ADD CONSTRAINT c CHECK (job_id "
           "<> " +
               job + ")");
  const auto full = pair.sync_and_account("full", 8);
  expect_counts(full, "jobshead", {{"inserted", 24562 - 3619 - bad}, {"quarantined", 3619 + bad}});
  for (const auto& table : full.json()["tables"])
    EXPECT_EQ(table["status"], table["table"] == "jobshead" ? "attention" : "ok") << table;
  expect_counts(pair.sync_and_account("incremental", 8), "jobshead", {{"quarantined", 3619 + bad}});
  pair.sql(cloud, "ALTER TABLE jobshead DROP CONSTRAINT c");
  pair.sql(desktop,
           "INSERT INTO climaster SELECT (jsonb_populate_record(c.one, jsonb_build_object('client_id', "
           "x.client_id))).* FROM "
           "(SELECT one FROM climaster one LIMIT 1) c, (SELECT DISTINCT client_id FROM jobshead j WHERE " +
               orphan + ") x");
  expect_counts(pair.sync_and_account("incremental", 0), "jobshead", {{"inserted", 3619 + bad}});
}

}  // namespace
