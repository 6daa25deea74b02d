// The connections of one data plane that continue with the HTTPS backend. Belongs to one event loop.
#pragma once

#include <memory>
#include <vector>

#include "relay/io/pass_through.h"
#include "relay/io/proxy_header.h"

namespace relay {

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
