// Where clients' messages go from connections and associations, and what those have to know from there.
// Implemented by the shell of a data plane; called on its thread.
#pragma once

#include "overlay/base/packet_io.h"
#include "relay/turn/allocation.h"

namespace relay {

class TransportSink {
 public:
  virtual ~TransportSink() = default;

  // Room for a message that arrived; valid until the shell flushes.
  [[nodiscard]] virtual overlay::PacketBuffer& acquire_received() = 0;
  virtual void on_client_message(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer) = 0;
  // Has it an allocation? What has none after a while is closed.
  [[nodiscard]] virtual bool is_served(const FiveTuple& client) = 0;
  // The connection is gone.
  virtual void on_client_closed(const FiveTuple& client) = 0;
};

}  // namespace relay
