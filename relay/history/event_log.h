// What happened to this node's traffic, newest last, in a ring of bounded size: the memory behind
// `causeway events`. Owned by the control plane and used on its thread only.
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
  kSilent,    // nothing heard any more
  kOneWay,    // heard, but the neighbor says that it hears nothing
  kLoss,      // the loss detector fired
  kRtt,       // the delay stepped up
  kDrain,     // an operator takes a node or link out of service
  kAdmin,     // an operator pinned or avoided a path
  kPeer,      // another node's link state changed the paths
  kRestored,  // a link came back and its hold-up is over
  kBetter,    // another path was clearly better
};

struct LinkEnds {
  overlay::NodeId from;
  overlay::NodeId to;
  bool operator==(const LinkEnds&) const = default;
};

// Times and counts are none where they have no meaning for the cause, or are not known.
struct Event {
  std::uint64_t sequence = 0;  // given by the log, from 1
  std::int64_t unix_ms = 0;    // civil time of the switch, for people
  overlay::Instant at{};       // the same on the steady timeline, for intervals
  EventCause cause = EventCause::kSilent;
  overlay::NodeId source;  // the pair whose path is meant: traffic from here ...
  overlay::NodeId destination;
  std::optional<LinkEnds> link;               // the link that gave cause
  std::optional<overlay::Duration> detect;    // last sign of health to suspicion
  std::optional<overlay::Duration> switched;  // suspicion to the first packet on the new path
  std::optional<std::uint64_t> lost;
  std::optional<std::uint64_t> duplicated;
  overlay::ExplicitRoute old_path;  // empty: there was none
  overlay::ExplicitRoute new_path;  // empty: no path is left
  bool is_false_alarm = false;      // suspected, and then cleared without a switch
  std::string note;                 // one sentence for people; may be empty
};

class EventLog {
 public:
  static constexpr std::size_t kDefaultCapacity = 4096;

  explicit EventLog(std::size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  // Forgets the oldest event when full.
  void record(Event event);
  [[nodiscard]] const std::deque<Event>& events() const { return events_; }
  // Ever recorded, forgotten ones included.
  [[nodiscard]] std::uint64_t recorded() const { return recorded_; }

 private:
  std::size_t capacity_;
  std::uint64_t recorded_ = 0;
  std::deque<Event> events_;
};

}  // namespace relay
