// One direction of one link: decides for each packet whether it is lost, or when it arrives. Pure: time and
// randomness are arguments.
#pragma once

#include <cstddef>

#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "tools/wan/drop_reason.h"
#include "tools/wan/link_shape.h"

namespace wan {

class LinkModel {
 public:
  using Arrival = overlay::Result<overlay::Instant, DropReason>;

  LinkModel() = default;
  explicit LinkModel(const LinkShape& shape) : shape_(shape) {}

  [[nodiscard]] const LinkShape& shape() const { return shape_; }
  // Packets in flight keep their arrival time. Later packets may overtake them after the delay has shrunk.
  void reshape(const LinkShape& shape);

  // `bytes` is the size of the IP packet. Delivered packets arrive in the order of the calls.
  [[nodiscard]] Arrival admit(overlay::Instant now, std::size_t bytes, overlay::Random& random);

 private:
  [[nodiscard]] bool burst_loses(overlay::Random& random);

  LinkShape shape_;
  bool is_bad_ = false;  // the state of the Gilbert-Elliott chain
  overlay::Instant sender_free_at_ = overlay::Instant::min();
  overlay::Instant last_arrival_ = overlay::Instant::min();
};

}  // namespace wan
