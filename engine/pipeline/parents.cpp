#include "engine/pipeline/parents.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/catalog/catalog_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/parents.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

// Rows of the parent that no run has copied yet. Nothing where that cannot be told quickly: a view, a missing right, a
// table that is locked.
std::optional<std::int64_t> count_fresh(const RunContext& run, const SourceView& source, const QualifiedName& parent,
                                        const capture::Cursor& cursor) {
  if (cursor.next_xid == run.snapshot.next_xid && cursor.unfinished.empty()) return 0;
  plan::Window window;
  window.from = cursor;
  window.until = run.snapshot.next_xid;
  postgres::Opening opening = source.opening;
  opening.lock_timeout_ms = 2'000;
  try {
    postgres::Transaction read(source.session, opening);
    return read.run(plan::statements::count_read(parent, window)).number(0, "fresh");
  } catch (const Error& error) {
    if (error.sqlstate().empty() || error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted)
      throw;
    return std::nullopt;
  }
}

// Why rows that the parent should have may be missing there; empty if none is, or nobody can tell.
std::string why_behind(const RunContext& run, const SourceView& source, const config::Table& parent,
                       const std::string& title, const std::map<std::string, std::string>& synced) {
  const auto cursor = run.cursors.find(title);
  if (cursor == run.cursors.end()) return "has never been synchronised";
  if (!run.trusted || !cursor->second.ids_valid) return "has to be compared whole by its next run";
  const auto fresh = count_fresh(run, source, parent.at(source_of(run.scope.direction)), cursor->second);
  if (!fresh || *fresh == 0) return "";
  const auto since = synced.find(title);
  return "has " + std::to_string(*fresh) + (*fresh == 1 ? " row that was" : " rows that were") +
         " written since its last run" + (since == synced.end() ? "" : " (" + since->second.substr(0, 16) + " UTC)");
}

}  // namespace

plan::Request with_parents(const config::Settings& settings, const plan::Request& request) {
  if (request.only.empty()) return request;
  const Place place = target_of(request.direction());
  postgres::Session target(settings.url(place), place);
  std::set<QualifiedName> tables;
  for (const auto& table : settings.map.tables)
    if (table.goes(request.direction())) tables.insert(table.at(place));
  return plan::with_parents(settings.map, request, catalog::read_catalog(target, tables));
}

void name_parents_behind(const RunContext& run, const SourceView& source, postgres::Session& target,
                         Observer& observer) {
  if (run.request.only.empty()) return;
  const auto& map = run.settings.map;
  const Direction direction = run.scope.direction;
  std::set<std::string> taken;
  for (const auto& task : run.plan.tasks) taken.insert(task.title);
  std::map<std::string, std::string> synced;
  for (const auto& row : state::read_watermarks(target, run.scope)) synced[row.table] = row.last_sync_timestamp;
  std::map<std::string, std::string> behind;  // title -> why
  std::map<std::string, std::vector<std::string>> children;
  for (const auto& task : run.plan.tasks)
    for (const std::size_t index : plan::parents_of(map, direction, task.references)) {
      const std::string title = plan::title_of(map, map.tables[index], direction);
      if (taken.contains(title)) continue;
      if (!behind.contains(title)) behind[title] = why_behind(run, source, map.tables[index], title, synced);
      children[title].push_back(task.title);
    }
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> remarks;  // the same of several parents, once
  for (const auto& [title, why] : behind)
    if (!why.empty()) remarks[{joined(children[title], ", "), why}].push_back(title);
  std::string tables;
  for (const auto& name : run.request.only) tables += " --table " + name;
  for (const auto& [about, titles] : remarks)
    observer.warning(about.first,
                     "refers to " + joined(titles, " and ") + ", which " + about.second +
                         ": rows whose row there is missing will wait in quarantine. To take it along: pgtide sync " +
                         std::string(name_of(run.request.mode)) + tables + " --with-parents");
}

}  // namespace engine::pipeline
