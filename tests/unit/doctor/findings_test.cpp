#include "engine/report/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"

namespace engine::doctor {
namespace {

using report::findings_json;
using report::findings_sql;
using report::findings_text;

SequenceFacts sequence(std::int64_t last, std::int64_t increment = 1, std::int64_t most = 9'000'000'000) {
  SequenceFacts facts;
  facts.last = last;
  facts.called = true;
  facts.increment = increment;
  facts.least = -9'000'000'000;
  facts.most = most;
  return facts;
}

TEST(Sequences, AreDisjointWhereTheyNeverGiveTheSameNumber) {
  EXPECT_FALSE(are_disjoint(sequence(10), sequence(12)));
  EXPECT_FALSE(are_disjoint(sequence(10), sequence(10'000)));
  EXPECT_TRUE(are_disjoint(sequence(1, 2), sequence(2, 2))) << "odd and even";
  EXPECT_FALSE(are_disjoint(sequence(1, 2), sequence(3, 2)));
  EXPECT_FALSE(are_disjoint(sequence(1, 2), sequence(2, 3)));
  EXPECT_TRUE(are_disjoint(sequence(10), sequence(-1, -1)));
  EXPECT_FALSE(are_disjoint(sequence(10), sequence(20, -1))) << "they go towards each other";
  EXPECT_TRUE(are_disjoint(sequence(10), sequence(1'000'000'000)));
  EXPECT_TRUE(are_disjoint(sequence(10, 1, 999), sequence(1000)));
}

Examination some() {
  Examination found;
  found.looked_at = {"desktop PostgreSQL 15.4 (1.0 MB)", "2 tables of the map, 7 rows"};
  Finding narrow;
  narrow.severity = Severity::attention;
  narrow.check = "type";
  narrow.place = Place::cloud;
  narrow.table = "t";
  narrow.column = "v";
  narrow.problem = "2 rows of t have a value in v that does not fit";
  narrow.hint = "widen the column";
  narrow.fix = "ALTER TABLE \"t\" ALTER COLUMN \"v\" TYPE text;";
  narrow.fix_kind = FixKind::sql;
  Finding twice = narrow;
  twice.check = "duplicate_key";
  twice.place = Place::desktop;
  twice.problem = "1 value occurs twice";
  twice.fix = "DELETE FROM t\nWHERE false;";
  twice.risk = "it deletes 1 row";
  Finding zone;
  zone.severity = Severity::blocks;
  zone.check = "timezone";
  zone.problem = "no time zone";
  zone.hint = "write it below desktop:";
  zone.fix = "timezone: UTC";
  zone.fix_kind = FixKind::map;
  found.findings = {narrow, twice, zone, narrow};
  put_in_order(found.findings);
  return found;
}

TEST(FindingsText, HasTheWorstFirstAndEachOnce) {
  EXPECT_EQ(findings_text(some(), "m"),
            "BLOCKS: a sync would be refused, or fail\n"
            "\n"
            "  map: no time zone\n"
            "    what to do: write it below desktop:\n"
            "    in the map:\n"
            "      timezone: UTC\n"
            "\n"
            "ATTENTION: rows would wait, or something is slow or at risk\n"
            "\n"
            "  cloud t: 2 rows of t have a value in v that does not fit\n"
            "    what to do: widen the column\n"
            "    SQL in the cloud:\n"
            "      ALTER TABLE \"t\" ALTER COLUMN \"v\" TYPE text;\n"
            "\n"
            "  desktop t: 1 value occurs twice\n"
            "    what to do: widen the column\n"
            "    before you do: it deletes 1 row\n"
            "    SQL on the desktop:\n"
            "      DELETE FROM t\n"
            "      WHERE false;\n"
            "\n"
            "map m: 1 finding blocks, 2 need attention, 0 notes. Looked at: desktop PostgreSQL 15.4 (1.0 MB), 2 tables "
            "of the map, 7 rows. The SQL of all fixes: pgtide doctor --sql\n");
}

TEST(FindingsText, AHealthyPairTakesOneLine) {
  Examination found;
  found.looked_at = {"one", "two"};
  EXPECT_EQ(findings_text(found, "m"), "all well: map m will work here. Looked at: one, two.\n");
}

TEST(FindingsSql, CommentsOutWhatTakesSomethingAwayAndKeepsTheDatabasesApart) {
  EXPECT_EQ(findings_sql(some(), {"dbname=d", "dbname=c"}, "m"),
            "-- What pgtide doctor proposes for map m. Read it, then run it with psql, as somebody who may change the "
            "databases.\n"
            "\n"
            "-- ---- on the desktop\n"
            "\\connect 'dbname=d'\n"
            "\n"
            "-- [attention] t, column v: 1 value occurs twice\n"
            "-- commented out, because it deletes 1 row\n"
            "-- DELETE FROM t\n"
            "-- WHERE false;\n"
            "\n"
            "-- ---- in the cloud\n"
            "\\connect 'dbname=c'\n"
            "\n"
            "-- [attention] t, column v: 2 rows of t have a value in v that does not fit\n"
            "ALTER TABLE \"t\" ALTER COLUMN \"v\" TYPE text;\n"
            "\n"
            "-- ---- not SQL: lines for the map, and commands\n"
            "\n"
            "-- [blocks] timezone: no time zone\n"
            "-- timezone: UTC\n");
}

TEST(FindingsJson, NamesWhatTheContractNames) {
  EXPECT_THAT(findings_json(some()), testing::StartsWith("[\n"
                                                         "  {\n"
                                                         "    \"severity\": \"blocks\",\n"
                                                         "    \"check\": \"timezone\",\n"
                                                         "    \"place\": \"map\",\n"
                                                         "    \"table\": null,\n"
                                                         "    \"column\": null,\n"
                                                         "    \"problem\": \"no time zone\",\n"
                                                         "    \"hint\": \"write it below desktop:\",\n"
                                                         "    \"fix\": \"timezone: UTC\",\n"
                                                         "    \"fix_kind\": \"map\",\n"
                                                         "    \"risk\": null\n"
                                                         "  },\n"));
  EXPECT_EQ(findings_json(Examination()), "[]\n");
}

}  // namespace
}  // namespace engine::doctor
