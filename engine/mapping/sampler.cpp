#include "engine/mapping/sampler.hpp"

#include <algorithm>

#include "engine/catalog/catalog_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/embedded_sql.hpp"
#include "engine/mapping/guesses.hpp"
#include "engine/mapping/key_search.hpp"
#include "engine/mapping/sampling.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::mapping {
namespace {

using catalog::TableSchema;
using Columns = std::vector<std::string>;
using postgres::Result;

// Of hosting services and of what they install; none of them holds tables of the firm.
const std::vector<std::string> foreign_schemas = {
    "auth",           "storage",    "realtime", "_realtime",      "extensions",         "graphql",
    "graphql_public", "vault",      "pgsodium", "pgsodium_masks", "supabase_functions", "supabase_migrations",
    "_analytics",     "_supavisor", "net",      "cron",           "pgbouncer",          "hdb_catalog"};

// Rows below which a set of columns without a telling name may be unique by chance.
constexpr std::int64_t telling_rows = 20;
// A set that tells apart at least this share of the rows mostly identifies one.
constexpr double mostly = 0.8;
constexpr std::size_t most_verified = 6;
constexpr std::size_t most_compared = 10;

bool is_fatal(const Error& error) {
  return error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted ||
         error.code() == ErrorCode::terminated;
}

postgres::Opening brief() {
  postgres::Opening opening;
  opening.snapshot = true;
  opening.lock_timeout_ms = 5'000;
  opening.first = "SET LOCAL statement_timeout = " + std::to_string(sampling::statement_timeout_ms) + ";";
  return opening;
}

// Nothing where the server refuses the statement or it takes too long.
std::optional<Result> ask(postgres::Session& session, const std::string& sql, const postgres::Params& params,
                          std::string& trouble) {
  try {
    postgres::Transaction read(session, brief());
    return read.run(sql, params);
  } catch (const Error& error) {
    if (is_fatal(error)) throw;
    if (trouble.empty()) trouble = error.what();
    return std::nullopt;
  }
}

void check_schemas(postgres::Session& session, const std::vector<std::string>& schemas) {
  const auto known = session.run(
      "SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> "
      "'information_schema' ORDER BY 1");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < known.size(); ++i) names.push_back(known.text(i, "name"));
  for (const auto& schema : schemas)
    if (std::ranges::find(names, schema) == names.end())
      throw Error(ErrorCode::configuration,
                  "the " + std::string(name_of(session.place())) + " database has no schema " + schema,
                  "names are exact; it has: " + joined(names, ", "));
}

// One pair of tables while it is looked at.
class Study {
 public:
  Study(postgres::Session& desktop, postgres::Session& cloud, const Survey& survey, const TablePair& pair,
        const ColumnPairs& columns)
      : desktop_session_(desktop),
        cloud_session_(cloud),
        desktop_(survey.desktop.catalog.tables.at(pair.desktop)),
        cloud_(survey.cloud.catalog.tables.at(pair.cloud)),
        columns_(columns),
        candidates_(key_candidates(desktop_, cloud_, columns)) {}

  Facts find_out() {
    facts_.desktop = count(Place::desktop);
    facts_.cloud = count(Place::cloud);
    if (!find_declared() && facts_.key_violated.empty()) search();
    if (!facts_.key.empty()) compare_keys();
    find_origins();
    return std::move(facts_);
  }

 private:
  postgres::Session& session(Place place) const { return place == Place::desktop ? desktop_session_ : cloud_session_; }
  const TableSchema& table(Place place) const { return place == Place::desktop ? desktop_ : cloud_; }
  const RowCount& rows(Place place) const { return place == Place::desktop ? facts_.desktop : facts_.cloud; }
  Columns names(Place place, const Columns& desktop_names) const {
    if (place == Place::desktop) return desktop_names;
    Columns there;
    for (const auto& name : desktop_names) there.push_back(columns_.in_cloud(name));
    return there;
  }
  bool readable(Place place) const { return table(place).can_use_schema && table(place).can_select; }

  RowCount count(Place place) {
    if (!readable(place)) return {};
    const auto counted = ask(session(place), sampling::count_rows(table(place).name), {}, facts_.trouble);
    if (!counted) return {};
    const std::int64_t found = counted->number(0, "rows");
    return {std::min(found, sampling::most_counted), found > sampling::most_counted, true};
  }

  // What the data say about a key on one side: nothing where they were not asked.
  struct Test {
    std::int64_t repeated = 0;
    bool empty = false;
  };
  std::optional<Test> test(Place place, const Columns& key) {
    if (rows(place).none()) return Test{};
    if (!rows(place).known) return std::nullopt;
    std::string trouble;
    const auto found = ask(session(place), sampling::find_repeated(table(place).name, names(place, key)), {}, trouble);
    if (!found) return std::nullopt;
    return Test{found->number(0, "repeated"), found->flag(0, "empty")};
  }

  // A key that a constraint keeps on one side at least, and that the other side's rows keep too.
  bool find_declared() {
    for (const auto& declared : candidates_.declared) {
      std::string why = declared.by_desktop && declared.by_cloud ? "both sides keep them unique"
                        : declared.by_cloud                      ? "the cloud keeps them unique"
                                                                 : "the desktop keeps them unique";
      bool holds = true;
      for (const Place place : {Place::desktop, Place::cloud}) {
        if (place == Place::desktop ? declared.by_desktop : declared.by_cloud) continue;
        const std::string side(name_of(place));
        const auto found = test(place, declared.key);
        if (!found) {
          why += "; the rows of the " + side + " could not be tested";
        } else if (found->repeated > 0) {
          holds = false;
          if (declared.primary_in_cloud && place == Place::desktop)
            facts_.key_violated = violation(*found, declared.key);
        } else if (rows(place).some()) {
          why += " and no two rows of the " + side + " have the same";
          if (found->empty) why += " (rows without it wait in quarantine)";
        }
      }
      if (!holds && !facts_.key_violated.empty()) return false;
      if (!holds) continue;
      facts_.key = declared.key;
      facts_.key_why = why;
      facts_.key_guessed = !(declared.by_desktop && declared.by_cloud);
      return true;
    }
    return false;
  }

  std::string violation(const Test& found, const Columns& key) const {
    const std::string many =
        found.repeated == 1 ? "a value of the cloud's key (" + joined(key, ", ") + ") occurs"
        : found.repeated >= 1000
            ? "1,000 values or more of the cloud's key (" + joined(key, ", ") + ") occur"
            : std::to_string(found.repeated) + " values of the cloud's key (" + joined(key, ", ") + ") occur";
    return many + " more than once on the desktop, so that not all rows could be copied. " + "They are: SELECT " +
           quoted_list(key) + ", count(*) FROM " + quoted(desktop_.name) + " GROUP BY " + quoted_list(key) +
           " HAVING count(*) > 1;";
  }

  // By the data: a sample tells which sets of columns are out of the question, the whole table which one is right.
  void search() {
    const Place place = facts_.desktop.some() || !facts_.cloud.some() ? Place::desktop : Place::cloud;
    if (!rows(place).some()) {
      if (rows(place).none() && !candidates_.if_empty.empty()) {
        facts_.key = candidates_.if_empty;
        facts_.key_guessed = true;
        facts_.key_why = "its name says so; there are no rows yet that could prove it";
      }
      return;
    }
    std::vector<Columns> sets = candidates_.likely;
    const std::size_t likely = sets.size();
    sets.insert(sets.end(), candidates_.near.begin(), candidates_.near.end());
    if (sets.empty()) return;
    std::vector<Columns> there;
    for (const auto& set : sets) there.push_back(names(place, set));
    const auto counted = ask(session(place), sampling::count_different(table(place).name, there), {}, facts_.trouble);
    if (!counted) return;
    const std::int64_t all = counted->number(0, "rows");
    std::size_t verified = 0;
    for (std::size_t i = 0; i < likely && verified < most_verified; ++i) {
      const bool unique = counted->number(0, "d" + std::to_string(i)) == all;
      const bool telling = all >= telling_rows || std::ranges::find(candidates_.named_as_key, sets[i].front()) !=
                                                      candidates_.named_as_key.end();
      if (!unique || !telling) continue;
      ++verified;
      if (verify(sets[i])) return;
    }
    find_near(place, *counted, sets, all);
  }

  bool verify(const Columns& key) {
    std::string where;
    for (const Place place : {Place::desktop, Place::cloud}) {
      if (!rows(place).some()) continue;
      const auto found = test(place, key);
      if (!found || found->repeated > 0 || found->empty) return false;
      where += (where.empty() ? "" : " and ") + std::string(name_of(place));
    }
    facts_.key = key;
    facts_.key_guessed = true;
    facts_.key_why = "no two rows of the " + where + " have the same, and none lacks it; no constraint says so";
    return true;
  }

  // The set that tells most rows apart; one with fewer columns, or a likelier one, where two are about as good. The
  // first rows say which are worth a look at many.
  void find_near(Place place, const Result& counted, const std::vector<Columns>& sets, std::int64_t all) {
    std::vector<Columns> worth, there;
    for (std::size_t i = 0; i < sets.size() && worth.size() < most_compared; ++i) {
      if (share_of(counted, i, all) < mostly) continue;
      worth.push_back(sets[i]);
      there.push_back(names(place, sets[i]));
    }
    if (worth.empty()) return;
    std::string trouble;
    const auto again =
        ask(session(place), sampling::count_different(table(place).name, there, sampling::compared_rows), {}, trouble);
    if (!again) return;
    const std::int64_t rows_seen = again->number(0, "rows");
    double best = 0;
    for (std::size_t i = 0; i < worth.size(); ++i) {
      const double share = share_of(*again, i, rows_seen);
      const double merit = share - 0.01 * static_cast<double>(worth[i].size());
      if (share < mostly || merit <= best + 0.005) continue;
      best = merit;
      facts_.near = worth[i];
      facts_.near_why = "they tell apart " + std::to_string(static_cast<int>(share * 100)) + " % of " +
                        std::to_string(rows_seen) + " rows";
    }
  }

  static double share_of(const Result& counted, std::size_t set, std::int64_t all) {
    return static_cast<double>(counted.number(0, "d" + std::to_string(set))) / static_cast<double>(all);
  }

  bool comparable(const Columns& key) const {
    static const std::set<std::string> kinds = {"number", "text", "uuid"};
    return std::ranges::all_of(key, [&](const std::string& name) {
      const std::string here = kind_of(desktop_.column(name)->type);
      return kinds.contains(here) && here == kind_of(cloud_.column(columns_.in_cloud(name))->type);
    });
  }

  void compare_keys() {
    if (!facts_.desktop.known || !facts_.cloud.known || !comparable(facts_.key)) return;
    look_up(Place::cloud, facts_.picked_cloud, facts_.missing_on_desktop);
    look_up(Place::desktop, facts_.picked_desktop, facts_.missing_in_cloud);
  }

  // How many of a few keys of one side the other side lacks.
  void look_up(Place place, std::int64_t& picked, std::int64_t& missing) {
    const Place other = place == Place::desktop ? Place::cloud : Place::desktop;
    if (!rows(place).some()) return;
    std::string trouble;
    const auto keys =
        ask(session(place), sampling::pick_keys(table(place).name, names(place, facts_.key)), {}, trouble);
    if (!keys || keys->empty()) return;
    std::vector<Columns> values(facts_.key.size());
    for (const auto& row : keys->rows)
      for (std::size_t i = 0; i < values.size(); ++i) values[i].push_back(row[i].value_or(""));
    postgres::Params params;
    for (const auto& column : values) params.push_back(postgres::array_literal(column));
    const auto found =
        ask(session(other), sampling::count_found(table(other).name, names(other, facts_.key)), params, trouble);
    if (!found) return;
    picked = static_cast<std::int64_t>(keys->size());
    missing = picked - found->number(0, "found");
  }

  void find_origins() {
    for (const auto& column : cloud_.columns) {
      if (!is_origin_name(column.name) || kind_of(column.type) != "text") continue;
      facts_.origin_cloud[column.name] = values_of(Place::cloud, column.name);
      if (const std::string here = columns_.on_desktop(column.name); !here.empty())
        facts_.origin_desktop[column.name] = values_of(Place::desktop, here);
    }
  }

  std::set<std::string> values_of(Place place, const std::string& column) {
    std::set<std::string> values;
    std::string trouble;
    if (!rows(place).some()) return values;
    const auto found = ask(session(place), sampling::different_values(table(place).name, column), {}, trouble);
    for (const auto& row : found ? found->rows : std::vector<std::vector<Result::Cell>>()) values.insert(*row[0]);
    return values;
  }

  postgres::Session& desktop_session_;
  postgres::Session& cloud_session_;
  const TableSchema& desktop_;
  const TableSchema& cloud_;
  const ColumnPairs& columns_;
  const KeyCandidates candidates_;
  Facts facts_;
};

}  // namespace

Side look_at(postgres::Session& session, const std::vector<std::string>& schemas) {
  check_schemas(session, schemas);
  Side side;
  const Result self = session.run(
      "SELECT current_database() AS database, coalesce((SELECT reset_val FROM pg_catalog.pg_settings WHERE name = "
      "'TimeZone'), 'UTC') AS timezone");
  side.database = self.text(0, "database");
  side.timezone = self.text(0, "timezone");
  postgres::Opening opening;
  opening.snapshot = true;
  postgres::Transaction read(session, opening);
  const Result found = read.run(std::string(sql::mapping_relations),
                                {postgres::array_literal(schemas), postgres::array_literal(foreign_schemas)});
  std::set<QualifiedName> names;
  for (std::size_t i = 0; i < found.size(); ++i) {
    side.relations.push_back({{found.text(i, "schema"), found.text(i, "name")},
                              found.text(i, "kind").at(0),
                              found.flag(i, "has_children"),
                              found.flag(i, "is_child"),
                              found.flag(i, "has_rules")});
    names.insert(side.relations.back().name);
  }
  side.catalog = catalog::read_catalog(session, names);
  std::map<std::string, QualifiedName> by_oid;
  std::vector<std::string> oids;
  for (const auto& [name, table] : side.catalog.tables) {
    oids.push_back(std::to_string(table.oid));
    by_oid[oids.back()] = name;
  }
  const Result touched = read.run(std::string(sql::mapping_touched), {postgres::array_literal(oids)});
  for (std::size_t i = 0; i < touched.size(); ++i)
    side.touched[by_oid.at(touched.text(i, "table_oid"))].insert(touched.text(i, "name"));
  std::erase_if(side.relations, [&](const Relation& r) { return !side.catalog.tables.contains(r.name); });
  return side;
}

Facts study(postgres::Session& desktop, postgres::Session& cloud, const Survey& survey, const TablePair& pair,
            const ColumnPairs& columns) {
  return Study(desktop, cloud, survey, pair, columns).find_out();
}

}  // namespace engine::mapping
