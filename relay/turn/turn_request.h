// A request that parsed, with what its answer needs, and why a request is refused.
#pragma once

#include <string_view>

#include "overlay/base/packet_io.h"
#include "overlay/base/time.h"
#include "relay/turn/stun_integrity.h"
#include "relay/turn/stun_reader.h"
#include "relay/turn/stun_writer.h"

namespace relay {

// An ERROR-CODE (RFC 8489 section 14.8).
struct TurnFailure {
  int code;
  std::string_view reason;
};

struct TurnRequest {
  const StunReader& message;
  const overlay::DatagramMeta& meta;
  overlay::Instant now;
  overlay::UnixSeconds wall;
  // What authentication found; empty before.
  std::string_view username;
  LongTermKey key;
};

// The end of each answer: the integrity that the request had, when its key is known, and a FINGERPRINT when
// the request had one.
inline void finish_answer(StunWriter& writer, const TurnRequest& request) {
  if (!request.key.empty()) {
    if (request.message.has_sha256_integrity())
      writer.add_integrity_sha256(request.key);
    else
      writer.add_integrity(request.key);
  }
  if (request.message.has_fingerprint()) writer.add_fingerprint();
}

}  // namespace relay
