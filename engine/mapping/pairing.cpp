#include "engine/mapping/pairing.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/mapping/columns.hpp"
#include "engine/mapping/likeness.hpp"

namespace engine::mapping {
namespace {

using catalog::TableSchema;
using Names = std::set<QualifiedName>;

struct Agreement {
  std::size_t shared = 0;   // columns that both have
  std::size_t smaller = 0;  // columns of the table with fewer of them
  std::size_t all = 0;      // columns that either has

  double of_smaller() const { return smaller == 0 ? 0 : static_cast<double>(shared) / static_cast<double>(smaller); }
  double of_all() const { return all == 0 ? 0 : static_cast<double>(shared) / static_cast<double>(all); }
  std::string text() const { return std::to_string(shared) + " of " + std::to_string(smaller) + " columns agree"; }
};

class Matcher {
 public:
  explicit Matcher(const Survey& survey) : survey_(survey) {
    for (const auto& relation : survey.desktop.relations) desktop_.insert(relation.name);
    for (const auto& relation : survey.cloud.relations) cloud_.insert(relation.name);
    for (const auto& name : desktop_) schemas_desktop_.insert(name.schema);
    for (const auto& name : cloud_) schemas_cloud_.insert(name.schema);
  }

  Pairing match() {
    by_full_name();
    if (schemas_desktop_.size() == 1 && schemas_cloud_.size() == 1)
      by_name("");
    else
      by_name("the schemas have other names, and no other table is called so");
    by_variant();
    by_part_of_name();
    by_columns();
    std::ranges::sort(pairing_.pairs, {}, &TablePair::desktop);
    for (const auto& name : desktop_)
      if (survey_.desktop.relation(name)->is_table()) pairing_.only_desktop.push_back(name);
    for (const auto& name : cloud_)
      if (survey_.cloud.relation(name)->is_table()) pairing_.only_cloud.push_back(name);
    return std::move(pairing_);
  }

 private:
  const TableSchema& at_desktop(const QualifiedName& name) const { return survey_.desktop.catalog.tables.at(name); }
  const TableSchema& in_cloud(const QualifiedName& name) const { return survey_.cloud.catalog.tables.at(name); }
  bool is_table(Place place, const QualifiedName& name) const { return survey_.at(place).relation(name)->is_table(); }

  // A view may be read, but nothing is written into one.
  void pair(const QualifiedName& desktop, const QualifiedName& cloud, const std::string& why) {
    if (is_table(Place::cloud, cloud)) {
      pairing_.pairs.push_back({desktop, cloud, why});
    } else if (is_table(Place::desktop, desktop)) {
      pairing_.left_out.push_back(desktop.schema + "." + desktop.name +
                                  ": in the cloud this is a view or a foreign table, which cannot be written");
    }
    desktop_.erase(desktop);
    cloud_.erase(cloud);
  }

  void by_full_name() {
    for (const auto& name : Names(desktop_))
      if (cloud_.contains(name)) pair(name, name, "");
  }

  // `name_of` of one side and the other: pairs those that are alone with it on both sides.
  template <class Name, class Accept>
  void by(Name name_of, Accept accept) {
    std::map<std::string, std::vector<QualifiedName>> here, there;
    for (const auto& name : desktop_) here[name_of(name.name)].push_back(name);
    for (const auto& name : cloud_) there[name_of(name.name)].push_back(name);
    for (const auto& [name, tables] : here) {
      const auto others = there.find(name);
      if (name.empty() || tables.size() != 1 || others == there.end() || others->second.size() != 1) continue;
      accept(tables.front(), others->second.front());
    }
  }

  void by_name(const std::string& why) {
    by([](const std::string& name) { return name; },
       [&](const QualifiedName& one, const QualifiedName& other) { pair(one, other, why); });
  }

  void by_variant() {
    by(plain, [&](const QualifiedName& one, const QualifiedName& other) {
      const Agreement columns = agreement(one, other);
      if (both_are_tables(one, other) && columns.of_smaller() >= 0.5)
        pair(one, other, "the names mean the same and " + columns.text());
    });
  }

  // The best partner first, and only one that is better than every other.
  void by_part_of_name() {
    struct Candidate {
      QualifiedName desktop, cloud;
      Agreement columns;
    };
    std::vector<Candidate> candidates;
    for (const auto& one : desktop_)
      for (const auto& other : cloud_) {
        if (!both_are_tables(one, other) || !one_contains_the_other(plain(one.name), plain(other.name))) continue;
        const Agreement columns = agreement(one, other);
        if (columns.shared >= 3 && columns.of_smaller() >= 0.7) candidates.push_back({one, other, columns});
      }
    for (const auto& [desktop, cloud, columns] : candidates) {
      const bool best = std::ranges::none_of(candidates, [&](const Candidate& c) {
        const bool rival = (c.desktop == desktop) != (c.cloud == cloud);
        return rival && c.columns.of_all() >= columns.of_all();
      });
      if (best)
        pair(desktop, cloud, "one name is part of the other and " + columns.text());
      else
        pairing_.perhaps.push_back(
            {desktop, cloud,
             "one name is part of the other and " + columns.text() + ", but another table could be meant as well"});
    }
  }

  void by_columns() {
    for (const auto& one : desktop_)
      for (const auto& other : cloud_) {
        if (!both_are_tables(one, other)) continue;
        const Agreement columns = agreement(one, other);
        const bool named = std::ranges::any_of(
            pairing_.perhaps, [&](const TablePair& p) { return p.desktop == one && p.cloud == other; });
        if (!named && columns.shared >= 5 && columns.of_all() >= 0.8)
          pairing_.perhaps.push_back({one, other, columns.text() + ", but the names have nothing in common"});
      }
  }

  bool both_are_tables(const QualifiedName& one, const QualifiedName& other) const {
    return is_table(Place::desktop, one) && is_table(Place::cloud, other);
  }

  Agreement agreement(const QualifiedName& one, const QualifiedName& other) const {
    const TableSchema &here = at_desktop(one), &there = in_cloud(other);
    Agreement result;
    result.shared = pair_columns(here, there).same.size();
    result.smaller = std::min(here.columns.size(), there.columns.size());
    result.all = here.columns.size() + there.columns.size() - result.shared;
    return result;
  }

  const Survey& survey_;
  Names desktop_, cloud_;  // that have no partner yet
  std::set<std::string> schemas_desktop_, schemas_cloud_;
  Pairing pairing_;
};

}  // namespace

Pairing pair_tables(const Survey& survey) { return Matcher(survey).match(); }

}  // namespace engine::mapping
