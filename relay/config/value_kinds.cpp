#include "relay/config/value_kinds.h"

#include "relay/admission/credentials.h"

namespace relay {
namespace {

std::string resolved(const std::string& path, const Origin& origin) {
  return (origin.folder / path).lexically_normal().string();
}

}  // namespace

std::string UserNameValue::values() const {
  return "1 to " + std::to_string(Credentials::kMaxUsername) + " bytes of UTF-8";
}

Parsed<FileReference> FileValue::parse(std::string_view text, const Origin& origin) const {
  const auto path = parse_file_path(text);
  if (!path) return overlay::Unexpected(path.error());
  return FileReference{resolved(*path, origin), origin.line};
}

Parsed<std::string> SocketValue::parse(std::string_view text, const Origin& origin) const {
  const auto path = parse_socket_path(text);
  return path ? resolved(*path, origin) : path;
}

Parsed<std::string> FolderValue::parse(std::string_view text, const Origin& origin) const {
  const auto path = parse_file_path(text);
  return path ? resolved(*path, origin) : path;
}

Parsed<std::string> OutputValue::parse(std::string_view text, const Origin& origin) const {
  const auto path = parse_file_path(text);
  return path && *path != "stdout" ? resolved(*path, origin) : path;
}

}  // namespace relay
