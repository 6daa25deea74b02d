#include "relay/fast_path/interface_watch.h"

namespace relay {
namespace {

// Drivers start counting anew when they are reset.
std::uint64_t growth(std::uint64_t from, std::uint64_t to) {
  return to > from ? to - from : 0;
}

bool is_too_much(std::uint64_t thrown_away, std::uint64_t sent) {
  return thrown_away >= InterfaceWatch::kTolerated && thrown_away > sent / InterfaceWatch::kToleratedShare;
}

}  // namespace

const char* to_string(InterfaceState state) {
  switch (state) {
    case InterfaceState::kOpen:
      return "open";
    case InterfaceState::kDown:
      return "down";
    case InterfaceState::kRefuses:
      return "takes_no_frames";
    case InterfaceState::kHidesVlans:
      return "hides_vlans";
    case InterfaceState::kThrowsAway:
      break;
  }
  return "throws_away";
}

InterfaceWatch::Verdict InterfaceWatch::on_sample(const InterfaceSample& sample, overlay::Instant now) {
  const InterfaceSample last = last_.value_or(sample);
  last_ = sample;
  Verdict verdict{.sent = growth(last.sent, sample.sent)};
  // The device also counts what others send: no more of it than XDP sent can have been ours.
  verdict.thrown_away = std::min(growth(last.thrown_away, sample.thrown_away), verdict.sent);
  verdict.state = judge(sample, verdict, now);
  return verdict;
}

InterfaceState InterfaceWatch::judge(const InterfaceSample& sample, const Verdict& since,
                                     overlay::Instant now) {
  // A link that goes down loses frames too: no reason to avoid it when it is up again.
  if (!sample.is_up) return InterfaceState::kDown;
  if (is_too_much(since.thrown_away, since.sent)) {
    const bool is_forgotten = now >= paused_until_ + kLongestPause;
    pause_ =
        is_forgotten || pause_ == overlay::Duration{} ? kFirstPause : std::min(2 * pause_, kLongestPause);
    paused_until_ = now + pause_;
  }
  if (!sample.takes_frames) return InterfaceState::kRefuses;
  if (sample.hides_vlans) return InterfaceState::kHidesVlans;
  return now < paused_until_ ? InterfaceState::kThrowsAway : InterfaceState::kOpen;
}

}  // namespace relay
