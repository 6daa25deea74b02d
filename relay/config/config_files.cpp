// The functions of config_load.h that need the file system.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include "relay/config/config_load.h"
#include "relay/config/config_reader.h"
#include "relay/config/config_values.h"

namespace relay {
namespace {

[[nodiscard]] std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  if (std::filesystem::is_directory(path)) {
    errno = EISDIR;
    return std::nullopt;
  }
  std::string text(kMaxConfigFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

[[nodiscard]] std::string trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
}

class FileChecking {
 public:
  explicit FileChecking(ConfigErrorList& errors) : errors_(errors) {}

  // Reports a file that cannot be read. False after a report, like check_private().
  bool check_readable(std::string_view key, const FileReference& file, std::string_view remedy) {
    errno = 0;
    struct stat status {};
    const bool is_regular = stat(file.path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (is_regular && access(file.path.c_str(), R_OK) == 0) return true;
    const bool is_denied = errno == EACCES;
    const std::string why = errno != 0 ? std::strerror(errno) : "not a file";
    errors_.add(
        file.line, std::string(key),
        {file.path + " cannot be read: " + why, is_denied ? "let the user of causewayd read it and enter its "
                                                            "folders, for example as root:causeway, mode 0640"
                                                          : std::string(remedy)});
    return false;
  }

  bool check_private(std::string_view key, const FileReference& file, std::string_view remedy) {
    if (!check_readable(key, file, remedy)) return false;
    struct stat status {};
    if (stat(file.path.c_str(), &status) != 0) return true;
    // The group may read a file of root: Debian keeps keys for unprivileged daemons this way (ssl-cert).
    const bool is_roots = status.st_uid == 0;
    const mode_t too_much = is_roots ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((status.st_mode & too_much) == 0) return true;
    errors_.add(file.line, std::string(key),
                {file.path + " can be read by users other than its owner",
                 "run chmod " + std::string(is_roots ? "640 " : "600 ") + file.path});
    return false;
  }

  // Adds one secret for each line that is neither empty nor a comment, and clears `file`.
  void read_secrets(std::string_view key, FileReference& file, std::vector<Secret>& target,
                    Parsed<Secret> (*parse)(std::string_view)) {
    if (file.empty() || !check_private(key, file, "create it with one secret per line, mode 0600")) return;
    std::istringstream lines(read_file(file.path).value_or(""));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      const std::string secret = trimmed(line);
      if (secret.empty() || secret.front() == '#') continue;
      auto parsed = parse(secret);
      if (parsed)
        target.push_back(*std::move(parsed));
      else
        errors_.add(
            file.line, std::string(key),
            {file.path + ":" + std::to_string(number) + " " + parsed.error().what, parsed.error().remedy});
    }
    if (target.empty())
      errors_.add(file.line, std::string(key), {file.path + " holds no secret", "write one secret per line"});
    file = {};
  }

 private:
  ConfigErrorList& errors_;
};

}  // namespace

ConfigResult load_config_file(const std::string& path, Purpose purpose) {
  errno = 0;
  const auto text = read_file(path);
  if (text) return load_config(*text, path, purpose);
  return overlay::Unexpected(ConfigErrors{
      {path, 0, "", std::string("cannot be read: ") + std::strerror(errno), "name it with --config FILE"}});
}

ConfigResult read_referenced_files(NodeConfig config, std::string_view file_name) {
  constexpr std::string_view kEnroll = "create it with causeway node enroll, or correct the path";
  ConfigErrorList errors{std::string(file_name)};
  FileChecking checking(errors);
  if (config.overlay) {
    checking.check_private("node.identity", config.node.identity, kEnroll);
    checking.check_readable("node.certificate", config.node.certificate, kEnroll);
    checking.check_readable("node.cluster_ca", config.node.cluster_ca, kEnroll);
  }
  if (auto& turn = config.turn) {
    checking.read_secrets("turn.rest_secrets_file", turn->rest_secrets_file, turn->rest_secrets,
                          parse_own_secret);
    checking.read_secrets("turn.nonce_keys_file", turn->nonce_keys_file, turn->nonce_keys, parse_nonce_key);
    if (!turn->tls.certificate.empty()) {
      checking.check_readable("turn.tls.certificate", turn->tls.certificate, "correct the path");
      checking.check_private("turn.tls.key", turn->tls.key, "correct the path");
    }
  }
  if (!errors.empty()) return overlay::Unexpected(errors.take());
  return config;
}

}  // namespace relay
