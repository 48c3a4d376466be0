#include "engine/plan/refresh.hpp"

namespace engine::plan {
namespace {

using config::RefreshMethod;

// Why rows that are equal, and as the memory has them, may still have to be judged; empty if they need not.
std::string must_be_judged(const TableTask& task, const Window& whole, const RefreshFacts& facts) {
  if (task.direction == Direction::reverse) return "rows that come back are only inserted";
  if (whole.refill) return "the target is empty";
  if (whole.unexpected || task.memory.adopting || task.memory.known_id == 0)
    return "what both sides agreed on is not known of every row";
  if (task.memory.opposite_id != 0 || task.both_ways) return "what the other direction brought has to be told apart";
  if (facts.discarding) return "rows were discarded, or decided against";
  if (facts.given_up) return "rows wait that only full runs try again";
  return "";
}

// The same where only those that differ are looked up in the memory.
std::string must_be_read(const TableTask& task, const Window& whole, const std::optional<Window>& news,
                         const RefreshFacts& facts) {
  if (const std::string why = must_be_judged(task, whole, facts); !why.empty()) return why;
  if (task.keyless) return "rows without a key are matched all together, if sums of hashes differ";
  if (!news) return "rows may have changed without a trace in them";
  return "";
}

}  // namespace

Refresh decide_refresh(const TableTask& task, const Request& request, const Window& whole,
                       const std::optional<Window>& news, const RefreshFacts& facts) {
  if (const std::string why = must_be_read(task, whole, news, facts); !why.empty()) return {RefreshMethod::stream, why};
  if (request.method != RefreshMethod::choose) return {request.method, "asked for by the command"};
  if (task.method != RefreshMethod::choose) return {task.method, "the map says so"};
  // every second row travels anyway, and the others would be hashed for nothing
  if (facts.news && *facts.news > 0.5) return {RefreshMethod::stream, "most rows were written since the last run"};
  return {RefreshMethod::ranges, "rows written since the last run travel, all others are compared by hashes"};
}

bool may_be_found_equal(const TableTask& task, const Request& request, const Window& whole,
                        const std::optional<Window>& news, const RefreshFacts& facts) {
  const auto method = request.method == RefreshMethod::choose ? task.method : request.method;
  if (request.mode != Mode::full || request.whole || method == RefreshMethod::stream) return false;
  if (whole.kind != Window::Kind::whole || whole.after) return false;
  if (task.keyless) return must_be_judged(task, whole, facts).empty();
  return must_be_read(task, whole, news, facts).empty() && news->again.empty() &&
         (news->kind == Window::Kind::nothing || facts.news == 0.0);
}

bool days_are_of_rows(const TableTask& task) {
  return !task.keyless && task.join.empty() && task.whole_why.empty() && task.has_xmin;
}

std::string_view name_of(RefreshMethod method) {
  switch (method) {
    case RefreshMethod::choose:
      return "choose";
    case RefreshMethod::stream:
      return "stream";
    case RefreshMethod::rows:
      return "rows";
    case RefreshMethod::ranges:
      return "ranges";
  }
  return "";
}

config::RefreshMethod refresh_method_named(std::string_view name) {
  for (const auto method : {RefreshMethod::stream, RefreshMethod::rows, RefreshMethod::ranges})
    if (name == name_of(method)) return method;
  return RefreshMethod::choose;
}

}  // namespace engine::plan
