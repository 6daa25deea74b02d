// The socket back end of PacketIo. Belongs to one event loop and its thread.
//
// Every open port is one UDP socket with one event. What arrives is handed to the sink, datagram by datagram;
// what the cores send meanwhile is kept in order for each port and leaves at flush(), which the owner calls
// once for each round of the loop, or after the turn of a port that many send to. Received and acquired
// buffers live until flush().
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
  // `now`: when the call that read it returned.
  using Sink = std::function<void(const DatagramMeta&, PacketBuffer&, Instant now)>;

  // A port that was opened without options stays bound for `linger` after it was closed, and is opened again
  // without a new socket, unless somebody sent to it meanwhile: then it is closed for good, so that its
  // senders learn so and nobody gets what was meant for another. Zero: it is closed at once.
  explicit SocketPacketIo(EventLoop& loop, Duration linger = {});
  ~SocketPacketIo() override;

  using ErrorSink = std::function<void(const IcmpError&)>;
  // Before steer() and before the loop runs: what the network answered to datagrams of relayed addresses.
  void set_error_sink(ErrorSink sink) { error_sink_ = std::move(sink); }

  // Before the loop runs. The sink may send, open and close ports, also the one that a datagram came from.
  void set_sink(Sink sink) { sink_ = std::move(sink); }

  // Takes what is to be sent over anything but UDP, and copies what it keeps. Before the loop runs.
  using Detour = std::function<void(const DatagramRoute&, const PacketBuffer&)>;
  void set_detour(Detour detour) { detour_ = std::move(detour); }

  [[nodiscard]] PacketBuffer& acquire() override { return arena_.acquire(); }
  void send(const DatagramRoute& route, const PacketBuffer& buffer) override;
  [[nodiscard]] Status open_port(const Endpoint& local) override;
  [[nodiscard]] Status open_busy_port(const Endpoint& local) override;
  void close_port(const Endpoint& local) override;

  // For listeners: large buffers, and perhaps the port shared with other threads' back ends.
  [[nodiscard]] Status open_port(const Endpoint& local, const UdpSocketOptions& options);

  // For what another back end of this thread received. Flushes first when the round has grown long: only
  // where no buffer is in use.
  [[nodiscard]] PacketBuffer& acquire_received();

  // From now on ports of the steering's address, opened without options, share one socket that receives and
  // one that sends; each still has a socket of its own, which keeps the port from others and sends what the
  // shared one cannot. Before the loop runs; the steering outlives this object.
  [[nodiscard]] Status steer(PortSteering& steering, std::uint32_t plane);

  // Whether a port had more waiting than its turn lets through, since this was asked last.
  [[nodiscard]] bool take_backlog() { return std::exchange(has_backlog_, false); }

  // Sends everything and takes all buffers back.
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
    std::uint32_t next;  // index of the next of the same port
  };

  void read(Port& port);
  void take_turn(Port& port);
  void tell_errors(Port& port);
  void transmit();
  void transmit(Port& port);
  void transmit_whole(Port& port, const QueuedSend& send);
  void transmit_raw(Steered& steered);
  [[nodiscard]] Status watch_errors(Steered& steered);
  [[nodiscard]] Status open_steered_port(Steered& steered, const Endpoint& local);
  [[nodiscard]] Result<Port*> open_socket(const Endpoint& local, const UdpSocketOptions& options);
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
  std::vector<std::unique_ptr<Steered>> steered_;  // at most one of each address
  std::unordered_map<Endpoint, std::unique_ptr<Port>> ports_by_local_;
  LingeringPorts<Port> lingering_;
  const int plenty_of_descriptors_;
  bool descriptors_are_scarce_ = false;
  bool has_backlog_ = false;
  std::vector<std::unique_ptr<Port>> closed_;  // until flush(): their handlers may still be running
  std::vector<QueuedSend> queue_;
  std::vector<Port*> ports_with_sends_;
  Endpoint last_source_;
  Port* last_port_ = nullptr;  // of last_source_: most packets leave as their predecessor did
};

}  // namespace overlay
