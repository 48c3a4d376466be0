#include "engine/report/map_yaml.hpp"
#include "engine/report/members.hpp"
#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

using mapping::ProposedTable;

std::string way_of(const ProposedTable& table) {
  static constexpr const char* ways[] = {"forward", "reverse", "both"};
  return ways[static_cast<int>(table.direction.value)];
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const auto& name : names) {
    const std::string member = Members().text("n", name).object();  // one member: what stands behind its colon
    const auto begin = member.find(": ") + 2;
    text += (text.size() > 1 ? ", " : "") + member.substr(begin, member.rfind('\n') - begin);
  }
  return text + "]";
}

}  // namespace

std::string title_of(const ProposedTable& table, const mapping::Proposal& proposal) {
  const std::string title = display(table.desktop, proposal.desktop.schema);
  return title.find_first_not_of(" \t\r\n") == std::string::npos ? quoted(title) : title;
}

std::string proposal_json(const mapping::Proposal& proposal) {
  std::string text = "[";
  for (const auto& table : proposal.tables)
    text += (text.size() > 1 ? ",\n" : "\n") + Members()
                                                   .text("desktop", display(table.desktop, proposal.desktop.schema))
                                                   .text("cloud", display(table.cloud, proposal.cloud.schema))
                                                   .text("status", table.set_aside.empty() ? "proposed" : "not_copied")
                                                   .text("direction", way_of(table))
                                                   .raw("key", list_of(table.key.value))
                                                   .text_or_null("reason", table.set_aside)
                                                   .object();
  return text + (proposal.tables.empty() ? "]\n" : "\n]\n");
}

std::string proposal_text(const mapping::Proposal& proposal, const std::string& file) {
  const auto active = mapping::active_tables(proposal);
  const auto many = [](std::size_t count) {
    return grouped(static_cast<long long>(count)) + (count == 1 ? " table" : " tables");
  };
  std::string text = many(active.size()) + " in the map";
  if (!file.empty()) text += " " + file;
  if (const auto rest = proposal.tables.size() - active.size(); rest > 0) text += ", " + many(rest) + " set aside";
  text += "\n";
  for (const auto& table : proposal.tables)
    if (!table.set_aside.empty()) text += "  not copied: " + title_of(table, proposal) + ": " + table.set_aside + "\n";
  if (!proposal.perhaps.empty())
    text += "  " + many(proposal.perhaps.size()) + " may be there under another name: see the end of the map\n";
  if (const auto only = proposal.only_desktop.size() + proposal.only_cloud.size(); only > 0)
    text += "  " + many(only) + " only on one side: see the end of the map\n";
  if (!active.empty())
    text += "read the guesses in it, then: pgtide map check" + (file.empty() ? "" : " --map " + file) + "\n";
  return text;
}

}  // namespace engine::report
