#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/sample_tasks.hpp"

// What becomes of a row with a key, by what is remembered of it; and what is remembered then.
namespace engine::plan::test {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string hash(const std::string& row, const Names& columns) {
  static const auto forms = both_task().target_hashed;
  return hashed(forms, row, columns);
}
const Names contents = {"rem_id", "text", "source"};
std::string key_of(const std::string& row) { return hash(row, {"rem_id"}); }
std::string image_of(const std::string& row) { return hash(row, contents); }
const std::string differ =
    "ROW(t.\"rem_id\", t.\"text\", t.\"source\")::record *<> ROW(m.\"rem_id\", m.\"text\", m.\"source\")::record";
const std::string differ_apart_from_the_origin =
    "ROW(t.\"rem_id\", t.\"text\")::record *<> ROW(m.\"rem_id\", m.\"text\")::record";
const std::string ours =
    "EXISTS (SELECT FROM pgtide.own_xact own WHERE own.map = 'practice' AND own.table_name = 'reminder' AND "
    "(own.xid & 4294967295) = t.xmin::text::bigint)";
const std::string there_before = "((t.xmin::text::bigint - 700) & 4294967295) >= 2147483648";

// Without what stands around the verdict of a row: its CASE.
std::string verdict(const TableTask& task, bool known = false, bool overwrite = false) {
  sql::Extraction how;
  how.send_known = known;
  how.overwrite = overwrite;
  how.known_since = 700;
  const auto statement = sql::judge(task, names, how);
  const auto from = statement.find("THEN '=' ELSE CASE") + 14;
  return statement.substr(from, statement.find(" END AS verdict") - from);
}

// True if the parts stand in the text in this order.
testing::AssertionResult in_order(const std::string& text, const Names& parts) {
  std::size_t from = 0;
  for (const auto& part : parts) {
    const auto found = text.find(part, from);
    if (found == std::string::npos)
      return testing::AssertionFailure() << part << "\nis not there, or earlier, in\n" << text;
    from = found + part.size();
  }
  return testing::AssertionSuccess();
}

// ---- forward

TEST(ForwardVerdict, TheFirstCaseThatFitsCounts) {
  EXPECT_TRUE(
      in_order(verdict(both_task()),
               {"CASE WHEN t.ctid IS NULL THEN CASE WHEN k.key_hash IS NULL AND NOT false THEN 'i' WHEN k.image = " +
                    image_of("m") + " THEN 's' WHEN k.image IS NULL AND k.key_hash IS NOT NULL THEN 'g' ELSE 'm' END",
                " WHEN NOT d.differs THEN 'a'",
                " WHEN t.\"source\"::text IS NOT DISTINCT FROM 'M' THEN CASE WHEN " + differ_apart_from_the_origin +
                    " THEN 'c' ELSE '=' END",
                " WHEN k.key_hash IS NOT NULL THEN CASE WHEN k.image = " + image_of("m") + " THEN 's' WHEN " + ours +
                    " OR k.image = " + image_of("t") + " THEN 'u' ELSE 'b' END",
                " WHEN NOT false AND (" + ours + " OR " + there_before +
                    " AND (t.\"source\" IS NULL OR t.\"source\"::text = 'D') AND NOT false) THEN 'u'",
                " WHEN NOT (" + differ_apart_from_the_origin + ") THEN '='", " ELSE 'c' END"}));
}

TEST(ForwardVerdict, WithoutAnOriginNobodyIsAskedForIt) {
  const auto text = verdict(plain_task());
  EXPECT_THAT(text, Not(HasSubstr("'M'")));
  EXPECT_THAT(text, HasSubstr(" AND true AND NOT false) THEN 'u' ELSE 'c' END"));
}

TEST(ForwardVerdict, OverwriteWritesWhatTheCloudChangedOrDeleted) {
  const auto text = verdict(both_task(), false, true);
  EXPECT_THAT(text, testing::StartsWith(
                        "CASE WHEN t.ctid IS NULL THEN CASE WHEN k.key_hash IS NULL AND NOT false THEN 'i' WHEN "
                        "k.key_hash IS NOT NULL THEN 'i' ELSE 'm' END"));
  EXPECT_THAT(text, HasSubstr(" WHEN k.key_hash IS NOT NULL THEN 'u'"));
  EXPECT_THAT(text, Not(HasSubstr("'b'")));
  EXPECT_THAT(text, Not(HasSubstr("'s'")));
}

TEST(ForwardVerdict, NotEvenOverwriteChangesARowThatTheCloudMarked) {
  for (const bool overwrite : {false, true})
    EXPECT_TRUE(
        in_order(verdict(both_task(), false, overwrite),
                 {"IS NOT DISTINCT FROM 'M' THEN CASE WHEN " + differ_apart_from_the_origin + " THEN 'c'", "'u'"}))
        << "the origin decides before anything is updated";
}

TEST(ForwardVerdict, ARowThatReverseBroughtIsNeitherInsertedAgainNorTakenOver) {
  const auto text = verdict(both_task(), true);
  EXPECT_THAT(text, HasSubstr("WHEN k.key_hash IS NULL AND NOT m.pgtide_known THEN 'i'"));
  EXPECT_THAT(text, HasSubstr("WHEN NOT m.pgtide_known AND (" + ours));
}

TEST(ForwardVerdict, ARowOfAnotherMapIsNotTakenOver) {
  auto task = both_task();
  task.memory.others = {{"other", 9, {"rem_id"}, RowHash::record}, {"third", 10, {"text"}, RowHash::text}};
  const std::string others =
      "(EXISTS (SELECT FROM pgtide.known_row r WHERE r.known_id = 9 AND r.key_hash = " + key_of("t") +
      ") OR EXISTS (SELECT FROM pgtide.known_row r WHERE r.known_id = 10 AND r.key_hash = "
      "pg_catalog.hashtextextended(ROW(t.\"text\"::text COLLATE \"C\")::text COLLATE \"C\", 0)))";
  EXPECT_THAT(verdict(task), HasSubstr("OR " + there_before +
                                       " AND (t.\"source\" IS NULL OR t.\"source\"::text = 'D') AND NOT " + others));
}

TEST(ForwardVerdict, ImagesOfARowAreComparedOnce) {
  const std::string once =
      " CROSS JOIN LATERAL (SELECT CASE WHEN t.ctid IS NULL THEN true ELSE " + differ + " END AS differs OFFSET 0) d";
  for (const bool reverse : {false, true}) {
    const auto statement = sql::judge(both_task(reverse), names, {});
    EXPECT_THAT(statement, HasSubstr(once));
    EXPECT_EQ(statement.find(differ), statement.rfind(differ)) << statement;
  }
}

TEST(ForwardVerdict, TheWatermarkIsNoChange) {
  for (const bool overwrite : {false, true})
    EXPECT_THAT(verdict(both_task(), true, overwrite), Not(HasSubstr("updated_at")));
}

TEST(ForwardVerdict, OfTwoTwinsInATargetWithoutAnIndexTheEqualOneCounts) {
  EXPECT_THAT(
      sql::judge(plain_task(), names, {}),
      ContainsRegex("SELECT DISTINCT ON \\(m.ctid\\) .* ORDER BY m.ctid, t.ctid IS NOT NULL AND d.differs, t.ctid;"));
}

// ---- reverse

TEST(ReverseVerdict, TheFirstCaseThatFitsCountsAndNothingIsUpdated) {
  for (const auto& [known, sent] :
       std::vector<std::pair<bool, std::string>>{{false, "false"}, {true, "m.pgtide_known"}})
    EXPECT_EQ(verdict(both_task(true), known),
              "CASE WHEN t.ctid IS NULL THEN CASE WHEN " + sent +
                  " THEN 'm' WHEN k.key_hash IS NULL THEN 'i' WHEN k.image = " + image_of("m") +
                  " THEN 's' WHEN k.image IS NULL THEN 'g' ELSE 'm' END WHEN NOT d.differs THEN 'a' WHEN " + sent +
                  " OR k.key_hash IS NOT NULL OR " + ours + " THEN 's' ELSE 'c' END");
}

TEST(ReverseVerdict, OverwriteIsNotForTheWayBack) {
  EXPECT_EQ(verdict(both_task(true), true, true), verdict(both_task(true), true, false));
}

// ---- which rows are judged at all

std::string judged_where(const TableTask& task, bool known = false) {
  sql::Extraction how;
  how.send_known = known;
  const auto statement = sql::judge(task, names, how);
  const auto from = statement.find(
      " WHERE (",
      statement.find(
          "r.key_hash = pg_catalog.hash_record_extended(ROW(m.\"rem_id\"::integer), 0) OFFSET 0) k ON true WHERE"));
  return from == std::string::npos ? "" : statement.substr(from, statement.find("; SET LOCAL", from) - from);
}

TEST(Judging, RowsThatWeWroteAndThatAreEqualArePassedOver) {
  EXPECT_THAT(judged_where(both_task()), HasSubstr("OR NOT (" + ours + "))")) << "they are remembered already";
  EXPECT_THAT(judged_where(remembering(both_task(), true)), Not(HasSubstr("OR NOT (" + ours))) << "not yet";
  EXPECT_THAT(judged_where(both_task(true)), Not(HasSubstr("OR NOT (" + ours)));
}

TEST(Judging, EqualRowsAreRememberedWhereTheyAreOurs) {
  const std::string news = "(k.image IS NULL OR k.image <> " + image_of("m") + ")";
  EXPECT_THAT(judged_where(both_task()), EndsWith(" OR k.key_hash IS NOT NULL AND " + news + ")"));
  EXPECT_THAT(judged_where(both_task(), true),
              EndsWith(" OR k.key_hash IS NOT NULL AND NOT m.pgtide_known AND " + news + ")"));
  EXPECT_THAT(judged_where(remembering(both_task(), true)), HasSubstr("(k.key_hash IS NOT NULL OR (" + ours + " OR "))
      << "while rows are taken over, also one that was there before";
  EXPECT_THAT(judged_where(both_task(true)), EndsWith(" OR " + news + ")")) << "whoever wrote it";
}

TEST(Judging, ByAnIndexOnlyWhereThereIsOne) {
  EXPECT_THAT(sql::judge(both_task(), names, {}), HasSubstr("SET LOCAL enable_hashjoin = off"));
  EXPECT_THAT(sql::judge(plain_task(), names, {}), Not(HasSubstr("enable_hashjoin")));
}

// ---- what is read

TEST(Extraction, TheOppositeDirectionsRowsAreNoNews) {
  const std::string written_by_us =
      "EXISTS (SELECT FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = 'practice' AND pgtide_own.table_name = "
      "'reminder' AND (pgtide_own.xid & 4294967295) = \"reminder\".xmin::text::bigint)";
  const std::string known =
      "NOT EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND "
      "pgtide_known_row.key_hash = " +
      hash("\"reminder\"", {"rem_id"}) + " AND (" + written_by_us +
      " OR pgtide_known_row.image = " + hash("\"reminder\"", contents) + "))";
  for (const bool reverse : {false, true})
    for (const auto& window : {since(), whole()}) {
      auto task = both_task(reverse);
      EXPECT_THAT(sql::extract(task, window, {}), HasSubstr(known));
      EXPECT_THAT(sql::extract(task, window, {}), Not(HasSubstr("NOT (" + written_by_us)));
      task.memory.opposite_adopting = true;
      EXPECT_THAT(sql::extract(task, window, {}), HasSubstr(known + " AND NOT (" + written_by_us + ")"))
          << "while it is at its first load";
    }
}

TEST(Extraction, WithoutAnOppositeDirectionEveryRowIsNews) {
  for (const auto& task : {rich_task(), plain_task(), plain_task(true), keyless_task()}) {
    EXPECT_THAT(sql::extract(task, whole(), {}), Not(HasSubstr("own_xact")));
    EXPECT_THAT(sql::extract(task, whole(), {}), Not(HasSubstr("known_row")));
  }
}

TEST(Extraction, OfASourceWithoutTransactionIdsOnlyTheContentsTell) {
  auto task = both_task();
  task.has_xmin = false;
  EXPECT_THAT(sql::extract(task, whole(), {}), Not(HasSubstr("own_xact")));
  EXPECT_THAT(sql::extract(task, whole(), {}), HasSubstr("AND (pgtide_known_row.image = "));
}

TEST(Extraction, AnOppositeImageThatCannotBeMadeAnyMoreIsNotAskedFor) {
  auto task = both_task();
  task.memory.opposite_image.clear();
  EXPECT_THAT(sql::extract(task, whole(), {}), HasSubstr("own_xact"));
  EXPECT_THAT(sql::extract(task, whole(), {}), Not(HasSubstr("row.image")));
}

TEST(Extraction, TheOppositeIsHashedAsItWasStored) {
  auto task = both_task();
  task.memory.opposite_hash = RowHash::text;
  EXPECT_THAT(sql::extract(task, whole(), {}),
              HasSubstr("pgtide_known_row.key_hash = "
                        "pg_catalog.hashtextextended(ROW(\"reminder\".\"rem_id\"::integer)::text COLLATE \"C\", 0)"));
}

TEST(Extraction, WhatTheOppositeKnowsTravelsWithTheRow) {
  sql::Extraction how;
  how.send_known = how.send_watermark = true;
  const std::string known =
      "EXISTS (SELECT FROM pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = 2 AND "
      "pgtide_known_row.key_hash = " +
      hash("\"reminder\"", {"rem_id"}) + ") AS pgtide_known";
  EXPECT_THAT(sql::extract(both_task(), whole(), how), HasSubstr(known));
  EXPECT_THAT(sql::create_stage(both_task(), names, how),
              HasSubstr("pgtide_known boolean, pgtide_watermark timestamptz)"));
  how.one_per_key = true;
  EXPECT_THAT(
      sql::extract(both_task(), whole(), how),
      HasSubstr(" SELECT \"rem_id\", \"text\", \"source\", \"updated_at\", pgtide_known, pgtide_watermark FROM ranked"))
      << "in the order of the stage";
  EXPECT_THAT(sql::extract(both_task(), whole(), how), HasSubstr(known));
  EXPECT_THAT(sql::extract(both_task(), whole(), {}), Not(HasSubstr("AS pgtide_known")));
}

TEST(Extraction, AConvertedRowKeepsWhatTravelsWithIt) {
  auto task = with_opposite(rich_task(), {"jt_id"}, {});
  EXPECT_THAT(sql::make_image(task, names, as_read(task)),
              testing::AllOf(HasSubstr(", NULL::boolean AS pgtide_known, NULL::timestamptz AS pgtide_watermark FROM"),
                             HasSubstr(", s.pgtide_known, s.pgtide_watermark FROM pgtide_stage_1 s")));
}

TEST(Extraction, KeysOfOpenConflictsAreReadWhetherNewOrNot) {
  auto window = since();
  window.again = {"{\"rem_id\": 1}", "{\"rem_id\": 2}"};
  EXPECT_THAT(sql::extract(both_task(), window, {}),
              HasSubstr(" OR pg_catalog.jsonb_build_object('rem_id', \"reminder\".\"rem_id\") IN (SELECT "
                        "pg_catalog.jsonb_array_elements('[{\"rem_id\": 1},{\"rem_id\": 2}]'::jsonb)))"));
}

// ---- what is remembered

TEST(Remembering, WhatWasInsertedUpdatedOrFoundEqual) {
  const auto text = sql::remember(both_task(), names);
  EXPECT_THAT(text, HasSubstr("SELECT DISTINCT ON (2) 1, " + key_of("m") + ", " + image_of("m") + " FROM"));
  EXPECT_THAT(text, HasSubstr("v.verdict IN ('i', 'u', 'a', 'g', 'r')"));
  EXPECT_THAT(text, EndsWith("ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image"));
}

TEST(Remembering, WithOtherColumnsWhatIsStillAsItWasRemembered) {
  const auto text = sql::remember_anew(both_task(), made_of({"rem_id"}, {"rem_id", "text"}));
  EXPECT_THAT(text, HasSubstr("CASE WHEN " + ours + " OR o.image = " + hash("t", {"rem_id", "text"}) + " THEN " +
                              image_of("t") + " END AS image"))
      << "of the others nobody knows: NULL";
  EXPECT_THAT(text,
              HasSubstr(" UNION ALL SELECT o.key_hash, NULL, o.number, o.soft_deleted FROM old o WHERE NOT EXISTS"))
      << "of rows that are gone the key says that they were sent";
  EXPECT_THAT(sql::remember_anew(both_task(), made_of({"rem_id"}, {"rem_id", "dropped"})),
              HasSubstr("CASE WHEN " + ours + " THEN " + image_of("t") + " END AS image"))
      << "a column of before is gone";
}

TEST(Remembering, WithAnotherKeyWhatIsThere) {
  const auto text = sql::remember_anew(both_task(), made_of({"text"}, both_task().image_columns()));
  EXPECT_THAT(text, HasSubstr("t ON o.key_hash = " + hash("t", {"text"})));
  EXPECT_THAT(text, HasSubstr(", " + key_of("t") + " AS key_hash, o.image AS image"));
  EXPECT_THAT(text, Not(HasSubstr("UNION ALL"))) << "of rows that are gone the new key is not known";
  EXPECT_EQ(sql::remember_anew(both_task(), made_of({"dropped"}, {"text"})),
            "DELETE FROM pgtide.known_row WHERE known_id = 1");
}

TEST(Remembering, OfATableThatWasMadeAnewWhatIsThere) {
  const auto task = both_task();
  EXPECT_THAT(sql::remember_anew(task, made_of(task.key, task.image_columns(), RowHash::record, true)),
              Not(HasSubstr("UNION ALL")));
  EXPECT_THAT(sql::remember_anew(task, made_of(task.key, task.image_columns(), RowHash::text)),
              testing::AllOf(HasSubstr("o.key_hash = pg_catalog.hashtextextended("), Not(HasSubstr("UNION ALL"))))
      << "nor with other hashes";
}

TEST(Remembering, AFirstLoadIsHashedAtTheSourceAsTheTargetWould) {
  sql::Extraction how;
  how.send_hashes = true;
  // what is sent stands in parentheses, in place of a row's column
  const auto sent = [&](Names columns) {
    auto text = hash("x", columns);
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"x.\"rem_id\"", "(\"reminder\".\"rem_id\")"},
                                            {"x.\"text\"", "(\"reminder\".\"text\")"},
                                            {"x.\"source\"", "(coalesce(\"reminder\".\"source\", 'D'))"}})
      if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
    return text;
  };
  EXPECT_THAT(sql::extract(both_task(), whole(), how),
              HasSubstr(", " + sent({"rem_id"}) + " AS pgtide_key, " + sent(contents) + " AS pgtide_image FROM"));
  EXPECT_EQ(sql::hash_fields, 2);
}

TEST(Remembering, OlderServersHashTheTextOfARow) {
  auto task = both_task();
  task.hash = RowHash::text;
  EXPECT_THAT(sql::remember(task, names),
              HasSubstr("1, pg_catalog.hashtextextended(ROW(m.\"rem_id\"::integer)::text COLLATE \"C\", 0), "));
  for (const auto& statement : {sql::judge(task, names, {}), sql::remember(task, names),
                                sql::remember_anew(task, made_of({"rem_id"}, {"text"}, RowHash::text))})
    EXPECT_THAT(statement, Not(HasSubstr("hash_record_extended")));
}

// ---- conflicts

TEST(Conflicts, ARowThatIsMissingIsOneToo) {
  const auto text = sql::record_conflicts(both_task(), names, true, 42);
  EXPECT_THAT(text, HasSubstr("CASE v.verdict WHEN 'c' THEN 'insert_exists' WHEN 'm' THEN 'update_missing' WHEN 'x' "
                              "THEN 'delete_origin_differs' WHEN 'b' THEN 'update_origin_differs' END"));
  EXPECT_THAT(text, HasSubstr("(v.verdict IN ('c', 'b', 'm') OR v.conflict IS NOT NULL AND v.verdict <> 'q') LEFT JOIN "
                              "\"public\".\"reminder\" t ON t.ctid = v.existing "
                              "AND t.tableoid = v.part"));
  EXPECT_THAT(text, HasSubstr("CASE WHEN t.ctid IS NOT NULL THEN pg_catalog.to_jsonb(t.*) END"))
      << "not a row of NULLs";
}

TEST(Conflicts, EachSideStandsInItsOwnColumn) {
  const std::string standing = "CASE WHEN t.ctid IS NOT NULL THEN pg_catalog.to_jsonb(t.*) END";
  const std::string incoming = "\"updated_at\") x)";
  EXPECT_TRUE(in_order(sql::record_conflicts(both_task(), names, true, 42),
                       {incoming + " AS desktop_row, " + standing +
                            " AS cloud_row, m.pgtide_watermark AS "
                            "local_modified, t.\"updated_at\" AS remote_modified",
                        "'desktop_wins', 42"}));
  EXPECT_TRUE(in_order(sql::record_conflicts(both_task(true), names, true, 42),
                       {standing + " AS desktop_row, ",
                        incoming + " AS cloud_row, t.\"updated_at\" AS local_modified, "
                                   "m.pgtide_watermark AS remote_modified",
                        "'desktop_wins', 42"}));
  EXPECT_THAT(sql::record_conflicts(plain_task(), names, false, 42),
              HasSubstr("NULL::timestamptz AS local_modified, NULL::timestamptz AS remote_modified"));
}

TEST(Conflicts, OneThatIsDecidedClosesTheOneThatWaited) {
  EXPECT_TRUE(in_order(sql::record_conflicts(both_task(), names, true, 42),
                       {"closed AS (UPDATE pgtide.conflict c SET", "resolution = f.resolution",
                        "FROM found f WHERE f.resolution IS NOT NULL AND", "c.resolved_at IS NULL AND c.kind = f.kind",
                        "WHERE NOT EXISTS (SELECT FROM closed"}));
}

TEST(Conflicts, ThePolicyDecidesOnlyWhereBothSidesChangedTheRow) {
  auto task = both_task();
  EXPECT_THAT(sql::decide_conflicts(task, names, true),
              HasSubstr("verdict = 'u', resolution = 'desktop' WHERE v.verdict = 'b'"));
  task.policy = "cloud_wins";
  EXPECT_THAT(sql::decide_conflicts(task, names, true),
              HasSubstr("verdict = 'r', resolution = 'cloud' WHERE v.verdict = 'b'"));
  task.policy = "last_update_wins";
  EXPECT_THAT(
      sql::decide_conflicts(task, names, true),
      HasSubstr("CASE WHEN (t.\"updated_at\" IS NULL OR m.pgtide_watermark >= t.\"updated_at\") THEN 'u' ELSE 'r'"));
  EXPECT_THAT(sql::decide_conflicts(task, names, false), Not(HasSubstr("pgtide_watermark"))) << "nobody can tell";
  task.policy = "manual";
  EXPECT_THAT(sql::decide_conflicts(task, names, true), Not(HasSubstr("WHERE v.verdict = 'b'")));
}

TEST(Conflicts, OfTheWayBackAreNeverDecidedAgainstTheDesktopsRow) {
  const auto text = sql::decide_conflicts(both_task(true), names, true);
  EXPECT_THAT(text, HasSubstr("CASE WHEN c.decision = 'cloud' THEN 'i' ELSE 'l' END"));
  EXPECT_THAT(text, HasSubstr("(v.verdict = 'm' OR (v.verdict = 'c' AND c.decision = 'desktop'))"));
}

TEST(Conflicts, OneIsOpenForARowAndKind) {
  for (const auto& statement :
       {sql::record_conflicts(both_task(), names, true, 42), sql::record_kept_rows(keyless_task(), names, 42)})
    EXPECT_THAT(statement, HasSubstr("ON CONFLICT (map, direction, table_name, hashtextextended(row_key::text, 0), "
                                     "kind) WHERE resolved_at IS NULL "
                                     "DO UPDATE"));
  EXPECT_THAT(sql::record_conflicts(both_task(), names, true, 42), HasSubstr("SELECT DISTINCT ON (1, 2) "));
  EXPECT_THAT(sql::record_kept_rows(keyless_task(), names, 42), HasSubstr("SELECT DISTINCT ON (4) "));
}

TEST(RowKey, IsOfTheKeyElseOfTheMatchColumnsElseOfAll) {
  const std::string build = "pg_catalog.jsonb_build_object(";
  EXPECT_THAT(sql::record_conflicts(both_task(), names, true, 1),
              HasSubstr(" " + build + "'rem_id', m.\"rem_id\") AS row_key"));
  EXPECT_THAT(sql::record_conflicts(keyless_task(), names, true, 1),
              HasSubstr(" " + build + "'job_id', m.\"job_id\", 'taskorder', m.\"taskorder\") AS row_key"));
  EXPECT_THAT(
      sql::record_conflicts(keyless_task({.match = false, .origin = false}), names, true, 1),
      HasSubstr(" " + build +
                "'job_id', m.\"job_id\", 'taskorder', m.\"taskorder\", 'task', m.\"task\", 'hours', m.\"hours\", "
                "'updated_at', m.\"updated_at\") AS row_key"));
}

TEST(RowKey, OfManyColumnsIsBuiltInPartsOfWhichEachFitsIntoAFunction) {
  for (const auto& [count, parts] : std::vector<std::pair<int, int>>{{49, 1}, {50, 1}, {51, 2}, {100, 2}, {120, 3}}) {
    std::vector<catalog::Column> columns;
    for (int i = 0; i < count; ++i) columns.push_back(column("c" + std::to_string(i), "integer"));
    const auto desktop = table("t", columns);
    columns.push_back(column("id", "integer", {.has_default = true, .value_by_default = "1"}));
    const auto task =
        only_task(make_plan(map_with_table("key: none"), Mode::full, {desktop}, {table("t", columns, {"id"})}));
    const auto statement = sql::record_conflicts(task, names, false, 1);
    int built = 0, named = 0;
    for (auto at = statement.find("jsonb_build_object("); at != std::string::npos;
         at = statement.find("jsonb_build_object(", at + 1)) {
      const auto end = statement.find(')', at);
      const auto arguments = std::count(statement.begin() + static_cast<std::ptrdiff_t>(at),
                                        statement.begin() + static_cast<std::ptrdiff_t>(end), ',') +
                             1;
      EXPECT_LE(arguments, 100) << count;
      ++built;
      named += static_cast<int>(arguments) / 2;
    }
    EXPECT_EQ(built, 3 * parts) << count;  // of those that were met, and twice of those that go on waiting
    EXPECT_EQ(named, 3 * count);
    if (parts > 1) {
      EXPECT_THAT(statement, HasSubstr(") || pg_catalog.jsonb_build_object(")) << count;
    }
  }
}

}  // namespace
}  // namespace engine::plan::test
