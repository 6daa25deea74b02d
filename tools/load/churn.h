// Many TURN clients that come and go. Each client allocates, may exchange packets with an echo through the
// relay, and ends after a random lifetime. One thread, one socket for each client.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/io/udp_socket.h"
#include "overlay/loop/system_random.h"
#include "tools/load/client_sockets.h"
#include "tools/load/receiver.h"
#include "tools/turn_client/turn_client.h"
#include "tools/wan/latency_histogram.h"

namespace load {

enum class Use : std::uint8_t {
  kMedia,         // permission, channel and packets until the lifetime ends
  kAllocateOnly,  // deletes the allocation as soon as the server has granted it
};

struct ChurnOptions {
  overlay::Endpoint server;
  std::optional<overlay::IpAddress> local;  // of clients and echo; required for kMedia
  call::Credentials credentials;
  std::size_t allocations = 2000;  // clients at a time
  Use use = Use::kMedia;
  std::optional<overlay::Duration> mean_life = std::chrono::seconds(60);  // nullopt: clients do not end
  double vanishing = 0.1;           // share of clients that end without a Refresh of lifetime 0
  double packets_per_second = 1.0;  // of each allocation
  std::size_t packet_size = 172;    // bytes of payload
  bool is_bare = false;             // the server is an echo without TURN: only ChannelData is sent
  std::optional<overlay::Duration> start_every = std::chrono::milliseconds(5);  // nullopt: all at once
  overlay::Duration look_every = std::chrono::milliseconds(5);  // at timers, and at packets that are due
  bool never_sleeps = false;                                    // polls, for the highest rate
  std::size_t sockets_ahead = 0;                                // opened before the first client
  overlay::Duration port_rest = std::chrono::seconds(5);        // before another client uses a released port
};

struct ChurnCounts {
  std::size_t live = 0;  // clients with allocation, permission and channel
  std::uint64_t allocated = 0;
  std::uint64_t released = 0;
  std::uint64_t vanished = 0;
  std::uint64_t failed = 0;  // sum of `failures`
  std::uint64_t sent = 0;
  std::uint64_t received = 0;                     // packets that the echo returned
  std::map<std::string, std::uint64_t> failures;  // by message
};

class Churn {
 public:
  [[nodiscard]] static overlay::Result<std::unique_ptr<Churn>> make(const ChurnOptions& options);

  // Does all work that is due, then waits for packets, at most `look_every`.
  void run_once();
  // Starts no more clients, sends no more packets, and deletes all allocations. Call run_once() until
  // is_quiet().
  void stop();
  [[nodiscard]] bool is_quiet() const;
  [[nodiscard]] const ChurnCounts& counts() const { return counts_; }
  // From the first request of a client to the answer that ends its allocation.
  [[nodiscard]] const wan::LatencyHistogram& durations() const { return durations_; }
  void clear_durations() { durations_ = {}; }

 private:
  struct Client {
    std::size_t socket;
    call::TurnClient turn;
    overlay::Instant began;
    overlay::Instant next_packet = overlay::kNever;
    overlay::Instant last_packet = overlay::kNever;  // the echo answers this one before the client ends
    overlay::Instant ends_at = overlay::kNever;
    bool has_peer = false;
    bool is_ready = false;
    bool is_waiting = false;  // in waiting_
  };

  explicit Churn(const ChurnOptions& options);
  [[nodiscard]] bool is_stopping() const { return quiet_at_ != overlay::kNever; }
  void look(overlay::Instant now);
  void start_clients(overlay::Instant now);
  void start_client(std::size_t slot, overlay::Instant now);
  void receive(std::size_t socket, overlay::Instant now);
  void answer_as_peer();
  void advance(std::size_t slot, overlay::Instant now);
  void get_ready(Client& client, overlay::Instant now);
  void begin_media(Client& client, overlay::Instant now);
  void send_packet(Client& client, overlay::Instant now);
  void flush();
  void count_failure(const std::string& message);
  void end(std::size_t slot, overlay::Duration port_rests, overlay::Instant now);
  [[nodiscard]] std::optional<overlay::Duration> random_life();

  ChurnOptions options_;
  ClientSockets sockets_;
  std::optional<overlay::UdpSocket> echo_;
  overlay::SystemRandom random_;
  Receiver receiver_;
  std::vector<std::optional<Client>> clients_;  // by slot
  std::vector<std::size_t> waiting_;            // slots of clients that may have datagrams to send
  overlay::ByteVector packet_;
  overlay::Instant next_start_{};
  overlay::Instant next_look_{};
  overlay::Instant quiet_at_ = overlay::kNever;
  ChurnCounts counts_;
  wan::LatencyHistogram durations_;
};

}  // namespace load
