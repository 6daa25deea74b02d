// The XDP program (flow_relay.bpf.c) on network interfaces of this host, and its memory. Made at start, then
// shared by the data planes; each has slots of its own. Needs CAP_BPF, CAP_NET_ADMIN,
// CAP_PERFMON and Linux 5.18 or newer.
// The kernel takes the program off with the process, however that ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/fast_path/flow_layout.h"

struct bpf_object;

namespace relay {

// Of an interface, in the order in which they were attached.
using InterfacePlace = std::uint32_t;

class XdpRelay {
 public:
  // On no interface yet. The message of a failure says what is missing.
  [[nodiscard]] static overlay::Result<std::unique_ptr<XdpRelay>> load();
  ~XdpRelay();
  XdpRelay(const XdpRelay&) = delete;
  XdpRelay& operator=(const XdpRelay&) = delete;

  // By name, in this thread's network namespace. Its driver must support XDP itself. Frames leave by it once
  // it is opened.
  [[nodiscard]] overlay::Result<InterfacePlace> attach(const std::string& interface);
  // The same for frames that come to the program otherwise, as its tests have them.
  [[nodiscard]] overlay::Result<InterfacePlace> admit(unsigned index);
  // Whether frames may leave by it from now on; else their flows stay with the sockets.
  void set_open(InterfacePlace place, bool is_open);
  // Frames that the program gave to the interface, ever.
  [[nodiscard]] std::uint64_t sent(InterfacePlace place) const;

  // Shared with the program, which writes the second half of each.
  [[nodiscard]] std::span<FlowSlot> slots() { return {slots_, FLOW_SLOTS}; }

  // Any thread. False when there is no room.
  [[nodiscard]] bool enter(const FlowKey& key, std::uint32_t slot);
  // Unless another slot has the key by now: a peer of a shared port may have gone to another client.
  void leave(const FlowKey& key, std::uint32_t slot);

  // Any thread: what the watch has seen (interface_watch.h), for whoever reports.
  struct Losses {
    std::atomic<std::uint64_t> thrown_away;  // frames
    std::atomic<std::uint64_t> closed;       // interfaces, now
  };
  [[nodiscard]] Losses& losses() { return losses_; }

  [[nodiscard]] int program() const { return program_; }

 private:
  struct Unload {
    void operator()(bpf_object* object) const;
  };

  XdpRelay() = default;
  [[nodiscard]] overlay::Status map_memory();

  std::unique_ptr<bpf_object, Unload> object_;
  int program_ = -1;  // these are the object's
  int flows_ = -1;
  int places_ = -1;
  int sent_ = -1;
  FlowSlot* slots_ = nullptr;
  FlowInterface* interfaces_ = nullptr;
  InterfacePlace admitted_ = 0;
  std::size_t processors_ = 0;
  Losses losses_{};
  std::vector<overlay::FileDescriptor> links_;  // one for each interface
};

}  // namespace relay
