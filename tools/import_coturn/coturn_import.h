// Translates a configuration of coturn into one of Causeway, and reports every setting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/config/config.h"

namespace cli {

enum class ImportOutcome {
  kTranslated,    // the YAML has the same effect
  kAdapted,       // the YAML has a similar effect; `why` names the difference
  kNotNeeded,     // Causeway always behaves this way
  kNoEquivalent,  // the YAML has no such effect; `why` names the consequence and the remedy
  kDropped,    // coturn ignores the line, and so does the YAML; `why` names the setting that takes precedence
  kUnknown,    // not a setting of coturn that this program knows
  kMalformed,  // the line or its value cannot be read
};
[[nodiscard]] const char* to_string(ImportOutcome outcome);

// The outcome of one line of the file. Contains no secret.
struct ImportFinding {
  int line = 0;  // from 1; 0: about the whole file
  std::string setting;
  ImportOutcome outcome = ImportOutcome::kTranslated;
  std::string why;
};

struct CoturnImport {
  relay::NodeConfig config;
  std::vector<ImportFinding> findings;  // one for each setting, in the order of lines
  std::string missing;                  // the reason why `config` cannot run; empty if it can
};

// `addresses`: of this host, for a file without addresses, where coturn finds them out itself.
[[nodiscard]] CoturnImport import_coturn(std::string_view text,
                                         const std::vector<overlay::IpAddress>& addresses);

}  // namespace cli
