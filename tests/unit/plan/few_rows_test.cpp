// Which tables may be copied without the steps of an ordinary run.
#include "engine/plan/few_rows.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace {

using namespace engine;
using plan::Window;

struct Case {
  Case() {
    task.has_xmin = true;
    task.arbiter = true;
    task.memory.known_id = 1;
    window.kind = Window::Kind::since;
  }
  bool at_once() const { return plan::why_not_at_once(task, window, discarding).empty(); }

  plan::TableTask task;
  Window window;
  bool discarding = false;
};

TEST(FewRows, GoAtOnceWhereEverythingIsAsUsual) { EXPECT_TRUE(Case().at_once()); }

TEST(FewRows, GoTheOrdinaryWayWhereAnythingIsNot) {
  const std::vector<std::function<void(Case&)>> changes = {
      [](Case& c) { c.task.keyless = true; },
      [](Case& c) { c.task.arbiter = false; },
      [](Case& c) { c.task.has_xmin = false; },
      [](Case& c) { c.task.exact_every = 60; },
      [](Case& c) { c.task.whole_why = "an expression reads another table"; },
      [](Case& c) { c.task.memory.known_id = 0; },
      [](Case& c) { c.task.memory.adopting = true; },
      [](Case& c) { c.task.memory.opposite_id = 2; },
      [](Case& c) { c.task.memory.others.push_back({}); },
      [](Case& c) { c.task.both_ways = true; },
      [](Case& c) { c.discarding = true; },
      [](Case& c) { c.window.kind = Window::Kind::whole; },
      [](Case& c) { c.window.kind = Window::Kind::stamped; },
      [](Case& c) { c.window.unexpected = true; },
      [](Case& c) { c.window.check_counts = true; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Case changed;
    changes[i](changed);
    EXPECT_FALSE(changed.at_once()) << "change " << i;
  }
}

}  // namespace
