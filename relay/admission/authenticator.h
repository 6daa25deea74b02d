// Client authentication: the long-term credential mechanism (RFC 8489 section 9.2), with MD5 and SHA-1 for
// browsers and the SHA-256 of RFC 8489. Keeps no state for a client.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/admission/credentials.h"
#include "relay/admission/nonce.h"
#include "relay/admission/turn_request.h"

namespace relay {

class Authenticator {
 public:
  Authenticator(Credentials credentials, std::vector<overlay::ByteArray<32>> nonce_keys);

  // Nonces of keys that are gone stay good until they expire.
  void reconfigure(Credentials credentials, std::vector<overlay::ByteArray<32>> nonce_keys,
                   overlay::UnixSeconds now);

  // Section 9.2.4. Fills in the request's username and key, or says why not. Requests of a known identity
  // stay valid after its username has expired.
  [[nodiscard]] TurnStatus authenticate(TurnRequest& request,
                                        const std::optional<ProvenIdentity>& known) const;

  // Whether the identity of an allocation is still one of the configured users and secrets.
  [[nodiscard]] bool still_admits(const ProvenIdentity& known) const { return credentials_.make(known); }

  // The realm of keys that authenticate() accepts from now on.
  [[nodiscard]] std::shared_ptr<const std::string> realm() const { return credentials_.shared_realm(); }

  // REALM, NONCE and, where SHA-256 may be chosen, PASSWORD-ALGORITHMS, which belong to answers 401 and 438.
  // Old clients skip the last.
  void add_challenge(StunWriter& writer, const overlay::IpAddress& client, overlay::UnixSeconds now) const;

 private:
  [[nodiscard]] TurnStatus find_username(TurnRequest& request) const;
  // Why no key fits a request with user, realm and integrity.
  [[nodiscard]] LoginFault fault_of(const TurnRequest& request) const;

  Credentials credentials_;
  NonceMint nonces_;
};

}  // namespace relay
