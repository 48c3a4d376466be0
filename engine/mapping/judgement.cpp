#include "engine/mapping/judgement.hpp"

#include <algorithm>
#include <set>

#include "engine/core/error.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/two_ends.hpp"

namespace engine::mapping {
namespace {

using config::TableMap;
using Severity = MapFinding::Severity;

// `file:line:column: text`, as errors of a map are written, taken apart.
MapFinding from_error(const Error& error, const std::string& file) {
  MapFinding finding;
  finding.mark.file = file;
  finding.problem = error.what();
  finding.hint = error.hint();
  const std::string& text = finding.problem;
  if (!text.starts_with(file + ":")) return finding;
  std::size_t at = file.size() + 1;
  const auto number = [&] {
    int value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') value = value * 10 + (text[at++] - '0');
    return value;
  };
  const int line = number();
  if (line == 0 || at >= text.size() || text[at++] != ':') return finding;
  const int column = number();
  if (column == 0 || text.compare(at, 2, ": ") != 0) return finding;
  finding.mark = {file, line, column};
  finding.problem = text.substr(at + 2);
  return finding;
}

class Judge {
 public:
  Judge(const TableMap& map, postgres::Session& desktop, postgres::Session& cloud)
      : map_(map), desktop_(desktop), cloud_(cloud) {}

  std::vector<MapFinding> findings() {
    pipeline::check_two_ends(desktop_, cloud_, map_.name);
    // incremental is planned as full is
    for (const Mode mode : {Mode::full, Mode::reverse}) look_at(mode);
    std::ranges::stable_sort(found_, {}, [](const MapFinding& f) { return std::pair(f.mark.line, f.mark.column); });
    return std::move(found_);
  }

 private:
  void look_at(Mode mode) {
    const Direction way = direction_of(mode);
    const auto flows = [&](const config::Table& table) { return table.goes(way); };
    if (std::ranges::none_of(map_.tables, flows)) return;
    plan::Request request;
    request.mode = mode;
    TableMap rest = map_;
    std::optional<plan::Plan> plan = prepare(rest, request);
    if (!plan) {
      // An expression that PostgreSQL refuses ends it: table by table, to find them all
      std::erase_if(rest.tables,
                    [&](const config::Table& table) { return flows(table) && !can_be_prepared(table, mode); });
      if (std::ranges::none_of(rest.tables, flows)) return;
      plan = prepare(rest, request);
    }
    if (plan) add(*plan, way);
  }

  plan::Plan prepare_strictly(const TableMap& map, const plan::Request& request) {
    const bool forward = request.direction() == Direction::forward;
    postgres::Opening anew;
    anew.snapshot = true;
    return pipeline::prepare({forward ? desktop_ : cloud_, anew}, forward ? cloud_ : desktop_, map, request);
  }

  std::optional<plan::Plan> prepare(const TableMap& map, const plan::Request& request) {
    try {
      return prepare_strictly(map, request);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::configuration) throw;
      return std::nullopt;
    }
  }

  bool can_be_prepared(const config::Table& table, Mode mode) {
    TableMap alone = map_;
    alone.tables = {table};
    plan::Request request;
    request.mode = mode;
    try {
      prepare_strictly(alone, request);
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::configuration) throw;
      add(from_error(error, map_.file));
      return false;
    }
  }

  void add(const plan::Plan& plan, Direction way) {
    for (const auto& problem : plan.problems) add({Severity::error, problem.mark, {}, problem.text, problem.hint});
    for (const auto& refusal : plan.refusals)
      if (const auto index = index_of(refusal.title, way))
        add({Severity::refused, map_.tables[*index].mark, index, refusal.reason, refusal.hint, false,
             std::string(engine::name_of(way))});
    for (const auto& [task, parent] : plan.blocked)
      if (const auto index = index_of(plan.tasks[task].title, way))
        add({Severity::refused, map_.tables[*index].mark, index, "it refers to table " + parent + ", which is refused",
             "mend that table first", true, std::string(engine::name_of(way))});
    for (const auto& warning : plan.warnings) {
      MapFinding finding = from_error(Error(ErrorCode::configuration, warning), map_.file);
      finding.severity = Severity::warning;
      add(finding);
    }
  }

  void add(MapFinding finding) {
    if (!finding.index) finding.index = index_at(finding.mark);
    const bool known = std::ranges::any_of(found_, [&](const MapFinding& f) {
      return f.mark == finding.mark && f.problem == finding.problem && f.index == finding.index;
    });
    if (!known) found_.push_back(std::move(finding));
  }

  std::optional<std::size_t> index_of(const std::string& title, Direction way) const {
    for (std::size_t i = 0; i < map_.tables.size(); ++i)
      if (map_.tables[i].goes(way) && plan::title_of(map_, map_.tables[i], way) == title) return i;
    return std::nullopt;
  }

  // The table in whose entry a place lies: from its mark on, to the next one's.
  std::optional<std::size_t> index_at(const Mark& mark) const {
    std::optional<std::size_t> found;
    const auto place = [](const Mark& m) { return std::pair(m.line, m.column); };
    for (std::size_t i = 0; i < map_.tables.size(); ++i)
      if (place(map_.tables[i].mark) <= place(mark)) found = i;
    return found;
  }

  const TableMap& map_;
  postgres::Session& desktop_;
  postgres::Session& cloud_;
  std::vector<MapFinding> found_;
};

}  // namespace

std::vector<MapFinding> findings_of(const std::vector<config::Complaint>& complaints) {
  std::vector<MapFinding> findings;
  for (const auto& complaint : complaints)
    findings.push_back({Severity::error, complaint.mark, {}, complaint.message, complaint.hint});
  return findings;
}

std::vector<MapFinding> judge(const TableMap& map, postgres::Session& desktop, postgres::Session& cloud) {
  return Judge(map, desktop, cloud).findings();
}

std::string_view name_of(MapFinding::Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::refused ? "refused" : "warning";
}

}  // namespace engine::mapping
