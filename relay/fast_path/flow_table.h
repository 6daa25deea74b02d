// The flows that one data plane has entered into the XDP program: their slots, and the traffic already
// reported.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "relay/fast_path/fast_path.h"
#include "relay/fast_path/xdp_relay.h"

namespace relay {

class FlowTable final : public FastPath {
 public:
  // With the slots of one of several data planes. `relay` outlives this.
  FlowTable(XdpRelay& relay, std::uint32_t plane, std::uint32_t planes);
  ~FlowTable() override;
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  void set_traffic_sink(TrafficSink sink) override { sink_ = std::move(sink); }
  void enter(const RelayFlow& flow, overlay::Instant now) override;
  void leave(const FiveTuple& client, overlay::Instant now) override;
  void leave_if(const Choice& is_chosen, overlay::Instant now) override;
  void tell_traffic() override;

  [[nodiscard]] std::size_t size() const { return size_; }
  // Flows that found no room.
  [[nodiscard]] std::uint64_t declined() const { return declined_; }

 private:
  // A program may still be at work with a slot that was given back: for less than this.
  static constexpr overlay::Duration kRest = std::chrono::seconds(1);

  struct Direction {
    std::uint32_t slot = 0;
    FlowKey key{};
    std::uint64_t told_packets = 0;
    std::uint64_t told_bytes = 0;
  };
  struct Entry {
    RelayFlow flow;
    Direction to_peer;
    Direction to_client;
  };
  struct Resting {
    std::uint32_t slot;
    overlay::Instant until;
  };

  [[nodiscard]] bool take_slots(Entry& entry, overlay::Instant now);
  void give_back(std::uint32_t slot, overlay::Instant now);
  [[nodiscard]] bool open(Entry& entry);
  void close(Entry& entry, overlay::Instant now);
  void set_until(const Entry& entry, overlay::Instant until);
  void tell(Entry& entry);

  XdpRelay& relay_;
  TrafficSink sink_;
  std::unordered_map<FiveTuple, std::vector<Entry>> entries_by_client_;
  std::vector<std::uint32_t> free_;
  std::deque<Resting> resting_;  // the oldest first
  std::size_t size_ = 0;
  std::uint64_t declined_ = 0;
};

}  // namespace relay
