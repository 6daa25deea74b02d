#include "tools/probe/leg.h"

#include <algorithm>

#include <poll.h>

#include "overlay/loop/system_clock.h"

namespace probe {
namespace {

using namespace std::chrono_literals;

// Short enough for what OpenSSL holds back to be looked at again.
constexpr auto kLook = 10ms;

}  // namespace

overlay::Status Leg::talk() {
  const auto now = overlay::system_now();
  for (;;) {
    auto message = connection.receive();
    if (!message) return overlay::failure(message.error().message);
    if (!*message) break;
    if (const auto payload = call::parse_media(**message))
      media.emplace_back(payload->begin(), payload->end());
    else
      turn.receive(**message, now);
  }
  turn.handle_timeout(now);
  for (const auto& request : turn.take_outgoing())
    if (auto sent = connection.send(request); !sent) return sent;
  if (turn.failure()) return overlay::failure(*turn.failure());
  return overlay::ok();
}

overlay::Status Leg::send_to_peer(overlay::Bytes payload) {
  return connection.send(call::encode_channel_data(call::TurnClient::kChannel, payload));
}

overlay::Status talk_until(std::span<Leg> legs, overlay::Instant deadline, std::string_view late,
                           const std::function<bool()>& is_done) {
  for (;;) {
    std::vector<pollfd> waiting;
    for (Leg& leg : legs) {
      if (auto talked = leg.talk(); !talked) return talked;
      waiting.push_back({leg.connection.fd(), POLLIN, 0});
    }
    if (is_done()) return overlay::ok();
    if (overlay::system_now() >= deadline) return overlay::failure(std::string(late));
    (void)::poll(waiting.data(), waiting.size(), static_cast<int>(kLook.count()));
  }
}

}  // namespace probe
