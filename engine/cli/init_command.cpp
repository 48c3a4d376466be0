#include <iostream>

#include "engine/capture/source.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/take_down.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"
#include "engine/report/json.hpp"
#include "engine/state/access.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/views.hpp"
#include "engine/state/watermark.hpp"

namespace engine::cli {
namespace {

std::string describe_upgrade(const std::vector<int>& applied) {
  if (applied.empty()) return "the state schema is up to date (version " + std::to_string(state::known_version()) + ")";
  return "the state schema pgtide was " + std::string(applied.front() == 1 ? "created" : "upgraded") + " (version " +
         std::to_string(applied.back()) + ")";
}

std::string describe_view(state::ViewOutcome outcome, const std::string& view, const std::string& schema,
                          postgres::Session& session) {
  switch (outcome) {
    case state::ViewOutcome::present:
      return "the view " + view + " is there";
    case state::ViewOutcome::created:
      return "the view " + view + " was created";
    case state::ViewOutcome::old_kept:
      return "WARNING: " + view +
             " is a table that an earlier tool left; it was kept. pgtide init --replace-old-metadata renames it and "
             "puts the "
             "view in its place";
    case state::ViewOutcome::old_renamed:
      return "the old table " + view + " was renamed to " + view + "_old, the view was created in its place";
    case state::ViewOutcome::not_permitted:
      return "WARNING: the view " + view + " could not be created, and everything else works without it; " +
             state::grant_for_view(session, schema);
  }
  return "";
}

std::vector<std::string> titles(const config::TableMap& map, Direction direction) {
  std::vector<std::string> names;
  for (const auto& table : map.tables)
    if (table.goes(direction)) names.push_back(plan::title_of(map, table, direction));
  return names;
}

}  // namespace

int run_init(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  if (options.down) return take_down(options, settings);
  std::vector<report::InitLine> lines;
  postgres::Session desktop(settings.url(Place::desktop), Place::desktop),
      cloud(settings.url(Place::cloud), Place::cloud);
  pipeline::check_two_ends(desktop, cloud, settings.map.name);
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    const Place place = target_of(direction);
    const std::string& schema = settings.map.at(place).schema;
    const state::Scope scope{settings.map.name, direction};
    postgres::Session& session = place == Place::desktop ? desktop : cloud;
    const std::string where(name_of(place));
    if (titles(settings.map, direction).empty() && state::access(session) != state::Access::write) {
      lines.push_back({where, "nothing may be written there, and the map copies nothing into it: left as it is"});
      continue;
    }
    lines.push_back({where, describe_upgrade(state::upgrade(session))});
    state::settle_home(session, capture::identify(session).database());
    state::settle_known_rows(session, scope);
    lines.push_back({where, describe_view(state::ensure_view(session, direction, schema, options.replace_old_metadata),
                                          state::view_name(direction), schema, session)});
    state::ensure_watermarks(session, scope, titles(settings.map, direction));
    if (options.accept_source) {
      state::forget_source(session, scope);
      state::record_event(session, {std::nullopt,
                                    "",
                                    "source_accepted",
                                    "ok",
                                    "the next " + scope.way() + " run compares every table whole",
                                    "",
                                    {{"map", scope.map}, {"direction", scope.way()}}});
      lines.push_back(
          {where, "the next " + scope.way() + " run takes the source as it finds it and compares every table whole"});
    }
  }
  if (options.json) {
    std::cout << report::init_json(lines);
  } else {
    for (const auto& line : lines) std::cout << line.database << ": " << line.message << "\n";
  }
  return 0;
}

}  // namespace engine::cli
