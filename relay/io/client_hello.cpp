#include "relay/io/client_hello.h"

#include <algorithm>

#include "overlay/base/wire.h"

namespace relay {
namespace {

using State = ClientHello::State;

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMaxRecord = 16 * 1024;
constexpr std::size_t kMessageHeader = 4;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHelloType = 1;
constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kApplicationProtocols = 16;
constexpr std::uint8_t kHostName = 0;

ClientHello broken() {
  return {.state = State::kBroken};
}

std::string_view host_name(overlay::Bytes extension) {
  overlay::ByteReader outer(extension);
  overlay::ByteReader list(outer.bytes(outer.u16()));
  if (list.u8() != kHostName) return {};
  const overlay::Bytes name = list.bytes(list.u16());
  return list.ok() ? overlay::as_text(name) : std::string_view{};
}

overlay::Bytes protocol_names(overlay::Bytes extension) {
  overlay::ByteReader reader(extension);
  const overlay::Bytes names = reader.bytes(reader.u16());
  return reader.ok() ? names : overlay::Bytes{};
}

// RFC 8446 section 4.1.2, the same in TLS 1.2.
ClientHello read_body(overlay::Bytes body) {
  overlay::ByteReader reader(body);
  reader.skip(2 + 32);        // version, random
  reader.skip(reader.u8());   // session id
  reader.skip(reader.u16());  // cipher suites
  reader.skip(reader.u8());   // compression methods
  ClientHello hello{.state = State::kFound};
  if (reader.ok() && reader.remaining() == 0) return hello;  // extensions are optional

  overlay::ByteReader extensions(reader.bytes(reader.u16()));
  while (reader.ok() && extensions.ok() && extensions.remaining() > 0) {
    const std::uint16_t type = extensions.u16();
    const overlay::Bytes extension = extensions.bytes(extensions.u16());
    if (type == kServerName) hello.server_name = host_name(extension);
    if (type == kApplicationProtocols) {
      const overlay::Bytes names = protocol_names(extension);
      hello.protocols.assign(names.begin(), names.end());
    }
  }
  return reader.ok() && extensions.ok() ? hello : broken();
}

}  // namespace

bool ClientHello::offers(std::string_view protocol) const {
  overlay::ByteReader reader(protocols);
  while (reader.ok() && reader.remaining() > 0)
    if (overlay::as_text(reader.bytes(reader.u8())) == protocol && reader.ok()) return true;
  return false;
}

ClientHello client_hello_at_front(overlay::Bytes stream) {
  overlay::ByteVector message;  // of as many records as have come
  for (std::size_t records = 0; records < ClientHello::kMaxRecords; ++records) {
    if (stream.empty()) return {};
    if (stream.front() != kHandshake || (stream.size() > 1 && stream[1] != 3)) return broken();
    if (stream.size() < kRecordHeader) return {};
    const std::size_t size = overlay::load_be<std::uint16_t>(stream.data() + 3);
    if (size == 0 || size > kMaxRecord) return broken();
    const overlay::Bytes rest = stream.subspan(kRecordHeader);
    const overlay::Bytes part = rest.first(std::min(size, rest.size()));
    message.insert(message.end(), part.begin(), part.end());
    if (!message.empty() && message.front() != kClientHelloType) return broken();
    if (message.size() >= kMessageHeader) {
      const std::size_t length = overlay::load_be<std::uint32_t>(message.data()) & 0xffffff;
      if (length > ClientHello::kMaxMessage) return broken();
      if (message.size() >= kMessageHeader + length)
        return read_body(overlay::Bytes(message).subspan(kMessageHeader, length));
    }
    if (part.size() < size) return {};
    stream = rest.subspan(size);
  }
  return broken();
}

}  // namespace relay
