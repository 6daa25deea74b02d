// Conversations with a whole TurnServer. The input is a list of steps
//
//   | kind (8) | who (8) | size (16) | body (size bytes) |
//
// of which a signed step carries a method and attributes, | type (16) | size (8) | value |, that get valid
// credentials, so that everything behind the authentication is reached too: of SHA-256 when bit 1 of `who` is
// set, and with the last mobility ticket when bit 2 is. Whatever comes: answers parse, only permitted peers
// are sent to, and every port that was opened is closed in the end.
#include <cstdint>
#include <set>
#include <vector>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"
#include "relay/turn/stun_writer.h"
#include "relay/turn/turn_server.h"

namespace {

using namespace relay;
using overlay::Bytes;
using overlay::Endpoint;

enum class Step : std::uint8_t { kRaw = 0, kSigned = 1, kFromPeer = 2, kWait = 3 };
constexpr std::uint8_t kIcmpFlag = 4;  // of a kind kFromPeer

constexpr std::size_t kMaxSteps = 64;
constexpr overlay::UnixSeconds kUnixStart{1'700'000'000};
constexpr overlay::ByteArray<32> kNonceKey{7};

class Ports final : public overlay::PacketIo {
 public:
  ~Ports() override { CHECK(open_.empty()); }
  overlay::PacketBuffer& acquire() override { return buffer_; }
  void send(const overlay::DatagramRoute&, const overlay::PacketBuffer&) override {}
  overlay::Status open_port(const Endpoint& local) override {
    if (!open_.insert(local).second) return overlay::failure("taken");
    return overlay::ok();
  }
  void close_port(const Endpoint& local) override { CHECK(open_.erase(local) == 1); }

 private:
  overlay::PacketBuffer buffer_;
  std::set<Endpoint> open_;
};

TurnServerConfig small_config() {
  TurnServerConfig config;
  config.realm = "r";
  config.users = {{.name = "u", .password = "p"}};
  config.nonce_keys = {kNonceKey};
  config.relay_addresses = {*overlay::IpAddress::parse("9.9.9.9"),
                            *overlay::IpAddress::parse("2606:4700::9")};
  config.relay_port_min = 50000;
  config.relay_port_max = 50007;
  config.mobility = true;
  return config;
}

class Conversation {
 public:
  void take(overlay::ByteReader& reader) {
    const std::uint8_t kind = reader.u8();
    const std::uint8_t who = reader.u8();
    const std::uint16_t size = reader.u16();
    if (static_cast<Step>(kind & 3) == Step::kWait) return wait(std::chrono::seconds(size));
    const Bytes body = reader.bytes(size);
    if (!reader.ok()) return;
    switch (static_cast<Step>(kind & 3)) {
      case Step::kRaw:
        return from_client(who, body);
      case Step::kSigned:
        return signed_request(who, body);
      default:
        return (kind & kIcmpFlag) != 0 ? icmp_error(who, body) : from_peer(who, body);
    }
  }

 private:
  static Endpoint client(std::uint8_t who) {
    return {*overlay::IpAddress::parse((who & 1) != 0 ? "2606:4700::1" : "8.8.4.4"),
            static_cast<std::uint16_t>(1000 + (who >> 4))};
  }
  static Endpoint listener(std::uint8_t who) {
    return {*overlay::IpAddress::parse((who & 1) != 0 ? "2606:4700::9" : "9.9.9.9"), 3478};
  }

  void wait(overlay::Duration duration) {
    now_ += duration;
    server_.on_timer(now_);
    CHECK(server_.next_timeout() > now_);
  }

  void from_client(std::uint8_t who, Bytes datagram) {
    overlay::PacketBuffer buffer;
    if (!buffer.assign(datagram)) return;
    const TurnVerdict verdict = server_.on_client_datagram(
        {.source = client(who), .local = listener(who), .traffic_class = 0}, buffer, now_, wall_clock_);
    CHECK((verdict.action == TurnAction::kDrop) == (verdict.reason != TurnDrop::kNone));
    if (verdict.action == TurnAction::kReplyToClient) {
      const auto answer = StunReader::parse(buffer.bytes());
      CHECK(answer.has_value());
      if (const auto ticket = answer->find(StunAttribute::kMobilityTicket))
        ticket_.assign(ticket->begin(), ticket->end());
      CHECK(verdict.route.destination == client(who) && verdict.route.source == listener(who));
    }
    if (verdict.action == TurnAction::kToPeer) {
      CHECK(buffer.size() <= datagram.size());
      CHECK(policy_.allows(verdict.route.destination.address));
      CHECK(server_.owns(verdict.route.source));
    }
  }

  void signed_request(std::uint8_t who, Bytes body) {
    overlay::ByteReader attributes(body);
    const auto method = static_cast<StunMethod>(attributes.u8());
    overlay::ByteArray<overlay::PacketBuffer::kMaxDatagram> storage;
    TransactionId transaction{who, ++transactions_};
    StunWriter writer(storage, {method, StunClass::kRequest}, transaction);
    while (attributes.ok() && attributes.remaining() > 0) {
      const auto type = static_cast<StunAttribute>(attributes.u16());
      const std::uint8_t size = attributes.u8();
      writer.add(type, attributes.bytes(size));
    }
    if ((who & 4) != 0) writer.add(StunAttribute::kMobilityTicket, ticket_);
    writer.add_text(StunAttribute::kUsername, "u");
    writer.add_text(StunAttribute::kRealm, "r");
    writer.add_text(StunAttribute::kNonce,
                    NonceMint({kNonceKey}).mint(client(who).address, wall_clock_.at(now_)));
    if ((who & 2) != 0) {
      writer.add(StunAttribute::kPasswordAlgorithms, overlay::ByteArray<8>{0, 2, 0, 0, 0, 1, 0, 0});
      writer.add_u32(StunAttribute::kPasswordAlgorithm, 2u << 16);
      writer.add_integrity_sha256(long_term_key("u", "r", "p", PasswordAlgorithm::kSha256));
    } else {
      writer.add_integrity(long_term_key("u", "r", "p"));
    }
    if (writer.ok()) from_client(who, writer.written());
  }

  // From every allocation's view the peer is the same.
  static Endpoint peer_of(const Endpoint& relayed, std::uint8_t who) {
    return {*overlay::IpAddress::parse(relayed.address.is_v4() ? "1.1.1.1" : "2606:4700::2"),
            static_cast<std::uint16_t>(2000 + who)};
  }
  [[nodiscard]] std::vector<Endpoint> all_relayed() const {
    std::vector<Endpoint> relayed;
    server_.for_each_allocation([&](const Allocation& allocation) {
      relayed.push_back(allocation.relayed);
      if (allocation.second) relayed.push_back(allocation.second->endpoint);
    });
    return relayed;
  }

  // The body is type, code and MTU.
  void icmp_error(std::uint8_t who, Bytes body) {
    overlay::ByteReader reader(body);
    overlay::IcmpError error{.type = reader.u8(), .code = reader.u8(), .mtu = reader.u32()};
    for (const Endpoint& address : all_relayed()) {
      error.local = address;
      error.remote = peer_of(address, who);
      overlay::PacketBuffer buffer;
      const TurnVerdict verdict = server_.on_peer_unreachable(error, buffer, now_);
      if (verdict.action == TurnAction::kToClient) CHECK(StunReader::parse(buffer.bytes()).has_value());
    }
  }

  // The body is the payload.
  void from_peer(std::uint8_t who, Bytes payload) {
    for (const Endpoint& address : all_relayed()) {
      overlay::PacketBuffer buffer;
      if (!buffer.assign(payload)) return;
      const Endpoint peer = peer_of(address, who);
      const TurnVerdict verdict = server_.on_peer_datagram(address, peer, buffer, now_);
      CHECK(verdict.action == TurnAction::kToClient || verdict.action == TurnAction::kDrop);
      if (verdict.action == TurnAction::kToClient)
        CHECK(decode_channel_data(buffer.bytes()) || StunReader::parse(buffer.bytes()));
    }
  }

  Ports ports_;
  overlay::SeededRandom random_{1};
  PeerPolicy policy_;
  overlay::Instant now_{std::chrono::hours(1)};
  overlay::WallClock wall_clock_{now_, kUnixStart};
  std::uint8_t transactions_ = 0;
  overlay::ByteVector ticket_;
  TurnServer server_{small_config(), ports_, random_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  overlay::ByteReader reader(Bytes(data, size));
  Conversation conversation;
  for (std::size_t step = 0; step < kMaxSteps && reader.remaining() > 0; ++step)
    conversation.take(reader);
  return 0;
}
