#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/sample_tasks.hpp"

// Rows without a key: how they are matched, numbered, removed and remembered.
namespace engine::plan::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string hash(const std::string& row, const Names& columns) {
  static const auto forms = keyless_task().target_hashed;
  return hashed(forms, row, columns);
}
std::string image_of(const std::string& row) { return hash(row, {"job_id", "taskorder", "task", "hours"}); }
std::string match_of(const std::string& row) { return hash(row, {"job_id", "taskorder"}); }
std::string number_in_target() { return hash("t", {"jt_id"}); }

std::string judge(const TableTask& task, bool overwrite = false) {
  auto how = as_read(task);
  how.overwrite = overwrite;
  return sql::judge(task, names, how);
}

// ---- forward

TEST(MatchingForward, ContentsAreComparedNotTheOriginNorTheWatermark) {
  const auto text = judge(keyless_task());
  EXPECT_THAT(text, HasSubstr("SELECT m.ctid AS staged, " + image_of("m") + " AS image FROM pgtide_stage_1 m"));
  EXPECT_THAT(text, HasSubstr("OR k.image = " + image_of("t") + " THEN 'same' ELSE 'edited' END AS state"));
  EXPECT_THAT(text, Not(HasSubstr("updated_at")));
}

TEST(MatchingForward, ContentsAreCounted) {
  EXPECT_THAT(judge(keyless_task()), HasSubstr("k ON k.image = d.image AND k.n = d.n"));
}

TEST(MatchingForward, WhatCanGoIsLeftOver) {
  EXPECT_THAT(judge(keyless_task()),
              HasSubstr("PARTITION BY image ORDER BY state = 'gone', state = 'same', NOT referenced, key_hash"))
      << "of equal rows those that the cloud edited are matched first, then those that others refer to";
}

TEST(MatchingForward, TheNumberLeadsToTheRow) {
  EXPECT_THAT(judge(keyless_task()),
              HasSubstr("LEFT JOIN \"public\".\"jobtasks\" t ON t.\"jt_id\" = (k.number)[1]::bigint "
                        "WHERE k.known_id = 1"));
}

TEST(MatchingForward, ARowThatIsMarkedAsTheCloudsNowIsTheirs) {
  EXPECT_THAT(judge(keyless_task()),
              HasSubstr("WHEN t.ctid IS NULL THEN 'gone' WHEN t.\"source\"::text IS NOT DISTINCT "
                        "FROM 'M' THEN 'theirs' WHEN EXISTS (SELECT FROM pgtide.own_xact"));
  EXPECT_THAT(judge(keyless_task({.origin = false})),
              HasSubstr("THEN 'gone' WHEN false THEN 'theirs' WHEN EXISTS (SELECT FROM pgtide.own_xact"));
}

TEST(MatchingForward, WhatOnlyTheCloudChangedOrDeletedIsLeftAloneUnlessOverwritten) {
  const std::string which =
      "AS verdict, p.key_hash, p.number, p.wanted AS image, NULL::text AS conflict, NULL::text AS resolution "
      "FROM p WHERE p.staged IS NOT NULL AND "
      "p.state IN ('gone', 'edited', 'theirs')";
  EXPECT_THAT(judge(keyless_task()), HasSubstr("p.version, 's' " + which));
  EXPECT_THAT(judge(keyless_task(), true),
              HasSubstr("CASE p.state WHEN 'gone' THEN 'i' WHEN 'edited' THEN 'u' ELSE 's' END " + which))
      << "a row that the cloud marked as its own is never changed";
}

TEST(MatchingForward, WhatBothChangedIsAConflictUnlessOverwritten) {
  EXPECT_THAT(judge(keyless_task()), HasSubstr("CASE WHEN s.state = 'same' THEN 'u' ELSE 'b' END, s.key_hash"));
  EXPECT_THAT(judge(keyless_task(), true),
              HasSubstr("CASE WHEN s.state = 'same' OR s.state = 'edited' THEN 'u' ELSE 'b' END, s.key_hash"));
}

TEST(MatchingForward, ANumberThatIsCopiedIsNotChangedInPlace) {
  auto task = keyless_task();
  task.number = {{"job_id", "integer", ""}, {"jt_id", "bigint", "1"}};
  task.match = {"taskorder"};
  EXPECT_THAT(judge(task), HasSubstr(hash("m", {"taskorder", "job_id"}) + " AS matched_by"));
  EXPECT_THAT(judge(task), HasSubstr(hash("t", {"taskorder", "job_id"}) + " AS matched_by"));
}

TEST(MatchingForward, BothMadeTheSameChange) {
  EXPECT_THAT(judge(keyless_task()), HasSubstr("w ON w.wanted = s.now AND w.n = s.n"));
  EXPECT_THAT(judge(keyless_task()),
              HasSubstr("s.version, 'a', s.key_hash, s.number, w.wanted, NULL, NULL FROM e JOIN s"));
}

TEST(MatchingForward, AChangedRowIsFoundByItsMatchColumns) {
  const std::string staged = match_of("m") + " AS matched_by";
  const std::string standing = match_of("t") + " AS matched_by";
  for (const bool adopting : {false, true}) {
    EXPECT_THAT(judge(keyless_task({.adopting = adopting})), HasSubstr(staged));
    EXPECT_THAT(judge(keyless_task({.adopting = adopting})), HasSubstr(standing));
  }
}

TEST(MatchingForward, WithoutMatchColumnsNoRowIsUpdated) {
  const auto text = judge(keyless_task({.match = false}));
  EXPECT_THAT(text, HasSubstr("NULL::bigint AS matched_by, "));
  EXPECT_THAT(text, HasSubstr("SELECT p.staged, p.wanted, NULL::bigint AS matched_by FROM"));
  EXPECT_THAT(text, HasSubstr("ON w.matched_by = s.matched_by")) << "NULL is equal to nothing";
}

TEST(MatchingForward, SurplusRowsGoUnlessTheCloudChangedThem) {
  EXPECT_THAT(judge(keyless_task()),
              HasSubstr("CASE WHEN NOT s.removable THEN 'f' WHEN s.state = 'same' THEN 'd' ELSE 'x' END"));
  EXPECT_THAT(judge(keyless_task()), HasSubstr("coalesce(true, false) AS removable"));
}

TEST(MatchingForward, TheFirstRunRemovesOnlyWhatIsMarkedAsTheDesktops) {
  EXPECT_THAT(judge(keyless_task({.adopting = true})),
              HasSubstr("coalesce(t.\"source\"::text = 'D', false) AS removable"));
  EXPECT_THAT(judge(keyless_task({.adopting = true, .origin = false})),
              HasSubstr("coalesce(false, false) AS removable"));
}

TEST(MatchingForward, TheFirstRunTakesOverItsOwnRowsAndThoseThatWereThereBefore) {
  const std::string takes = "INSERT INTO pgtide.known_row (known_id, key_hash, image, number) SELECT 1, " +
                            number_in_target() + ", " + image_of("t") +
                            ", ARRAY[t.\"jt_id\"::text] FROM \"public\".\"jobtasks\" t WHERE (" +
                            "EXISTS (SELECT FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = "
                            "'jobtasks' AND (own.xid & 4294967295) = t.xmin::text::bigint) OR "
                            "((t.xmin::text::bigint - 700) & 4294967295) >= "
                            "2147483648 AND (t.\"source\" IS NULL OR t.\"source\"::text = 'D') AND NOT ";
  const std::string of_other =
      "(EXISTS (SELECT FROM pgtide.known_row r WHERE r.known_id = 9 AND r.key_hash = " + number_in_target() + "))";
  EXPECT_THAT(judge(keyless_task({.adopting = true})), StartsWith(takes + "false) ON CONFLICT DO NOTHING; "));
  EXPECT_THAT(judge(keyless_task()), StartsWith("CREATE TEMPORARY TABLE")) << "later ones nothing";
  auto other = keyless_task({.adopting = true});
  other.memory.others = {{"other", 9, {"jt_id"}, RowHash::record}};
  EXPECT_THAT(judge(other), StartsWith(takes + of_other + ") ON CONFLICT DO NOTHING; "));
}

TEST(MatchingForward, ReferencesAreLookedForWhereTheyCanBe) {
  EXPECT_THAT(judge(keyless_task()),
              HasSubstr("t.ctid IS NOT NULL AND (EXISTS (SELECT FROM \"public\".\"note\" c WHERE c.\"task_id\" = "
                        "t.\"jt_id\")) AS referenced"));
  auto alone = keyless_task();
  alone.referrers.clear();
  EXPECT_THAT(judge(alone), HasSubstr("t.ctid IS NOT NULL AND false AS referenced"));
}

TEST(MatchingForward, ItEndsWithTheCountsAndLeavesNoSettingBehind) {
  EXPECT_THAT(
      judge(keyless_task()),
      testing::ContainsRegex(" AS surplus, .* AS kept, .* AS held, .* AS decided_updates FROM pgtide_verdict_1$"));
  EXPECT_THAT(judge(keyless_task()), HasSubstr("SET LOCAL enable_nestloop TO DEFAULT"));
}

// ---- the way back

TEST(MatchingReverse, EachRowOfTheCloudComesOnce) {
  const auto text = judge(keyless_task({.reverse = true}));
  EXPECT_THAT(text, HasSubstr("CASE WHEN m.pgtide_known THEN 's' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = " +
                              image_of("m") + " THEN '=' ELSE 's' END AS verdict"));
  EXPECT_THAT(text, HasSubstr("WHERE r.known_id = 1 AND r.key_hash = m.pgtide_number OFFSET 0) k ON true"));
  EXPECT_THAT(text, Not(HasSubstr("GROUP BY"))) << "what the desktop holds does not matter any more";
  EXPECT_THAT(judge(keyless_task({.reverse = true, .origin = false})), Not(HasSubstr("pgtide_known ")));
}

TEST(MatchingReverse, TheFirstRunTakesWhatTheDesktopHoldsForFetchedAndCounts) {
  const auto text = judge(keyless_task({.reverse = true, .adopting = true}));
  EXPECT_THAT(
      text, HasSubstr("CASE WHEN j.verdict = 'i' AND j.n <= h.rows - coalesce(r.rows, 0) THEN 'a' ELSE j.verdict END"));
  EXPECT_THAT(text, HasSubstr("row_number() OVER (PARTITION BY image, verdict ORDER BY staged) AS n"));
  EXPECT_THAT(text,
              HasSubstr("SELECT " + image_of("t") + " AS image, count(*) AS rows FROM \"public\".\"jobtasks\" t"));
}

TEST(MatchingReverse, RowsThatForwardReadsAreNotTakenForFetched) {
  const std::string marked = " t WHERE t.\"source\"::text IS NOT DISTINCT FROM 'M' GROUP BY 1) h";
  EXPECT_THAT(judge(keyless_task({.reverse = true, .adopting = true})), HasSubstr(marked))
      << "those have their copy in the cloud already";
  EXPECT_THAT(judge(keyless_task({.reverse = true, .adopting = true, .origin = false})),
              HasSubstr("FROM \"public\".\"jobtasks\" t GROUP BY 1) h"))
      << "one way every row counts";
}

TEST(MatchingReverse, OverwriteIsNotForTheWayBack) {
  for (const bool adopting : {false, true}) {
    const auto task = keyless_task({.reverse = true, .adopting = adopting});
    EXPECT_EQ(judge(task, true), judge(task, false));
  }
}

TEST(MatchingReverse, TheNumberTravelsWithTheRow) {
  sql::Extraction how;
  how.send_number = true;
  const auto task = keyless_task({.reverse = true});
  EXPECT_THAT(sql::extract(task, whole(), how), HasSubstr(hash("\"jobtasks\"", {"jt_id"}) + " AS pgtide_number FROM"));
  EXPECT_THAT(sql::create_stage(task, names, how), HasSubstr(", pgtide_number bigint)"));
}

TEST(MatchingReverse, RowsAreRememberedByTheirNumber) {
  EXPECT_THAT(sql::remember(keyless_task({.reverse = true}), names),
              HasSubstr("SELECT DISTINCT ON (2) 1, m.pgtide_number, " + image_of("m") + " FROM"));
}

TEST(MatchingReverse, OfOtherColumnsNothingIsKnown) {
  const auto task = keyless_task({.reverse = true});
  EXPECT_EQ(sql::remember_anew(task, made_of({"jt_id"}, {"task"})),
            "UPDATE pgtide.known_row SET image = NULL WHERE known_id = 1")
      << "nothing leads from the cloud's number to the row";
  const std::string everything = "DELETE FROM pgtide.known_row WHERE known_id = 1";
  EXPECT_EQ(sql::remember_anew(task, made_of({"other"}, {"task"})), everything);
  EXPECT_EQ(sql::remember_anew(task, made_of({"jt_id"}, {"task"}, RowHash::text)), everything);
  EXPECT_EQ(sql::remember_anew(task, made_of({"jt_id"}, task.image_columns(), RowHash::record, true)), everything);
}

// ---- numbers

TEST(Numbers, NewRowsGetTheirNumberBeforeTheyAreInserted) {
  EXPECT_EQ(
      sql::give_numbers(keyless_task(), names),
      "UPDATE pgtide_verdict_1 v SET number = ARRAY[(nextval('public.jobtasks_jt_id_seq'::regclass))::bigint::text] "
      "FROM pgtide_stage_1 m WHERE m.ctid = v.staged AND v.verdict = 'i'");
}

TEST(Numbers, ACopiedOneIsTheRowsOwn) {
  auto task = keyless_task();
  task.number = {{"job_id", "integer", ""}, {"jt_id", "bigint", "nextval('s')"}};
  EXPECT_THAT(sql::give_numbers(task, names),
              HasSubstr("ARRAY[(m.\"job_id\")::integer::text, (nextval('s'))::bigint::text]"));
  EXPECT_THAT(
      sql::insert(task, names, {}),
      StartsWith("INSERT INTO \"public\".\"jobtasks\" (\"job_id\", \"taskorder\", \"task\", \"hours\", \"source\", "
                 "\"updated_at\", \"jt_id\") OVERRIDING SYSTEM VALUE SELECT m.\"job_id\", "))
      << "once";
  EXPECT_THAT(sql::insert(task, names, {}), HasSubstr(", (v.number)[2]::bigint FROM"));
}

TEST(Numbers, AreInsertedWithTheRows) {
  EXPECT_THAT(sql::insert(keyless_task(), names, {}),
              HasSubstr("m.\"updated_at\", (v.number)[1]::bigint FROM pgtide_stage_1 m JOIN"));
  EXPECT_THAT(sql::insert(keyless_task(), names, {}), Not(HasSubstr("ON CONFLICT")))
      << "a row is never dropped in silence";
  EXPECT_THAT(sql::insert(keyless_task({.reverse = true}), names, {}), Not(HasSubstr("number")))
      << "the desktop has none";
}

TEST(Numbers, ALateColumnIsSetInTheRowOfTheNumber) {
  EXPECT_THAT(sql::insert(keyless_task(), names, {"hours"}), HasSubstr("m.\"task\", NULL, m.\"source\""));
  EXPECT_EQ(sql::set_late_columns(keyless_task(), names, {"hours"}),
            "UPDATE \"public\".\"jobtasks\" t SET \"hours\" = m.\"hours\" FROM pgtide_stage_1 m JOIN pgtide_verdict_1 "
            "v ON v.staged = "
            "m.ctid AND v.verdict = 'i' WHERE t.\"jt_id\" = (v.number)[1]::bigint AND (m.\"hours\" IS NOT NULL)");
}

TEST(Numbers, AreRememberedAndThoseOfRemovedRowsForgotten) {
  const auto text = sql::remember_numbers(keyless_task(), names);
  EXPECT_THAT(
      text,
      StartsWith(
          "SET LOCAL enable_nestloop = off; DELETE FROM pgtide.known_row k USING pgtide_verdict_1 v WHERE k.known_id = "
          "1 AND k.key_hash = v.key_hash AND v.verdict IN ('d', 'f', 'i'); "));
  EXPECT_THAT(
      text,
      HasSubstr("SET image = v.image FROM pgtide_verdict_1 v WHERE k.known_id = 1 AND k.key_hash = v.key_hash AND "
                "v.verdict IN ('u', 'a', 'r'); "));
  auto column = number_in_target();
  column.replace(column.find("t.\"jt_id\""), 9, "(v.number)[1]::bigint");
  EXPECT_THAT(text, HasSubstr("SELECT 1, " + column + ", v.image, v.number FROM"))
      << "the same hash as of the column itself";
  EXPECT_THAT(judge(keyless_task({.adopting = true})), HasSubstr(number_in_target()));
}

TEST(Numbers, LeadToTheRowsWhoseImageIsMadeAnew) {
  EXPECT_THAT(sql::remember_anew(keyless_task(), made_of({"jt_id"}, {"task"})),
              HasSubstr("t ON t.\"jt_id\"::text = (o.number)[1]"));
}

// ---- removing

TEST(Removing, NothingButTheVersionThatWasJudged) {
  const std::string version = "t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version";
  for (const auto& statement : {sql::lock_surplus(keyless_task(), names), sql::remove_surplus(keyless_task(), names),
                                sql::update(keyless_task(), names)})
    EXPECT_THAT(statement, HasSubstr(version));
  EXPECT_THAT(sql::lock_surplus(keyless_task(), names), HasSubstr("WHERE v.verdict = 'd' FOR UPDATE OF t"));
  EXPECT_THAT(sql::remove_surplus(keyless_task(), names), HasSubstr("WHERE v.verdict = 'd' AND " + version));
}

TEST(Removing, ARowThatOthersReferToStays) {
  auto task = keyless_task();
  task.referrers.clear();
  EXPECT_EQ(sql::keep_referenced(task, names), "") << "nobody can";
  const std::string start =
      "UPDATE pgtide_verdict_1 v SET verdict = 'x' FROM \"public\".\"jobtasks\" t WHERE v.verdict = 'd' AND t.ctid = "
      "v.existing AND "
      "t.tableoid = v.part AND ";
  task.referrers = {{{"public", "note"}, {"task_id"}, {"jt_id"}}};
  const std::string one = "EXISTS (SELECT FROM \"public\".\"note\" c WHERE c.\"task_id\" = t.\"jt_id\")";
  EXPECT_EQ(sql::keep_referenced(task, names), start + "(" + one + ")");
  task.referrers.push_back({{"o", "photo"}, {"job", "nr"}, {"job_id", "taskorder"}});
  EXPECT_EQ(
      sql::keep_referenced(task, names),
      start + "(" + one +
          " OR EXISTS (SELECT FROM \"o\".\"photo\" c WHERE c.\"job\" = t.\"job_id\" AND c.\"nr\" = t.\"taskorder\"))");
}

TEST(Removing, ARowThatHasToStayIsAConflict) {
  const auto text = sql::record_kept_rows(keyless_task(), names, 42);
  EXPECT_THAT(
      text,
      HasSubstr("pg_catalog.jsonb_build_object('job_id', t.\"job_id\", 'taskorder', t.\"taskorder\"), "
                "'delete_origin_differs', NULL::jsonb, pg_catalog.to_jsonb(t.*), NULL::timestamptz, t.\"updated_at\""));
  EXPECT_THAT(text, HasSubstr("WHERE v.verdict = 'x' ON CONFLICT"));
}

TEST(Removing, IsCountedAgainstTheWholeTable) {
  EXPECT_EQ(sql::count_target(keyless_task()), "SELECT count(*) AS rows FROM \"public\".\"jobtasks\"");
}

}  // namespace
}  // namespace engine::plan::test
