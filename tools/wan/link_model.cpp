#include "tools/wan/link_model.h"

#include <algorithm>

namespace wan {
namespace {

using overlay::Duration;
using overlay::Instant;
using overlay::Unexpected;

[[nodiscard]] Duration transmission_time(std::size_t bytes, std::uint64_t rate) {
  return Duration(static_cast<Duration::rep>(bytes * 8 * 1'000'000'000ULL / rate));
}

}  // namespace

void LinkModel::reshape(const LinkShape& shape) {
  if (shape == shape_) return;
  shape_ = shape;
  is_bad_ = false;
  last_arrival_ = Instant::min();
  if (shape.rate == 0) sender_free_at_ = Instant::min();
}

LinkModel::Arrival LinkModel::admit(Instant now, std::size_t bytes, overlay::Random& random) {
  if (shape_.is_cut) return Unexpected(DropReason::kCut);
  if (shape_.loss > 0 && random.unit() < shape_.loss) return Unexpected(DropReason::kLoss);
  if (shape_.burst && burst_loses(random)) return Unexpected(DropReason::kBurst);

  Instant departure = now;
  if (shape_.rate != 0) {
    const Instant start = std::max(now, sender_free_at_);
    if (start - now > shape_.queue) return Unexpected(DropReason::kQueue);
    departure = start + transmission_time(bytes, shape_.rate);
    sender_free_at_ = departure;
  }

  Instant arrival = departure + shape_.delay;
  if (shape_.jitter > Duration::zero())
    arrival += Duration(
        static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>(shape_.jitter.count()) + 1)));
  last_arrival_ = std::max(arrival, last_arrival_);
  return last_arrival_;
}

bool LinkModel::burst_loses(overlay::Random& random) {
  const double change = is_bad_ ? shape_.burst->leave : shape_.burst->enter;
  if (random.unit() < change) is_bad_ = !is_bad_;
  return is_bad_;
}

}  // namespace wan
