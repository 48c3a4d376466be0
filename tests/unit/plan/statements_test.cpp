#include "engine/plan/statements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/golden/golden.hpp"
#include "tests/unit/plan/sample_tasks.hpp"

namespace engine::plan::test {
namespace {

using engine::test::expect_golden;
using testing::HasSubstr;
using testing::Not;
// One statement a paragraph, each under its name, so that a change is easy to read.
std::string all_of(const TableTask& task) {
  std::string text;
  const auto say = [&](const std::string& name, const std::string& statement) {
    text += "-- " + name + "\n" + (statement.empty() ? "(nothing)" : statement) + "\n\n";
  };
  const bool forward = task.direction == Direction::forward;
  sql::Extraction plainly;
  plainly.send_number = task.keyless && !forward;
  plainly.known_since = 700;
  const sql::Extraction all = as_read(task);
  auto ranked = all, overwriting = all;
  ranked.one_per_key = overwriting.overwrite = true;
  say("selection", sql::selection(task));
  say("extract, whole", sql::extract(task, whole(), plainly));
  say("extract, whole, with all that is sent", sql::extract(task, whole(), all));
  say("extract, since", sql::extract(task, since(), plainly));
  if (!task.keyless) {
    auto waiting = since();
    waiting.again = {"{\"k\": 1}", "{\"k\": \"it's\"}"};
    say("extract, since, and keys that wait", sql::extract(task, waiting, all));
    say("extract, since, one per key", sql::extract(task, since(), ranked));
    say("find_twins, since", sql::find_twins(task, since()));
    say("count_twins, whole", sql::count_twins(task, whole()));
    say("list_differing_twins, whole", sql::list_differing_twins(task, whole()));
  }
  if (!task.watermark.empty()) say("count_days_at_source", sql::count_days_at_source(task, since(), {}));
  say("source_has_rows", sql::source_has_rows(task));
  say("create_stage", sql::create_stage(task, names, all));
  say("load_stage", sql::load_stage(names));
  if (!task.keyless) say("load_target", sql::load_target(task));
  say("make_image", sql::make_image(task, names, all));
  say("judge", sql::judge(task, names, all));
  if (task.may_be_judged_lightly()) {
    say("judge_lightly", sql::judge_lightly(task, names));
    say("judge_unsure", sql::judge_unsure(task, names, all));
    say("remember_in_pack", sql::remember_in_pack(task, names));
  }
  say("judge, while rows are taken over", sql::judge(remembering(task, true), names, all));
  if (forward) say("judge, overwriting", sql::judge(task, names, overwriting));
  if (!task.watermark.empty()) say("count_days", sql::count_days(task, names, true));
  if (task.removes()) {
    say("lock_surplus", sql::lock_surplus(task, names));
    say("keep_referenced", sql::keep_referenced(task, names));
    say("record_kept_rows", sql::record_kept_rows(task, names, 42));
    say("count_target", sql::count_target(task));
    say("remove_surplus", sql::remove_surplus(task, names));
    say("give_numbers", sql::give_numbers(task, names));
  }
  if (!task.keyless) say("lock_target", sql::lock_target(task));
  say("insert", sql::insert(task, names, {}));
  say("insert with a late column", sql::insert(task, names, {task.columns.back().target}));
  if (!task.keyless || forward)
    say("set_late_columns", sql::set_late_columns(task, names, {task.columns.back().target}));
  if (forward) say("update", sql::update(task, names));
  if (task.removes())
    say("remember_numbers", sql::remember_numbers(task, names));
  else
    say("remember", sql::remember(task, names));
  say("remember_anew", sql::remember_anew(task, made_of(task.identity(), {task.columns.front().target})));
  say("record_own_xact", sql::record_own_xact(task, 42));
  if (!task.keyless || forward)
    say("record_conflicts", sql::record_conflicts(task, names, !task.watermark.empty(), 42));
  say("target_has_rows", sql::target_has_rows(task));
  say("target_has_own_rows", sql::target_has_own_rows(task));
  for (const auto& moved : task.sequences) {
    say("may_move_sequence", sql::may_move_sequence(moved));
    say("move_sequence", sql::move_sequence(task, moved));
  }
  say("create_held", sql::create_held(names));
  say("hold_misfits", sql::hold_misfits(task, names));
  say("make_image_by_trial", sql::make_image_by_trial(task, names, all, {1000, 0.5}));
  say("clear_orphans", sql::clear_orphans(task, names, {}));
  say("hold_nulls", sql::hold_nulls(task, names));
  say("hold_orphans", sql::hold_orphans(task, names, {}));
  say("hold_orphans, among themselves", sql::hold_orphans(task, names, {{{"public", "client"}, {&task, names}}}));
  say("hold_taken", sql::hold_taken(task, names));
  say("vacate_values", sql::vacate_values(task, names));
  say("write_by_trial", sql::write_by_trial(task, names, {}, {1000, 0.5}));
  say("read_failures", sql::read_failures(names));
  say("hold_staged", sql::hold_staged(task, names));
  say("hold_judged", sql::hold_judged(task, names));
  say("release_held", sql::release_held(task, names, true, 42));
  say("decide_conflicts", sql::decide_conflicts(task, names, !task.watermark.empty()));
  return text;
}

TEST(Statements, OfATableWithEverythingAreTheGoldenOnes) { expect_golden("rich_table.sql", all_of(rich_task(false))); }
TEST(Statements, OfATableWithoutAnIndexAreTheGoldenOnes) { expect_golden("plain_table.sql", all_of(plain_task())); }
TEST(Statements, OfTheWayBackAreTheGoldenOnes) { expect_golden("reverse_table.sql", all_of(plain_task(true))); }
TEST(Statements, OfATableThatGoesBothWaysAreTheGoldenOnes) {
  expect_golden("both_forward.sql", all_of(both_task()));
  expect_golden("both_reverse.sql", all_of(both_task(true)));
}
TEST(Statements, OfATableWithoutAKeyAreTheGoldenOnes) {
  expect_golden("keyless_forward.sql", all_of(keyless_task()));
  expect_golden("keyless_reverse.sql", all_of(keyless_task({.reverse = true})));
}

// ---- what the golden files must never lose, whatever their form

TEST(Statements, ANewRowIsOneOfAnIdFromTheCursorUpToTheSnapshotModuloAnEpoch) {
  EXPECT_THAT(sql::extract(plain_task(), since(), {}),
              HasSubstr("(((\"workdiary\".xmin::text::bigint - 4294968296) & 4294967295) < (4294968300 - 4294968296)"));
}

TEST(Statements, UnfinishedTransactionsAreNamedByTheIdThatRowsHold) {
  EXPECT_THAT(sql::extract(plain_task(), since(), {}),
              HasSubstr("OR \"workdiary\".xmin = ANY ('{904,990}'::pg_catalog.xid[])"));
  auto none = since();
  none.from.unfinished.clear();
  EXPECT_THAT(sql::extract(plain_task(), none, {}), Not(HasSubstr("ANY")));
}

// ---- by stamp

TableTask stamped(const std::string& type, const std::string& timezone = "", char kind = 'r') {
  const auto map = map_of("map: m\n" + (timezone.empty() ? "" : "desktop: {timezone: " + timezone + "}\n") +
                          "tables: [{desktop: t, watermark: u}]\n");
  auto desktop = table("t", {column("id", "integer"), column("u", type)});
  desktop.kind = kind;
  return only_task(
      make_plan(map, Mode::incremental, {desktop}, {table("t", {column("id", "integer"), column("u", type)}, {"id"})}));
}
Window by_stamp(bool unstamped = false) {
  auto window = since();
  window.kind = Window::Kind::stamped;
  window.from.stamp = "2024-05-06 07:08:09.000000+00";
  window.unstamped = unstamped;
  return window;
}
std::string stamp_condition(const TableTask& task, const Window& window) {
  const std::string query = sql::extract(task, window, {});
  const auto where = query.find(" WHERE ");
  return query.substr(where + 7, query.find(") TO STDOUT") - where - 7);
}

TEST(Statements, TheBoundOfAStampIsOfTheColumnsOwnTypeSoThatItsIndexServes) {
  const std::string instant = "'2024-05-06 07:08:09.000000+00'::timestamptz";
  EXPECT_EQ(stamp_condition(stamped("timestamp with time zone"), by_stamp()), "\"t\".\"u\" >= (" + instant + ")");
  EXPECT_EQ(stamp_condition(stamped("timestamp without time zone", "Asia/Kolkata"), by_stamp()),
            "\"t\".\"u\" >= (" + instant + " AT TIME ZONE 'Asia/Kolkata' - interval '10800 seconds')")
      << "a local time comes twice when summer ends";
  EXPECT_EQ(stamp_condition(stamped("timestamp without time zone"), by_stamp()),
            "\"t\".\"u\" >= (" + instant + " AT TIME ZONE 'UTC' - interval '86400 seconds')")
      << "whatever zone the stamps are in";
  EXPECT_EQ(stamp_condition(stamped("date", "Asia/Kolkata"), by_stamp()),
            "\"t\".\"u\" >= (" + instant + " AT TIME ZONE 'Asia/Kolkata' - interval '10800 seconds')::date");
}

TEST(Statements, OfAForeignTableALittleMoreIsReadThanTheClockSays) {
  EXPECT_THAT(stamp_condition(stamped("timestamp with time zone", "", 'f'), by_stamp()),
              HasSubstr("- interval '3600 seconds'"));
}

TEST(Statements, RowsWithoutAStampAreReadWhereNothingElseFindsThem) {
  EXPECT_THAT(stamp_condition(stamped("timestamp with time zone"), by_stamp(true)),
              testing::AllOf(testing::StartsWith("(\"t\".\"u\" >= "), testing::EndsWith(" OR \"t\".\"u\" IS NULL)")));
}

TEST(Statements, OfSeveralStampsTheGreatestCounts) {
  auto task = stamped("timestamp with time zone");
  task.stamps.push_back({"\"t\".\"c\"", "timestamp with time zone", "", 0});
  const std::string bound = "('2024-05-06 07:08:09.000000+00'::timestamptz)";
  EXPECT_EQ(stamp_condition(task, by_stamp()), "(\"t\".\"u\" >= " + bound + " OR \"t\".\"c\" >= " + bound + ")");
  EXPECT_EQ(stamp_condition(task, by_stamp(true)), "(\"t\".\"u\" >= " + bound + " OR \"t\".\"c\" >= " + bound +
                                                       " OR (\"t\".\"u\" IS NULL AND \"t\".\"c\" IS NULL))");
}

TEST(Statements, ByStampTooTwinsOfWhatIsNewAreLookedForEverywhere) {
  const auto task = stamped("timestamp with time zone");
  sql::Extraction ranked;
  ranked.one_per_key = true;
  for (const auto& query : {sql::find_twins(task, by_stamp()), sql::extract(task, by_stamp(), ranked)}) {
    EXPECT_THAT(query, HasSubstr(", news AS MATERIALIZED (SELECT DISTINCT "));
    EXPECT_THAT(query, HasSubstr("EXISTS (SELECT FROM news n WHERE "));
  }
}

TEST(Statements, KeysThatWaitAreReadBesideTheStamped) {
  auto window = by_stamp(true);
  window.again = {"{\"id\": 1}"};
  EXPECT_THAT(sql::extract(stamped("timestamp with time zone"), window, {}),
              HasSubstr(" IS NULL) OR pg_catalog.jsonb_build_object('id', "));
}

TEST(Statements, AWholeReadHasNoWindow) {
  EXPECT_THAT(sql::extract(plain_task(), whole(), {}), Not(HasSubstr("xmin")));
  EXPECT_EQ(sql::extract(plain_task(), whole(), {}),
            "COPY (" + sql::selection(plain_task()) + ") TO STDOUT (FORMAT binary)");
}

TEST(Statements, ConditionsAreAllRequired) {
  EXPECT_THAT(sql::selection(rich_task()),
              HasSubstr("WHERE (year_id >= 2020) AND \"jobtasks\".\"source\"::text IS DISTINCT FROM 'M'"));
}

TEST(Statements, ImagesAreComparedNotValues) {
  for (const auto& task : {rich_task(), plain_task()}) {
    EXPECT_THAT(sql::judge(task, names, {}), HasSubstr("::record *<> ROW("));
    EXPECT_THAT(sql::judge(task, names, {}), Not(HasSubstr("<> m.")));
  }
}

TEST(Statements, TheWatermarkIsCopiedButNeverAReasonToWrite) {
  const auto judge = sql::judge(rich_task(), names, {});
  const auto images = judge.substr(judge.find("WHEN NOT ("), judge.find("::record *<>") - judge.find("WHEN NOT ("));
  EXPECT_THAT(images, Not(HasSubstr("updated_at")));
  EXPECT_THAT(images, HasSubstr("t.\"amount\""));
  EXPECT_THAT(sql::insert(rich_task(), names, {}), HasSubstr("\"updated_at\""));
  EXPECT_THAT(sql::update(rich_task(), names), HasSubstr("\"updated_at\" = m.\"updated_at\""));
}

TEST(Statements, AColumnThatNothingFeedsIsNeverWritten) {
  const auto task = rich_task();
  for (const auto& statement : {sql::insert(task, names, {}), sql::update(task, names), sql::load_target(task),
                                sql::create_stage(task, names, {})})
    EXPECT_THAT(statement, Not(HasSubstr("\"own\"")));
}

TEST(Statements, InsertOnlyIsAlwaysAboutTheKey) {
  EXPECT_THAT(sql::insert(rich_task(), names, {}), HasSubstr("ON CONFLICT (\"jt_id\") DO NOTHING"));
  EXPECT_THAT(sql::insert(plain_task(), names, {}), Not(HasSubstr("ON CONFLICT"))) << "the target has no such index";
  EXPECT_THAT(sql::insert(plain_task(), names, {}),
              HasSubstr("WHERE NOT EXISTS (SELECT FROM \"public\".\"diary\" t WHERE"));
}

TEST(Statements, NullsInAKeyMatchEachOther) {
  EXPECT_THAT(sql::judge(plain_task(), names, {}),
              HasSubstr("t.\"nr\" = m.\"nr\" AND ROW(t.\"org\")::record = ROW(m.\"org\")::record"));
  EXPECT_THAT(sql::judge(rich_task(), names, {}), HasSubstr("t.\"jt_id\" = m.\"jt_id\""));
}

TEST(Statements, AnUpdateHitsOnlyTheVersionThatWasJudged) {
  EXPECT_THAT(sql::update(rich_task(), names),
              HasSubstr("t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version"));
}

TEST(Statements, AColumnGeneratedAlwaysIsInsertedButNotUpdated) {
  auto task = plain_task();
  task.columns[2].updatable = false;
  EXPECT_THAT(sql::insert(task, names, {}), HasSubstr("OVERRIDING SYSTEM VALUE"));
  EXPECT_THAT(sql::insert(task, names, {}), HasSubstr("m.\"text\""));
  EXPECT_THAT(sql::update(task, names), Not(HasSubstr("\"text\" =")));
}

TEST(Statements, ALateColumnIsInsertedAsNullAndSetAfterwards) {
  const auto task = plain_task();
  EXPECT_THAT(sql::insert(task, names, {"text"}), HasSubstr("SELECT m.\"org\", m.\"nr\", NULL FROM"));
  EXPECT_THAT(sql::set_late_columns(task, names, {"text"}), HasSubstr("SET \"text\" = m.\"text\" FROM"));
  EXPECT_THAT(sql::set_late_columns(task, names, {"text"}), HasSubstr("(m.\"text\" IS NOT NULL)"));
}

TEST(Statements, NothingIsConvertedWhereTheTypesAreTheSame) {
  EXPECT_EQ(sql::make_image(plain_task(), names, {}), "");
  EXPECT_EQ(sql::hold_misfits(plain_task(), names), "");
  EXPECT_THAT(sql::judge(plain_task(), names, {}), HasSubstr("FROM pgtide_stage_1 m"));
  EXPECT_THAT(sql::judge(rich_task(), names, {}), HasSubstr("FROM pgtide_image_1 m"));
}

TEST(Statements, AMisfitIsOnlyAValueThatIsThere) {
  EXPECT_THAT(sql::hold_misfits(rich_task(), names),
              HasSubstr("(s.\"amount\" IS NOT NULL AND NOT (coalesce(pg_catalog.scale(s.\"amount\") <= 2, true)))"));
}

TEST(Statements, TheStageTakesWhatTheSourceSendsAndNoConstraint) {
  const auto stage = sql::create_stage(rich_task(), names, {});
  EXPECT_EQ(stage,
            "CREATE TEMPORARY TABLE pgtide_stage_1 (\"jt_id\" integer, \"job_id\" integer, \"remark\" text, \"amount\" "
            "numeric, \"client_id\" integer, "
            "\"source\" bpchar, \"updated_at\" timestamp with time zone) ON COMMIT DROP");
}

TEST(Statements, NoSessionStateIsLeftBehind) {
  for (const auto& statement :
       {sql::create_stage(rich_task(), names, {}), sql::make_image(rich_task(), names, {}),
        sql::judge(rich_task(), names, {}), sql::create_held(names),
        sql::make_image_by_trial(rich_task(), names, {}, {}), sql::write_by_trial(rich_task(), names, {}, {})})
    EXPECT_THAT(statement, HasSubstr("ON COMMIT DROP"));
}

TEST(Statements, OfTwinsTheNewestWinsAndAnOlderOneOutsideTheWindowTakesPart) {
  sql::Extraction how;
  how.one_per_key = true;
  const auto extract = sql::extract(rich_task(), since(), how);
  EXPECT_THAT(extract, HasSubstr("PARTITION BY c.\"jt_id\" ORDER BY c.pgtide_watermark DESC NULLS LAST"));
  EXPECT_THAT(extract, HasSubstr("WHERE pgtide_rank = 1"));
  const auto candidates = extract.substr(0, extract.find(", news AS"));
  EXPECT_THAT(candidates, Not(HasSubstr("xmin"))) << "every row whose key occurs among the new ones is a candidate";
  EXPECT_THAT(extract,
              HasSubstr("WHERE EXISTS (SELECT FROM news n WHERE ROW(n.\"jt_id\")::record = ROW(c.\"jt_id\")::record)"))
      << "the desktop's key may be NULL";
}

TEST(Statements, TemporaryNamesAreRandomAndNeedNoQuotes) {
  const auto one = sql::TemporaryNames::random(), other = sql::TemporaryNames::random();
  EXPECT_NE(one.stage, other.stage);
  for (const auto& name : {one.stage, one.image, one.verdict}) {
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << name;
    EXPECT_LT(name.size(), 60u);
  }
}

TEST(Statements, TheFuseLooksForRowsThatWeRemember) {
  for (const auto& task : {plain_task(), rich_task(false), keyless_task()})
    EXPECT_THAT(sql::target_has_own_rows(task),
                HasSubstr("SELECT EXISTS (SELECT FROM pgtide.known_row WHERE known_id = 1)"));
}

TEST(Statements, TheFuseLooksForRowsOfTheDesktopWhileTheyAreTakenOver) {
  EXPECT_THAT(sql::target_has_own_rows(remembering(plain_task(), true)),
              HasSubstr("FROM \"public\".\"diary\" t WHERE true AND NOT false"));
  EXPECT_THAT(
      sql::target_has_own_rows(rich_task(true)),
      HasSubstr(
          "FROM \"public\".\"task\" t WHERE (t.\"source\" IS NULL OR t.\"source\"::text = 'D') AND NOT (EXISTS (SELECT "
          "FROM pgtide.known_row r WHERE r.known_id = 9"));
}

TEST(Statements, ProbesOfExpressionsReadNoRows) {
  const auto map = map_with_table("forward: {where: a > 1, join: JOIN j ON true, columns: {b: c + 1}}");
  const auto& entry = map.tables.at(0);
  EXPECT_EQ(sql::probe_join(entry, Direction::forward, {"public", "t"}),
            "SELECT 1 FROM \"public\".\"t\" JOIN j ON true WHERE false");
  EXPECT_EQ(sql::probe_where(entry, Direction::forward, {"public", "t"}),
            "SELECT 1 FROM \"public\".\"t\" JOIN j ON true WHERE false AND (a > 1)");
  EXPECT_EQ(sql::probe_column(entry, Direction::forward, {"public", "t"}, "c + 1"),
            "SELECT (c + 1) AS value FROM \"public\".\"t\" JOIN j ON true WHERE false");
  EXPECT_EQ(sql::probe_all(entry, Direction::forward, {"public", "t"}),
            "SELECT 1, (c + 1) FROM \"public\".\"t\" JOIN j ON true WHERE (a > 1)");
}

TEST(Statements, TablesThatAnExpressionReadsAreCounted) {
  EXPECT_THAT(sql::count_read({"s", "t"}, since()),
              HasSubstr("count(*) FILTER (WHERE (((\"t\".xmin::text::bigint - 4294968296)"));
  EXPECT_THAT(sql::count_read({"s", "t"}, since()), HasSubstr("FROM \"s\".\"t\""));
}

// ---- quoting

// Leaves out what stands in quotes, as PostgreSQL's scanner would; what remains is our own SQL. Empty `problem` if
// every quote was closed.
struct Stripped {
  std::string rest;
  std::string problem;
};
Stripped strip_quoted(const std::string& statement) {
  Stripped stripped;
  for (std::size_t i = 0; i < statement.size(); ++i) {
    const char quote = statement[i];
    if (quote != '"' && quote != '\'') {
      stripped.rest += quote;
      continue;
    }
    const bool escapes = quote == '\'' && i > 0 && statement[i - 1] == 'E' && (i < 2 || statement[i - 2] == ' ');
    std::size_t end = i + 1;
    for (; end < statement.size(); ++end) {
      if (escapes && statement[end] == '\\')
        ++end;
      else if (statement[end] == quote && end + 1 < statement.size() && statement[end + 1] == quote)
        ++end;
      else if (statement[end] == quote)
        break;
    }
    if (end >= statement.size()) stripped.problem = "an open quote from " + std::to_string(i);
    stripped.rest += quote == '"' ? "N" : "L";
    if (escapes) stripped.rest.erase(stripped.rest.size() - 2, 1);
    i = end;
  }
  std::string squeezed;  // literal() puts a blank before E'...'
  for (const char c : stripped.rest)
    if (c != ' ') squeezed += c;
  stripped.rest = squeezed;
  return stripped;
}

// The same table under any names.
std::vector<std::string> statements_for(const std::string& name, const std::string& value) {
  config::TableMap map = map_with_table("origin: {column: source, desktop: D, cloud: M}");
  map.name = value;
  auto& entry = map.tables.at(0);
  entry.desktop = entry.cloud = {name, name + "t"};
  entry.origin->column = name + "o";
  entry.origin->desktop = value;
  entry.origin->cloud = value + "2";
  const std::vector<catalog::Column> columns = {column(name + "k", "integer", {.sequence = "\"s\".\"q\""}),
                                                column(name + "o", "text"), column(name + "n", "numeric"),
                                                column(name + "w", "date")};
  auto desktop = table("x", columns), cloud = table("x", columns, {name + "k"});
  cloud.columns[2] = column(name + "n", "numeric(10,2)");
  desktop.name = cloud.name = {name, name + "t"};
  entry.watermark = {{{name + "w", {}}}, false};
  const auto plan = make_plan(map, Mode::full, {desktop}, {cloud});
  EXPECT_EQ(text_of(plan.refusals) + text_of(plan.problems), "");
  if (plan.tasks.empty()) return {};
  const auto& task = plan.tasks[0];
  sql::Extraction how;
  how.send_known = how.send_watermark = how.one_per_key = true;
  const auto known = with_opposite(remembering(task, true), {name + "k"}, {name + "n"});
  auto waiting = since();
  waiting.again = {"{\"k\": 1}"};
  std::vector<std::string> statements = {sql::selection(task),
                                         sql::extract(task, since(), {}),
                                         sql::extract(known, waiting, how),
                                         sql::find_twins(known, since()),
                                         sql::count_twins(known, since()),
                                         sql::list_differing_twins(known, since()),
                                         sql::count_days_at_source(known, since(), {}),
                                         sql::source_has_rows(task),
                                         sql::count_read(task.source, since()),
                                         sql::create_stage(task, names, how),
                                         sql::load_stage(names),
                                         sql::load_target(task),
                                         sql::hold_misfits(task, names),
                                         sql::make_image_by_trial(task, names, how, {}),
                                         sql::hold_nulls(task, names),
                                         sql::write_by_trial(task, names, {name + "n"}, {}),
                                         sql::release_held(task, names, true, 1),
                                         sql::decide_conflicts(task, names, true),
                                         sql::make_image(task, names, how),
                                         sql::judge(task, names, {}),
                                         sql::judge(known, names, how),
                                         sql::count_days(task, names, true),
                                         sql::lock_target(task),
                                         sql::insert(task, names, {name + "n"}),
                                         sql::set_late_columns(task, names, {name + "n"}),
                                         sql::update(task, names),
                                         sql::remember(task, names),
                                         sql::remember_anew(task, made_of({name + "k"}, {name + "n"})),
                                         sql::record_own_xact(task, 1),
                                         sql::record_conflicts(task, names, true, 1),
                                         sql::target_has_rows(task),
                                         sql::target_has_own_rows(task),
                                         sql::move_sequence(task, task.sequences.at(0))};

  // the same without a key
  entry.key_choice = config::KeyChoice::none;
  entry.key.clear();
  entry.direction = config::TableDirection::both;
  entry.match = {{name + "n", {}}};
  entry.skip = {{name + "k", {}}};
  cloud.columns[0].has_default = true;
  cloud.columns[0].value_by_default = "nextval('s.q'::regclass)";
  cloud.referrers = {{{name, name + "c"}, {name + "r"}, {name + "k"}}};
  const auto forward = remembering(only_task(make_plan(map, Mode::full, {desktop}, {cloud})), true);
  const auto reverse = with_opposite(remembering(only_task(make_plan(map, Mode::reverse, {desktop}, {cloud})), true),
                                     {name + "k"}, {name + "n"});
  if (forward.columns.empty() || reverse.columns.empty()) return {};
  sql::Extraction number;
  number.send_known = number.send_number = true;
  for (const auto& statement : {sql::extract(forward, whole(), {}),
                                sql::extract(reverse, since(), number),
                                sql::create_stage(reverse, names, number),
                                sql::make_image(reverse, names, number),
                                sql::judge(forward, names, {}),
                                sql::judge(reverse, names, number),
                                sql::lock_surplus(forward, names),
                                sql::keep_referenced(forward, names),
                                sql::record_kept_rows(forward, names, 1),
                                sql::count_target(forward),
                                sql::remove_surplus(forward, names),
                                sql::give_numbers(forward, names),
                                sql::insert(forward, names, {}),
                                sql::insert(reverse, names, {}),
                                sql::set_late_columns(forward, names, {name + "n"}),
                                sql::remember_numbers(forward, names),
                                sql::remember(reverse, names),
                                sql::remember_anew(forward, made_of({name + "k"}, {name + "n"})),
                                sql::record_conflicts(forward, names, false, 1),
                                sql::hold_judged(forward, names)})
    statements.push_back(statement);
  return statements;
}

void expect_the_same_sql(const std::string& name, const std::string& value) {
  static const auto harmless = statements_for("a", "b");
  const auto statements = statements_for(name, value);
  ASSERT_EQ(statements.size(), harmless.size());
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const auto stripped = strip_quoted(statements[i]);
    EXPECT_EQ(stripped.problem, "") << statements[i];
    EXPECT_EQ(stripped.rest, strip_quoted(harmless[i]).rest) << statements[i];
  }
}

TEST(Quoting, AnInjectionIsAName) {
  for (const std::string evil : {"x\"; DROP TABLE t; --", "\"", "\"\"", "x'y", "a b", "A", "select", "x\\", "\\\"",
                                 "a.b", "*/ --", "$$", "\xc3\xa9\xe2\x82\xac", "\n", "%s{}"})
    expect_the_same_sql(evil, "v");
}

TEST(Quoting, AnInjectionIsAValue) {
  for (const std::string evil :
       {"x'; DROP TABLE t; --", "'", "''", "\\", "\\'", "'\\", "\\\\'", "\"", "E'", "$$", "\xc3\xa9", "\n", "a b"})
    expect_the_same_sql("n", evil);
}

TEST(Quoting, NoNameAndNoValueBreaksOut) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"a",  "B",  "\"", "'",  "\\", " ",        ";",
                                           "--", "/*", "*/", "$$", "E'", "\xc3\xa9", "\xf0\x9f\x98\x80",
                                           "\n", "(",  ")",  ",",  ".",  "%"};
  const auto any = [&] {
    std::string text = pieces[random() % pieces.size()];
    for (auto i = random() % 8; i > 0; --i) text += pieces[random() % pieces.size()];
    return text;
  };
  for (int round = 0; round < 300 && !testing::Test::HasFailure(); ++round) expect_the_same_sql(any(), any());
}

}  // namespace
}  // namespace engine::plan::test
