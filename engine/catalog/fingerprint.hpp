#pragma once

#include <string>

namespace engine::catalog {

// A statement that returns as `print` one text of all that a plan may depend on in a database: as long as it is the
// same, a plan that was made of the same map is. In one snapshot; knows nothing of rows.
std::string fingerprint_statement();

}  // namespace engine::catalog
