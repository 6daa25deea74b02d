// Decides whether frames may leave by an interface. What XDP sends is gone when the device throws it away;
// sockets relay it even so, or at least count it. A core: it is given samples, about one a second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "overlay/base/time.h"

namespace relay {

enum class InterfaceState : std::uint8_t {
  kOpen,
  kDown,        // no frame leaves by it at all
  kRefuses,     // its device takes no frames from XDP (bpf_redirect)
  kHidesVlans,  // it has VLANs, and frames come from all of them without their tags
  kThrowsAway,  // it took frames and lost them: not to be tried for a while
};

[[nodiscard]] const char* to_string(InterfaceState state);

struct InterfaceSample {
  bool is_up = false;
  bool takes_frames = false;
  bool hides_vlans = false;
  std::uint64_t sent = 0;         // frames of XDP, ever
  std::uint64_t thrown_away = 0;  // frames, ever; also those that XDP did not send
};

class InterfaceWatch {
 public:
  // So much is thrown away between two samples that sockets are better.
  static constexpr std::uint64_t kTolerated = 10;        // frames: fewer may be a coincidence
  static constexpr std::uint64_t kToleratedShare = 100;  // one in so many
  // Only media shows whether it works again, so each trial may cost some. The first is soon, for whoever
  // mended it at once; what does not mend is soon left alone.
  static constexpr overlay::Duration kFirstPause = std::chrono::minutes(1);
  static constexpr overlay::Duration kLongestPause = std::chrono::minutes(30);

  struct Verdict {
    InterfaceState state{};
    std::uint64_t sent = 0;  // since the last sample
    std::uint64_t thrown_away = 0;
  };
  // The first sample only says where the others start from.
  Verdict on_sample(const InterfaceSample& sample, overlay::Instant now);

  // Until when frames do not leave by an interface that threw them away.
  [[nodiscard]] overlay::Instant paused_until() const { return paused_until_; }

 private:
  [[nodiscard]] InterfaceState judge(const InterfaceSample& sample, const Verdict& since,
                                     overlay::Instant now);

  std::optional<InterfaceSample> last_;
  overlay::Instant paused_until_{};
  overlay::Duration pause_{};
};

}  // namespace relay
