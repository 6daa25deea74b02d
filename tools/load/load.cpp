#include "tools/load/load.h"

#include <array>

#include <sys/epoll.h>

#include "overlay/base/check.h"
#include "overlay/loop/file_descriptor.h"
#include "tools/load/lane.h"
#include "tools/load/receiver.h"
#include "tools/turn_client/turn_messages.h"
#include "tools/wan/latency_histogram.h"
#include "tools/wan/system.h"

namespace load {
namespace {

using overlay::Bytes;
using overlay::Duration;

constexpr std::int64_t kStall = 20'000'000;     // ns; then packets in flight count as lost
constexpr std::int64_t kGrace = 2'000'000'000;  // ns; later packets count as lost
constexpr std::int64_t kLook = 10'000'000;      // ns; interval of that check
constexpr std::int64_t kHeld = 1'000'000;       // ns; a sender that is later did not have its core
constexpr int kEvents = 64;

class Load {
 public:
  Load(std::vector<Lane> lanes, const Plan& plan) : lanes_(std::move(lanes)), plan_(plan), meter_(plan) {}

  [[nodiscard]] overlay::Result<LoadReport> run();

 private:
  [[nodiscard]] overlay::Status watch();
  void spend(std::int64_t until);
  void await_rest();
  std::size_t receive();
  std::size_t receive_from(Lane& lane);
  void take(Lane& lane, Bytes datagram, std::int64_t arrived_at);
  std::size_t send_paced(std::int64_t now);
  void fill(Lane& lane) const;
  void revive(std::int64_t now);
  [[nodiscard]] LoadReport totals() const;

  std::vector<Lane> lanes_;
  const Plan& plan_;
  ServerMeter meter_;
  Receiver receiver_;
  overlay::FileDescriptor epoll_;

  std::int64_t now_ = 0;
  bool is_sending_ = true;
  bool is_measuring_ = false;
  std::uint64_t relayed_ = 0;  // while measuring
  std::int64_t busy_ = 0;
  std::int64_t next_revival_ = 0;
  // Paced: packet k is due at start + k * interval, on lane k modulo their number.
  std::int64_t pace_start_ = 0;
  std::uint64_t pace_next_ = 0;
  std::int64_t held_ = 0;  // ns, while measuring
  wan::LatencyHistogram latency_;
  wan::LatencyHistogram lateness_;
};

overlay::Status Load::watch() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.is_open()) return wan::system_failure("epoll");
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, lanes_[i].receiver, &event) != 0)
      return wan::system_failure("epoll_ctl");
  }
  return overlay::ok();
}

overlay::Result<LoadReport> Load::run() {
  if (auto watched = watch(); !watched) return overlay::failure(watched.error().message);
  now_ = pace_start_ = civil_ns();
  spend(now_ + plan_.warm_up.count());
  const auto begin = meter_.read();
  const std::int64_t measured_from = now_;
  busy_ = 0;
  is_measuring_ = true;
  spend(now_ + plan_.length.count());
  is_measuring_ = false;
  const auto end = meter_.read();
  LoadReport report = totals();
  const auto length = static_cast<double>(now_ - measured_from);
  report.seconds = length / 1e9;
  report.generator_busy = static_cast<double>(busy_) / length;
  report.server = ServerMeter::between(begin, end);

  is_sending_ = false;
  await_rest();
  const LoadReport all = totals();
  report.sent = all.sent;
  report.received = all.received;
  report.lost = all.lost;
  return report;
}

void Load::spend(std::int64_t until) {
  while (now_ < until) {
    std::size_t done = is_sending_ && plan_.is_paced() ? send_paced(now_) : 0;
    done += receive();
    if (!plan_.is_paced() && now_ >= next_revival_) revive(now_);
    const std::int64_t now = civil_ns();
    if (done > 0) busy_ += now - now_;
    now_ = now;
  }
}

void Load::await_rest() {
  const std::int64_t until = now_ + kGrace;
  while (totals().lost > 0 && now_ < until)
    spend(now_ + kLook);
}

std::size_t Load::receive() {
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEvents, 0);
  std::size_t packets = 0;
  for (int i = 0; i < count; ++i) {
    Lane& lane = lanes_[events[static_cast<std::size_t>(i)].data.u64];
    packets += receive_from(lane);
    if (!plan_.is_paced() && is_sending_) fill(lane);
  }
  return packets;
}

std::size_t Load::receive_from(Lane& lane) {
  // Paced: the kernel's receive time. Flat out: the time of the read, without the cost of timestamps.
  const std::int64_t read_at = plan_.is_paced() ? 0 : civil_ns();
  return receiver_.receive(lane.receiver, [&](Bytes datagram, std::int64_t stamped_at) {
    const std::int64_t arrived_at = plan_.is_paced() ? stamped_at : read_at;
    if (!lane.is_encoded_at_receiver) return take(lane, datagram, arrived_at);
    if (const auto payload = call::parse_media(datagram)) take(lane, *payload, arrived_at);
  });
}

void Load::take(Lane& lane, Bytes payload, std::int64_t arrived_at) {
  const auto stamp = read_stamp(payload);
  if (!stamp || payload.size() != plan_.payload) return;
  ++lane.received;
  lane.passed = std::max(lane.passed, stamp->number + 1);
  lane.heard_at = now_;
  if (!is_measuring_) return;
  ++relayed_;
  if (arrived_at != 0) latency_.record(Duration(arrived_at - stamp->sent_at));
}

// Independent clients do not send missed packets as a burst. After the generator lost its core for a while,
// it shifts the whole schedule and keeps the rate.
std::size_t Load::send_paced(std::int64_t now) {
  const double interval = 1e9 / (plan_.rate * static_cast<double>(lanes_.size()));
  std::size_t sent = 0;
  for (;; ++pace_next_, ++sent) {
    const auto due = pace_start_ + static_cast<std::int64_t>(interval * static_cast<double>(pace_next_));
    if (due > now || sent == kEvents) return sent;
    if (now - due > kHeld) {
      pace_start_ += now - due;
      if (is_measuring_) held_ += now - due;
    }
    Lane& lane = lanes_[pace_next_ % lanes_.size()];
    const std::int64_t sent_at = civil_ns();
    lane.sent += lane.train.send(lane.sender, lane.sent, sent_at);
    if (is_measuring_) lateness_.record(Duration(sent_at - due));
  }
}

// Sends whole trains while the window has room.
void Load::fill(Lane& lane) const {
  while (lane.on_the_way() + lane.train.packets() <= plan_.window) {
    const std::size_t taken = lane.train.send(lane.sender, lane.sent, civil_ns());
    if (taken == 0) return;
    lane.sent += taken;
  }
}

// Starts the lanes, and restarts a lane after it has lost all packets in flight.
void Load::revive(std::int64_t now) {
  next_revival_ = now + kStall;
  if (!is_sending_) return;
  for (Lane& lane : lanes_) {
    if (now - lane.heard_at < kStall) continue;
    lane.passed = lane.sent;
    fill(lane);
  }
}

LoadReport Load::totals() const {
  LoadReport report;
  for (const Lane& lane : lanes_) {
    report.sent += lane.sent;
    report.received += lane.received;
  }
  report.lost = report.sent - std::min(report.sent, report.received);
  report.relayed = relayed_;
  const auto us = [](Duration duration) { return static_cast<double>(duration.count()) / 1e3; };
  report.p50_us = us(latency_.quantile(0.50));
  report.p99_us = us(latency_.quantile(0.99));
  report.late_p99_us = us(lateness_.quantile(0.99));
  report.held_us = us(Duration(held_));
  return report;
}

}  // namespace

std::vector<Lane> make_lanes(const std::vector<Flow>& flows, const Plan& plan) {
  std::vector<Lane> lanes;
  for (const Flow& flow : flows) {
    const int client = flow.client.get();
    const int peer = flow.peer.get();
    if (plan.goes_up())
      lanes.push_back(
          {client, peer, false, Train::encoded(plan.encoding, flow.peer_endpoint, plan.payload, plan.burst)});
    if (plan.goes_down()) lanes.push_back({peer, client, true, Train::bare(plan.payload, plan.burst)});
  }
  return lanes;
}

overlay::Result<LoadReport> run_load(std::vector<Flow>& flows, const Plan& plan) {
  return Load(make_lanes(flows, plan), plan).run();
}

}  // namespace load
