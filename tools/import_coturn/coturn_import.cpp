#include "tools/import_coturn/coturn_import.h"

#include <algorithm>

#include "tools/import_coturn/coturn_access.h"
#include "tools/import_coturn/coturn_addresses.h"
#include "tools/import_coturn/coturn_file.h"
#include "tools/import_coturn/coturn_operation.h"
#include "tools/import_coturn/coturn_peers.h"
#include "tools/import_coturn/coturn_protocol.h"
#include "tools/import_coturn/coturn_reasons.h"
#include "tools/import_coturn/coturn_translation.h"

namespace cli {
namespace {

using enum ImportOutcome;

void note_untranslated(CoturnTranslation& translation, const CoturnSetting& setting) {
  if (const CoturnReason* const reason = find_coturn_reason(setting.name))
    return translation.note(setting, setting.is_on() || setting.value == "0" ? reason->outcome : kNotNeeded,
                            std::string(reason->why));
  translation.note(setting, kUnknown, "is not a setting of coturn that this program knows");
}

}  // namespace

const char* to_string(ImportOutcome outcome) {
  switch (outcome) {
    case kTranslated:
      return "translated";
    case kAdapted:
      return "adapted";
    case kNotNeeded:
      return "not needed";
    case kNoEquivalent:
      return "no equivalent";
    case kDropped:
      return "dropped";
    case kUnknown:
      return "unknown";
    case kMalformed:
      return "malformed";
  }
  return "unknown";
}

CoturnImport import_coturn(std::string_view text, const std::vector<overlay::IpAddress>& addresses) {
  const CoturnFile file = parse_coturn_file(text);
  CoturnTranslation translation(file);
  translation.config.node.is_edge = true;
  CoturnOperation operation(translation);
  CoturnAddresses places(translation, addresses);
  CoturnAccess access(translation);
  CoturnPeers peers(translation);
  CoturnProtocol protocol(translation);

  for (const int line : file.malformed)
    translation.findings.push_back({line, "?", kMalformed, "is neither name=value nor a name"});
  for (const CoturnSetting& setting : file.settings)
    if (auto why = translation.precedence.reason_to_ignore(setting))
      translation.note(setting, kDropped, *std::move(why));
    else if (!operation.read(setting) && !places.read(setting) && !access.read(setting) &&
             !peers.read(setting) && !protocol.read(setting))
      note_untranslated(translation, setting);

  places.finish();
  access.finish();
  peers.finish();
  protocol.finish();
  std::ranges::stable_sort(translation.findings, {}, &ImportFinding::line);
  return {.config = std::move(translation.config),
          .findings = std::move(translation.findings),
          .missing = std::move(translation.missing)};
}

}  // namespace cli
