// Files that hold keys and certificates: read whole, written once, never overwritten.
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/result.h"

namespace cli {

enum class FileAccess { kOwnerOnly, kEveryone };

// Fails if the file exists: a key that is replaced by mistake cannot be brought back.
[[nodiscard]] overlay::Status write_new_file(const std::string& path, std::string_view text,
                                             FileAccess access);
// At most 64 KiB.
[[nodiscard]] overlay::Result<std::string> read_file(const std::string& path);
// Makes the folder unless it is there. Only its owner may look into it.
[[nodiscard]] overlay::Status make_folder(const std::string& path);

}  // namespace cli
