#pragma once

#include <string>
#include <vector>

#include "engine/mapping/columns.hpp"
#include "engine/mapping/pairing.hpp"
#include "engine/mapping/survey.hpp"
#include "engine/postgres/session.hpp"

namespace engine::mapping {

// What a database has. Without schemas all that are not of the system, of pgtide or of a hosting service. Reads only.
// Throws Error(configuration) for a schema that does not exist.
Side look_at(postgres::Session& session, const std::vector<std::string>& schemas);

// What the rows of a pair of tables say. Reads only, bounded in rows or time; what may not be read, or takes too long,
// is not known. Throws Error only where a database is lost or the program is stopped.
Facts study(postgres::Session& desktop, postgres::Session& cloud, const Survey& survey, const TablePair& pair,
            const ColumnPairs& columns);

}  // namespace engine::mapping
