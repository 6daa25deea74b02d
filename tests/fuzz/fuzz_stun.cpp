// Conversations with a whole TurnServer. The input is a list of steps
//
//   | kind (8) | who (8) | size (16) | body (size bytes) |
//
// of which a signed step carries a method and attributes, | type (16) | size (8) | value |, that get valid
// credentials, so that everything behind the authentication is reached too: of SHA-256 when bit 1 of `who` is
// set, and with the last mobility ticket when bit 2 is. With bit 3 the client is on TCP, and a ConnectionBind
// names the last connection with a peer. A step that waits may change how many ports allocations share, to
// the lowest bits of `who`. Whatever comes: answers parse, only permitted peers are sent to, and every port
// that was opened is closed in the end.
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/turn_server.h"

namespace {

using namespace relay;
using overlay::Bytes;
using overlay::Endpoint;

enum class Step : std::uint8_t { kRaw = 0, kSigned = 1, kFromPeer = 2, kWait = 3 };
constexpr std::uint8_t kIcmpFlag = 4;     // of a kind kFromPeer
constexpr std::uint8_t kConnectFlag = 8;  // likewise: about connections
constexpr std::uint8_t kShareFlag = 4;    // of a kind kWait: from then on allocations share ports, or do not

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

// Connections with peers. Each connection is reported once.
class Peers final : public PeerStreams {
 public:
  bool listen(const Endpoint& relayed) override { return listening_.insert(relayed).second; }
  void close_listener(const Endpoint& relayed) override { CHECK(listening_.erase(relayed) == 1); }
  bool connect(ConnectionId id, const Endpoint& relayed, const Endpoint& peer) override {
    CHECK(listening_.contains(relayed) && policy_.allows(peer.address));
    connecting.push_back(id);
    return open_.insert(id).second;
  }
  void bind(ConnectionId id, const FiveTuple&) override { CHECK(open_.contains(id)); }
  void close(ConnectionId id) override { CHECK(open_.erase(id) == 1); }

  void opened(ConnectionId id) { CHECK(open_.insert(id).second); }
  void failed(ConnectionId id) { open_.erase(id); }

  std::vector<ConnectionId> connecting;

 private:
  PeerPolicy policy_;
  std::set<Endpoint> listening_;
  std::set<ConnectionId> open_;
};

TurnServerConfig small_config(std::size_t shared_relay_ports = 0) {
  TurnServerConfig config;
  config.realm = std::string("r");
  config.users = {{.name = "u", .password = "p"}};
  config.nonce_keys = {kNonceKey};
  config.relay_addresses = {*overlay::IpAddress::parse("9.9.9.9"),
                            *overlay::IpAddress::parse("2606:4700::9")};
  config.relay_port_min = 50000;
  config.relay_port_max = 50007;
  config.shared_relay_ports = shared_relay_ports;
  config.mobility = true;
  config.tcp_relay = {.is_enabled = true, .connections = 4, .connections_per_allocation = 2};
  return config;
}

class Conversation {
 public:
  void take(overlay::ByteReader& reader) {
    const std::uint8_t kind = reader.u8();
    const std::uint8_t who = reader.u8();
    const std::uint16_t size = reader.u16();
    if (static_cast<Step>(kind & 3) == Step::kWait) {
      if ((kind & kShareFlag) != 0) share_ports(who & 3);
      return wait(std::chrono::seconds(size));
    }
    const Bytes body = reader.bytes(size);
    if (!reader.ok()) return;
    switch (static_cast<Step>(kind & 3)) {
      case Step::kRaw:
        return from_client(who, body);
      case Step::kSigned:
        return signed_request(who, body);
      default:
        if ((kind & kConnectFlag) != 0) return connections(who, body);
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

  // Few claims and permissions then, so that their bounds are reached.
  void share_ports(std::size_t count) {
    TurnServerConfig config = small_config(count);
    if (count > 0) config.limits.permissions = config.limits.channels = 2;
    server_.reconfigure(std::move(config), wall_clock_.at(now_));
  }

  void wait(overlay::Duration duration) {
    now_ += duration;
    server_.on_timer(now_);
    overlay::PacketBuffer buffer;
    while (const auto overdue = server_.poll_overdue_connect(buffer, now_))
      check_connect_answer(*overdue, buffer);
    CHECK(server_.next_timeout() > now_);
  }

  void from_client(std::uint8_t who, Bytes datagram) {
    overlay::PacketBuffer buffer;
    if (!buffer.assign(datagram)) return;
    const TurnVerdict verdict = server_.on_client_datagram(
        {.source = client(who),
         .local = listener(who),
         .traffic_class = 0,
         .transport = (who & 8) != 0 ? overlay::Transport::kTcp : overlay::Transport::kUdp},
        buffer, now_, wall_clock_);
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
    if ((who & 8) != 0 && method == StunMethod::kConnectionBind)
      writer.add_u32(StunAttribute::kConnectionId, last_connection_.value);
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
      if (allocation.relays_tcp) return;
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

  static void check_connect_answer(const TurnVerdict& verdict, const overlay::PacketBuffer& buffer) {
    CHECK(verdict.action == TurnAction::kReplyToClient || verdict.action == TurnAction::kDrop);
    if (verdict.action != TurnAction::kReplyToClient) return;
    const auto answer = StunReader::parse(buffer.bytes());
    CHECK(answer && answer->type().method == StunMethod::kConnect);
  }

  // Peers answer, or do not, or connect; the body is what befalls those that exist.
  void connections(std::uint8_t who, Bytes body) {
    overlay::PacketBuffer buffer;
    for (const ConnectionId id : std::exchange(peers_.connecting, {})) {
      last_connection_ = id;
      if (!body.empty() && body.front() == 0) {
        const TurnVerdict verdict = server_.on_peer_failed(id, buffer, now_);
        if (verdict.action == TurnAction::kReplyToClient) peers_.failed(id);
        check_connect_answer(verdict, buffer);
      } else {
        check_connect_answer(server_.on_peer_connected(id, buffer, now_), buffer);
      }
    }
    std::vector<Endpoint> relayed;
    server_.for_each_allocation([&](const Allocation& allocation) {
      if (allocation.relays_tcp) relayed.push_back(allocation.relayed);
    });
    for (const Endpoint& address : relayed) {
      const auto attempt = server_.on_peer_attempt(address, peer_of(address, who), buffer, now_);
      if (attempt.verdict.action == TurnAction::kDrop) continue;
      CHECK(StunReader::parse(buffer.bytes()).has_value());
      peers_.opened(attempt.id);
      last_connection_ = attempt.id;
    }
    CHECK(server_.peer_connection_count() <= 4);
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
  Peers peers_;
  ConnectionId last_connection_;
  overlay::SeededRandom random_{1};
  PeerPolicy policy_;
  overlay::Instant now_{std::chrono::hours(1)};
  overlay::WallClock wall_clock_{now_, kUnixStart};
  std::uint8_t transactions_ = 0;
  overlay::ByteVector ticket_;
  TurnServer server_{small_config(), ports_, random_, &peers_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  overlay::ByteReader reader(Bytes(data, size));
  Conversation conversation;
  for (std::size_t step = 0; step < kMaxSteps && reader.remaining() > 0; ++step)
    conversation.take(reader);
  return 0;
}
