#include "tests/sim/sim_packet_io.h"

#include <algorithm>
#include <utility>

namespace sim {

// A fresh buffer each time, never a reused one: AddressSanitizer then sees whoever keeps one for too long.
overlay::PacketBuffer& SimPacketIo::acquire() {
  return *buffers_.emplace_back(std::make_unique<overlay::PacketBuffer>());
}

void SimPacketIo::send(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) {
  if (!ports_.contains(route.source))
    referee_.violated("sent from " + route.source.to_string() + ", which is not open");
  const overlay::Bytes bytes = buffer.bytes();
  queue_.push_back({.datagram = {.source = route.source,
                                 .destination = route.destination,
                                 .traffic_class = route.traffic_class,
                                 .bytes = {bytes.begin(), bytes.end()},
                                 .visited = {}},
                    .buffer = &buffer});
}

overlay::Status SimPacketIo::open_port(const overlay::Endpoint& local) {
  if (local.address != address_)
    return overlay::failure(local.to_string() + " is not an address of this host");
  if (!ports_.insert(local).second) return overlay::failure(local.to_string() + " is taken");
  return overlay::ok();
}

void SimPacketIo::close_port(const overlay::Endpoint& local) {
  ports_.erase(local);
}

void SimPacketIo::flush() {
  for (Queued& queued : std::exchange(queue_, {})) {
    if (!std::ranges::equal(queued.buffer->bytes(), queued.datagram.bytes))
      referee_.violated("a buffer changed between send() and the flush");
    leave_(std::move(queued.datagram));
  }
  buffers_.clear();
}

}  // namespace sim
