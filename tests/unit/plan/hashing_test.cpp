// How rows are hashed: which way a table can have, and what the servers are told before it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/plan/statements.hpp"
#include "tests/unit/plan/tables.hpp"

namespace engine::plan::test {
namespace {

namespace sql = statements;
using testing::HasSubstr;
using testing::Not;

const auto id = column("id", "integer");

bool by_columns(const catalog::Column& value, const std::string& lines = "") {
  const auto map = map_with_table(lines);
  const auto plan = make_plan(map, Mode::full, {table("t", {id, value})}, {table("t", {id, value}, {"id"})});
  return plan.tasks.at(0).has_column_hash;
}

TEST(Hashing, IsColumnByColumnWhereEachColumnHasAHashOfItsOwn) {
  for (const char* type : {"text", "character varying(10)", "numeric(12,2)", "boolean", "uuid", "double precision",
                           "timestamp with time zone"})
    EXPECT_TRUE(by_columns(column("v", type))) << type;
  for (const char* type : {"numeric", "json", "bytea", "integer[]"})
    EXPECT_FALSE(by_columns(column("v", type))) << type;
  EXPECT_FALSE(by_columns(column("v", "integer", {.domain = "counted"})));
  EXPECT_TRUE(by_columns(column("v", "json"), "skip: [v]")) << "what is not copied is not hashed";
  EXPECT_FALSE(by_columns(column("v", "text"), "direction: both")) << "the other direction looks it up";
}

TEST(Hashing, IsNotColumnByColumnWhereAServerIsTooOld) {
  const auto map = map_with_table("");
  auto source = catalog_of({table("t", {id})}), target = catalog_of({table("t", {id}, {"id"})});
  source.server_version = 130014;
  EXPECT_FALSE(engine::plan::make_plan(map, {Mode::full, {}, false}, source, target, {}).tasks.at(0).has_column_hash);
}

TEST(Hashing, NeedsEveryColumnAndItsWay) {
  HashForms forms;
  for (const char* name : {"a", "b", "c"}) forms[name] = {"$::integer", hash_term(type("integer")), "::integer"};
  forms["c"].term = {};
  EXPECT_TRUE(sql::can_hash({"a", "b"}, forms, RowHash::columns));
  EXPECT_TRUE(sql::can_hash({"a", "c"}, forms, RowHash::record));
  EXPECT_FALSE(sql::can_hash({"a", "c"}, forms, RowHash::columns));
  EXPECT_FALSE(sql::can_hash({"a", "d"}, forms, RowHash::record));
}

TEST(Hashing, OfALargeTableMayBeCompiledAndNothingElse) {
  TableTask task;
  task.estimated_rows = 499'999;
  EXPECT_THAT(sql::begin_hashing(task), Not(HasSubstr("jit")));
  task.estimated_rows = 500'000;
  EXPECT_THAT(sql::begin_hashing(task), HasSubstr("SET LOCAL jit TO DEFAULT;")) << "the server decides";
  EXPECT_THAT(sql::end_hashing(), HasSubstr("SET LOCAL jit = off"));
}

TEST(Hashing, MayUseTheIndexesThatReadingInTheOrderOfTheFileDoesWithout) {
  const std::string off = sql::read_in_file_order(), on = sql::begin_hashing({});
  std::size_t ways = 0;
  for (auto at = off.find("enable_"); at != std::string::npos; at = off.find("enable_", at + 1)) {
    const std::string way = off.substr(at, off.find(' ', at) - at);
    if (off.compare(at + way.size(), 6, " = off") != 0) continue;
    EXPECT_THAT(on, HasSubstr("SET LOCAL " + way + " TO DEFAULT"));
    ++ways;
  }
  EXPECT_EQ(ways, 4u);
}

}  // namespace
}  // namespace engine::plan::test
