#include "engine/mapping/propose.hpp"

#include <algorithm>

#include "engine/mapping/bridging.hpp"
#include "engine/mapping/guesses.hpp"

namespace engine::mapping {
namespace {

using catalog::Column;
using catalog::TableSchema;
using config::TableDirection;
using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

std::string count_text(const RowCount& count) {
  return (count.more ? "more than " : "") + std::to_string(count.rows) +
         (count.rows == 1 && !count.more ? " row" : " rows");
}

// The value that most of them have.
template <class T>
std::optional<T> most_frequent(const std::vector<T>& values) {
  std::optional<T> best;
  std::ptrdiff_t most = 0;
  for (const auto& value : values)
    if (const auto count = std::ranges::count(values, value); count > most) {
      most = count;
      best = value;
    }
  return best;
}

class TableMaker {
 public:
  TableMaker(const Survey& survey, const TablePair& pair, const Facts& facts)
      : survey_(survey),
        desktop_(survey.desktop.catalog.tables.at(pair.desktop)),
        cloud_(survey.cloud.catalog.tables.at(pair.cloud)),
        columns_(pair_columns(desktop_, cloud_)),
        facts_(facts) {
    table_.desktop = pair.desktop;
    table_.cloud = pair.cloud;
    table_.why_pair = pair.why;
  }

  ProposedTable make() {
    propose_key();
    propose_direction();
    propose_columns();
    propose_watermark();
    propose_origin();
    remark();
    set_aside();
    return std::move(table_);
  }

  bool needs_zone(Place place) const { return place == Place::desktop ? zone_desktop_ : zone_cloud_; }

 private:
  Direction direction() const {
    return table_.direction.value == TableDirection::reverse ? Direction::reverse : Direction::forward;
  }

  void propose_key() {
    table_.key.value = facts_.key;
    if (facts_.key_guessed) table_.key.why = facts_.key_why;
    for (const auto& pair : columns_.same)
      if (pair.desktop != pair.cloud) table_.rename.push_back(pair);
    if (!facts_.key.empty() || propose_violated_key()) return;
    table_.key.why = facts_.desktop.none() && facts_.cloud.none()
                         ? "there are no rows yet that could show which columns identify one"
                         : "no columns were found that identify a row; rows are compared by their content, and counted";
    table_.match.value = facts_.near;
    table_.match.why = facts_.near_why;
    for (const auto& name : cloud_.identity())
      if (columns_.on_desktop(name).empty() && !cloud_.column(name)->value_by_default.empty())
        table_.skip.push_back(name);
    if (!table_.skip.empty()) table_.skip_why = "the cloud numbers its rows itself, and the desktop has no such column";
  }

  // The table is set aside, and its rows are mended first: then the cloud's key is the right one.
  bool propose_violated_key() {
    if (facts_.key_violated.empty()) return false;
    std::vector<std::string> key;
    for (const auto& name : cloud_.identity()) key.push_back(columns_.on_desktop(name));
    if (key.empty() || std::ranges::find(key, "") != key.end()) return false;
    table_.key.value = key;
    table_.key.why = "the cloud keeps these columns unique";
    return true;
  }

  // A column of the key that a sequence fills.
  bool numbers(Place place) const {
    const TableSchema& table = place == Place::desktop ? desktop_ : cloud_;
    return std::ranges::any_of(facts_.key, [&](const std::string& name) {
      const Column* column = table.column(place == Place::desktop ? name : columns_.in_cloud(name));
      return column && !column->sequence.empty();
    });
  }

  // All rows of both sides are marked with the cloud's value.
  bool born_in_cloud() const {
    for (const auto& [column, in_cloud] : facts_.origin_cloud) {
      const auto here = facts_.origin_desktop.find(column);
      if (here == facts_.origin_desktop.end() || in_cloud.size() != 1 || here->second != in_cloud) continue;
      const auto guess = origin_of(here->second, in_cloud, cloud_.column(column)->value_by_default);
      if (guess && guess->cloud == *in_cloud.begin()) return true;
    }
    return false;
  }

  // A row of the desktop is marked with its own value: it is filled there too.
  bool born_on_desktop() const {
    for (const auto& [column, here] : facts_.origin_desktop) {
      const auto there = facts_.origin_cloud.find(column);
      const auto guess =
          origin_of(here, there == facts_.origin_cloud.end() ? std::set<std::string>() : there->second, "");
      if (guess && here.contains(guess->desktop)) return true;
    }
    return false;
  }

  void propose_direction() {
    table_.direction.value = TableDirection::forward;
    const bool cloud_numbers = numbers(Place::cloud) && !numbers(Place::desktop);
    const auto& [here, there] = std::pair(facts_.desktop, facts_.cloud);
    const auto reverse = [&](const std::string& why) { table_.direction = {TableDirection::reverse, why}; };
    if (here.none() && there.some())
      reverse("only the cloud has rows (" + count_text(there) + ")");
    else if (here.none() && there.none() && cloud_numbers)
      reverse("the cloud makes the key by a sequence, and the desktop does not; neither side has rows yet");
    else if (cloud_numbers && facts_.missing_on_desktop > 0 && facts_.picked_desktop > 0 &&
             facts_.missing_in_cloud == 0 && !born_on_desktop())
      reverse("the cloud makes the key by a sequence, has all rows of the desktop and more");
    else if (born_in_cloud())
      reverse("all its rows are marked as entered there");
    if (direction() == Direction::reverse) return;
    if (facts_.missing_on_desktop > 0)
      table_.both_why =
          "the desktop lacks " + std::to_string(facts_.missing_on_desktop) + " of " +
          std::to_string(facts_.picked_cloud) +
          " rows of the cloud that were looked at; if they were entered there, this brings them back (read "
          "docs/TABLEMAPS.md, \"Tables that go both ways\", first)";
  }

  void propose_columns() {
    Bridges bridges = bridge(survey_, table_.desktop, table_.cloud, columns_, direction());
    zone_desktop_ = bridges.zone_of_desktop;
    zone_cloud_ = bridges.zone_of_cloud;
    table_.columns = std::move(bridges.columns);
    for (std::size_t i = 0; i < bridges.skip.size(); ++i) {
      table_.skip.push_back(bridges.skip[i]);
      table_.skip_why += (table_.skip_why.empty() ? "" : "; ") + bridges.why_skipped[i];
    }
  }

  void propose_watermark() {
    const bool forward = direction() == Direction::forward;
    const auto& side = survey_.at(source_of(direction()));
    const auto& name = forward ? table_.desktop : table_.cloud;
    const auto touched = side.touched.find(name);
    for (const auto& stamp : watermark_of(forward ? desktop_ : cloud_,
                                          touched == side.touched.end() ? std::set<std::string>() : touched->second))
      if (!contains(table_.key.value, stamp)) table_.watermark.push_back(stamp);
    // the other side may have a trigger that stamps rows as they are written
    const auto& other = survey_.at(target_of(direction()));
    const auto stamped = other.touched.find(forward ? table_.cloud : table_.desktop);
    if (stamped == other.touched.end()) return;
    for (const auto& target_name : stamped->second) {
      const std::string source_name = forward ? columns_.on_desktop(target_name) : columns_.in_cloud(target_name);
      const Column* column = source_name.empty() ? nullptr : (forward ? desktop_ : cloud_).column(source_name);
      if (column && is_stamp_type(column->type) && !contains(table_.watermark, source_name) &&
          !contains(table_.key.value, source_name))
        table_.watermark.insert(table_.watermark.begin(), source_name);
    }
    std::erase_if(table_.match.value, [&](const std::string& n) { return contains(table_.watermark, n); });
  }

  void propose_origin() {
    if (direction() != Direction::forward) return;
    for (const auto& [column, in_cloud] : facts_.origin_cloud) {
      const auto here = facts_.origin_desktop.find(column);
      const auto guess = origin_of(here == facts_.origin_desktop.end() ? std::set<std::string>() : here->second,
                                   in_cloud, cloud_.column(column)->value_by_default);
      if (!guess) {
        table_.unclear_origins.push_back(column);
        continue;
      }
      table_.origin = {ProposedOrigin{column, guess->desktop, guess->cloud}, guess->why};
      std::erase(table_.match.value, columns_.on_desktop(column));
      return;
    }
  }

  void remark() {
    const auto list = [&](const Names& names, const std::string& words) {
      Names rest;
      for (const auto& name : names)
        if (!contains(table_.skip, name)) rest.push_back(name);
      if (!rest.empty()) table_.remarks.push_back(words + joined(rest, ", "));
    };
    const bool forward = direction() == Direction::forward;
    Names desktop = columns_.only_desktop, cloud = columns_.only_cloud;
    if (table_.origin.value) std::erase(cloud, table_.origin.value->column);
    list(desktop, std::string("only on the desktop, ") + (forward ? "not copied: " : "left as it is: "));
    list(cloud, std::string("only in the cloud, ") + (forward ? "left as it is: " : "not copied: "));
    if (!facts_.trouble.empty()) table_.remarks.push_back("not all could be looked at: " + facts_.trouble);
    const Relation& source = *survey_.desktop.relation(table_.desktop);
    if (!source.is_table())
      table_.remarks.push_back(
          "on the desktop this is a view or a foreign table; docs/TABLEMAPS.md, \"Views and "
          "foreign tables as sources\", says what that means");
  }

  void set_aside() {
    const Relation& here = *survey_.desktop.relation(table_.desktop);
    const Relation& there = *survey_.cloud.relation(table_.cloud);
    const Relation& target = direction() == Direction::forward ? there : here;
    if (!facts_.key_violated.empty())
      table_.set_aside = facts_.key_violated;
    else if (here.has_children || there.has_children)
      table_.set_aside =
          "other tables inherit from it, and what it shows is mostly theirs; they are copied on their own";
    else if (target.has_rules)
      table_.set_aside = "rules (CREATE RULE) redirect what is written into it, and then nobody can tell what arrived";
  }

  const Survey& survey_;
  const TableSchema& desktop_;
  const TableSchema& cloud_;
  const ColumnPairs columns_;
  const Facts& facts_;
  ProposedTable table_;
  bool zone_desktop_ = false, zone_cloud_ = false;
};

// The schema with the most tables of the map: its names need no `schema.` before them.
std::string usual_schema(const std::vector<ProposedTable>& tables, Place place) {
  std::vector<std::string> schemas;
  for (const auto& table : tables) schemas.push_back((place == Place::desktop ? table.desktop : table.cloud).schema);
  return most_frequent(schemas).value_or("public");
}

bool cannot_be_named(const QualifiedName& table, const std::string& of_the_map) {
  return table.schema.find('.') != std::string::npos &&
         (table.schema != of_the_map || table.name.find('.') != std::string::npos);
}

Guess<std::string> guessed_zone(const Side& side, Place place) {
  const std::string where(name_of(place));
  const std::string because = "it is the time zone of the " + where + "'s server";
  const bool is_utc = side.timezone.find("UTC") != std::string::npos || side.timezone == "GMT";
  return {side.timezone,
          because + (is_utc ? "; if the clock in its columns is that of an office, write that one's, such "
                              "as Asia/Kolkata"
                            : "")};
}

// What several tables have in common is said once.
void find_defaults(Proposal& proposal) {
  std::vector<Names> watermarks;
  std::vector<ProposedOrigin> origins;
  for (const auto& table : proposal.tables) {
    if (!table.watermark.empty()) watermarks.push_back(table.watermark);
    if (table.origin.value) origins.push_back(*table.origin.value);
  }
  if (watermarks.size() > 1) proposal.watermark = *most_frequent(watermarks);
  if (origins.size() > 1) proposal.origin.value = most_frequent(origins);
  for (auto& table : proposal.tables) {
    // columns that a table lacks are passed over
    table.watermark_by_default =
        std::ranges::all_of(table.watermark, [&](const auto& name) { return contains(proposal.watermark, name); });
    if (!proposal.origin.value) continue;
    table.origin_by_default = table.origin.value == proposal.origin.value;
    table.no_origin = !table.origin.value && contains(table.unclear_origins, proposal.origin.value->column);
    if (table.origin_by_default && proposal.origin.why.empty()) proposal.origin.why = table.origin.why;
  }
}

Names titles(const std::vector<QualifiedName>& names, const std::string& schema) {
  Names list;
  for (const auto& name : names) list.push_back(display(name, schema));
  return list;
}

}  // namespace

void remark_missing_parents(Proposal& proposal, const Survey& survey) {
  std::set<QualifiedName> copied;
  for (const auto& table : proposal.tables)
    if (table.set_aside.empty()) copied.insert(table.cloud);
  for (auto& table : proposal.tables) {
    if (table.direction.value != TableDirection::forward) continue;
    for (const auto& key : survey.cloud.catalog.tables.at(table.cloud).foreign_keys)
      if (!key.indirect && !copied.contains(key.parent) && key.parent != table.cloud)
        table.remarks.push_back("refers to " + display(key.parent, proposal.cloud.schema) + " by " +
                                joined(key.columns, ", ") + ", which this map does not copy: rows whose " +
                                "counterpart is missing there wait in quarantine");
  }
}

void set_aside_children(Proposal& proposal, const Survey& survey, const std::map<QualifiedName, Facts>& facts) {
  const auto lacks_rows = [&](const ProposedTable& parent) {
    const auto known = facts.find(parent.desktop);
    if (known == facts.end() || !known->second.desktop.known || !known->second.cloud.known) return true;
    return known->second.cloud.rows < known->second.desktop.rows;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& table : proposal.tables) {
      if (!table.set_aside.empty() || table.direction.value != TableDirection::forward) continue;
      for (const auto& key : survey.cloud.catalog.tables.at(table.cloud).foreign_keys) {
        const auto parent = std::ranges::find(proposal.tables, key.parent, &ProposedTable::cloud);
        if (!key.enforced || key.parent == table.cloud || parent == proposal.tables.end()) continue;
        if (parent->set_aside.empty() || !lacks_rows(*parent)) continue;
        table.set_aside = "it refers to " + display(parent->desktop, proposal.desktop.schema) +
                          ", which is not copied (see there), and without those rows its own would be refused";
        changed = true;
        break;
      }
    }
  }
}

std::string open_circle(const ProposedTable& table, const Proposal& proposal, const Survey& survey) {
  for (const auto& key : survey.cloud.catalog.tables.at(table.cloud).foreign_keys) {
    const auto parent = std::ranges::find(proposal.tables, key.parent, &ProposedTable::cloud);
    if (key.parent == table.cloud || parent == proposal.tables.end() || parent->set_aside.empty()) continue;
    if (!key.deferrable && key.of_all_rows)
      return "ALTER TABLE " + quoted(table.cloud) + " ALTER CONSTRAINT " + quoted(key.name) + " DEFERRABLE;";
  }
  return "";
}

std::vector<std::size_t> active_tables(const Proposal& proposal) {
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < proposal.tables.size(); ++i)
    if (proposal.tables[i].set_aside.empty()) indexes.push_back(i);
  return indexes;
}

Proposal propose(const std::string& name, const Survey& survey, const Pairing& pairing,
                 const std::map<QualifiedName, Facts>& facts) {
  static const Facts nothing_known;
  Proposal proposal;
  proposal.name = name;
  bool zone_desktop = false, zone_cloud = false;
  const auto make = [&](const TablePair& pair) {
    const auto known = facts.find(pair.desktop);
    TableMaker maker(survey, pair, known == facts.end() ? nothing_known : known->second);
    ProposedTable table = maker.make();
    zone_desktop = zone_desktop || maker.needs_zone(Place::desktop);
    zone_cloud = zone_cloud || maker.needs_zone(Place::cloud);
    return table;
  };
  for (const auto& pair : pairing.pairs) proposal.tables.push_back(make(pair));
  for (const auto& pair : pairing.perhaps) {
    ProposedTable table;
    table.desktop = pair.desktop;
    table.cloud = pair.cloud;
    table.why_pair = pair.why;
    proposal.perhaps.push_back(table);
  }
  proposal.desktop = {survey.desktop.database, usual_schema(proposal.tables, Place::desktop), {}};
  proposal.cloud = {survey.cloud.database, usual_schema(proposal.tables, Place::cloud), {}};
  if (zone_desktop) proposal.desktop.timezone = guessed_zone(survey.desktop, Place::desktop);
  if (zone_cloud) proposal.cloud.timezone = guessed_zone(survey.cloud, Place::cloud);
  for (auto& table : proposal.tables)
    if (cannot_be_named(table.desktop, proposal.desktop.schema) || cannot_be_named(table.cloud, proposal.cloud.schema))
      table.set_aside =
          "the name of its schema has a dot in it, and in a map the first dot parts schema and table. A map of its own "
          "can have it: pgtide map generate with --desktop-schema and --cloud-schema";
  find_defaults(proposal);
  proposal.only_desktop = titles(pairing.only_desktop, proposal.desktop.schema);
  proposal.only_cloud = titles(pairing.only_cloud, proposal.cloud.schema);
  proposal.left_out = pairing.left_out;
  return proposal;
}

}  // namespace engine::mapping
