#include "tools/turn_client/media.h"

#include <algorithm>

#include "overlay/base/wire.h"

namespace call {
namespace {

using overlay::Bytes;
using overlay::Duration;
using overlay::Instant;

constexpr std::uint32_t kMagic = 0x43414c4c;  // "CALL"

[[nodiscard]] Duration quantile(const std::vector<Duration>& sorted, double q) {
  if (sorted.empty()) return {};
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

}  // namespace

std::optional<MediaPacket> MediaPacket::parse(Bytes bytes) {
  overlay::ByteReader reader(bytes);
  const auto magic = reader.u32();
  MediaPacket packet{.stream = reader.u32(), .sequence = reader.u64()};
  packet.sent_at = Instant(Duration(static_cast<Duration::rep>(reader.u64())));
  if (!reader.ok() || magic != kMagic) return std::nullopt;
  return packet;
}

void MediaPacket::write(overlay::MutableBytes out) const {
  overlay::ByteWriter writer(out);
  writer.u32(kMagic);
  writer.u32(stream);
  writer.u64(sequence);
  writer.u64(static_cast<std::uint64_t>(sent_at.time_since_epoch().count()));
}

std::optional<MediaPacket> MediaSender::next_packet(Instant now) {
  if (now < next_burst_) return std::nullopt;
  const MediaPacket packet{.stream = stream_, .sequence = sequence_++, .sent_at = now};
  sent_at_.push_back(now);
  if (sent_at_.size() > kMaxRemembered) sent_at_.pop_front();
  if (++sent_of_burst_ == shape_.burst) {
    sent_of_burst_ = 0;
    next_burst_ += shape_.interval * (1 + (now - next_burst_) / shape_.interval);
  }
  return packet;
}

std::uint64_t MediaSender::sent_within(Instant from, Instant to) const {
  const auto first = std::lower_bound(sent_at_.begin(), sent_at_.end(), from);
  const auto last = std::lower_bound(first, sent_at_.end(), to);
  return static_cast<std::uint64_t>(last - first);
}

void MediaReceiver::record(const MediaPacket& packet, Instant now) {
  arrivals_.push_back({packet.sequence, packet.sent_at, now});
  if (arrivals_.size() > kMaxRemembered) arrivals_.pop_front();
}

ReceptionReport MediaReceiver::report(Instant from, Instant to) const {
  ReceptionReport report;
  std::vector<std::uint64_t> sequences;
  std::vector<Duration> latencies;
  std::uint64_t highest = 0;
  Instant last = from;
  const auto note_gap = [&](Instant until) {
    if (until - last <= report.longest_gap) return;
    report.longest_gap = until - last;
    report.gap_began = last;
  };
  for (const auto& arrival : arrivals_) {
    if (arrival.arrived_at >= from && last < to) note_gap(arrival.arrived_at);
    last = arrival.arrived_at;
    if (arrival.sent_at < from || arrival.sent_at >= to) continue;
    if (!sequences.empty() && arrival.sequence < highest) ++report.reordered;
    highest = std::max(highest, arrival.sequence);
    sequences.push_back(arrival.sequence);
    latencies.push_back(arrival.arrived_at - arrival.sent_at);
  }
  if (last < to) note_gap(to);

  std::sort(sequences.begin(), sequences.end());
  const auto different = std::unique(sequences.begin(), sequences.end());
  report.received = static_cast<std::uint64_t>(different - sequences.begin());
  report.duplicates = sequences.size() - report.received;
  if (report.received > 0) report.lost = *(different - 1) - sequences.front() + 1 - report.received;
  std::sort(latencies.begin(), latencies.end());
  report.latency_p50 = quantile(latencies, 0.5);
  report.latency_p95 = quantile(latencies, 0.95);
  report.latency_p99 = quantile(latencies, 0.99);
  report.latency_max = quantile(latencies, 1);
  return report;
}

}  // namespace call
