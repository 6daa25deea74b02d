// Many TURN clients that come and go: each allocates, exchanges packets with an echo of ours through the
// relay, and ends after a while, some of them without a word. One thread, one socket for each client.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/io/udp_socket.h"
#include "overlay/loop/file_descriptor.h"
#include "overlay/loop/system_random.h"
#include "tools/turn_client/turn_client.h"

namespace strain {

struct ChurnOptions {
  overlay::Endpoint server;
  overlay::IpAddress local;  // clients and echo are here
  call::Credentials credentials;
  std::size_t allocations = 2000;
  overlay::Duration mean_life = std::chrono::seconds(60);  // 0: they stay
  double vanishing = 0.1;                                  // the share that ends without a word
  double packets_per_second = 1.0;                         // of each allocation
  std::size_t packet_size = 172;
  bool is_bare = false;  // the server is an echo that knows no TURN: ChannelData, and nothing else
};

struct ChurnCounts {
  std::size_t live = 0;  // with allocation, permission and channel
  std::uint64_t allocated = 0;
  std::uint64_t released = 0;
  std::uint64_t vanished = 0;
  std::uint64_t failed = 0;  // the sum of `failures`
  std::uint64_t sent = 0;
  std::uint64_t received = 0;                     // of what was sent, and came back
  std::map<std::string, std::uint64_t> failures;  // by what was said
};

class Churn {
 public:
  [[nodiscard]] static overlay::Result<std::unique_ptr<Churn>> make(const ChurnOptions& options);

  // Does what is due and waits for packets, for a few milliseconds at most.
  void run_once();
  // No more clients and packets; those that are there say goodbye. Run on until is_quiet().
  void stop();
  [[nodiscard]] bool is_quiet() const;
  [[nodiscard]] const ChurnCounts& counts() const { return counts_; }

 private:
  struct Client {
    Client(overlay::UdpSocket own_socket, const call::Credentials& credentials)
        : socket(std::move(own_socket)), turn(credentials) {}

    overlay::UdpSocket socket;
    call::TurnClient turn;
    overlay::Instant next_packet = overlay::kNever;
    overlay::Instant last_packet =
        overlay::kNever;  // no packet after it, so that none is under way at the end
    overlay::Instant dies_at = overlay::kNever;
    bool has_peer = false;
    bool is_ready = false;
    bool is_closing = false;
  };

  // Of a client that vanished, gave up, or was not heard when it left: nobody uses its port while the server
  // may remember the allocation.
  struct AbandonedPort {
    overlay::UdpSocket socket;
    overlay::Instant until;
  };

  Churn(const ChurnOptions& options, overlay::UdpSocket echo, overlay::FileDescriptor epoll);
  overlay::Status watch(int fd, std::uint32_t slot) const;
  void start_clients(overlay::Instant now);
  overlay::Status start_client(std::size_t slot, overlay::Instant now);
  void wait();
  void receive(std::uint32_t slot, overlay::Instant now);
  void answer_as_peer();
  void advance(std::size_t slot, overlay::Instant now);
  void get_ready(Client& client, overlay::Instant now);
  void begin(Client& client, overlay::Instant now);
  void send_packet(Client& client, overlay::Instant now);
  void count_failure(const std::string& message);
  void end(std::size_t slot);
  void abandon(std::size_t slot, overlay::Instant now);
  [[nodiscard]] overlay::Duration random_life();

  ChurnOptions options_;
  overlay::UdpSocket echo_;
  overlay::FileDescriptor epoll_;
  overlay::SystemRandom random_;
  std::vector<std::unique_ptr<Client>> clients_;  // by slot; empty ones are filled a few at a time
  std::deque<AbandonedPort> abandoned_;
  overlay::ByteVector packet_;
  overlay::Instant next_start_{};
  overlay::Instant quiet_at_ = overlay::kNever;
  ChurnCounts counts_;
};

}  // namespace strain
