// From coturn's configuration to ours: what can be said the same way is, and everything else is named.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/config/config.h"

namespace cli {

enum class ImportOutcome {
  kTranslated,    // the YAML says the same
  kAdapted,       // the YAML says something close; `why` says how it differs
  kNotNeeded,     // what it asks for is always so here
  kNoEquivalent,  // `why` says why, and what to do instead
  kUnknown,       // no setting of coturn that we know
  kMalformed,     // the line or its value cannot be understood
};
[[nodiscard]] const char* to_string(ImportOutcome outcome);

// One line of the file. Secrets are not in it.
struct ImportFinding {
  int line = 0;  // 0: about the file as a whole
  std::string setting;
  ImportOutcome outcome = ImportOutcome::kTranslated;
  std::string why;
};

struct CoturnImport {
  relay::NodeConfig config;
  std::vector<ImportFinding> findings;  // one for each setting, in the order of lines
  std::string missing;  // what the file leaves open and the configuration needs; empty: nothing
};

// `addresses`: of this host, for a file that leaves them to coturn to find.
[[nodiscard]] CoturnImport import_coturn(std::string_view text,
                                         const std::vector<overlay::IpAddress>& addresses);

}  // namespace cli
