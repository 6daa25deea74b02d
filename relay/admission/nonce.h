// Nonces that no node remembers: minting time and a MAC over it and the client's address, under a key that
// the whole fleet shares. A nonce from one node is good on the next, so a redirect costs no round trip. Two
// keys overlap in rotation.
//
//   "obMatJos2" | security features | minted | MAC       all three in the digits of base64
//        9               4              5      10        bytes
//
// Nonces are short, because forged requests make us send them to strangers. `minted` counts seconds modulo
// 2^30 (34 years). A MAC of 60 bits is enough: each guess costs a request, and a right guess only lets its
// sender go on to the password.
//
// The first 13 bytes are the nonce cookie of RFC 8489 section 9.2: a client that knows it can tell that
// nobody took PASSWORD-ALGORITHMS out of the challenge; the MAC covers it too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"

namespace relay {

// RFC 8489 section 18.1 with its erratum 6290: counted from the least significant of 24 bits, as its vector
// in appendix B.1 does and libjuice's clients do. (The example of RFC 8656 section 20 is older than the
// erratum.)
enum SecurityFeature : std::uint8_t { kPasswordAlgorithmsFeature = 1, kUsernameAnonymityFeature = 2 };

class NonceMint {
 public:
  static constexpr overlay::UnixSeconds kLifetime{3600};
  // Clients keep nonces in small buffers (RFC 8489 section 14.10 wants fewer than 128 characters).
  static constexpr std::size_t kSize = 28;

  // Newest key first; at least one. The first signs, all are accepted.
  explicit NonceMint(std::vector<overlay::ByteArray<32>> keys,
                     std::uint8_t features = kPasswordAlgorithmsFeature)
      : keys_(std::move(keys)), features_(features) {}

  // From now on the first of `keys` signs. One that is gone vouches for the nonces that it signed so far, so
  // that no client notices.
  void rotate(std::vector<overlay::ByteArray<32>> keys, std::uint8_t features, overlay::UnixSeconds now);

  [[nodiscard]] std::string mint(const overlay::IpAddress& client, overlay::UnixSeconds now) const;
  // False for forged, foreign and expired ones alike: the answer is 438 with a fresh nonce.
  [[nodiscard]] bool is_valid(std::string_view nonce, const overlay::IpAddress& client,
                              overlay::UnixSeconds now) const;

 private:
  static constexpr std::size_t kMaxRetired = 4;

  struct Retired {
    overlay::ByteArray<32> key;
    overlay::UnixSeconds at;
  };

  std::vector<overlay::ByteArray<32>> keys_;
  std::vector<Retired> retired_;  // oldest first
  std::uint8_t features_;
};

}  // namespace relay
