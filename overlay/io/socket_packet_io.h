// The socket back end of PacketIo. Belongs to one event loop and its thread.
//
// Every open port is one UDP socket with one event. Received datagrams go to the sink one by one. Sends are
// queued in order for each port and leave at flush(). The owner calls flush() once in each round of the loop;
// the back end also flushes after the turn of a busy port. Received and acquired buffers are valid until
// flush().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/io/buffer_arena.h"
#include "overlay/io/io_counters.h"
#include "overlay/io/lingering_ports.h"
#include "overlay/io/port_steering.h"
#include "overlay/io/receive_batch.h"
#include "overlay/io/send_batch.h"
#include "overlay/io/udp_socket.h"
#include "overlay/loop/event_loop.h"

namespace overlay {

class SocketPacketIo final : public PacketIo {
 public:
  static constexpr std::size_t kFlushAtBuffers = 256;

  // `now`: the time at which the receive call returned.
  using Sink = std::function<void(const DatagramMeta&, PacketBuffer&, Instant now)>;

  // A port opened without options stays bound for `linger` after close_port(), and can be opened again
  // without a new socket. A datagram that arrives meanwhile closes the socket for good: its sender gets an
  // ICMP error, and no new owner gets datagrams for the old one. 0 closes ports at once.
  explicit SocketPacketIo(EventLoop& loop, Duration linger = {});
  ~SocketPacketIo() override;

  using ErrorSink = std::function<void(const IcmpError&)>;
  // Call it before steer() and before the loop runs. Receives ICMP errors about datagrams from relayed
  // addresses.
  void set_error_sink(ErrorSink sink) { error_sink_ = std::move(sink); }

  // Call it before the loop runs. The sink may send, and may open and close ports, including the port of the
  // datagram.
  void set_sink(Sink sink) { sink_ = std::move(sink); }

  // Call it before the loop runs. Gets all sends whose transport is not UDP; it copies bytes that it keeps.
  using Detour = std::function<void(const DatagramRoute&, const PacketBuffer&)>;
  void set_detour(Detour detour) { detour_ = std::move(detour); }

  [[nodiscard]] PacketBuffer& acquire() override { return arena_.acquire(); }
  // Flushes when many buffers are in use. Call it between inputs that do not arrive through the sink, because
  // each of them may acquire buffers.
  void flush_if_full() {
    if (arena_.used() >= kFlushAtBuffers) flush();
  }
  void send(const DatagramRoute& route, const PacketBuffer& buffer) override;
  [[nodiscard]] Status open_port(const Endpoint& local) override;
  [[nodiscard]] Status open_busy_port(const Endpoint& local) override;
  void close_port(const Endpoint& local) override;

  // For listeners: larger buffers, and optionally a port shared with the back ends of other threads.
  [[nodiscard]] Status open_port(const Endpoint& local, const UdpSocketOptions& options);

  // A buffer for a packet that another back end of this thread received. May flush first in a long round, so
  // no other buffer may be in use.
  [[nodiscard]] PacketBuffer& acquire_received();

  // Ports of the steering's address that are opened without options from now on share one receiving and one
  // sending socket. Each port keeps a socket of its own, which reserves the port and sends what the shared
  // socket cannot send. Call it before the loop runs; the steering outlives this object.
  [[nodiscard]] Status steer(PortSteering& steering, std::uint32_t plane);

  // Reads one turn of a port at once: for decisions about what has not arrived. False when more datagrams may
  // be waiting. No received or acquired buffer may be in use.
  [[nodiscard]] bool read_now(const Endpoint& local);

  // True if a port had more datagrams than one turn reads, since the last call.
  [[nodiscard]] bool take_backlog() { return std::exchange(has_backlog_, false); }

  // Sends all queued datagrams and takes all buffers back.
  void flush();

  [[nodiscard]] const IoCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open_ports() const { return ports_by_local_.size(); }
  [[nodiscard]] std::size_t lingering_ports() const { return lingering_.size(); }

 private:
  struct Port;
  struct Steered;
  struct QueuedSend {
    DatagramRoute route;
    Bytes payload;
    std::uint32_t next;  // index of the next send of the same port
  };

  void read(Port& port);
  // False when the port may have more datagrams.
  bool take_turn(Port& port);
  void tell_errors(Port& port);
  void transmit();
  void transmit(Port& port);
  void transmit_whole(Port& port, const QueuedSend& send);
  void transmit_raw(Steered& steered);
  [[nodiscard]] Status watch_errors(Steered& steered);
  [[nodiscard]] Status open_steered_port(Steered& steered, const Endpoint& local);
  [[nodiscard]] Result<Port*> open_socket(const Endpoint& local, const UdpSocketOptions& options);
  // Closes a port of clients again when it uses a descriptor of the reserve.
  [[nodiscard]] Status keep_out_of_reserve(const Endpoint& local);
  [[nodiscard]] Steered* steered_at(const IpAddress& address) const;
  [[nodiscard]] bool reopen(const Endpoint& local);
  void discard(std::unique_ptr<Port> port);
  void give_up_lingering();
  [[nodiscard]] Port* find_port(const Endpoint& source);

  EventLoop& loop_;
  Sink sink_;
  ErrorSink error_sink_;
  Detour detour_;
  IoCounters counters_;
  BufferArena arena_;
  ReceiveBatch receive_batch_{arena_};
  SendBatch send_batch_;
  std::vector<std::unique_ptr<Steered>> steered_;  // at most one for each address
  std::unordered_map<Endpoint, std::unique_ptr<Port>> ports_by_local_;
  LingeringPorts<Port> lingering_;
  const int plenty_of_descriptors_;
  bool descriptors_are_scarce_ = false;
  bool has_backlog_ = false;
  std::vector<std::unique_ptr<Port>> closed_;  // destroyed at flush(), because their handlers may still run
  std::vector<QueuedSend> queue_;
  std::vector<Port*> ports_with_sends_;
  Endpoint last_source_;
  Port* last_port_ = nullptr;  // of last_source_: most packets use the port of their predecessor
};

}  // namespace overlay
