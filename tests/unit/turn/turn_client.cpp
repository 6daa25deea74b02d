#include "tests/unit/turn/turn_client.h"

#include <gtest/gtest.h>

#include "overlay/base/wire.h"

namespace relay::testing {

overlay::Status PortRecorder::open_port(const overlay::Endpoint& local) {
  if (!open_.insert(local).second) return overlay::failure("the port is taken");
  return overlay::ok();
}

void PortRecorder::close_port(const overlay::Endpoint& local) {
  if (open_.erase(local) == 0) balanced_ = false;
}

TurnServerConfig sample_config() {
  TurnServerConfig config;
  config.users = {{"alice", std::string(kPassword)}, {"bob", std::string(kPassword)}};
  config.nonce_keys = {{1}};
  config.relay_addresses = {endpoint("198.51.100.7:0").address, endpoint("[2001:db8::7]:0").address};
  return config;
}

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

StunReader Answer::message() const {
  const auto message = StunReader::parse(bytes_);
  EXPECT_TRUE(message) << "the answer does not parse";
  return message.value_or(StunReader());
}

int Answer::error() const {
  const auto value = message().find(StunAttribute::kErrorCode);
  return value && value->size() >= 4 ? (*value)[2] * 100 + (*value)[3] : 0;
}

std::string Answer::text(StunAttribute attribute) const {
  const auto found = message().find(attribute);
  return found ? std::string(overlay::as_text(*found)) : std::string();
}

overlay::Endpoint Answer::address(StunAttribute attribute) const {
  return message().find_xor_address(attribute).value_or(overlay::Endpoint{});
}

TurnClient::TurnClient(World& world, std::string_view address, std::string username, std::string password)
    : world_(world), username_(std::move(username)), password_(std::move(password)) {
  meta_.source = endpoint(address);
  meta_.local = endpoint(meta_.source.address.is_v4() ? "198.51.100.7:3478" : "[2001:db8::7]:3478");
}

TransactionId TurnClient::next_transaction() {
  TransactionId transaction{};
  overlay::store_be(transaction.data(), ++transactions_);
  return transaction;
}

Outcome TurnClient::send(overlay::Bytes datagram) {
  overlay::PacketBuffer buffer;
  EXPECT_TRUE(buffer.assign(datagram));
  const TurnVerdict verdict = world_.server.on_client_datagram(meta_, buffer, world_.now, world_.wall_clock);
  const overlay::Bytes bytes = std::as_const(buffer).bytes();
  return {verdict, {bytes.begin(), bytes.end()}};
}

Outcome TurnClient::send_unsigned(StunType type, const Attributes& attributes) {
  overlay::ByteArray<1500> storage;
  StunWriter writer(storage, type, next_transaction());
  if (attributes) attributes(writer);
  return send(writer.written());
}

Answer TurnClient::ask_unsigned(StunMethod method, const Attributes& attributes) {
  const Outcome outcome = send_unsigned({method, StunClass::kRequest}, attributes);
  EXPECT_EQ(outcome.verdict.action, TurnAction::kReplyToClient);
  return Answer(outcome.bytes);
}

overlay::ByteVector TurnClient::sign(StunMethod method, const Attributes& attributes) {
  if (nonce_.empty()) nonce_ = ask_unsigned(StunMethod::kAllocate).text(StunAttribute::kNonce);
  overlay::ByteArray<1500> storage;
  StunWriter writer(storage, {method, StunClass::kRequest}, next_transaction());
  if (attributes) attributes(writer);
  add_credentials(writer);
  EXPECT_TRUE(writer.ok());
  return {writer.written().begin(), writer.written().end()};
}

void TurnClient::add_credentials(StunWriter& writer) const {
  if (signing_.has_user_hash)
    writer.add(StunAttribute::kUserHash, user_hash(username_, signing_.realm));
  else
    writer.add_text(StunAttribute::kUsername, username_);
  writer.add_text(StunAttribute::kRealm, signing_.realm);
  writer.add_text(StunAttribute::kNonce, nonce_);
  if (signing_.algorithm) {
    writer.add(StunAttribute::kPasswordAlgorithms, signing_.offered);
    writer.add_u32(StunAttribute::kPasswordAlgorithm, static_cast<std::uint32_t>(*signing_.algorithm) << 16);
  }
  if (signing_.sha256_integrity)
    writer.add_integrity_sha256(key());
  else
    writer.add_integrity(key());
}

Answer TurnClient::answer_to(overlay::Bytes request) {
  const Outcome outcome = send(request);
  EXPECT_EQ(outcome.verdict.action, TurnAction::kReplyToClient);
  EXPECT_EQ(outcome.verdict.route.destination, meta_.source);
  EXPECT_EQ(outcome.verdict.route.source, meta_.local);
  return Answer(outcome.bytes);
}

Answer TurnClient::ask(StunMethod method, const Attributes& attributes) {
  return answer_to(sign(method, attributes));
}

Answer TurnClient::allocate(const Attributes& attributes) {
  const Answer answer = ask(StunMethod::kAllocate, [&](StunWriter& writer) {
    add_udp(writer);
    if (attributes) attributes(writer);
  });
  if (answer.is_success()) relayed_ = answer.address(StunAttribute::kXorRelayedAddress);
  return answer;
}

Answer TurnClient::refresh(std::uint32_t lifetime) {
  return ask(StunMethod::kRefresh,
             [&](StunWriter& writer) { writer.add_u32(StunAttribute::kLifetime, lifetime); });
}

Answer TurnClient::permit(std::string_view peer) {
  return ask(StunMethod::kCreatePermission, [&](StunWriter& writer) { add_peer(writer, peer); });
}

Answer TurnClient::bind(std::uint16_t channel, std::string_view peer) {
  return ask(StunMethod::kChannelBind, [&](StunWriter& writer) {
    add_channel(writer, channel);
    add_peer(writer, peer);
  });
}

Outcome TurnClient::send_indication(std::string_view peer, std::string_view data) {
  return send_unsigned({StunMethod::kSend, StunClass::kIndication}, [&](StunWriter& writer) {
    add_peer(writer, peer);
    writer.add_text(StunAttribute::kData, data);
  });
}

Outcome TurnClient::send_channel(std::uint16_t channel, std::string_view data, std::size_t padding) {
  overlay::ByteVector datagram(kChannelHeaderSize);
  encode_channel_data({.channel = ChannelNumber(channel), .length = static_cast<std::uint16_t>(data.size())},
                      datagram);
  datagram.insert(datagram.end(), data.begin(), data.end());
  datagram.resize(datagram.size() + padding);
  return send(datagram);
}

Outcome TurnClient::receive_from(std::string_view peer, std::string_view data) {
  overlay::PacketBuffer buffer;
  EXPECT_TRUE(buffer.assign(overlay::as_bytes(data)));
  const TurnVerdict verdict = world_.server.on_peer_datagram(relayed_, endpoint(peer), buffer, world_.now);
  const overlay::Bytes bytes = std::as_const(buffer).bytes();
  return {verdict, {bytes.begin(), bytes.end()}};
}

void add_udp(StunWriter& writer) {
  writer.add_u32(StunAttribute::kRequestedTransport, 17u << 24);
}
void add_peer(StunWriter& writer, std::string_view peer) {
  writer.add_xor_address(StunAttribute::kXorPeerAddress, endpoint(peer));
}
void add_channel(StunWriter& writer, std::uint16_t channel) {
  writer.add_u32(StunAttribute::kChannelNumber, std::uint32_t{channel} << 16);
}
void add_family(StunWriter& writer, std::uint8_t family) {
  writer.add_u32(StunAttribute::kRequestedAddressFamily, std::uint32_t{family} << 24);
}

}  // namespace relay::testing
