#include "engine/catalog/fingerprint.hpp"

#include "engine/embedded_sql.hpp"
#include "engine/postgres/script.hpp"

namespace engine::catalog {

std::string fingerprint_statement() { return postgres::bound(sql::catalog_fingerprint, {}); }

}  // namespace engine::catalog
