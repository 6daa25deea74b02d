#include "relay/turn/nat_discovery.h"

#include <algorithm>

#include "overlay/base/wire.h"

namespace relay {
namespace {

constexpr std::uint32_t kChangeAddress = 0x04;
constexpr std::uint32_t kChangePort = 0x02;

// The endpoint with the other address, the other port, or both.
overlay::Endpoint changed(const DiscoveryPlace& place, const overlay::Endpoint& from, bool address,
                          bool port) {
  overlay::Endpoint to = from;
  if (address)
    to.address = from.address == place.primary.address ? place.alternate.address : place.primary.address;
  if (port) to.port = from.port == place.primary.port ? place.alternate.port : place.primary.port;
  return to;
}

overlay::Unexpected<TurnFailure> refused(int code, std::string_view reason) {
  return overlay::Unexpected(TurnFailure{code, reason});
}

struct Question {
  std::uint32_t change = 0;
  std::optional<std::uint16_t> response_port;
  std::size_t padding = 0;
};

overlay::Result<Question, TurnFailure> read_question(const StunReader& message) {
  Question question;
  if (const auto change = message.find(StunAttribute::kChangeRequest)) {
    if (change->size() != 4) return refused(400, "CHANGE-REQUEST has four bytes");
    question.change = overlay::load_be<std::uint32_t>(change->data());
  }
  if (const auto port = message.find(StunAttribute::kResponsePort)) {
    if (port->size() != 2 && port->size() != 4) return refused(400, "RESPONSE-PORT is a port");
    question.response_port = overlay::load_be<std::uint16_t>(port->data());
    if (*question.response_port == 0) return refused(400, "RESPONSE-PORT is a port");
  }
  if (const auto padding = message.find(StunAttribute::kPadding)) {
    if (question.response_port) return refused(400, "PADDING excludes RESPONSE-PORT");
    if (padding->size() > NatDiscovery::kMaxPadding) return refused(400, "PADDING is too long");
    question.padding = padding->size();
  }
  return question;
}

}  // namespace

bool is_discovery_only(const StunReader& message) {
  return message.has(StunAttribute::kChangeRequest) || message.has(StunAttribute::kResponsePort) ||
         message.has(StunAttribute::kPadding);
}

std::vector<DiscoveryPlace> find_discovery_places(std::span<const overlay::Endpoint> listeners) {
  const auto has = [&](const overlay::IpAddress& address, std::uint16_t port) {
    return std::ranges::find(listeners, overlay::Endpoint{address, port}) != listeners.end();
  };
  std::vector<DiscoveryPlace> places;
  for (const overlay::Endpoint& primary : listeners) {
    const auto family = primary.address.family();
    const bool is_found = std::ranges::any_of(
        places, [&](const DiscoveryPlace& place) { return place.primary.address.family() == family; });
    if (is_found || primary.address.is_unspecified()) continue;
    const auto alternate = std::ranges::find_if(listeners, [&](const overlay::Endpoint& other) {
      return other.address.family() == family && other.address != primary.address &&
             other.port != primary.port && !other.address.is_unspecified() &&
             has(primary.address, other.port) && has(other.address, primary.port);
    });
    if (alternate != listeners.end()) places.push_back({.primary = primary, .alternate = *alternate});
  }
  return places;
}

const DiscoveryPlace* NatDiscovery::place_of(const overlay::DatagramMeta& meta) const {
  if (meta.transport != overlay::Transport::kUdp) return nullptr;
  const auto found = std::ranges::find_if(places_, [&](const DiscoveryPlace& place) {
    const auto& [address, port] = meta.local;
    return (address == place.primary.address || address == place.alternate.address) &&
           (port == place.primary.port || port == place.alternate.port);
  });
  return found == places_.end() ? nullptr : &*found;
}

bool NatDiscovery::has_room(overlay::Instant now) {
  if (now >= second_began_ + std::chrono::seconds(1)) {
    second_began_ = now;
    answers_in_second_ = 0;
  }
  return answers_in_second_ < kMaxAnswersPerSecond;
}

overlay::Result<overlay::DatagramRoute, TurnFailure> NatDiscovery::answer(const TurnRequest& request,
                                                                          StunWriter& writer) {
  const DiscoveryPlace* const place = place_of(request.meta);
  CHECK(place != nullptr);
  const auto question = read_question(request.message);
  if (!question) return overlay::Unexpected(question.error());
  if (!has_room(request.now)) return refused(500, "Server Error");
  ++answers_in_second_;

  overlay::DatagramRoute route{
      .source = changed(*place, request.meta.local, (question->change & kChangeAddress) != 0,
                        (question->change & kChangePort) != 0),
      .destination = request.meta.source};
  if (question->response_port) route.destination.port = *question->response_port;
  writer.add_xor_address(StunAttribute::kXorMappedAddress, request.meta.source);
  writer.add_address(StunAttribute::kMappedAddress, request.meta.source);
  writer.add_address(StunAttribute::kResponseOrigin, route.source);
  writer.add_address(StunAttribute::kOtherAddress, changed(*place, request.meta.local, true, true));
  if (question->padding > 0) {
    const overlay::ByteArray<kMaxPadding> zeros{};
    writer.add(StunAttribute::kPadding, overlay::Bytes(zeros).first(question->padding));
  }
  if (request.message.has_fingerprint()) writer.add_fingerprint();
  return route;
}

}  // namespace relay
