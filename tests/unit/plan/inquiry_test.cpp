#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"
#include "tests/unit/plan/sample_tasks.hpp"

namespace engine::plan {
namespace {

using namespace test;
using engine::test::expect_golden;
using testing::HasSubstr;
using testing::Not;

std::string all_of(const TableTask& task, const sql::NamedRow& row, bool has_where = false) {
  sql::Extraction how;
  how.known_since = 700;
  const std::vector<std::optional<std::string>> values(task.columns.size(), "it's");
  std::string text;
  for (const auto& query :
       {sql::count_source_rows(task, row), sql::look_at_source(task, row, has_where, since().from, since().until),
        sql::read_source_values(task, row, 100), sql::stage_values(task, names, {values}),
        sql::stage_name(task, names, row), sql::look_at_target(task, names, row, how, 100),
        sql::count_target_rows(task, row), sql::look_into_memory(task, names, "")})
    text += query + ";\n\n";
  return text;
}

TEST(Inquiry, OfATableWithEverythingIsTheGoldenOne) {
  expect_golden("inquiry.sql", all_of(rich_task(false), {{"jt_id", "5"}}, true) + "-- both ways\n\n" +
                                   all_of(both_task(), {{"rem_id", "5"}}) + "-- without a key\n\n" +
                                   all_of(keyless_task(), {{"job_id", "5"}, {"taskorder", std::nullopt}}) +
                                   "-- without a key, reverse\n\n" +
                                   all_of(keyless_task({.reverse = true}), {{"jt_id", "5"}}));
}

TEST(Inquiry, AValueIsALiteralWhateverIsInIt) {
  const std::string query = sql::count_target_rows(plain_task(), {{"org", "1"}, {"nr", "1'; DROP TABLE x; --"}});
  EXPECT_THAT(query, HasSubstr("(t.\"nr\") = '1''; DROP TABLE x; --'"));
  EXPECT_THAT(sql::count_source_rows(plain_task(), {{"org", std::nullopt}}), HasSubstr("IS NULL"));
}

TEST(Inquiry, TheJoinIsNeededOnlyWhereTheKeyComesFromIt) {
  EXPECT_THAT(sql::count_source_rows(rich_task(), {{"jt_id", "5"}}), Not(HasSubstr("JOIN")));
  EXPECT_THAT(sql::count_source_rows(rich_task(), {{"client_id", "5"}}), HasSubstr("JOIN"));
}

TEST(Inquiry, TheNumberOfTheCloudLeadsToTheColumnsOfMatch) {
  EXPECT_THAT(sql::name_by_number(keyless_task(), {{"jt_id", "5"}}),
              HasSubstr("jsonb_build_object('job_id', t.\"job_id\", 'taskorder', t.\"taskorder\")"));
}

}  // namespace
}  // namespace engine::plan
