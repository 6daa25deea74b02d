#include "relay/config/config_load.h"

#include <filesystem>

#include "relay/config/config_checks.h"
#include "relay/config/node_settings.h"
#include "relay/config/settings_reader.h"
#include "relay/config/yaml_document.h"

namespace relay {
namespace {

[[nodiscard]] ConfigResult refuse(std::string_view file_name, int line, Complaint complaint) {
  ConfigErrorList errors{std::string(file_name)};
  errors.add(line, "", std::move(complaint));
  return overlay::Unexpected(errors.take());
}

[[nodiscard]] ConfigResult read(const YAML::Node& document, std::string_view file_name, Purpose purpose) {
  if (!document.IsMap())
    return refuse(file_name, 0,
                  {document.IsNull() ? "is empty" : "is not a map of sections",
                   "start from an example: conf/turn-only.yaml, conf/edge.yaml or conf/hub.yaml"});
  ConfigErrorList errors{std::string(file_name)};
  NodeConfig config;
  MapReader map(document, "", errors);
  const bool has_overlay = document["overlay"].IsDefined();
  const NodeReading reading{.config = config,
                            .folder = std::filesystem::path(file_name).parent_path(),
                            .purpose = purpose,
                            .has_overlay = has_overlay};
  SettingsReader(reading).read(map, config);
  map.reject_unknown_keys();
  if (!errors.empty()) return overlay::Unexpected(errors.take());
  return config;
}

[[nodiscard]] Complaint not_yaml(const YAML::Exception& exception) {
  return {"is not YAML: " + exception.msg, "compare with conf/edge.yaml; indent with blanks, not tabs"};
}

}  // namespace

ConfigResult load_config(std::string_view text, std::string_view file_name, Purpose purpose) {
  if (text.size() > kMaxConfigFileBytes)
    return refuse(file_name, 0, {"is larger than 1 MiB", "name a configuration file"});
  try {
    const std::string yaml(text);
    if (const auto leftover = find_leftover(yaml))
      return refuse(file_name, leftover->line, leftover->complaint);
    return read(YAML::Load(yaml), file_name, purpose);
  } catch (const YAML::Exception& exception) {
    return refuse(file_name, exception.mark.is_null() ? 0 : exception.mark.line + 1, not_yaml(exception));
  }
}

}  // namespace relay
