#include "engine/pipeline/presence.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "engine/core/error.hpp"
#include "engine/plan/looking.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {
namespace {

using plan::Window;
namespace statements = plan::statements;

// A statement locks each of its tables and all their indexes, and a server has room for some thousand locks.
constexpr std::size_t tables_at_a_time = 100;

// Where somebody works on a table nobody waits.
constexpr int patience_ms = 2'000;

// Of a larger table the look costs more than the round trip that it saves.
constexpr std::int64_t most_looked_through = 100'000;

using Query = std::function<std::string(std::size_t)>;
using Note = std::function<void(std::size_t, bool)>;

// Asks one question about these tables.
void ask(const std::vector<std::size_t>& tasks, postgres::Session& session, postgres::Opening opening,
         const Query& query, const Note& note) {
  opening.snapshot = true;
  opening.lock_timeout_ms = patience_ms;
  for (std::size_t first = 0; first < tasks.size(); first += tables_at_a_time) {
    const auto batch = std::span(tasks).subspan(first, std::min(tables_at_a_time, tasks.size() - first));
    std::vector<std::string> queries;
    for (const auto task : batch) queries.push_back(query(task));
    opening.first = joined(queries, " UNION ALL ");
    try {
      const postgres::Transaction read(session, opening);
      for (const auto task : batch) note(task, false);
      const auto& found = read.results().back();
      for (std::size_t i = 0; i < found.size(); ++i) note(static_cast<std::size_t>(found.number(i, "n")), true);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted || !session.is_open()) throw;
    }
  }
}

}  // namespace

std::vector<Presence> look_for_rows(const plan::Plan& plan, std::span<const Window> windows, postgres::Session& source,
                                    postgres::Session& target) {
  const auto& tasks = plan.tasks;
  std::vector<Presence> found(tasks.size());
  const auto those = [&](const std::function<bool(std::size_t)>& wanted) {
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (windows[i].kind != Window::Kind::nothing && wanted(i)) list.push_back(i);
    return list;
  };
  const auto all = those([](std::size_t) { return true; });
  if (all.empty()) return found;
  ask(
      all, source, {}, [&](std::size_t i) { return statements::n_if_rows(i, tasks[i].source); },
      [&](std::size_t i, bool yes) { found[i].in_source = yes; });
  ask(
      all, target, {}, [&](std::size_t i) { return statements::n_if_rows(i, tasks[i].target); },
      [&](std::size_t i, bool yes) { found[i].in_target = yes; });
  // Whatever is read of a whole table is news; without a key what is missing counts as well.
  const auto in_part = those([&](std::size_t i) {
    return windows[i].kind != Window::Kind::whole && !tasks[i].keyless && found[i].in_source.value_or(true) &&
           tasks[i].estimated_rows <= most_looked_through;
  });
  if (in_part.empty()) return found;
  postgres::Opening as_the_map_says;  // of all tables of a direction the same
  as_the_map_says.timezone = tasks[in_part.front()].source_zone;
  as_the_map_says.schema = tasks[in_part.front()].source_schema;
  ask(
      in_part, source, as_the_map_says, [&](std::size_t i) { return statements::n_if_news(i, tasks[i], windows[i]); },
      [&](std::size_t i, bool yes) { found[i].news = yes; });
  return found;
}

}  // namespace engine::pipeline
