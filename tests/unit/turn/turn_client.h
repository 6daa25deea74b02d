// A TURN client for tests, and the ports of its server: requests are built attribute by attribute, answers
// are parsed, time is moved by hand.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "overlay/base/random.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/turn_server.h"

namespace relay::testing {

// Remembers which ports are open; no socket exists.
class PortRecorder final : public overlay::PacketIo {
 public:
  overlay::PacketBuffer& acquire() override { return buffer_; }
  void send(const overlay::DatagramRoute&, const overlay::PacketBuffer&) override {}
  overlay::Status open_port(const overlay::Endpoint& local) override;
  void close_port(const overlay::Endpoint& local) override;

  [[nodiscard]] const std::set<overlay::Endpoint>& open() const { return open_; }
  // False after a port was closed that was not open.
  [[nodiscard]] bool is_balanced() const { return balanced_; }

 private:
  overlay::PacketBuffer buffer_;
  std::set<overlay::Endpoint> open_;
  bool balanced_ = true;
};

// Remembers what becomes of the connections of TCP allocations; no socket exists.
class PeerRecorder final : public PeerStreams {
 public:
  bool listen(const overlay::Endpoint& relayed) override { return listening.insert(relayed).second; }
  void close_listener(const overlay::Endpoint& relayed) override { listening.erase(relayed); }
  bool connect(ConnectionId id, const overlay::Endpoint& relayed, const overlay::Endpoint& peer) override {
    if (refuses) return false;
    connecting.push_back({id, relayed, peer});
    return true;
  }
  void bind(ConnectionId id, const FiveTuple& client) override { bound.emplace_back(id, client); }
  void close(ConnectionId id) override { closed.push_back(id); }

  struct Connecting {
    ConnectionId id;
    overlay::Endpoint relayed;
    overlay::Endpoint peer;
  };
  std::set<overlay::Endpoint> listening;
  std::vector<Connecting> connecting;
  std::vector<std::pair<ConnectionId, FiveTuple>> bound;
  std::vector<ConnectionId> closed;
  bool refuses = false;
};

inline constexpr overlay::UnixSeconds kUnixStart{1'700'000'000};
inline constexpr std::string_view kPassword = "correct horse";

// Realm "causeway", users "alice" and "bob" with kPassword, relayed addresses of both families.
[[nodiscard]] TurnServerConfig sample_config();
[[nodiscard]] overlay::Endpoint endpoint(std::string_view text);

// One server in virtual time.
struct World {
  explicit World(TurnServerConfig config = sample_config()) : server(std::move(config), io, random, &peers) {}

  void advance(overlay::Duration duration) {
    now += duration;
    server.on_timer(now);
  }

  PortRecorder io;
  PeerRecorder peers;
  overlay::SeededRandom random{1};
  overlay::Instant now{std::chrono::hours(1)};
  overlay::WallClock wall_clock{now, kUnixStart};
  TurnServer server;
};

// An answer, with its bytes.
class Answer {
 public:
  explicit Answer(overlay::Bytes bytes) : bytes_(bytes.begin(), bytes.end()) {}

  [[nodiscard]] StunReader message() const;
  [[nodiscard]] bool is_success() const { return message().type().message_class == StunClass::kSuccess; }
  // The error code, or 0.
  [[nodiscard]] int error() const;
  [[nodiscard]] std::string text(StunAttribute attribute) const;
  [[nodiscard]] overlay::Endpoint address(StunAttribute attribute) const;
  [[nodiscard]] const overlay::ByteVector& bytes() const { return bytes_; }

 private:
  overlay::ByteVector bytes_;
};

// The server's result for a datagram: its verdict and the bytes to send.
struct Outcome {
  TurnVerdict verdict;
  overlay::ByteVector bytes;
};

// How a client signs: as browsers do, unless told otherwise.
struct Signing {
  bool sha256_integrity = false;                        // instead of MESSAGE-INTEGRITY
  std::optional<PasswordAlgorithm> algorithm{};         // PASSWORD-ALGORITHM
  overlay::ByteVector offered{0, 2, 0, 0, 0, 1, 0, 0};  // PASSWORD-ALGORITHMS, if there is an algorithm
  bool has_user_hash = false;                           // instead of USERNAME
  std::string realm = "causeway";
};

class TurnClient {
 public:
  using Attributes = std::function<void(StunWriter&)>;

  TurnClient(World& world, std::string_view address, std::string username = "alice",
             std::string password = std::string(kPassword));

  // From now on; UDP until then.
  void speak(overlay::Transport transport) { meta_.transport = transport; }

  // A datagram from this client.
  Outcome send(overlay::Bytes datagram);
  // An indication or another message without credentials.
  Outcome send_unsigned(StunType type, const Attributes& attributes = {});
  // The same, as a request that is answered.
  Answer ask_unsigned(StunMethod method, const Attributes& attributes = {});

  // A signed request with a fresh transaction; fetches a nonce first if there is none.
  Answer ask(StunMethod method, const Attributes& attributes = {});
  [[nodiscard]] overlay::ByteVector sign(StunMethod method, const Attributes& attributes = {});
  Answer answer_to(overlay::Bytes request);

  // Allocates over UDP and remembers the relayed address.
  Answer allocate(const Attributes& attributes = {});
  Answer refresh(std::uint32_t lifetime);
  Answer permit(std::string_view peer);
  Answer bind(std::uint16_t channel, std::string_view peer);
  Outcome send_indication(std::string_view peer, std::string_view data);
  Outcome send_channel(std::uint16_t channel, std::string_view data, std::size_t padding = 0);
  // A datagram of `peer` arrives at the relayed address.
  Outcome receive_from(std::string_view peer, std::string_view data);

  [[nodiscard]] const overlay::Endpoint& relayed() const { return relayed_; }
  [[nodiscard]] LongTermKey key() const {
    return long_term_key(username_, signing_.realm, password_,
                         signing_.algorithm.value_or(PasswordAlgorithm::kMd5));
  }
  void use(overlay::Transport transport) { meta_.transport = transport; }
  [[nodiscard]] FiveTuple five_tuple() const { return five_tuple_of(meta_); }
  void sign_like(Signing signing) { signing_ = std::move(signing); }
  void use_nonce(std::string nonce) { nonce_ = std::move(nonce); }
  [[nodiscard]] const std::string& nonce() const { return nonce_; }

 private:
  [[nodiscard]] TransactionId next_transaction();
  void add_credentials(StunWriter& writer) const;

  World& world_;
  overlay::DatagramMeta meta_;
  std::string username_;
  std::string password_;
  std::string nonce_;
  Signing signing_;
  std::uint64_t transactions_ = 0;
  overlay::Endpoint relayed_;
};

// Attributes that requests are made of.
void add_udp(StunWriter& writer);
void add_peer(StunWriter& writer, std::string_view peer);
void add_channel(StunWriter& writer, std::uint16_t channel);
void add_family(StunWriter& writer, std::uint8_t family);

}  // namespace relay::testing
