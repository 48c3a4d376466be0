#include "engine/doctor/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "engine/capture/source.hpp"
#include "engine/catalog/catalog_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/server_reader.hpp"
#include "engine/doctor/table_reader.hpp"
#include "engine/doctor/wording.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/presence.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/migrator.hpp"

namespace engine::doctor {
namespace {

using config::Table;
using postgres::Session;

constexpr Place places[] = {Place::desktop, Place::cloud};
constexpr Direction directions[] = {Direction::forward, Direction::reverse};
constexpr std::size_t candidates_tried = 8;

// One of the two databases, as far as it could be looked at.
struct Side {
  std::unique_ptr<Session> session;
  ServerFacts server;
  StateFacts state;
  catalog::Catalog catalog;
  TablesOfAPlace tables;
  std::vector<std::string> names;  // of the tables that are there
};

// 15.4 of `15.4 (Debian 15.4-1)`
std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }

postgres::Opening looking() {
  postgres::Opening opening;
  opening.snapshot = true;
  return opening;
}

bool knows(Session& session, const std::string& zone) {
  try {
    session.run("SELECT now() AT TIME ZONE $1", {zone});
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    return false;
  }
}

class Doctor {
 public:
  Doctor(const config::Settings& settings, const std::vector<std::string>& only) : settings_(settings) {
    for (const auto& table : map().tables)
      if (is_wanted(table, only)) tables_.push_back(&table);
    refuse_unknown(only);
  }

  Examination examine() {
    for (const Place place : places) guarded(place, [&] { look_at(place); });
    if (side(Place::desktop).session && side(Place::cloud).session)
      guarded(std::nullopt, [&] { look_at_both(); });
    else
      for (const Place place : places) say_what_is_missing(place);
    for (const Place place : places) check_sequences_of(place);
    put_in_order(examination_.findings);
    return std::move(examination_);
  }

 private:
  const config::TableMap& map() const { return settings_.map; }
  Side& side(Place place) { return place == Place::desktop ? desktop_ : cloud_; }
  const Side& side(Place place) const { return place == Place::desktop ? desktop_ : cloud_; }

  std::set<std::string> names_of(const Table& table) const {
    std::set<std::string> names;
    for (const Place place : places) names.insert(display(table.at(place), map().at(place).schema));
    return names;
  }

  bool is_wanted(const Table& table, const std::vector<std::string>& only) const {
    const auto names = names_of(table);
    return only.empty() || std::ranges::any_of(only, [&](const auto& name) { return names.contains(name); });
  }

  void refuse_unknown(const std::vector<std::string>& only) const {
    for (const auto& name : only)
      if (std::ranges::none_of(map().tables, [&](const Table& table) { return names_of(table).contains(name); }))
        throw Error(ErrorCode::usage, "--table " + name + ": the map has no such table",
                    "use the name as it stands in the map");
  }

  void add(Findings findings) { std::ranges::move(findings, std::back_inserter(examination_.findings)); }

  void add_blocking(std::optional<Place> place, const std::string& check, const Error& error) {
    Finding finding;
    finding.severity = Severity::blocks;
    finding.check = check;
    finding.place = place;
    finding.problem = error.what();
    finding.hint = error.hint();
    examination_.findings.push_back(finding);
  }

  // What goes wrong while something is looked at is a finding; the rest is looked at all the same.
  template <class Look>
  bool guarded(std::optional<Place> place, const Look& look) {
    try {
      look();
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::internal) throw;
      const bool lost = error.code() == ErrorCode::unavailable;
      examination_.unreachable = examination_.unreachable || lost || (place && !side(*place).session);
      add_blocking(place, lost || (place && !side(*place).session) ? "reachability" : "examination", error);
      return false;
    }
  }

  void look_at(Place place) {
    Side& one = side(place);
    one.session = std::make_unique<Session>(settings_.url(place), place);
    try {
      one.server = read_server(*one.session);
      try_pooler(settings_.url(place), *one.session, map().limits.at(place).connections, one.server);
      add(check_server(one.server, map()));
      if (one.server.pooling == Pooling::statement || one.server.version < 100000) {
        one.session.reset();
        return;
      }
      one.state = read_state(*one.session, map());
      add(check_state(one.state, one.server, map()));
      read_schema(one, place);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable) one.session.reset();
      throw;
    }
    examination_.looked_at.push_back(fmt::format("{} PostgreSQL {} ({:.1f} MB)", name_of(place),
                                                 first_word(one.server.version_text),
                                                 static_cast<double>(one.server.database_bytes) / 1e6));
  }

  void read_schema(Side& one, Place place) {
    std::set<QualifiedName> names;
    for (const Table* table : tables_) names.insert(table->at(place));
    {
      const postgres::Transaction read(*one.session, looking());
      one.catalog = catalog::read_catalog(*one.session, names);
    }
    one.tables = read_tables(*one.session, one.catalog);
    one.names = tables_of_schema(*one.session, map().at(place).schema);
  }

  void say_what_is_missing(Place place) {
    const Place opposite = place == Place::desktop ? Place::cloud : Place::desktop;
    if (!side(place).session) return;
    for (const Table* table : tables_)
      if (!side(place).catalog.table(table->at(place)))
        add({explain_missing_table(map(), *table, place, side(opposite).catalog.table(table->at(opposite)),
                                   side(place).names)});
  }

  void look_at_both() {
    add(check_clocks(desktop_.server, cloud_.server, map()));
    try {
      pipeline::check_two_ends(*desktop_.session, *cloud_.session, map().name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::refused) throw;
      return add_blocking(std::nullopt, "addresses", error);
    }
    for (const Place place : places) say_what_is_missing(place);
    if (!know_the_zones()) return;
    for (const Direction direction : directions) {
      guarded(source_of(direction), [&] { recognise(direction); });
      guarded(std::nullopt, [&] { look_at_direction(direction); });
    }
    for (const Table* table : tables_) {
      const auto here = desktop_.tables.find(table->desktop), there = cloud_.tables.find(table->cloud);
      if (here != desktop_.tables.end() && there != cloud_.tables.end())
        part_numbers(check_numbering(map(), *table, here->second, there->second));
    }
    examination_.looked_at.push_back(
        fmt::format("{} of the map, {}", tables_.size() == 1 ? "1 table" : fmt::format("{} tables", tables_.size()),
                    rows_in_words(rows_)));
  }

  // Nothing can be planned with a zone that one of the servers does not know.
  bool know_the_zones() {
    bool known = true;
    for (const Place place : places) {
      const auto& zone = map().at(place).timezone;
      if (!zone) continue;
      if (knows(*desktop_.session, *zone) && knows(*cloud_.session, *zone)) continue;
      known = false;
      add({explain_zone(map(), side(place).server)});
    }
    return known;
  }

  // Is the source the database that was copied from so far?
  void recognise(Direction direction) {
    const Side& target = side(target_of(direction));
    if (target.state.version != state::known_version()) return;
    const auto known = state::read_source(*target.session, {map().name, direction});
    Session& source = *side(source_of(direction)).session;
    const auto sighting = capture::look_at(source, known);
    const auto recognised = capture::recognise(known, sighting.identity, sighting.marks);
    if (recognised.what != capture::Recognition::other_database && recognised.what != capture::Recognition::gone_back)
      return;
    const bool other = recognised.what == capture::Recognition::other_database;
    Finding finding;
    finding.severity = other ? Severity::blocks : Severity::note;
    finding.check = "addresses";
    finding.place = source_of(direction);
    finding.problem = recognised.why + (other ? "" : ": every table will be compared whole, once");
    finding.hint =
        other ? "check the URL. If the database was really moved, or made anew by a restore, say so" : "nothing to do";
    if (other) {
      finding.fix = command_for("init --accept-source", map());
      finding.fix_kind = FixKind::command;
    }
    add({finding});
  }

  // The tables that go this way and are there on both sides.
  std::vector<const Table*> tables_of(Direction direction) const {
    std::vector<const Table*> found;
    for (const Table* table : tables_)
      if (table->goes(direction) && desktop_.catalog.table(table->desktop) && cloud_.catalog.table(table->cloud))
        found.push_back(table);
    return found;
  }

  plan::Plan prepare(Direction direction, const std::vector<const Table*>& tables) {
    plan::Request request;
    request.mode = direction == Direction::forward ? Mode::full : Mode::reverse;
    for (const Table* table : tables) request.only.push_back(plan::title_of(map(), *table, direction));
    return pipeline::prepare({*side(source_of(direction)).session, looking()}, *side(target_of(direction)).session,
                             map(), request);
  }

  // Where PostgreSQL refuses what the map says of one table the others are planned without it.
  plan::Plan prepare_what_can_be(Direction direction, std::vector<const Table*>& tables) {
    try {
      return prepare(direction, tables);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::configuration) throw;
    }
    std::vector<const Table*> good;
    for (const Table* table : tables) try {
        prepare(direction, {table});
        good.push_back(table);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::configuration) throw;
        add_blocking(std::nullopt, "map", error);
        examination_.findings.back().table = plan::title_of(map(), *table, direction);
      }
    tables = good;
    return good.empty() ? plan::Plan() : prepare(direction, good);
  }

  void look_at_direction(Direction direction) {
    auto tables = tables_of(direction);
    if (tables.empty()) return;
    const plan::Plan plan = prepare_what_can_be(direction, tables);
    add(explain_plan(plan, map(), direction, find_candidates(plan, direction), desktop_.server, cloud_.server));
    const auto orphans = find_orphans(plan, direction);
    for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
      const auto& task = plan.tasks[i];
      const auto table =
          std::ranges::find_if(tables, [&](const Table* t) { return t->at(target_of(direction)) == task.target; });
      if (table == tables.end()) continue;
      guarded(std::nullopt, [&] { look_at_table(**table, task, orphans[i]); });
    }
  }

  std::vector<pipeline::Orphans> find_orphans(const plan::Plan& plan, Direction direction) {
    std::vector<pipeline::Reading> readings(plan.tasks.size());
    for (auto& reading : readings) reading.first = true;  // all rows of all tables
    std::vector<pipeline::Orphans> orphans(plan.tasks.size());
    guarded(source_of(direction), [&] {
      const auto presence =
          pipeline::look_for_rows(plan, std::vector<plan::Window>(plan.tasks.size()),
                                  *side(source_of(direction)).session, *side(target_of(direction)).session);
      for (std::size_t i = 0; i < readings.size(); ++i)
        if (presence[i].nothing_to_read() && plan.tasks[i].join.empty())
          readings[i].window.kind = readings[i].news.kind = plan::Window::Kind::nothing;
      orphans = pipeline::find_orphans(plan, readings, *side(source_of(direction)).session,
                                       *side(target_of(direction)).session);
    });
    return orphans;
  }

  void look_at_table(const Table& table, const plan::TableTask& task, const pipeline::Orphans& orphans) {
    Side &from = side(source_of(task.direction)), &to = side(target_of(task.direction));
    const auto &source = *from.catalog.table(task.source), &target = *to.catalog.table(task.target);
    const TableFacts &source_facts = from.tables.at(task.source), &target_facts = to.tables.at(task.target);
    const RowFacts rows = count_rows(*from.session, *to.session, task, source, target, target_facts);
    rows_ += rows.rows;
    const TableView view{map(),         table,        task, source,  target,
                         source_facts,  target_facts, rows, orphans, to.server.version,
                         to.server.role};
    for (const auto& check : {check_columns, check_keys, check_triggers, check_rows, check_orphans, check_large_objects,
                              check_moved_sequences})
      add(check(view));
  }

  // For tables whose key nobody names: single columns that both sides have.
  std::map<std::string, std::vector<std::string>> find_candidates(const plan::Plan& plan, Direction direction) {
    static const std::set<std::string> types = {"smallint", "integer", "bigint",           "numeric",
                                                "uuid",     "text",    "character varying"};
    std::map<std::string, std::vector<std::string>> found;
    for (const auto& refusal : plan.refusals) {
      if (std::ranges::none_of(refusal.reasons, [](const auto& r) { return r.remedy.text == "key:"; })) continue;
      for (const Table* table : tables_of(direction)) {
        if (plan::title_of(map(), *table, direction) != refusal.title) continue;
        const auto &here = *desktop_.catalog.table(table->desktop), &there = *cloud_.catalog.table(table->cloud);
        std::vector<std::string> columns;
        for (const auto& column : here.columns)
          if (columns.size() < candidates_tried && there.column(column.name) && types.contains(column.type.name))
            columns.push_back(column.name);
        found[refusal.title] = find_keys(*desktop_.session, table->desktop, columns);
      }
    }
    return found;
  }

  // Where both sides are to number apart the sequence is given anew; there is nothing to be moved before.
  void part_numbers(Findings findings) {
    for (const auto& finding : findings) parted_.insert({finding.table, finding.column});
    add(std::move(findings));
  }

  void check_sequences_of(Place place) {
    const Side& one = side(place);
    if (!one.session) return;
    for (const Table* table : tables_)
      if (const auto* schema = one.catalog.table(table->at(place)))
        add(unparted(place, check_sequences(map(), *table, place, *schema, one.tables.at(table->at(place)))));
  }

  Findings unparted(Place place, Findings findings) const {
    if (place == Place::cloud)
      std::erase_if(findings, [&](const Finding& finding) {
        return parted_.contains({finding.table, finding.column});
      });
    return findings;
  }

  const config::Settings& settings_;
  std::vector<const Table*> tables_;
  std::set<std::pair<std::string, std::string>> parted_;  // table and column in the cloud that both sides number
  Side desktop_, cloud_;
  std::int64_t rows_ = 0;
  Examination examination_;
};

}  // namespace

namespace {

bool makes_unique(const Finding& finding) { return finding.check == "unique_index" && !finding.fix.empty(); }

// An index comes after what keeps it from being made.
void settle_order(Findings& findings) {
  for (auto& finding : findings)
    if (makes_unique(finding) && finding.risk.empty() && std::ranges::any_of(findings, [&](const Finding& other) {
          return other.check == "duplicate_key" && other.place == finding.place && other.table == finding.table;
        }))
      finding.risk = "a key occurs twice, and this fails until that is settled";
  std::ranges::stable_sort(findings, {},
                           [](const Finding& finding) { return std::pair(finding.severity, makes_unique(finding)); });
}

}  // namespace

void put_in_order(Findings& findings) {
  settle_order(findings);
  Findings once;
  for (auto& finding : findings) {
    const bool known = std::ranges::any_of(once, [&](const Finding& other) {
      return other.check == finding.check && other.place == finding.place && other.table == finding.table &&
             other.column == finding.column &&
             (finding.fix.empty() ? other.problem == finding.problem : other.fix == finding.fix);
    });
    if (!known) once.push_back(std::move(finding));
  }
  findings = std::move(once);
}

Examination examine(const config::Settings& settings, const std::vector<std::string>& only) {
  return Doctor(settings, only).examine();
}

}  // namespace engine::doctor
