// The XDP program (flow_relay.bpf.c) on network interfaces of this host, and its memory. Made at start, then
// shared by the data planes; each has slots of its own. Needs CAP_BPF, CAP_NET_ADMIN and Linux 5.18 or newer.
// The kernel takes the program off with the process, however that ends.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/result.h"
#include "overlay/io/file_descriptor.h"
#include "relay/fast_path/flow_layout.h"

struct bpf_object;

namespace relay {

class XdpRelay {
 public:
  // On no interface yet. The message of a failure says what is missing.
  [[nodiscard]] static overlay::Result<std::unique_ptr<XdpRelay>> load();
  ~XdpRelay();
  XdpRelay(const XdpRelay&) = delete;
  XdpRelay& operator=(const XdpRelay&) = delete;

  // By name, in this thread's network namespace. Its driver must support XDP itself.
  [[nodiscard]] overlay::Status attach(const std::string& interface);

  // Shared with the program, which writes the second half of each.
  [[nodiscard]] std::span<FlowSlot> slots() { return {slots_, FLOW_SLOTS}; }

  // Any thread. False when there is no room.
  [[nodiscard]] bool enter(const FlowKey& key, std::uint32_t slot);
  // Unless another slot has the key by now: a peer of a shared port may have gone to another client.
  void leave(const FlowKey& key, std::uint32_t slot);

  [[nodiscard]] int program() const { return program_; }

 private:
  struct Unload {
    void operator()(bpf_object* object) const;
  };

  XdpRelay() = default;
  [[nodiscard]] overlay::Status map_slots();

  std::unique_ptr<bpf_object, Unload> object_;
  int program_ = -1;  // these are the object's
  int flows_ = -1;
  FlowSlot* slots_ = nullptr;
  std::vector<overlay::FileDescriptor> links_;  // one for each interface
};

}  // namespace relay
