#include "engine/state/inventory.hpp"

#include <map>

#include "engine/state/access.hpp"

namespace engine::state {

std::vector<Holding> take_inventory(postgres::Session& session, const std::set<std::string>& tables) {
  static const std::map<std::string, std::string> by_another = {
      {"table_run", "pgtide.table_run t JOIN pgtide.run m USING (run_id)"},
      {"event", "pgtide.event t JOIN pgtide.run m USING (run_id)"},
      {"known_row", "pgtide.known_row t JOIN pgtide.known_table m USING (known_id)"},
      {"known_loaded", "pgtide.known_loaded t JOIN pgtide.known_table m USING (known_id)"}};
  std::vector<Holding> held;
  for (const auto& table : tables) {
    if (sight_of(session, table) != Sight::visible) continue;
    const auto other = by_another.find(table);
    const auto found =
        session.run("SELECT m.map, count(*) AS rows FROM " +
                    (other == by_another.end() ? "pgtide." + table + " m" : other->second) + " GROUP BY 1 ORDER BY 1");
    for (std::size_t i = 0; i < found.size(); ++i)
      held.push_back({found.text(i, "map"), table, found.number(i, "rows")});
  }
  return held;
}

std::vector<Scope> all_scopes(postgres::Session& session) {
  const auto found = session.run("SELECT DISTINCT map, direction FROM pgtide.watermark ORDER BY 1, 2");
  std::vector<Scope> scopes;
  for (std::size_t i = 0; i < found.size(); ++i)
    scopes.push_back(
        {found.text(i, "map"), found.text(i, "direction") == "forward" ? Direction::forward : Direction::reverse});
  return scopes;
}

}  // namespace engine::state
