#pragma once

#include <filesystem>

namespace support {

// A folder of this process for files and clusters. It is deleted, and the clusters in it are stopped and removed, when
// the process ends, in whatever way it ends.
const std::filesystem::path& scratch_folder();

}  // namespace support
