// A connection that was not for us, and its HTTPS backend: bytes both ways, as they are, until both sides are
// done. Holds one buffer for each way and reads no more than the other side takes. Belongs to one event loop.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"
#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/io/proxy_header.h"

namespace relay {

// The server that gets connections which are not for us.
struct HttpsBackend {
  overlay::Endpoint address;
  bool takes_proxy_header = false;  // expects the client's address first
};

class PassThrough {
 public:
  // `first` is what the client has sent already. `on_end` is called once, from within a handler: destroy it
  // later.
  PassThrough(overlay::EventLoop& loop, overlay::FileDescriptor client, const overlay::Endpoint& backend,
              overlay::Bytes first, overlay::Handler on_end);
  PassThrough(const PassThrough&) = delete;
  PassThrough& operator=(const PassThrough&) = delete;

  // Ends it when the backend ended its side so long ago and the client does not: the
  // backend has done with it, and its own timeouts do not reach the client any more.
  void give_up(overlay::Instant now, overlay::Duration patience);

  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  static constexpr std::size_t kBufferBytes = 16 * 1024;

  // One way.
  struct Way {
    int from = -1;
    int to = -1;
    overlay::ByteVector waiting;  // for `to`
    bool is_done = false;         // `from` has no more, and `to` has got all
    overlay::EventLoop::Watch readable;
    overlay::EventLoop::Watch writable;
  };

  void read(Way& way);
  void write(Way& way);
  void await_readable(Way& way);
  void await_writable(Way& way);
  void finish(Way& way);
  void end();

  overlay::EventLoop& loop_;
  overlay::FileDescriptor client_;
  overlay::FileDescriptor backend_;
  overlay::Handler on_end_;
  Way to_backend_;
  Way to_client_;
  std::optional<overlay::Instant> backend_ended_at_;
  bool is_over_ = false;
};

// The connections of one data plane that continue with the HTTPS backend.
class Passages {
 public:
  explicit Passages(overlay::EventLoop& loop) : loop_(loop) {}

  // Forwards the connection from its first byte on. `on_end` is called once, when the passage ends.
  void begin(overlay::FileDescriptor client, const StreamEnds& ends, overlay::Bytes opening,
             const HttpsBackend& backend, overlay::Handler on_end);
  // Ends passages whose backend ended its side `patience` ago.
  void give_up(overlay::Instant now, overlay::Duration patience);
  // Frees passages that have ended. Call it outside of their handlers.
  void remove_ended();

  [[nodiscard]] std::size_t size() const { return passages_.size(); }
  [[nodiscard]] bool empty() const { return passages_.empty(); }

 private:
  overlay::EventLoop& loop_;
  std::vector<std::unique_ptr<PassThrough>> passages_;
  bool has_ended_ = false;
};

}  // namespace relay
