// The packet back end of one simulated data plane. Like a real one, it collects sends until the shell
// flushes. Unlike a real one, it detects changes of a buffer before the flush.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "overlay/base/packet_io.h"
#include "tests/sim/datagram.h"
#include "tests/sim/referee.h"

namespace sim {

class SimPacketIo final : public overlay::PacketIo {
 public:
  using Leave = std::function<void(Datagram&&)>;

  SimPacketIo(overlay::IpAddress address, Referee& referee, Leave leave)
      : address_(address), referee_(referee), leave_(std::move(leave)) {}

  [[nodiscard]] overlay::PacketBuffer& acquire() override;
  void send(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) override;
  [[nodiscard]] overlay::Status open_port(const overlay::Endpoint& local) override;
  void close_port(const overlay::Endpoint& local) override;

  // Call it after each input: sends all datagrams, then frees every buffer of acquire().
  void flush();
  [[nodiscard]] bool is_open(const overlay::Endpoint& local) const { return ports_.contains(local); }

 private:
  struct Queued {
    Datagram datagram;
    const overlay::PacketBuffer* buffer;
  };

  overlay::IpAddress address_;
  Referee& referee_;
  Leave leave_;
  std::set<overlay::Endpoint> ports_;
  std::vector<std::unique_ptr<overlay::PacketBuffer>> buffers_;
  std::vector<Queued> queue_;
};

}  // namespace sim
