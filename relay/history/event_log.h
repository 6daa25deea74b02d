// Events of this node's traffic, newest last, in a ring of bounded size; `causeway events` reads it. Owned by
// the control plane and used on its thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"
#include "overlay/forwarding/explicit_route.h"

namespace relay {

enum class EventCause : std::uint8_t {
  kSilent,    // no frames from the neighbor
  kOneWay,    // frames arrive, but the neighbor gets none of ours
  kLoss,      // the loss detector fired
  kRtt,       // the delay stepped up
  kDrain,     // an operator drains a node or link
  kAdmin,     // an operator pinned or avoided a path
  kPeer,      // another node's link state changed the paths
  kRestored,  // a link came back and its hold-up has ended
  kBetter,    // another path was clearly better
  kConflict,  // two nodes claim one relayed address
};

struct LinkEnds {
  overlay::NodeId from;
  overlay::NodeId to;
  bool operator==(const LinkEnds&) const = default;
};

// Times and counts are nullopt when they are unknown or do not apply to the cause.
struct Event {
  std::uint64_t sequence = 0;  // assigned by the log, from 1
  std::int64_t unix_ms = 0;    // civil time of the switch
  overlay::Instant at{};       // the same on the steady timeline, for intervals
  EventCause cause = EventCause::kSilent;
  overlay::NodeId source;  // ingress of the path
  overlay::NodeId destination;
  std::optional<LinkEnds> link;               // the link that caused the event
  std::optional<overlay::Duration> detect;    // from the last sign of health to suspicion
  std::optional<overlay::Duration> switched;  // from suspicion to the first packet on the new path
  std::optional<std::uint64_t> lost;
  std::optional<std::uint64_t> duplicated;
  overlay::ExplicitRoute old_path;  // empty without an earlier path
  overlay::ExplicitRoute new_path;  // empty without a path
  bool is_false_alarm = false;      // suspected, then cleared without a switch
  std::string note;                 // one sentence; may be empty
};

class EventLog {
 public:
  static constexpr std::size_t kDefaultCapacity = 4096;

  explicit EventLog(std::size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  // Removes the oldest event when the ring is full.
  void record(Event event);
  [[nodiscard]] const std::deque<Event>& events() const { return events_; }
  // Number of all recorded events, removed ones included.
  [[nodiscard]] std::uint64_t recorded() const { return recorded_; }

 private:
  std::size_t capacity_;
  std::uint64_t recorded_ = 0;
  std::deque<Event> events_;
};

}  // namespace relay
