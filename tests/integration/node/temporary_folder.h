// A folder of its own for one test, gone afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace relay {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "causeway-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }
  // For its owner only. The path of the file.
  // NOLINTNEXTLINE(modernize-use-nodiscard): most tests know the path
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(file(name)) << text;
    ::chmod(file(name).c_str(), S_IRUSR | S_IWUSR);
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace relay
