// Detects the public addresses of relay addresses behind a NAT, by STUN Binding (RFC 8489 section 2) from
// each relay address to each server of its family. A core: the shell (public_address_lookup.h) carries its
// datagrams.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/stun/stun_message.h"

namespace relay {

class PublicAddressSearch {
 public:
  static constexpr overlay::Duration kRetransmission = std::chrono::milliseconds(500);
  static constexpr int kAttempts = 6;

  struct Query {
    overlay::Endpoint local;
    overlay::Endpoint server;
    overlay::ByteVector bytes;
  };

  // `locals`: one port at each relay address; requests leave from it.
  PublicAddressSearch(std::vector<overlay::Endpoint> locals, const std::vector<overlay::Endpoint>& servers,
                      overlay::Random& random);

  // The requests to send now: open questions that are due.
  [[nodiscard]] std::vector<Query> poll_queries(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;
  // Accepts only the answer of the server that was asked.
  void on_datagram(const overlay::Endpoint& local, const overlay::Endpoint& from, overlay::Bytes bytes);
  // All questions are answered or given up.
  [[nodiscard]] bool is_done() const;

  // The public address for each of `locals`, in their order. Fails when no server answered for one of them,
  // when servers disagree, or when a NAT changes ports. The message says what to do.
  [[nodiscard]] overlay::Result<std::vector<overlay::IpAddress>> result() const;

 private:
  struct Question {
    std::size_t local;  // index
    overlay::Endpoint server;
    TransactionId transaction{};
    int attempts = 0;
    overlay::Instant due{};
    std::optional<overlay::Endpoint> mapped;

    [[nodiscard]] bool is_open() const { return !mapped && attempts <= kAttempts; }
  };

  [[nodiscard]] overlay::Result<overlay::IpAddress> result_for(std::size_t local) const;

  std::vector<overlay::Endpoint> locals_;
  std::vector<Question> questions_;
};

}  // namespace relay
