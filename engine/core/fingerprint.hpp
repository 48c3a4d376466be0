#pragma once

#include <string>
#include <string_view>

namespace engine {

// A name-based UUID (RFC 4122, version 5) of the text: equal texts, equal fingerprints, on every machine and version.
std::string fingerprint(std::string_view text);

// A random UUID (RFC 4122, version 4).
std::string random_token();

}  // namespace engine
