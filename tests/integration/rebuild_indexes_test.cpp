// `rebuild_indexes: true`: a first load drops indexes and foreign keys of its target, and makes them again, whatever
// comes in between.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::done;
using support::Environment;
using support::Outcome;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const char* const all_indexes =
    "SELECT pg_get_indexdef(i.oid), coalesce(s.spcname, ''), coalesce(obj_description(i.oid, 'pg_class'), ''), (SELECT "
    "string_agg(a.attnum || ' ' || a.attstattarget, ',') FROM pg_attribute a WHERE a.attrelid = i.oid AND "
    "a.attstattarget >= 0), x.indisvalid, x.indisclustered FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
    "LEFT "
    "JOIN pg_tablespace s ON s.oid = i.reltablespace WHERE x.indrelid = 'sale'::regclass ORDER BY 1";
const char* const all_constraints =
    "SELECT conname, pg_get_constraintdef(oid), convalidated, coalesce(obj_description(oid, 'pg_constraint'), '') FROM "
    "pg_constraint WHERE 'sale'::regclass IN (conrelid, confrelid) ORDER BY 1";
const char* const what_can_be_dropped = "SELECT object_name FROM pgtide.rebuild ORDER BY object_name";
const char* const what_is_there =
    "SELECT name FROM (SELECT relname AS name FROM pg_class WHERE relname IN ('sale_by_client', 'sale_by_day') UNION "
    "ALL "
    "SELECT conname FROM pg_constraint WHERE conname = 'sale_of_client' AND convalidated) o ORDER BY 1";

// Sales that refer to clients; in the cloud with two indexes and a foreign key that can do without.
class Shop : public Pair {
 public:
  explicit Shop(int rows = 300, const std::string& setting = "rebuild_indexes: true") : Pair(Contents::reused) {
    sql("CREATE TABLE client (id int PRIMARY KEY, name text)");
    sql(desktop,
        "CREATE TABLE sale (id int PRIMARY KEY, client int, day date, v text); INSERT INTO client SELECT i, 'c' "
        "FROM generate_series(1, 10) i; INSERT INTO sale SELECT i, 1 + i % 10, '2024-01-01', 'v' FROM "
        "generate_series(1, " +
            std::to_string(rows) + ") i");
    sql(cloud,
        "CREATE TABLE sale (id int PRIMARY KEY, client int CONSTRAINT sale_of_client REFERENCES client, day date, v "
        "text, own text DEFAULT 'own'); CREATE INDEX sale_by_client ON sale (client); CREATE INDEX sale_by_day ON "
        "sale (day)");
    map(setting);
  }
  void map(const std::string& setting) {
    use_map("  - desktop: client\n  - desktop: sale\n" + (setting.empty() ? "" : "    " + setting + "\n"));
  }
  Outcome killed_at(const std::string& point, const std::string& mode = "full") {
    auto outcome = run({"sync", mode, "--quiet"}, {{"PGTIDE_FAULT", point}});
    EXPECT_EQ(outcome.status, 128 + 9) << point << outcome.everything();
    // the server notices in its own time that the client, and with it the lock of the run, is gone
    wait_until(cloud,
               "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = "
               "'client backend' AND pid <> pg_backend_pid()");
    return outcome;
  }
  long long dropped_by_the_last_run() {
    return number(cloud,
                  "SELECT count(*) FROM pgtide.event WHERE event_type = 'indexes_dropped' AND run_id = (SELECT "
                  "max(run_id) FROM pgtide.run)");
  }
  void expect_whole() {
    EXPECT_THAT(rows(cloud, what_is_there), ElementsAre("sale_by_client", "sale_by_day", "sale_of_client"));
    EXPECT_THAT(rows(cloud, what_can_be_dropped), IsEmpty());
  }
};

TEST(RebuildIndexes, AFirstLoadDropsWhatItCanAndMakesItAgainAsItWas) {
  Shop shop;
  const bool places = support::oldest_version() >= 15;
  if (places) {
    const auto admin = shop.connect(cloud);
    admin->run("SET allow_in_place_tablespaces = on");
    admin->run("DROP TABLESPACE IF EXISTS pgtide_rebuild");
    admin->run("CREATE TABLESPACE pgtide_rebuild LOCATION ''");
  }
  shop.sql(cloud,
           "CREATE SCHEMA \"My schema\"; CREATE FUNCTION \"My schema\".twice(v text) RETURNS text LANGUAGE sql "
           "IMMUTABLE AS 'SELECT v || v'; CREATE INDEX \"Odd; name\" ON sale (\"My schema\".twice(v) DESC, (id / 2)) "
           "INCLUDE (day) WITH (fillfactor = 70) WHERE client > 3; ALTER INDEX \"Odd; name\" ALTER COLUMN 1 SET "
           "STATISTICS 321; COMMENT ON INDEX \"Odd; name\" IS 'it''s; odd'; COMMENT ON CONSTRAINT sale_of_client ON "
           "sale IS 'who; bought''s'; CREATE INDEX sale_marked ON sale (v); ALTER TABLE sale CLUSTER ON sale_marked; "
           "CREATE UNIQUE INDEX sale_unique ON sale (v, id); ALTER TABLE sale ADD CONSTRAINT sale_excludes EXCLUDE "
           "USING btree (id WITH =); CREATE TABLE note (sale int CONSTRAINT note_of_sale REFERENCES sale); ALTER "
           "TABLE client ADD COLUMN boss int; ALTER TABLE sale ADD COLUMN again int CONSTRAINT unfed REFERENCES "
           "client" +
               std::string(places ? "; CREATE INDEX placed ON sale (day, id) TABLESPACE pgtide_rebuild" : ""));
  const auto indexes = shop.rows(cloud, all_indexes), constraints = shop.rows(cloud, all_constraints);
  shop.killed_at("indexes_dropped");
  auto dropped = shop.rows(cloud, what_can_be_dropped);
  std::erase(dropped, "placed");
  EXPECT_THAT(dropped, ElementsAre("Odd; name", "sale_by_client", "sale_by_day", "sale_of_client"));
  EXPECT_THAT(shop.rows(cloud,
                        "SELECT relname FROM pg_class WHERE relname IN ('Odd; name', 'placed', 'sale_by_client', "
                        "'sale_by_day')"),
              IsEmpty());
  shop.sync_well("full");
  EXPECT_EQ(shop.rows(cloud, all_indexes), indexes);
  EXPECT_EQ(shop.rows(cloud, all_constraints), constraints);
  shop.sql(cloud, "DROP SCHEMA pgtide CASCADE; TRUNCATE sale, client, note");
  EXPECT_EQ(done(shop.sync_well("full").table("sale")), "300 read: 300 inserted");
  EXPECT_EQ(shop.dropped_by_the_last_run(), 1);
  EXPECT_EQ(shop.rows(cloud, all_indexes), indexes);
  EXPECT_EQ(shop.rows(cloud, all_constraints), constraints);
  EXPECT_THAT(shop.rows(cloud, what_can_be_dropped), IsEmpty());
  shop.expect_same("sale", "sale", "id, client, day, v");
  if (!places) return;
  shop.sql(cloud, "DROP TABLE sale CASCADE");
  shop.sql(cloud, "DROP TABLESPACE pgtide_rebuild");
}

TEST(RebuildIndexes, NothingIsDroppedWhereTheMapDoesNotAskForIt) {
  Shop shop(300, "");
  shop.sync_well("full");
  EXPECT_EQ(shop.dropped_by_the_last_run(), 0);
}

TEST(RebuildIndexes, OnlyAnEmptyTargetThatTakesRowsAsTheyComeIsLoadedWithoutIndexes) {
  Shop shop;
  shop.sql(cloud, "INSERT INTO client VALUES (1); INSERT INTO sale VALUES (1, 1)");
  shop.sync_well("full");
  EXPECT_EQ(shop.dropped_by_the_last_run(), 0) << "there is a row";
  shop.sql(desktop, "INSERT INTO sale VALUES (1001, 1, '2024-01-01', 'new')");
  shop.sync_well("incremental");
  EXPECT_EQ(shop.dropped_by_the_last_run(), 0);
  shop.sql(cloud, "TRUNCATE sale");
  EXPECT_EQ(done(shop.sync_well("full").table("sale")), "301 read: 301 inserted");
  EXPECT_EQ(shop.dropped_by_the_last_run(), 1) << "it is empty again";
  shop.expect_whole();
}

// ---- broken off

TEST(RebuildIndexes, WhereverARunIsKilledTheNextOneMakesThemAgainWhateverItIsFor) {
  for (const char* point : {"indexes_dropped", "chunk_loaded:2", "chunk_merged", "chunk_committed", "index_made",
                            "index_made:2", "index_made:3", "key_checked"}) {
    SCOPED_TRACE(point);
    Shop shop;
    shop.killed_at(point);
    shop.map("");  // it may have been taken out of the map
    shop.sync_well("incremental");
    shop.expect_whole();
    shop.expect_same("sale", "sale", "id, client, day, v");
  }
}

TEST(RebuildIndexes, ARunOfAnotherTableMakesThemAgainTooAndSoDoesOneThatFindsNothingNew) {
  Shop shop;
  shop.killed_at("index_made");
  shop.sync_well("full", {"--table", "client"});
  EXPECT_THAT(shop.rows(cloud, what_is_there), testing::IsSupersetOf({"sale_by_client", "sale_by_day"}));
  shop.sync_well("incremental");
  shop.expect_whole();
  shop.sync_well("incremental");
  shop.sync_well("incremental");  // from now on it is seen at a glance that nothing is new, and no table has changed
  shop.sql(
      cloud,
      "INSERT INTO pgtide.rebuild (map, direction, table_name, kind, target_schema, target_table, object_schema, "
      "object_name, definition, further, tablespace, run_id) VALUES ('test', 'forward', 'sale', 'index', 'public', "
      "'sale', 'public', 'sale_by_v', 'CREATE INDEX sale_by_v ON public.sale USING btree (v)', '', '', 1)");
  shop.sync_well("incremental");
  shop.expect_whole();
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM pg_class WHERE relname = 'sale_by_v'"), 1);
}

TEST(RebuildIndexes, ACutConnectionIsMadeGoodInTheSameRun) {
  Shop shop(20000);
  shop.sql(desktop, "UPDATE sale SET v = repeat(md5(id::text), 40)");
  auto run = shop.start({"sync", "full", "--json"}, {{"PGTIDE_RETRY_FOR", "60s"}});
  shop.wait_until(cloud, "SELECT count(*) = 0 FROM pg_class WHERE relname = 'sale_by_day'");
  shop.sql(cloud,
           "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
           "pg_backend_pid() AND backend_type = 'client backend'");
  const auto ended = run->wait();
  EXPECT_EQ(ended.status, 0) << ended.everything();
  shop.expect_whole();
  shop.expect_same("sale", "sale", "id, client, day, v");
}

TEST(RebuildIndexes, StatusAndDoctorNameWhatIsMissingAndWhatMakesItAgain) {
  Shop shop;
  shop.killed_at("index_made:2");
  const auto status = shop.run({"status"});
  EXPECT_THAT(status.out, HasSubstr("indexes or foreign keys of 1 table are not there again after a first load"));
  EXPECT_THAT(status.out, HasSubstr("pgtide sync incremental"));
  EXPECT_THAT(status.out, HasSubstr("index sale_by_day is not there"));
  EXPECT_THAT(status.out, HasSubstr("CREATE INDEX sale_by_day ON public.sale USING btree (day);"));
  EXPECT_THAT(status.out, HasSubstr(R"(ALTER TABLE "public"."sale" VALIDATE CONSTRAINT "sale_of_client";)"));
  EXPECT_THAT(status.out, Not(HasSubstr("sale_by_client"))) << "that one is there again";
  std::ifstream file(PGTIDE_SOURCE_DIR "/scripts/sql/missing-indexes.sql");
  const std::string query((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(shop.rows(cloud, query),
              ElementsAre(HasSubstr("sale_of_client|not_valid|<NULL>"), HasSubstr("sale_by_day|dropped|<NULL>")));
  const auto doctor = shop.run({"doctor"});
  EXPECT_THAT(doctor.out, HasSubstr("index sale_by_day is not there"));
  EXPECT_THAT(doctor.out, HasSubstr("CREATE INDEX sale_by_day ON public.sale USING btree (day);"));
  shop.sync_well("incremental");
  EXPECT_THAT(shop.run({"status"}).out, Not(HasSubstr("sale_by_day")));
  EXPECT_THAT(shop.run({"doctor"}).out, Not(HasSubstr("sale_by_day")));
  EXPECT_THAT(shop.run({"status", "--json"}).json()[1]["missing_indexes"], IsEmpty());
}

// ---- rows that do not fit

const char* const reasons = "SELECT row_key ->> 'id', reason FROM pgtide.quarantine ORDER BY 1";

TEST(RebuildIndexes, ARowWhoseParentIsMissingIsQuarantinedAsEver) {
  Shop shop;
  shop.sql(desktop, "INSERT INTO sale VALUES (901, 99, '2024-01-01', 'orphan'), (902, NULL, NULL, 'no client')");
  const auto run = shop.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_EQ(done(run.table("sale")), "302 read: 301 inserted, 1 quarantined");
  EXPECT_EQ(shop.dropped_by_the_last_run(), 1);
  shop.expect_whole();
  EXPECT_THAT(shop.rows(cloud, reasons), ElementsAre("901|foreign_key_violation"));
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM sale"), 301);
  shop.sql(desktop, "INSERT INTO client VALUES (99, 'late')");
  shop.sync_well("incremental");
  EXPECT_THAT(shop.rows(cloud, reasons), IsEmpty());
  shop.expect_same("sale", "sale", "id, client, day, v");
}

TEST(RebuildIndexes, AlsoWhereTheRunIsKilledBeforeItKnows) {
  for (const char* point : {"chunk_committed", "index_made", "index_made:3", "table_merged:2"}) {
    SCOPED_TRACE(point);
    Shop shop;
    shop.sql(desktop, "INSERT INTO sale VALUES (901, 99, '2024-01-01', 'orphan')");
    shop.killed_at(point);
    const auto run = shop.sync("incremental");
    EXPECT_EQ(run.status, 8) << run.everything();
    shop.expect_whole();
    EXPECT_THAT(shop.rows(cloud, reasons), ElementsAre("901|foreign_key_violation"));
    EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM sale"), 300);
  }
}

TEST(RebuildIndexes, ARowThatAnIndexDoesNotTakeIsQuarantinedAsEver) {
  Shop shop;
  shop.sql(cloud, "CREATE INDEX sale_by_share ON sale ((100 / (id - 77)))");
  const auto run = shop.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_EQ(done(run.table("sale")), "300 read: 299 inserted, 1 quarantined");
  shop.expect_whole();
  EXPECT_THAT(shop.rows(cloud, "SELECT row_key ->> 'id' FROM pgtide.quarantine"), ElementsAre("77"));
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM pg_class WHERE relname = 'sale_by_share'"), 1);
}

TEST(RebuildIndexes, RowsOfOthersAreNotRemovedAndThenTheKeyWaitsForAPerson) {
  Shop shop;
  shop.sql(desktop, "INSERT INTO sale VALUES (901, 99, '2024-01-01', 'orphan')");
  shop.killed_at("chunk_committed");
  shop.sql(cloud,
           "INSERT INTO sale VALUES (5001, 77, '2024-01-01', 'somebody else''s'); UPDATE sale SET client = 78 WHERE "
           "id = 5");
  const auto run = shop.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_THAT(run.err, HasSubstr("it is not pgtide's to remove them"));
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM sale WHERE id IN (5, 5001) AND client IN (77, 78)"), 2);
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM sale WHERE id = 901"), 0) << "that one is ours";
  EXPECT_EQ(
      shop.number(cloud, "SELECT count(*) FROM pg_constraint WHERE conname = 'sale_of_client' AND NOT convalidated"),
      1);
  EXPECT_THAT(shop.run({"status"}).out,
              HasSubstr(R"(ALTER TABLE "public"."sale" VALIDATE CONSTRAINT "sale_of_client";)"));
  shop.sql(cloud, "UPDATE sale SET client = 1 WHERE id = 5; DELETE FROM sale WHERE id = 5001");
  shop.sync("full");
  shop.expect_whole();
}

TEST(RebuildIndexes, ARowThatOthersReferToIsNotRemoved) {
  Shop shop;
  shop.sql(cloud, "CREATE TABLE note (sale int REFERENCES sale ON DELETE CASCADE)");
  shop.sql(desktop, "INSERT INTO sale VALUES (901, 99, '2024-01-01', 'orphan')");
  shop.killed_at("chunk_committed");
  shop.sql(cloud, "INSERT INTO note VALUES (901)");
  shop.sync("full");
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM note"), 1);
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM pgtide.rebuild WHERE problem IS NOT NULL"), 1);
}

// ---- where it may not be

TEST(RebuildIndexes, ATableThatSomebodyUsesIsLoadedWithItsIndexesAndSaysSo) {
  Shop shop;
  const auto reader = shop.connect(cloud);
  reader->run("BEGIN");
  reader->run("SELECT count(*) FROM sale");
  const auto run = shop.sync_well("full");
  EXPECT_EQ(done(run.table("sale")), "300 read: 300 inserted");
  EXPECT_THAT(run.err, HasSubstr("loaded with its indexes as they are: somebody else uses the table"));
  EXPECT_THAT(shop.rows(cloud, what_is_there), SizeIs(3));
  EXPECT_THAT(shop.rows(cloud, what_can_be_dropped), IsEmpty());
}

TEST(RebuildIndexes, ARoleThatDoesNotOwnTheTableLeavesThemAndSaysSo) {
  Shop shop;
  shop.sql(cloud,
           "DROP ROLE IF EXISTS loader; CREATE ROLE loader LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO loader; "
           "DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || quote_ident(current_database()) || ' TO loader'; END "
           "$$");
  shop.use_url(cloud, shop.url(cloud, "loader"));
  const auto run = shop.sync_well("full");
  EXPECT_EQ(done(run.table("sale")), "300 read: 300 inserted");
  EXPECT_THAT(run.err, HasSubstr("these stay while the table is loaded: sale_of_client, sale_by_client, sale_by_day, "
                                 "because the table is not loader's"));
  EXPECT_THAT(shop.rows(cloud, what_is_there), SizeIs(3));
  shop.sql(cloud, "DROP SCHEMA pgtide CASCADE; DROP OWNED BY loader; DROP ROLE loader");
}

// ---- by hand

TEST(RebuildIndexes, WhatSomebodyMadeByHandIsForgottenWhereItIsTheSame) {
  Shop shop;
  shop.killed_at("indexes_dropped");
  shop.sql(cloud,
           "CREATE INDEX sale_by_day ON sale (day); ALTER TABLE sale ADD CONSTRAINT sale_of_client FOREIGN KEY "
           "(client) REFERENCES client");
  const auto run = shop.sync_well("incremental");
  EXPECT_THAT(run.err, Not(HasSubstr("something else")));
  shop.expect_whole();
}

TEST(RebuildIndexes, AndSaidWhereItIsAnother) {
  Shop shop;
  shop.killed_at("indexes_dropped");
  shop.sql(cloud, "CREATE INDEX sale_by_day ON sale (v)");
  const auto run = shop.sync_well("incremental");
  EXPECT_THAT(run.err, HasSubstr("something else has that name now"));
  EXPECT_THAT(shop.rows(cloud, what_can_be_dropped), ElementsAre("sale_by_day"));
  EXPECT_THAT(shop.run({"status"}).out, HasSubstr("something else has that name now"));
  EXPECT_THAT(shop.sync_well("incremental").err, Not(HasSubstr("sale_by_day"))) << "it waits for a person";
  shop.sql(cloud, "DROP INDEX sale_by_day");
  shop.sync_well("full");
  shop.expect_whole();
}

TEST(RebuildIndexes, AKeyThatCannotBeMadeNowKeepsItsTableFromBeingWrittenWithoutIt) {
  Shop shop;
  shop.killed_at("indexes_dropped");
  shop.sql(desktop, "INSERT INTO sale VALUES (901, 99, '2024-01-01', 'orphan')");
  const auto writer = shop.connect(cloud);
  writer->run("BEGIN");
  writer->run("LOCK TABLE client IN ROW EXCLUSIVE MODE");
  const auto run = shop.sync("incremental");
  EXPECT_EQ(run.table("sale")["status"], "refused") << run.everything();
  EXPECT_EQ(run.table("client")["status"], "ok");
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM sale"), 0);
  writer->run("COMMIT");
  shop.sync("incremental");
  shop.expect_whole();
  EXPECT_THAT(shop.rows(cloud, reasons), ElementsAre("901|foreign_key_violation"));
}

// ---- beforehand, and afterwards

TEST(RebuildIndexes, APlanSaysWhichWillBeMadeAgain) {
  Shop shop;
  const auto plan = shop.run({"plan", "full"});
  EXPECT_THAT(plan.out,
              HasSubstr("indexes     dropped before the rows are loaded, and made again behind them: foreign key "
                        "sale_of_client, index sale_by_client, index sale_by_day"));
  EXPECT_THAT(shop.run({"plan", "full", "--json"}).json()[1]["rebuild_indexes"], SizeIs(3));
  shop.sync_well("full");
  EXPECT_THAT(shop.run({"plan", "full"}).out, Not(HasSubstr("made again behind them")));
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM pgtide.event WHERE event_type = 'indexes_dropped'"), 1);
}

TEST(RebuildIndexes, AStateThatHasSomethingToMakeAgainIsNotTakenDown) {
  Shop shop;
  shop.killed_at("indexes_dropped");
  const auto version = shop.number(cloud, "SELECT max(version) FROM pgtide.migration");
  const auto down = shop.run({"init", "--down", "--to", "10", "--yes"});
  EXPECT_EQ(down.status, 5) << down.everything();
  EXPECT_THAT(down.err, HasSubstr("sale_by_client"));
  EXPECT_EQ(shop.number(cloud, "SELECT max(version) FROM pgtide.migration"), version);
  EXPECT_THAT(shop.rows(cloud, what_can_be_dropped), SizeIs(3));
}

}  // namespace
