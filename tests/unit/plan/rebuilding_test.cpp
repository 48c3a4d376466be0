#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"
#include "tests/unit/plan/sample_tasks.hpp"

namespace engine::plan::test {
namespace {

using engine::test::expect_golden;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TableTask referred_to() {
  auto task = rich_task(false);
  task.referrers = {{{"public", "step"}, {"task_id"}, {"jt_id"}}};
  return task;
}

TEST(Rebuilding, StatementsAreTheGoldenOnes) {
  const auto task = referred_to();
  std::string text;
  const auto say = [&](const std::string& name, const std::string& statement) {
    text += "-- " + name + "\n" + statement + "\n\n";
  };
  say("list_rebuildable", sql::list_rebuildable(task));
  for (const auto& statement : sql::note_rebuildable(task, 42)) say("note_rebuildable", statement);
  say("remove_loaded, of a key", sql::remove_loaded(task, &task.foreign_keys.front()));
  say("remove_loaded", sql::remove_loaded(task, nullptr));
  say("record_own_xact of a load", sql::record_own_xact(task, 42, true));
  expect_golden("rebuilding.sql", text);
}

TEST(Rebuilding, AKeyOfWhichItCannotBeToldWhichRowsBreakItIsNotDropped) {
  auto task = referred_to();
  EXPECT_THAT(sql::list_rebuildable(task), HasSubstr("'task_client_id_fkey'"));
  task.foreign_keys.front().validated = false;
  EXPECT_THAT(sql::list_rebuildable(task), Not(HasSubstr("'task_client_id_fkey'")));
  task = referred_to();
  task.referrers.front().row_security = true;
  EXPECT_THAT(sql::list_rebuildable(task), Not(HasSubstr("'task_client_id_fkey'")));
  EXPECT_THAT(sql::remove_loaded(task, nullptr), IsEmpty());
}

}  // namespace
}  // namespace engine::plan::test
