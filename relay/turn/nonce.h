// Nonces that no node remembers: minting time and a MAC over it and the client's address, under a key that
// the whole fleet shares. A nonce from one node is good on the next, so a redirect costs no round trip. Two
// keys overlap in rotation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"

namespace relay {

class NonceMint {
 public:
  static constexpr overlay::UnixSeconds kLifetime{3600};

  // Newest key first; at least one. The first signs, all are accepted.
  explicit NonceMint(std::vector<overlay::ByteArray<32>> keys) : keys_(std::move(keys)) {}

  [[nodiscard]] std::string mint(const overlay::IpAddress& client, overlay::UnixSeconds now) const;
  // False for forged, foreign and expired ones alike: the answer is 438 with a fresh nonce.
  [[nodiscard]] bool is_valid(std::string_view nonce, const overlay::IpAddress& client,
                              overlay::UnixSeconds now) const;

 private:
  std::vector<overlay::ByteArray<32>> keys_;
};

}  // namespace relay
