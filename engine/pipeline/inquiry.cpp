#include "engine/pipeline/inquiry.hpp"

#include <algorithm>

#include "engine/capture/source.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/row_name.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

namespace statements = plan::statements;
using postgres::Result;
using postgres::Session;
using postgres::Transaction;
using statements::NamedRow;

constexpr std::size_t looked_at = 100;  // of the rows that have the key

const char* deletes_of(config::DeletePolicy policy) {
  switch (policy) {
    case config::DeletePolicy::report:
      return "report";
    case config::DeletePolicy::soft:
      return "soft";
    case config::DeletePolicy::hard:
      return "hard";
    default:
      return "ignore";
  }
}

// A value that its column cannot hold is a key written wrongly.
template <class Look>
auto naming(const plan::TableTask& task, Look look) {
  try {
    return look();
  } catch (const Error& error) {
    if (!error.sqlstate().starts_with("22")) throw;
    throw Error(ErrorCode::usage,
                "the key does not fit the columns of table " + task.title + ": a value is not of their type",
                "write the values as they stand in the database");
  }
}

class Inquiry {
 public:
  Inquiry(const config::Settings& settings, const config::Table& table, Direction direction)
      : settings_(settings),
        table_(table),
        scope_{settings.map.name, direction},
        source_(settings.url(source_of(direction)), source_of(direction)),
        target_(settings.url(target_of(direction)), target_of(direction)) {
    facts_.map = scope_.map;
    facts_.direction = direction;
    facts_.table = plan::title_of(settings.map, table, direction);
    facts_.deletes = deletes_of(table.deletes);
    facts_.keyless = table.key_choice == config::KeyChoice::none;
  }

  RowFacts answer(const std::string& key) {
    check_two_ends(source_, target_, scope_.map);
    has_state_ = state::may_be_asked(target_);
    find_task();
    if (facts_.refused.empty()) {
      recollect_task();
      name_row(key);
      look_at_source();
      look_at_target();
    } else {
      const NamingColumns columns =
          has_state_ ? naming_columns(target_, settings_.map, table_, scope_.direction) : NamingColumns();
      facts_.row_key = state::make_object(target_, read_row_name(target_, key, table_, scope_.direction, columns));
    }
    if (has_state_) look_into_state();
    return facts_;
  }

 private:
  void find_task() {
    plan::Request request;
    request.mode = scope_.direction == Direction::forward ? Mode::incremental : Mode::reverse;
    request.only = {facts_.table};
    postgres::Opening anew;
    anew.snapshot = true;
    plan::Plan plan = prepare({source_, anew}, target_, settings_.map, request);
    throw_problems(plan);
    for (const auto& refusal : plan.refusals)
      if (refusal.title == facts_.table) facts_.refused = refusal.reason;
    for (auto& task : plan.tasks)
      if (task.title == facts_.table) task_ = std::move(task);
    if (facts_.refused.empty() && task_.title.empty()) facts_.refused = "it cannot be planned";
  }

  void recollect_task() {
    facts_.policy = task_.policy;
    facts_.origin_column = task_.origin_column;
    facts_.origin_cloud = task_.origin_cloud;
    if (!has_state_) return;
    recall({&task_, 1}, scope_, source_, target_);
    facts_.known_table = task_.memory.known_id != 0;
    facts_.adopting = task_.memory.adopting;
  }

  // The number of the cloud is looked up there first; the other side knows the row by its contents only.
  void name_row(const std::string& key) {
    NamingColumns columns;
    columns.names = task_.keyless ? task_.match : task_.key;
    for (const auto& number : task_.number) columns.number.push_back(number.name);
    name_ = read_row_name(target_, key, table_, scope_.direction, columns);
    source_name_ = name_;
    facts_.row_key = state::make_object(target_, name_);
    by_number_ = !columns.number.empty() && name_.size() == columns.number.size() &&
                 std::ranges::all_of(name_, [&](const auto& named) {
                   return std::ranges::find(columns.number, named.first) != columns.number.end();
                 });
    if (!by_number_ || scope_.direction == Direction::reverse) return;
    const Result found = naming(task_, [&] {
      Transaction read(target_, looking());
      return read.run(statements::name_by_number(task_, name_));
    });
    if (found.size() == 1) source_name_ = state::read_object(target_, found.text(0, "row_key"));
    unnamed_at_source_ = found.empty();
  }

  postgres::Opening reading() const {
    postgres::Opening opening;
    opening.snapshot = true;
    opening.timezone = task_.source_zone;
    opening.schema = task_.source_schema;
    return opening;
  }

  void look_at_source() {
    std::optional<capture::Cursor> cursor;
    if (has_state_) {
      const auto cursors = state::read_cursors(target_, scope_);
      if (const auto found = cursors.find(task_.title); found != cursors.end()) cursor = found->second;
    }
    if (unnamed_at_source_) return;
    Transaction read(source_, reading());
    facts_.source_rows =
        naming(task_, [&] { return read.run(statements::count_source_rows(task_, source_name_)).number(0, "rows"); });
    if (facts_.source_rows == 0) return;
    const capture::Xid until = capture::identify(source_).xmax;
    const bool usable = cursor && cursor->ids_valid && cursor->table_oid == task_.table_oid &&
                        cursor->mapping_hash == task_.mapping_hash && cursor->schema_hash == task_.schema_hash;
    facts_.ids_tell = usable && task_.has_xmin && task_.whole_why.empty();
    const bool has_where = table_.way(scope_.direction).where.has_value();
    try {
      const Result seen =
          read.run(statements::look_at_source(task_, source_name_, has_where, usable ? cursor : std::nullopt, until));
      const auto number = [&](const char* name) { return seen.number(0, name); };
      facts_.joined = number("joined");
      facts_.selected = number("selected");
      facts_.out_by_where = number("out_by_where");
      facts_.out_by_origin = number("out_by_origin");
      facts_.brought = number("brought");
      facts_.known = number("known");
      facts_.fresh = number("fresh");
      const Result rows = read.run(statements::read_source_values(task_, source_name_, looked_at));
      for (const auto& row : rows.rows) {
        values_.emplace_back(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(task_.columns.size()));
        if (row.size() > task_.columns.size()) number_hash_ = row.back().value_or("");
      }
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate())) throw;
      facts_.unreadable = error.what();
      facts_.joined = facts_.selected = std::max<std::int64_t>(facts_.selected, 1);
      values_.clear();
    }
  }

  static postgres::Opening looking() {
    postgres::Opening opening;
    opening.snapshot = true;
    return opening;
  }

  void count_target() {
    Transaction read(target_, looking());
    facts_.target_rows =
        naming(task_, [&] { return read.run(statements::count_target_rows(task_, name_)).number(0, "rows"); });
  }

  void look_at_target() {
    count_target();
    if (!has_state_) return;
    try {
      compare(true);
    } catch (const Error& error) {
      if (values_.empty() || !postgres::is_about_a_row(error.sqlstate())) throw;
      facts_.does_not_fit = error.what();
      compare(false);
    }
  }

  // In a transaction that is rolled back: the source's rows as the target would hold them.
  void compare(bool with_values) {
    const auto names = statements::TemporaryNames::random();
    const statements::Extraction plain;
    statements::Extraction how;
    const auto known_since = state::read_known_since(target_, scope_);
    const auto since = known_since.find(task_.title);
    how.known_since = since == known_since.end() ? -1 : since->second;
    Transaction write(target_, {});
    write.run_script(statements::create_stage(task_, names, plain));
    write.run_script(with_values && !values_.empty() ? statements::stage_values(task_, names, values_)
                                                     : statements::stage_name(task_, names, name_));
    if (const auto image = statements::make_image(task_, names, plain); !image.empty()) write.run_script(image);
    const Result rows = write.run(statements::look_at_target(task_, names, name_, how, looked_at));
    facts_.there.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RowThere row;
      row.ours = rows.flag(i, "ours");
      if (row.ours && rows.cell(i, "run_id")) row.run = state::read_run(target_, rows.number(i, "run_id"));
      row.born_in_cloud = rows.flag(i, "cloud");
      row.before = rows.flag(i, "before");
      row.remembered = rows.flag(i, "remembered");
      row.as_agreed = rows.flag(i, "as_agreed");
      row.soft_deleted = rows.flag(i, "soft_deleted");
      if (with_values && !values_.empty()) {
        row.equal = rows.flag(i, "equal");
        row.columns = postgres::array_elements(rows.text(i, "columns"));
      }
      facts_.there.push_back(row);
    }
    const Result memory = write.run(statements::look_into_memory(task_, names, number_hash_));
    if (memory.empty()) return;
    facts_.remembered = memory.flag(0, "remembered");
    facts_.as_agreed = with_values && memory.flag(0, "as_agreed");
    facts_.soft_deleted = memory.flag(0, "soft_deleted");
    if (with_values && !values_.empty()) contents_ = memory.text(0, "contents");
    if (!task_.keyless || (!task_.match.empty() && !by_number_)) facts_.row_key = memory.text(0, "row_key");
  }

  void look_into_state() {
    for (const auto& row : state::read_watermarks(target_, scope_))
      if (row.table == facts_.table) {
        facts_.completed = row.last_successful_sync.has_value();
        facts_.complete_as_of = row.last_sync_timestamp;
      }
    facts_.last_run = state::read_last_run(target_, scope_, facts_.table);
    const std::string key = by_number_ ? state::make_object(target_, source_name_) : facts_.row_key;
    const state::Choice choice{{facts_.table}, {}, key};
    state::for_each_waiting(target_, scope_, choice, false, looked_at,
                            [&](const state::WaitingRow& row) { facts_.waiting.push_back(row); });
    state::for_each_conflict(target_, scope_, choice, true, false, 0, [&](const state::ConflictRow& row) {
      if (row.resolved_at.empty())
        facts_.conflicts.push_back(row);
      else
        facts_.resolved = row;
    });
    facts_.removals = state::read_removals(target_, scope_, facts_.table, facts_.row_key);
    for (const auto& removal : facts_.removals) facts_.removal_runs.push_back(state::read_run(target_, removal.run_id));
    facts_.discarded = state::read_discarded(target_, scope_, facts_.table, key);
    if (!contents_.empty()) std::erase_if(facts_.discarded, [&](const auto& one) { return one.contents != contents_; });
  }

  const config::Settings& settings_;
  const config::Table& table_;
  const state::Scope scope_;
  Session source_, target_;
  bool has_state_ = false;
  plan::TableTask task_;
  NamedRow name_, source_name_;
  bool by_number_ = false;
  std::string contents_;            // of the source's row, as pgtide.discarded keeps them; empty: they do not fit
  bool unnamed_at_source_ = false;  // it was asked for by a number that the target does not have
  std::vector<std::vector<std::optional<std::string>>> values_;
  std::string number_hash_;
  RowFacts facts_;
};

}  // namespace

std::vector<RowFacts> inquire(const config::Settings& settings, const std::string& table, const std::string& key) {
  const auto& map = settings.map;
  std::vector<RowFacts> answers;
  for (const auto& one : map.tables) {
    if (table != plan::title_of(map, one, Direction::forward) && table != plan::title_of(map, one, Direction::reverse))
      continue;
    for (const Direction direction : {Direction::forward, Direction::reverse})
      if (one.goes(direction)) answers.push_back(Inquiry(settings, one, direction).answer(key));
  }
  if (answers.empty())
    throw Error(ErrorCode::usage, "the map has no table " + table, "use the name as it stands in the map");
  return answers;
}

}  // namespace engine::pipeline
