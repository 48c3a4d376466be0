#include "engine/mapping/key_search.hpp"

#include <algorithm>
#include <set>

#include "engine/mapping/guesses.hpp"
#include "engine/mapping/likeness.hpp"

namespace engine::mapping {
namespace {

using catalog::Column;
using catalog::TableSchema;

// Bounds of the search: each set is counted on a sample, the few that survive on the whole table.
constexpr std::size_t most_sets = 60;
constexpr std::size_t most_columns_of_pairs = 7;
constexpr std::size_t most_columns_of_triples = 5;
constexpr std::size_t most_texts = 3;
constexpr int longest_code = 20;  // characters of a text that may be part of a key

enum class Likelihood { named_as_key, reference, plain, text, none };

// numeric(p,s) as pg_attribute.atttypmod packs it.
bool has_fraction(const catalog::Type& type) { return type.modifier >= 0 && ((type.modifier - 4) & 0x7ff) != 0; }

bool is_text(const catalog::Type& type) { return kind_of(type) == "text"; }

// What `client_id`, `ClientNo` and `clientid` call: `client`. Empty where the name is not that of a key.
std::string stem_of_key(const std::string& name, bool& is_key) {
  static const std::set<std::string> last_words = {"id",   "key", "no",   "nr",  "number", "code",
                                                   "uuid", "uid", "guid", "num", "sk",     "pk"};
  auto words = words_of(name);
  is_key = false;
  if (words.empty()) return "";
  if (last_words.contains(words.back())) {
    is_key = true;
    words.pop_back();
  } else {
    static const std::set<std::string> other_words = {
        "paid", "said", "valid", "void",   "grid", "bid",   "fluid", "solid",   "laid",   "aid",    "kid",    "lid",
        "mid",  "rid",  "raid",  "unpaid", "acid", "avoid", "rapid", "invalid", "hybrid", "liquid", "prepaid"};
    std::string& word = words.back();  // clientid, countrycode
    for (const std::string end : {"id", "code"}) {
      if (word.size() <= end.size() || !word.ends_with(end) || other_words.contains(word)) continue;
      is_key = true;
      word.resize(word.size() - end.size());
      break;
    }
  }
  std::string stem;
  for (const auto& word : words) stem += word;
  return stem;
}

// A text that names a thing, and seldom changes: `language` of (country, language).
bool is_label(const std::string& name) {
  static const std::set<std::string> last_words = {"name",  "language", "lang",   "type",     "kind",    "category",
                                                   "label", "tag",      "symbol", "currency", "country", "locale"};
  const auto words = words_of(name);
  return !words.empty() && last_words.contains(words.back());
}

Likelihood likelihood(const Column& column, const TableSchema& table) {
  static const std::set<std::string> types = {"smallint",          "integer",   "bigint", "numeric", "text",
                                              "character varying", "character", "uuid",   "date"};
  const catalog::Type& type = column.type;
  if (!type.builtin || !types.contains(type.name) || (type.name == "numeric" && has_fraction(type)))
    return Likelihood::none;
  if (is_origin_name(column.name) || is_stamp_name(column.name)) return Likelihood::none;
  bool is_key = false;
  const std::string stem = stem_of_key(column.name, is_key), of_table = plain(table.name.name);
  if (is_key && (stem.empty() || (stem.size() >= 3 && of_table.find(stem) != std::string::npos)))
    return Likelihood::named_as_key;
  if (is_key) return Likelihood::reference;
  const bool short_text = type.modifier >= 0 && type.modifier - 4 <= longest_code;
  return is_text(type) && !short_text && !is_label(column.name) ? Likelihood::text : Likelihood::plain;
}

class Sets {
 public:
  void add(std::vector<std::string> set) {
    if (sets_.size() < most_sets && seen_.insert(std::set<std::string>(set.begin(), set.end())).second)
      sets_.push_back(std::move(set));
  }
  std::vector<std::vector<std::string>> take() { return std::move(sets_); }

 private:
  std::vector<std::vector<std::string>> sets_;
  std::set<std::set<std::string>> seen_;
};

void add_declared(KeyCandidates& found, const TableSchema& desktop, const TableSchema& cloud,
                  const ColumnPairs& columns) {
  std::vector<KeyCandidates::Declared> declared;
  const auto add = [&](const std::vector<std::string>& here, const std::vector<std::string>& there, bool primary) {
    for (const auto& name : here)
      if (name.empty()) return;
    for (const auto& name : there)
      if (name.empty()) return;
    const std::set<std::string> wanted(here.begin(), here.end());
    for (const auto& one : declared)
      if (std::set<std::string>(one.key.begin(), one.key.end()) == wanted) return;
    declared.push_back({here, desktop.identifies(here), cloud.identifies(there), primary});
  };
  const auto of_cloud = [&](bool primary) {
    for (const auto& key : cloud.unique_keys) {
      if (key.primary != primary || !cloud.identifies(key.columns)) continue;
      std::vector<std::string> here;
      for (const auto& name : key.columns) here.push_back(columns.on_desktop(name));
      add(here, key.columns, primary);
    }
  };
  const auto of_desktop = [&](bool primary) {
    for (const auto& key : desktop.unique_keys) {
      if (key.primary != primary || !desktop.identifies(key.columns)) continue;
      std::vector<std::string> there;
      for (const auto& name : key.columns) there.push_back(columns.in_cloud(name));
      add(key.columns, there, false);
    }
  };
  of_cloud(true);
  of_desktop(true);
  of_cloud(false);
  of_desktop(false);
  found.declared = std::move(declared);
}

}  // namespace

KeyCandidates key_candidates(const TableSchema& desktop, const TableSchema& cloud, const ColumnPairs& columns) {
  KeyCandidates found;
  add_declared(found, desktop, cloud, columns);

  std::vector<std::string> named, references, plains, texts;
  for (const auto& pair : columns.same) {
    const Column* there = cloud.column(pair.cloud);
    if (there->generated) continue;
    switch (likelihood(*desktop.column(pair.desktop), desktop)) {
      case Likelihood::named_as_key:
        named.push_back(pair.desktop);
        break;
      case Likelihood::reference:
        references.push_back(pair.desktop);
        break;
      case Likelihood::plain:
        plains.push_back(pair.desktop);
        break;
      case Likelihood::text:
        texts.push_back(pair.desktop);
        break;
      case Likelihood::none:
        break;
    }
  }
  found.named_as_key = named;
  if (!named.empty())
    found.if_empty = {named.front()};
  else if (references.size() == 1 && references.front() == desktop.columns.front().name)
    found.if_empty = references;
  std::vector<std::string> first = named;  // what pairs are made of
  first.insert(first.end(), references.begin(), references.end());
  const auto upto = [](const std::vector<std::string>& names, std::size_t most) {
    return std::min(names.size(), most);
  };
  Sets likely;
  for (const auto& name : named) likely.add({name});
  // a table that joins others, and has nothing else: its rows are told apart by all of them
  if (plains.empty() && texts.empty() && first.size() > 1 && first.size() <= most_columns_of_triples) likely.add(first);
  for (const auto& name : first) likely.add({name});
  for (std::size_t i = 0; i < upto(first, most_columns_of_pairs); ++i)
    for (std::size_t j = i + 1; j < upto(first, most_columns_of_pairs); ++j) likely.add({first[i], first[j]});
  for (std::size_t i = 0; i < upto(first, most_columns_of_triples); ++i)
    for (std::size_t j = 0; j < upto(plains, 4); ++j) likely.add({first[i], plains[j]});
  for (std::size_t i = 0; first.empty() && i < upto(plains, most_columns_of_triples); ++i)
    for (std::size_t j = i + 1; j < upto(plains, most_columns_of_triples); ++j) likely.add({plains[i], plains[j]});
  for (std::size_t i = 0; i < upto(first, most_columns_of_triples); ++i)
    for (std::size_t j = i + 1; j < upto(first, most_columns_of_triples); ++j)
      for (std::size_t k = j + 1; k < upto(first, most_columns_of_triples); ++k)
        likely.add({first[i], first[j], first[k]});
  found.likely = likely.take();

  Sets near;
  for (std::size_t i = 0; i < upto(texts, most_texts); ++i) {
    near.add({texts[i]});
    for (std::size_t j = 0; j < upto(first, most_texts); ++j) near.add({first[j], texts[i]});
  }
  for (std::size_t i = 0; i < upto(plains, most_texts); ++i) near.add({plains[i]});
  found.near = near.take();
  return found;
}

}  // namespace engine::mapping
