#include "tests/sim/turn_messages.h"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace sim {
namespace {

// RFC 8489 section 5, RFC 8656 sections 17 and 18.
constexpr std::uint32_t kMagicCookie = 0x2112A442;
constexpr std::size_t kHeaderSize = 20;
constexpr std::uint16_t kAllocate = 0x0003;
constexpr std::uint16_t kCreatePermission = 0x0008;
constexpr std::uint16_t kChannelBind = 0x0009;
constexpr std::uint16_t kClassMask = 0x0110;
constexpr std::uint16_t kErrorClass = 0x0110;
constexpr std::uint16_t kSuccessClass = 0x0100;
constexpr std::uint8_t kUdp = 17;

enum Attribute : std::uint16_t {
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kChannelNumber = 0x000C,
  kXorPeerAddress = 0x0012,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kXorRelayedAddress = 0x0016,
  kRequestedTransport = 0x0019,
};

std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

class MessageBuilder {
 public:
  MessageBuilder(std::uint16_t method, const TransactionId& id) : bytes_(kHeaderSize) {
    overlay::ByteWriter header(bytes_);
    header.u16(method);
    header.u16(0);
    header.u32(kMagicCookie);
    header.bytes(id);
  }

  void add(Attribute type, overlay::Bytes value) {
    overlay::ByteVector attribute(4 + padded(value.size()));
    overlay::ByteWriter writer(attribute);
    writer.u16(type);
    writer.u16(static_cast<std::uint16_t>(value.size()));
    writer.bytes(value);
    bytes_.insert(bytes_.end(), attribute.begin(), attribute.end());
    set_length(bytes_.size() - kHeaderSize);
  }

  void add_peer(const overlay::Endpoint& peer) {
    CHECK(peer.address.is_v4());
    overlay::ByteArray<8> value;
    overlay::ByteWriter writer(value);
    writer.u16(1);
    writer.u16(static_cast<std::uint16_t>(peer.port ^ kMagicCookie >> 16));
    writer.u32(overlay::load_be<std::uint32_t>(peer.address.octets().data()) ^ kMagicCookie);
    add(kXorPeerAddress, value);
  }

  // RFC 8489 section 9.2.2: long-term credentials, MD5 key.
  void sign(const TurnAuth& auth) {
    add(kUsername, overlay::as_bytes(auth.credentials.username));
    add(kRealm, overlay::as_bytes(auth.realm));
    add(kNonce, overlay::as_bytes(auth.nonce));
    const std::string secret = auth.credentials.username + ":" + auth.realm + ":" + auth.credentials.password;
    overlay::ByteArray<16> key;
    CHECK(EVP_Digest(secret.data(), secret.size(), key.data(), nullptr, EVP_md5(), nullptr) == 1);
    overlay::ByteArray<20> mac;
    set_length(bytes_.size() - kHeaderSize + 4 + mac.size());
    CHECK(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes_.data(), bytes_.size(), mac.data(),
               nullptr) != nullptr);
    add(kMessageIntegrity, mac);
  }

  [[nodiscard]] overlay::ByteVector take() { return std::move(bytes_); }

 private:
  void set_length(std::size_t length) {
    overlay::store_be(bytes_.data() + 2, static_cast<std::uint16_t>(length));
  }

  overlay::ByteVector bytes_;
};

void read_attribute(std::uint16_t type, overlay::Bytes value, TurnAnswer& answer) {
  if (type == kRealm) answer.realm = overlay::as_text(value);
  if (type == kNonce) answer.nonce = overlay::as_text(value);
  if (type == kErrorCode && value.size() >= 4) answer.error = value[2] % 8 * 100 + value[3];
  if (type == kXorRelayedAddress && value.size() == 8) {
    overlay::ByteArray<4> octets;
    overlay::store_be(octets.data(), overlay::load_be<std::uint32_t>(value.data() + 4) ^ kMagicCookie);
    const auto port = overlay::load_be<std::uint16_t>(value.data() + 2) ^ kMagicCookie >> 16;
    answer.relayed = {.address = overlay::IpAddress::v4(octets), .port = static_cast<std::uint16_t>(port)};
  }
}

}  // namespace

overlay::ByteVector allocate_request(const TransactionId& id, const TurnAuth* auth) {
  MessageBuilder message(kAllocate, id);
  message.add(kRequestedTransport, overlay::ByteArray<4>{kUdp});
  if (auth != nullptr) message.sign(*auth);
  return message.take();
}

overlay::ByteVector create_permission_request(const TransactionId& id, const TurnAuth& auth,
                                              const overlay::Endpoint& peer) {
  MessageBuilder message(kCreatePermission, id);
  message.add_peer(peer);
  message.sign(auth);
  return message.take();
}

overlay::ByteVector channel_bind_request(const TransactionId& id, const TurnAuth& auth, std::uint16_t channel,
                                         const overlay::Endpoint& peer) {
  MessageBuilder message(kChannelBind, id);
  overlay::ByteArray<4> number{};
  overlay::store_be(number.data(), channel);
  message.add(kChannelNumber, number);
  message.add_peer(peer);
  message.sign(auth);
  return message.take();
}

overlay::ByteVector channel_data(std::uint16_t channel, overlay::Bytes payload) {
  overlay::ByteVector bytes(4 + payload.size());
  overlay::ByteWriter writer(bytes);
  writer.u16(channel);
  writer.u16(static_cast<std::uint16_t>(payload.size()));
  writer.bytes(payload);
  return bytes;
}

std::optional<TurnAnswer> read_answer(overlay::Bytes datagram) {
  overlay::ByteReader reader(datagram);
  const std::uint16_t type = reader.u16();
  const std::uint16_t length = reader.u16();
  const std::uint32_t cookie = reader.u32();
  TurnAnswer answer{.id = reader.array<12>(), .realm = {}, .nonce = {}, .relayed = {}};
  const std::uint16_t kind = type & kClassMask;
  if (!reader.ok() || cookie != kMagicCookie || length != reader.remaining()) return std::nullopt;
  if (kind != kSuccessClass && kind != kErrorClass) return std::nullopt;
  while (reader.remaining() >= 4) {
    const std::uint16_t attribute = reader.u16();
    const std::uint16_t size = reader.u16();
    read_attribute(attribute, reader.bytes(size), answer);
    reader.skip(std::min(padded(size) - size, reader.remaining()));
  }
  if (!reader.ok() || (kind == kErrorClass && answer.error == 0)) return std::nullopt;
  return answer;
}

std::optional<ChannelPayload> read_channel_data(overlay::Bytes datagram) {
  overlay::ByteReader reader(datagram);
  const std::uint16_t channel = reader.u16();
  const std::uint16_t length = reader.u16();
  if (!reader.ok() || channel < 0x4000 || channel > 0x4FFF) return std::nullopt;
  const overlay::Bytes payload = reader.bytes(length);
  if (!reader.ok()) return std::nullopt;
  return ChannelPayload{.channel = channel, .payload = payload};
}

}  // namespace sim
