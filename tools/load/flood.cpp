#include "tools/load/flood.h"

#include <algorithm>
#include <array>

#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "tools/wan/system.h"

namespace load {
namespace {

using overlay::ByteWriter;

constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::size_t kStunHeader = 20;
constexpr std::size_t kHandshakeBytes = 200;
constexpr std::size_t kBatch = 64;

void add_attribute(ByteWriter& writer, std::uint16_t type, overlay::Bytes value) {
  constexpr overlay::ByteArray<3> kPadding{};
  writer.u16(type);
  writer.u16(static_cast<std::uint16_t>(value.size()));
  writer.bytes(value);
  writer.bytes(overlay::Bytes(kPadding).first((4 - value.size() % 4) % 4));
}

void add_random_attribute(ByteWriter& writer, std::uint16_t type, std::size_t size, overlay::Random& random) {
  overlay::ByteArray<64> value;
  const auto used = overlay::MutableBytes(value).first(size);
  random.fill(used);
  for (auto& byte : used)
    byte = static_cast<std::uint8_t>('a' + byte % 26);
  add_attribute(writer, type, used);
}

// RFC 8656 section 7.1, with RFC 8489's attribute numbers.
std::size_t write_attributes(overlay::Random& random, overlay::MutableBytes out) {
  ByteWriter writer(out);
  add_attribute(writer, 0x0019, overlay::ByteArray<4>{17});  // REQUESTED-TRANSPORT: UDP
  if (random.below(2) == 0) return writer.size();
  add_random_attribute(writer, 0x0006, 8, random);   // USERNAME
  add_random_attribute(writer, 0x0014, 13, random);  // REALM
  add_random_attribute(writer, 0x0015, 47, random);  // NONCE
  add_random_attribute(writer, 0x0008, 20, random);  // MESSAGE-INTEGRITY
  return writer.size();
}

// RFC 791 and RFC 768, for `payload` bytes.
void write_headers(ByteWriter& writer, const overlay::Endpoint& source, const overlay::Endpoint& server,
                   std::size_t payload) {
  const std::size_t length = kIpHeader + kUdpHeader + payload;
  writer.u16(0x4500);  // version 4, five words of header
  writer.u16(static_cast<std::uint16_t>(length));
  writer.u32(0);                      // the kernel fills in the identification
  writer.u32(64u << 24 | 17u << 16);  // TTL, UDP; the kernel fills in the checksum
  writer.bytes(source.address.octets());
  writer.bytes(server.address.octets());
  writer.u16(source.port);
  writer.u16(server.port);
  writer.u16(static_cast<std::uint16_t>(length - kIpHeader));
  writer.u16(0);  // no checksum
}

}  // namespace

std::size_t write_spoofed_handshake(const overlay::Endpoint& source, const overlay::Endpoint& server,
                                    overlay::Random& random, overlay::MutableBytes out) {
  ByteWriter writer(out);
  write_headers(writer, source, server, kHandshakeBytes);
  const auto payload = out.subspan(writer.size(), kHandshakeBytes);
  random.fill(payload);
  constexpr overlay::ByteArray<4> kInitiation{1, 0, 0, 0};
  std::ranges::copy(kInitiation, payload.begin());
  return writer.size() + payload.size();
}

std::size_t write_spoofed_allocate(const overlay::Endpoint& source, const overlay::Endpoint& server,
                                   overlay::Random& random, overlay::MutableBytes out) {
  constexpr std::size_t kHeaders = kIpHeader + kUdpHeader + kStunHeader;
  const std::size_t attributes = write_attributes(random, out.subspan(kHeaders));
  ByteWriter writer(out);
  write_headers(writer, source, server, kStunHeader + attributes);
  writer.u16(0x0003);  // Allocate
  writer.u16(static_cast<std::uint16_t>(attributes));
  writer.u32(0x2112'A442);
  overlay::ByteArray<12> transaction;
  random.fill(transaction);
  writer.bytes(transaction);
  return kHeaders + attributes;
}

overlay::Result<Flood> Flood::open(const overlay::Endpoint& server, const overlay::IpPrefix& sources,
                                   FloodPayload payload) {
  if (!server.address.is_v4() || !sources.address.is_v4())
    return overlay::failure("--server and --sources must be IPv4");
  // IPPROTO_RAW: packets carry their own IP header, and the socket receives none.
  overlay::FileDescriptor fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!fd.is_open()) return wan::system_failure("raw socket (needs root)");
  return Flood(std::move(fd), server, sources, payload);
}

std::size_t Flood::send(std::size_t packets, overlay::Random& random) {
  std::array<overlay::ByteArray<kMaxSpoofedPacket>, kBatch> bytes;
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
  overlay::SocketAddress to{};
  const socklen_t to_length = overlay::to_socket_address(server_, to);
  const auto write = payload_ == FloodPayload::kAllocates ? write_spoofed_allocate : write_spoofed_handshake;
  std::size_t sent = 0;
  for (std::size_t left = packets; left > 0;) {
    const std::size_t count = std::min(left, kBatch);
    for (std::size_t i = 0; i < count; ++i) {
      parts[i] = {.iov_base = bytes[i].data(),
                  .iov_len = write(random_source(random), server_, random, bytes[i])};
      messages[i].msg_hdr = {
          .msg_name = &to, .msg_namelen = to_length, .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    const int taken = ::sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count), 0);
    sent += taken > 0 ? static_cast<std::size_t>(taken) : 0;
    left -= count;
  }
  return sent;
}

overlay::Endpoint Flood::random_source(overlay::Random& random) const {
  const auto prefix = overlay::load_be<std::uint32_t>(sources_.address.octets().data());
  const std::uint64_t hosts = std::uint64_t{1} << (32 - sources_.length);
  overlay::ByteArray<4> octets;
  overlay::store_be(octets.data(), static_cast<std::uint32_t>(prefix | random.below(hosts)));
  return {overlay::IpAddress::v4(octets), static_cast<std::uint16_t>(1024 + random.below(64'000))};
}

}  // namespace load
