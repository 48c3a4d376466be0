#pragma once

#include <string>

#include "engine/core/direction.hpp"
#include "engine/postgres/session.hpp"

namespace engine::state {

// The two views that answer the status queries operators already have: _sync_metadata in the cloud,
// _reverse_sync_metadata in the desktop.
enum class ViewOutcome {
  present,  // it was there already
  created,
  old_kept,       // a table (or somebody's view) of that name stands there and was left alone
  old_renamed,    // it was renamed and ours created
  not_permitted,  // the role may not create views in that schema
};

std::string view_name(Direction direction);

// A statement that returns whether our view stands there, as `view_is_there`.
std::string is_view_there(Direction direction, const std::string& schema);

// True if something else than our view stands under its name.
bool is_old_metadata(postgres::Session& session, Direction direction, const std::string& schema);

// What lets this role create the view in that schema, for a message.
std::string grant_for_view(postgres::Session& session, const std::string& schema);

// `schema` is the map's schema in the database that the direction flows into.
ViewOutcome ensure_view(postgres::Session& session, Direction direction, const std::string& schema,
                        bool replace_old = false);

}  // namespace engine::state
