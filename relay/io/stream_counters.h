// Counters of the client connections of one thread. Each accepted connection is open, or counts in exactly
// one closed_ counter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace relay {

// Why a connection ended.
enum class StreamEnd : std::uint8_t {
  kByClient,        // it said so, or vanished
  kByUs,            // a drain, or the end of the process
  kGarbage,         // neither STUN nor ChannelData nor TLS
  kTlsFailed,       // the handshake, or a record that does not verify
  kNotProven,       // no allocation within the time that a new connection has
  kIdle,            // no allocation any more
  kStalled,         // it does not read
  kReplaced,        // a proxy names the same client on a newer connection
  kEvicted,         // not proven, and another connection needed its place
  kRefused,         // the client that a proxy names, or the HTTPS backend, or the kernel has too many
  kPassedOn,        // to the HTTPS backend
  kDataConnection,  // goes on as one (RFC 6062), here or in another data plane
  kCount
};

[[nodiscard]] constexpr const char* to_string(StreamEnd end) {
  constexpr const char* kNames[] = {"closed_by_client",  "closed_by_us",      "closed_garbage",
                                    "closed_tls_failed", "closed_not_proven", "closed_idle",
                                    "closed_stalled",    "closed_replaced",   "closed_evicted",
                                    "closed_refused",    "passed_on",         "data_connections"};
  return end < StreamEnd::kCount ? kNames[static_cast<std::size_t>(end)] : "unknown";
}

struct StreamCounters {
  std::uint64_t accepted = 0;
  std::uint64_t refused_full = 0;           // as many connections as there may be
  std::uint64_t refused_source_full = 0;    // as many as one source may have
  std::uint64_t refused_network_full = 0;   // as many as its IPv4 /24, IPv6 /56 or /48 may have
  std::uint64_t refused_no_descriptor = 0;  // only the reserve is left, or the kernel watches no more
  std::array<std::uint64_t, static_cast<std::size_t>(StreamEnd::kCount)> closed{};

  std::uint64_t messages_in = 0;
  std::uint64_t messages_too_long = 0;  // in, and skipped

  // queued = written (or in a queue) + these
  std::uint64_t queued = 0;
  std::uint64_t media_dropped = 0;    // the client reads too slowly
  std::uint64_t answers_dropped = 0;  // it does not even read answers
  std::uint64_t no_connection = 0;    // it ended meanwhile
};

}  // namespace relay
