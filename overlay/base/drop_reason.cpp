#include "overlay/base/drop_reason.h"

#include <numeric>

namespace overlay {

const char* to_string(DropReason reason) {
  switch (reason) {
    case DropReason::kMalformed:
      return "malformed";
    case DropReason::kUnknownSession:
      return "unknown_session";
    case DropReason::kBadTag:
      return "bad_tag";
    case DropReason::kReplayedFrame:
      return "replayed_frame";
    case DropReason::kNotForUs:
      return "not_for_us";
    case DropReason::kHopLimit:
      return "hop_limit";
    case DropReason::kNoLink:
      return "no_link";
    case DropReason::kUnknownIngress:
      return "unknown_ingress";
    case DropReason::kUnknownMediaKey:
      return "unknown_media_key";
    case DropReason::kBadMediaSeal:
      return "bad_media_seal";
    case DropReason::kDuplicateMedia:
      return "duplicate_media";
    case DropReason::kForeignSource:
      return "foreign_source";
    case DropReason::kNoRoute:
      return "no_route";
    case DropReason::kNotTransit:
      return "not_transit";
    case DropReason::kOversized:
      return "oversized";
    case DropReason::kNoSession:
      return "no_session";
    case DropReason::kSessionExhausted:
      return "session_exhausted";
    case DropReason::kCount:
      break;
  }
  return "unknown";
}

std::uint64_t DropCounters::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace overlay
