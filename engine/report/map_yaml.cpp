#include "engine/report/map_yaml.hpp"

#include <algorithm>

#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

using config::TableDirection;
using mapping::Proposal;
using mapping::ProposedTable;
using Lines = std::vector<std::string>;

constexpr std::size_t width = 118;

// What a comment may hold: one line of valid UTF-8.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
    bool whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    if (!whole || byte < 0x20 || byte == 0x7f) {
      line += byte == '\n' ? ' ' : '?';
      ++i;
    } else {
      line += text.substr(i, length);
      i += length;
    }
  }
  return line;
}

// `# words words`, broken where lines get too long.
void comment(Lines& lines, const std::string& indent, const std::string& text) {
  std::string line = indent + "#";
  const std::string words = in_one_line(text);
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    const std::string word = words.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (line.size() + 1 + word.size() > width && line.size() > indent.size() + 1) {
      lines.push_back(line);
      line = indent + "#  ";
    }
    line += " " + word;
  }
  lines.push_back(line);
}

// The same where statements stand in the text, each behind a colon: a line of its own for each, to be pasted as it is.
void comment_with_sql(Lines& lines, const std::string& indent, std::string text) {
  const auto begin_of_sql = [&] {
    std::size_t first = std::string::npos;
    for (const char* word : {": ALTER ", ": GRANT ", ": SELECT "}) first = std::min(first, text.find(word));
    return first;
  };
  for (auto colon = begin_of_sql(); colon != std::string::npos; colon = begin_of_sql()) {
    comment(lines, indent, text.substr(0, colon + 1));
    const std::size_t end = std::min(text.find(';', colon), text.size());
    lines.push_back(indent + "#    " + in_one_line(text.substr(colon + 2, end - colon - 2)) + ";");
    text.erase(0, std::min(end + 1, text.size()));
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty()) comment(lines, indent, text);
}

void guess(Lines& lines, const std::string& indent, const std::string& what, const std::string& why) {
  if (!why.empty()) comment(lines, indent, "guess: " + what + ", because " + why);
}

std::string flow_list(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const auto& name : names) text += (text.size() > 1 ? ", " : "") + yaml_value(name);
  return text + "]";
}

std::string origin_text(const mapping::ProposedOrigin& origin) {
  return "origin: {column: " + yaml_value(origin.column) + ", desktop: " + yaml_value(origin.desktop) +
         ", cloud: " + yaml_value(origin.cloud) + "}";
}

std::string table_name(const QualifiedName& table, const std::string& usual_schema) {
  // the first dot separates, so a name with a dot needs its schema
  const bool full = table.schema != usual_schema || table.name.find('.') != std::string::npos;
  return yaml_value(full ? table.schema + "." + table.name : table.name);
}

void columns_of(Lines& lines, const ProposedTable& table) {
  if (table.columns.empty()) return;
  const bool reverse = table.direction.value == TableDirection::reverse;
  const bool active = std::ranges::any_of(table.columns, &mapping::ProposedColumn::active);
  const std::string indent = "    ", mark = active ? "" : "# ";
  const auto explain = [&](const mapping::ProposedColumn& column, const std::string& where) {
    if (column.active)
      guess(lines, where, yaml_key(column.column) + " is computed", column.why);
    else
      comment(lines, where, "perhaps, because " + column.why + ":");
  };
  if (!active)
    for (const auto& column : table.columns) explain(column, indent);
  lines.push_back(indent + mark + (reverse ? "reverse:" : "forward:"));
  lines.push_back(indent + mark + "  columns:");
  for (const auto& column : table.columns) {
    if (active) explain(column, indent + "    ");
    const std::string line = yaml_key(column.column) + ": " + yaml_value(column.sql);
    lines.push_back(indent + (active ? column.active ? "    " : "    # " : "#     ") + line);
  }
}

void key_of(Lines& lines, const ProposedTable& table) {
  const std::string indent = "    ";
  if (!table.keyless()) {
    guess(lines, indent, "these columns identify a row", table.key.why);
    lines.push_back(indent + "key: " + flow_list(table.key.value));
    return;
  }
  guess(lines, indent, "no key", table.key.why);
  lines.push_back(indent + "key: none");
  if (table.match.value.empty()) return;
  guess(lines, indent, "these columns mostly identify a row", table.match.why);
  lines.push_back(indent + "match: " + flow_list(table.match.value));
}

// One entry of `tables`, and the remarks above it.
Lines entry_of(const ProposedTable& table, const Proposal& proposal) {
  Lines lines;
  const std::string indent = "    ", desktop = table_name(table.desktop, proposal.desktop.schema);
  const bool same_name = table.cloud == QualifiedName{proposal.cloud.schema, table.desktop.name} &&
                         table.desktop.schema == proposal.desktop.schema;
  guess(lines, "  ", "this is the same table on both sides", table.why_pair);
  for (const auto& remark : table.remarks) comment(lines, "  ", remark);
  lines.push_back("  - desktop: " + desktop);
  if (!same_name) lines.push_back(indent + "cloud: " + table_name(table.cloud, proposal.cloud.schema));
  if (table.direction.value == TableDirection::reverse) {
    guess(lines, indent, "from the cloud to the desktop", table.direction.why);
    lines.push_back(indent + "direction: reverse");
  } else if (!table.both_why.empty()) {
    comment(lines, indent, "perhaps, because " + table.both_why + ":");
    lines.push_back(indent + "# direction: both");
  }
  key_of(lines, table);
  if (!table.skip.empty()) {
    guess(lines, indent, "columns that are not copied", table.skip_why);
    lines.push_back(indent + "skip: " + flow_list(table.skip));
  }
  if (!table.rename.empty()) {
    guess(lines, indent, "columns with another name in the cloud", "the names mean the same and the types agree");
    std::string text;
    for (const auto& pair : table.rename)
      text += (text.empty() ? "" : ", ") + yaml_key(pair.desktop) + ": " + yaml_value(pair.cloud);
    lines.push_back(indent + "rename: {" + text + "}");
  }
  if (!table.watermark.empty() && !table.watermark_by_default) {
    guess(lines, indent, "columns that say when a row was touched", "of their names, or of a trigger that sets them");
    lines.push_back(indent + "watermark: " + flow_list(table.watermark));
  }
  if (table.no_origin) {
    guess(lines, indent, "no origin", "the values of the column do not say where a row was born");
    lines.push_back(indent + "origin: none");
  } else if (table.origin.value && !table.origin_by_default) {
    guess(lines, indent, "the column says where a row was born", table.origin.why);
    lines.push_back(indent + origin_text(*table.origin.value));
  }
  columns_of(lines, table);
  return lines;
}

void add_table(Lines& lines, const ProposedTable& table, const Proposal& proposal) {
  lines.emplace_back();
  const Lines entry = entry_of(table, proposal);
  if (table.set_aside.empty()) {
    lines.insert(lines.end(), entry.begin(), entry.end());
    return;
  }
  comment_with_sql(lines, "  ", "NOT COPIED: " + title_of(table, proposal) + ", because " + table.set_aside);
  comment(lines, "  ", "When that is mended remove the # in front of these lines:");
  for (const auto& line : entry)
    if (line.find_first_not_of(' ') != std::string::npos && line[line.find_first_not_of(' ')] != '#')
      lines.push_back("  # " + line.substr(2));
}

void add_side(Lines& lines, const std::string& name, const std::string& variable, const mapping::ProposedSide& side) {
  lines.push_back(name + ":");
  lines.push_back("  url: \"${" + variable + "}\"");
  lines.push_back("  schema: " + yaml_value(side.schema));
  if (!side.timezone) return;
  guess(lines, "  ", "the zone of stamps that name none", side.timezone->why);
  lines.push_back("  timezone: " + yaml_value(side.timezone->value));
}

void add_defaults(Lines& lines, const Proposal& proposal) {
  if (proposal.watermark.empty() && !proposal.origin.value) return;
  lines.emplace_back();
  lines.push_back("# What holds for every table that does not say otherwise.");
  lines.push_back("defaults:");
  if (!proposal.watermark.empty()) {
    guess(lines, "  ", "columns that say when a row was touched", "of their names, or of a trigger that sets them");
    lines.push_back("  watermark: " + flow_list(proposal.watermark));
  }
  if (!proposal.origin.value) return;
  guess(lines, "  ", "the column says where a row was born", proposal.origin.why);
  lines.push_back("  " + origin_text(*proposal.origin.value));
}

void add_rest(Lines& lines, const Proposal& proposal) {
  const auto list = [&](const std::string& heading, const std::vector<std::string>& names) {
    if (names.empty()) return;
    lines.emplace_back();
    comment(lines, "", heading);
    for (const auto& name : names) lines.push_back("#   " + in_one_line(name));
  };
  std::vector<std::string> perhaps;
  for (const auto& table : proposal.perhaps)
    perhaps.push_back("- {desktop: " + table_name(table.desktop, proposal.desktop.schema) +
                      ", cloud: " + table_name(table.cloud, proposal.cloud.schema) + "}   " + table.why_pair);
  list("Perhaps the same table under two names; nothing is copied before you say so:", perhaps);
  list("Only on the desktop, not copied:", proposal.only_desktop);
  list("Only in the cloud, not copied:", proposal.only_cloud);
  list("Not copied:", proposal.left_out);
}

}  // namespace

std::string map_yaml(const Proposal& proposal, const std::string& schema) {
  Lines lines;
  lines.push_back("# yaml-language-server: $schema=" + schema);
  comment(lines, "",
          "A table map, proposed by pgtide map generate from the databases " + proposal.desktop.database +
              " (desktop) and " + proposal.cloud.database + " (cloud).");
  lines.emplace_back("#");
  comment(lines, "",
          "It works as it is. What stands behind \"guess:\" was found out from names, types and rows, and may "
          "be wrong: read it, and change it where you know better. docs/TABLEMAPS.md explains every key.");
  lines.emplace_back("# Then:  pgtide map check    pgtide plan full    pgtide sync full");
  lines.emplace_back();
  lines.emplace_back("# The name under which pgtide remembers what was copied: do not change it later.");
  lines.push_back("map: " + yaml_value(proposal.name));
  lines.emplace_back();
  lines.emplace_back("# ${...} is replaced by the environment variable of that name, so that no password stands here.");
  add_side(lines, "desktop", "PGTIDE_DESKTOP_URL", proposal.desktop);
  add_side(lines, "cloud", "PGTIDE_CLOUD_URL", proposal.cloud);
  add_defaults(lines, proposal);
  lines.emplace_back();
  lines.emplace_back("tables:");
  for (const auto& table : proposal.tables) add_table(lines, table, proposal);
  add_rest(lines, proposal);
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace engine::report
