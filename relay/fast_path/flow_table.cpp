#include "relay/fast_path/flow_table.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include <arpa/inet.h>

namespace relay {
namespace {

void store_address(const overlay::IpAddress& address, std::uint8_t (&out)[16]) {
  std::memset(out, 0, sizeof out);
  const overlay::Bytes octets = address.octets();
  if (address.is_v4()) out[10] = out[11] = 0xff;
  std::memcpy(out + sizeof out - octets.size(), octets.data(), octets.size());
}

FlowKey key_of(const overlay::Endpoint& source, const overlay::Endpoint& local, ChannelNumber channel) {
  FlowKey key{};
  store_address(source.address, key.source);
  store_address(local.address, key.local);
  key.source_port = htons(source.port);
  key.local_port = htons(local.port);
  key.channel = channel.value();
  key.family = source.address.is_v4() ? 4 : 6;
  return key;
}

std::uint64_t nanoseconds(overlay::Instant instant) {
  const auto count = std::chrono::nanoseconds(instant.time_since_epoch()).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

// The program reads at any time: the slot is nobody's until set_until().
void write_slot(FlowSlot& slot, const overlay::Endpoint& source, const overlay::Endpoint& destination,
                ChannelNumber channel, std::uint32_t back) {
  FlowSlot fresh{};
  store_address(source.address, fresh.source);
  store_address(destination.address, fresh.destination);
  fresh.source_port = htons(source.port);
  fresh.destination_port = htons(destination.port);
  fresh.channel = channel.value();
  fresh.back = back;
  std::memcpy(&slot, &fresh, sizeof slot);
}

bool is_same(const RelayFlow& a, const RelayFlow& b) {
  return a.channel == b.channel && a.peer == b.peer && a.relayed == b.relayed;
}

// Neither client nor peer changes the family: the headers before the payload keep their size.
bool is_simple(const RelayFlow& flow) {
  const auto family = flow.client.client.address.family();
  return flow.client.transport == overlay::Transport::kUdp && flow.peer.address.family() == family &&
         flow.relayed.address.family() == family;
}

}  // namespace

FlowTable::FlowTable(XdpRelay& relay, std::uint32_t plane, std::uint32_t planes) : relay_(relay) {
  const std::uint32_t count = FLOW_SLOTS / planes;
  free_.reserve(count);
  for (std::uint32_t slot = plane * count; slot < (plane + 1) * count; ++slot)
    free_.push_back(slot);
  std::ranges::reverse(free_);  // the first ones first: what is never used takes no memory
}

FlowTable::~FlowTable() {
  for (auto& [client, entries] : entries_by_client_)
    for (Entry& entry : entries)
      set_until(entry, {});
}

void FlowTable::enter(const RelayFlow& flow, overlay::Instant now) {
  if (!is_simple(flow)) return;
  std::vector<Entry>& entries = entries_by_client_[flow.client];
  const auto found =
      std::ranges::find_if(entries, [&](const Entry& entry) { return is_same(entry.flow, flow); });
  if (found != entries.end()) {
    if (std::exchange(found->flow.until, flow.until) != flow.until) set_until(*found, flow.until);
    return;
  }
  std::erase_if(entries, [&](Entry& entry) {
    const bool is_over = now >= entry.flow.until;
    if (is_over) close(entry, now);
    return is_over;
  });
  Entry entry{.flow = flow, .to_peer = {}, .to_client = {}};
  if (take_slots(entry, now)) {
    if (open(entry)) {
      entries.push_back(std::move(entry));
      ++size_;
      return;
    }
    give_back(entry.to_peer.slot, now);
    give_back(entry.to_client.slot, now);
  }
  ++declined_;
  if (entries.empty()) entries_by_client_.erase(flow.client);
}

void FlowTable::leave(const FiveTuple& client, overlay::Instant now) {
  const auto found = entries_by_client_.find(client);
  if (found == entries_by_client_.end()) return;
  for (Entry& entry : found->second)
    close(entry, now);
  entries_by_client_.erase(found);
}

void FlowTable::leave_if(const Choice& is_chosen, overlay::Instant now) {
  for (auto of_client = entries_by_client_.begin(); of_client != entries_by_client_.end();) {
    std::erase_if(of_client->second, [&](Entry& entry) {
      const bool leaves = is_chosen(entry.flow);
      if (leaves) close(entry, now);
      return leaves;
    });
    of_client = of_client->second.empty() ? entries_by_client_.erase(of_client) : std::next(of_client);
  }
}

void FlowTable::tell_traffic() {
  for (auto& [client, entries] : entries_by_client_)
    for (Entry& entry : entries)
      tell(entry);
}

// ---- slots ----

bool FlowTable::take_slots(Entry& entry, overlay::Instant now) {
  while (!resting_.empty() && now >= resting_.front().until) {
    free_.push_back(resting_.front().slot);
    resting_.pop_front();
  }
  if (free_.size() < 2) return false;
  entry.to_peer.slot = free_.back();
  free_.pop_back();
  entry.to_client.slot = free_.back();
  free_.pop_back();
  return true;
}

void FlowTable::give_back(std::uint32_t slot, overlay::Instant now) {
  resting_.push_back({.slot = slot, .until = now + kRest});
}

bool FlowTable::open(Entry& entry) {
  const RelayFlow& flow = entry.flow;
  const auto slots = relay_.slots();
  write_slot(slots[entry.to_peer.slot], flow.relayed, flow.peer, ChannelNumber(0), entry.to_client.slot);
  write_slot(slots[entry.to_client.slot], flow.client.server, flow.client.client, flow.channel,
             entry.to_peer.slot);
  set_until(entry, flow.until);
  entry.to_peer.key = key_of(flow.client.client, flow.client.server, flow.channel);
  entry.to_client.key = key_of(flow.peer, flow.relayed, ChannelNumber(0));
  if (!relay_.enter(entry.to_peer.key, entry.to_peer.slot)) {
    set_until(entry, {});
    return false;
  }
  if (relay_.enter(entry.to_client.key, entry.to_client.slot)) return true;
  set_until(entry, {});
  relay_.leave(entry.to_peer.key, entry.to_peer.slot);
  return false;
}

void FlowTable::close(Entry& entry, overlay::Instant now) {
  set_until(entry, {});
  relay_.leave(entry.to_peer.key, entry.to_peer.slot);
  relay_.leave(entry.to_client.key, entry.to_client.slot);
  tell(entry);
  give_back(entry.to_peer.slot, now);
  give_back(entry.to_client.slot, now);
  --size_;
}

void FlowTable::set_until(const Entry& entry, overlay::Instant until) {
  for (const std::uint32_t slot : {entry.to_peer.slot, entry.to_client.slot})
    std::atomic_ref(relay_.slots()[slot].until_ns).store(nanoseconds(until), std::memory_order_release);
}

void FlowTable::tell(Entry& entry) {
  const auto take = [&](Direction& direction, std::uint64_t& packets, std::uint64_t& bytes) {
    FlowSlot& slot = relay_.slots()[direction.slot];
    const std::uint64_t all_packets = std::atomic_ref(slot.packets).load(std::memory_order_relaxed);
    const std::uint64_t all_bytes = std::atomic_ref(slot.bytes).load(std::memory_order_relaxed);
    packets = all_packets - std::exchange(direction.told_packets, all_packets);
    bytes = all_bytes - std::exchange(direction.told_bytes, all_bytes);
  };
  FlowTraffic traffic;
  take(entry.to_peer, traffic.packets_to_peer, traffic.bytes_to_peer);
  take(entry.to_client, traffic.packets_to_client, traffic.bytes_to_client);
  if (sink_ && (traffic.packets_to_peer > 0 || traffic.packets_to_client > 0)) sink_(entry.flow, traffic);
}

}  // namespace relay
