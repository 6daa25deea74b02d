// A request that parsed, with what its answer needs, and why a request is refused.
#pragma once

#include <optional>
#include <string_view>

#include "overlay/base/packet_io.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/admission/login_fault.h"
#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_reader.h"
#include "relay/stun/stun_writer.h"

namespace relay {

// An ERROR-CODE (RFC 8489 section 14.8).
struct TurnFailure {
  int code;
  std::string_view reason;
  std::optional<LoginFault> fault{};  // of a login; the client does not learn it
};

// A check or an action that fails with an ERROR-CODE.
using TurnStatus = overlay::Result<overlay::Success, TurnFailure>;

[[nodiscard]] constexpr bool is_stream(overlay::Transport transport) {
  return transport == overlay::Transport::kTcp || transport == overlay::Transport::kTls;
}

inline constexpr TurnFailure kForbidden{403, "Forbidden"};

struct TurnRequest {
  const StunReader& message;
  const overlay::DatagramMeta& meta;
  overlay::Instant now;
  overlay::UnixSeconds wall{};
  // Results of authentication; empty before.
  std::string_view username{};
  LongTermKey key{};
  bool is_answered_later = false;  // a Connect whose peer has not answered yet
};

// The parts of a request that a later answer needs.
struct LateAnswer {
  TransactionId transaction{};
  LongTermKey key;
  bool is_signed_with_sha256 = false;
  bool has_fingerprint = false;
};
[[nodiscard]] inline LateAnswer late_answer_to(const TurnRequest& request) {
  return {.transaction = request.message.transaction(),
          .key = request.key,
          .is_signed_with_sha256 = request.message.has(StunAttribute::kPasswordAlgorithm),
          .has_fingerprint = request.message.has_fingerprint()};
}

// In whole seconds (RFC 8656 section 18.2).
inline void add_lifetime(StunWriter& writer, overlay::Duration lifetime) {
  writer.add_u32(StunAttribute::kLifetime, static_cast<std::uint32_t>(lifetime / std::chrono::seconds(1)));
}

// RFC 8489 section 14.14. Before the attributes that sign the answer.
inline void add_software(StunWriter& writer, std::string_view software) {
  if (!software.empty()) writer.add_text(StunAttribute::kSoftware, software);
}

// The end of each answer: SOFTWARE unless it is empty; when its key is known, MESSAGE-INTEGRITY-SHA256 for a
// client that names a password algorithm and MESSAGE-INTEGRITY for one that does not (RFC 8489
// section 9.2.4), however the request was signed; and a FINGERPRINT when the request had one.
inline void finish_answer(StunWriter& writer, const LateAnswer& answer, std::string_view software) {
  add_software(writer, software);
  if (!answer.key.empty()) {
    if (answer.is_signed_with_sha256)
      writer.add_integrity_sha256(answer.key);
    else
      writer.add_integrity(answer.key);
  }
  if (answer.has_fingerprint) writer.add_fingerprint();
}
inline void finish_answer(StunWriter& writer, const TurnRequest& request, std::string_view software) {
  finish_answer(writer, late_answer_to(request), software);
}

}  // namespace relay
