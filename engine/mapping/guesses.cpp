#include "engine/mapping/guesses.hpp"

#include <algorithm>

#include "engine/mapping/likeness.hpp"

namespace engine::mapping {
namespace {

// By plain(): without underscores, in the singular.
const std::set<std::string> touched_names = {
    "updatedat",   "updated",      "updatedon",     "updatetime",       "updatedate", "updateddate", "updatedtime",
    "lastupdate",  "lastupdated",  "lastupdatedat", "modifiedat",       "modified",   "modifiedon",  "modifieddate",
    "modifydate",  "datemodified", "lastmodified",  "lastmodifiedat",   "changedat",  "changedon",   "lastchange",
    "lastchanged", "mtime",        "dateupdated",   "lastmodifieddate", "updatets",   "updatedts"};
const std::set<std::string> made_names = {"createdat",   "created",     "createdon",    "createtime",  "createdate",
                                          "createddate", "datecreated", "insertedat",   "addedat",     "createts",
                                          "createdtime", "ctime",       "creationdate", "creationtime"};

bool is_one_of(const std::set<std::string>& names, const std::string& name) { return names.contains(plain(name)); }

// Words by which the two places are told apart, as written in either case: the desktop's, the cloud's.
struct Places {
  const char* desktop;
  const char* cloud;
};
constexpr Places places[] = {{"D", "M"},
                             {"D", "C"},
                             {"desktop", "mobile"},
                             {"desktop", "cloud"},
                             {"desktop", "phone"},
                             {"desktop", "app"},
                             {"desktop", "web"},
                             {"local", "cloud"},
                             {"local", "remote"},
                             {"office", "mobile"},
                             {"office", "app"},
                             {"L", "C"},
                             {"O", "M"}};

std::string in_case_of(const std::string& word, const std::string& model) {
  const bool upper = std::ranges::all_of(model, [](char c) { return c < 'a' || c > 'z'; });
  const bool first_upper = !model.empty() && model[0] >= 'A' && model[0] <= 'Z';
  std::string text = word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool raise = upper || (first_upper && i == 0);
    if (raise && text[i] >= 'a' && text[i] <= 'z') text[i] = static_cast<char>(text[i] - 'a' + 'A');
    if (!raise && text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  }
  return text;
}

// 'D'::bpchar -> D
std::string text_of_literal(const std::string& sql) {
  if (sql.size() < 2 || sql[0] != '\'') return "";
  const auto end = sql.find('\'', 1);
  return end == std::string::npos ? "" : sql.substr(1, end - 1);
}

}  // namespace

bool is_stamp_type(const catalog::Type& type) {
  return type.builtin &&
         (type.name == "timestamp without time zone" || type.name == "timestamp with time zone" || type.name == "date");
}

bool is_stamp_name(const std::string& name) { return is_one_of(touched_names, name) || is_one_of(made_names, name); }

std::vector<std::string> watermark_of(const catalog::TableSchema& table, const std::set<std::string>& touched) {
  std::vector<std::string> first, last;
  for (const auto& column : table.columns) {
    if (!is_stamp_type(column.type)) continue;
    // a day is too coarse to be found by its name alone: user_modify_dt, createddate
    const bool by_name = column.type.name != "date";
    if (touched.contains(column.name) || (by_name && is_one_of(touched_names, column.name)))
      first.push_back(column.name);
    else if (by_name && is_one_of(made_names, column.name))
      last.push_back(column.name);
  }
  first.insert(first.end(), last.begin(), last.end());
  return first;
}

bool is_origin_name(const std::string& name) {
  static const std::set<std::string> names = {"source",       "origin",       "rowsource",    "roworigin", "datasource",
                                              "recordsource", "sourcesystem", "createdin",    "bornin",    "src",
                                              "sourceflag",   "originflag",   "createdbyapp", "enteredin"};
  return is_one_of(names, name);
}

std::optional<OriginGuess> origin_of(const std::set<std::string>& on_desktop, const std::set<std::string>& in_cloud,
                                     const std::string& value_by_default) {
  std::set<std::string> values = on_desktop;
  values.insert(in_cloud.begin(), in_cloud.end());
  const std::string usual = text_of_literal(value_by_default);
  if (!usual.empty()) values.insert(usual);
  if (values.empty() || values.size() > 2) return std::nullopt;
  for (const auto& [desktop, cloud] : places) {
    // the desktop's word must be seen, the other one may be still to come
    for (const auto& seen : values) {
      const std::string here = in_case_of(desktop, seen), there = in_case_of(cloud, seen);
      if (here != seen) continue;
      const bool known =
          std::ranges::all_of(values, [&](const auto& value) { return value == here || value == there; });
      if (!known) continue;
      OriginGuess guess{here, there, ""};
      guess.why = values.contains(there) ? "its rows say " + here + " or " + there
                                         : "its rows say " + here + " only; no row says " + there + " yet";
      return guess;
    }
  }
  return std::nullopt;
}

}  // namespace engine::mapping
