#include "tests/unit/turn_differential/datagrams.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "overlay/base/wire.h"
#include "relay/stun/channel_data.h"
#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_writer.h"
#include "tests/unit/turn_differential/facts.h"
#include "tests/unit/turn_differential/opinions.h"

namespace differential {
namespace {

using overlay::ByteVector;
using relay::StunAttribute;
using relay::StunClass;
using relay::StunMethod;

// NOLINTBEGIN(bugprone-suspicious-missing-comma): long strings on several lines
constexpr std::string_view kPublished[] = {
    // RFC 5769 sections 2.1 to 2.4.
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008"
    "932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004"
    "e57a3bcf",
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a64300080014"
    "2b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179"
    "bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
    "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f34"
    "39396b39353464364f4c33346f4c39465354767936347341"
    "0014000b6578616d706c652e6f72670000080014"
    "f67024656dd64a3e02b8e0712e85c9a28ca89666",
    // RFC 8489 appendix B.1, as its verified erratum has it.
    "000100902112a44278ad3433c6ad72c029da412e001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41"
    "407f1704001500296f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341000000"
    "0014000b6578616d706c652e6f726700001d000400020000001c0020"
    "b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

[[nodiscard]] ByteVector from_hex(std::string_view text) {
  ByteVector bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

[[nodiscard]] ByteVector message_of(StunMethod method, StunClass message_class, std::string_view peer) {
  overlay::ByteArray<1500> storage;
  relay::StunWriter writer(storage, {method, message_class}, relay::TransactionId{1, 2, 3});
  const auto endpoint = overlay::Endpoint::parse(peer).value();
  writer.add_xor_address(StunAttribute::kXorPeerAddress, endpoint);
  writer.add_xor_address(StunAttribute::kXorRelayedAddress, endpoint);
  writer.add_xor_address(StunAttribute::kXorMappedAddress, endpoint);
  if (message_class == StunClass::kError) writer.add_error(438, "Stale Nonce");
  writer.add_u32(StunAttribute::kLifetime, 600);
  writer.add_u32(StunAttribute::kChannelNumber, 0x40000000);
  writer.add_text(StunAttribute::kUsername, "u");
  writer.add_text(StunAttribute::kRealm, "r");
  writer.add_text(StunAttribute::kNonce, "nonce");
  writer.add_text(StunAttribute::kData, "payload");
  if (message_class != StunClass::kIndication) writer.add_integrity(signing_key());
  writer.add_fingerprint();
  const auto written = writer.written();
  return {written.begin(), written.end()};
}

[[nodiscard]] ByteVector channel_data(std::uint16_t number, std::uint16_t length, std::size_t size) {
  ByteVector datagram(4 + size, 0x55);
  overlay::store_be(datagram.data(), number);
  overlay::store_be(datagram.data() + 2, length);
  return datagram;
}

void fix_length(ByteVector& datagram) {
  if (datagram.size() < 20) return;
  datagram.resize(datagram.size() / 4 * 4);
  overlay::store_be(datagram.data() + 2, static_cast<std::uint16_t>(datagram.size() - 20));
}

void append_attribute(ByteVector& datagram, std::uint16_t type, overlay::Bytes value) {
  ByteVector header(4);
  overlay::store_be(header.data(), type);
  overlay::store_be(header.data() + 2, static_cast<std::uint16_t>(value.size()));
  datagram.insert(datagram.end(), header.begin(), header.end());
  datagram.insert(datagram.end(), value.begin(), value.end());
  datagram.resize((datagram.size() + 3) / 4 * 4);
}

// Right for the message as it is then: with `behind`, which RFC 8489 section 14.7 forbids.
void append_fingerprint(ByteVector& datagram, overlay::Bytes behind = {}) {
  const std::size_t at = datagram.size();
  append_attribute(datagram, kFingerprint, ByteVector(4));
  if (!behind.empty()) append_attribute(datagram, 0x8022, behind);
  fix_length(datagram);
  const auto sum = relay::fingerprint(overlay::Bytes(datagram).first(at));
  overlay::store_be(&datagram[at + 4], sum);
}

[[nodiscard]] std::uint16_t some_type(overlay::Random& random) {
  constexpr std::uint16_t kTypes[] = {0x0001, 0x0006, 0x0008, 0x0009, 0x000C, 0x000D, 0x0012, 0x0013, 0x0014,
                                      0x0015, 0x0016, 0x0018, 0x0019, 0x001C, 0x0020, 0x0022, 0x8028, 0x8022};
  return kTypes[random.below(std::size(kTypes))];
}

void change_once(ByteVector& datagram, overlay::Random& random) {
  const auto anywhere = [&] { return static_cast<std::size_t>(random.below(datagram.size())); };
  switch (random.below(6)) {
    case 0:
      datagram[anywhere()] ^= static_cast<std::uint8_t>(1U << random.below(8));
      return;
    case 1:
      datagram[anywhere()] = static_cast<std::uint8_t>(random.below(256));
      return;
    case 2:
      datagram.resize(anywhere() + 1);
      return;
    case 3: {
      ByteVector value(random.below(24));
      random.fill(value);
      return append_attribute(datagram, some_type(random), value);
    }
    case 4: {
      // A length or type of an attribute: those are what parsers trip over.
      if (datagram.size() < 2) return;
      const auto at = 20 + 2 * random.below(datagram.size() / 2);
      if (at + 2 <= datagram.size())
        overlay::store_be(&datagram[at], static_cast<std::uint16_t>(random.below(40)));
      return;
    }
    default:
      datagram.insert(datagram.end(), datagram.begin() + static_cast<std::ptrdiff_t>(anywhere()),
                      datagram.end());
  }
}

}  // namespace

std::vector<ByteVector> published_vectors() {
  std::vector<ByteVector> vectors;
  for (const auto text : kPublished)
    vectors.push_back(from_hex(text));
  return vectors;
}

// A file is a datagram; of the conversations of fuzz_stun, each step's body is one as well:
// kind (8), who (8), size (16), body.
std::vector<ByteVector> corpus(const std::string& folder) {
  std::vector<ByteVector> datagrams;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const ByteVector all{std::istreambuf_iterator<char>(file), {}};
    datagrams.push_back(all);
    overlay::ByteReader steps(all);
    while (steps.ok() && steps.remaining() >= 4) {
      (void)steps.u16();
      const auto body = steps.bytes(steps.u16());
      if (steps.ok()) datagrams.emplace_back(body.begin(), body.end());
    }
  }
  return datagrams;
}

std::vector<ByteVector> messages_of_every_kind() {
  std::vector<ByteVector> datagrams;
  for (const auto method :
       {StunMethod::kBinding, StunMethod::kAllocate, StunMethod::kRefresh, StunMethod::kSend,
        StunMethod::kData, StunMethod::kCreatePermission, StunMethod::kChannelBind})
    for (const auto message_class :
         {StunClass::kRequest, StunClass::kIndication, StunClass::kSuccess, StunClass::kError})
      for (const auto peer : {"192.0.2.7:4000", "[2001:db8::7]:4000"})
        datagrams.push_back(message_of(method, message_class, peer));
  for (const auto number :
       std::initializer_list<std::uint16_t>{0x3FFF, 0x4000, 0x4FFF, 0x5000, 0x7FFF, 0x8000})
    for (const auto length : std::initializer_list<std::uint16_t>{0, 1, 4, 172})
      for (const int more : {-1, 0, 3, 4})
        if (const int size = length + more; size >= 0)
          datagrams.push_back(channel_data(number, length, static_cast<std::size_t>(size)));
  return datagrams;
}

ByteVector mutate(ByteVector datagram, overlay::Random& random) {
  if (datagram.empty()) datagram.resize(20);
  for (auto changes = 1 + random.below(4); changes > 0; --changes)
    change_once(datagram, random);
  datagram.resize(std::min<std::size_t>(datagram.size(), 1400));
  if (random.below(4) != 0) fix_length(datagram);
  if (datagram.size() < 20 || datagram.size() % 4 != 0) return datagram;
  if (random.below(4) == 0)
    append_fingerprint(datagram);
  else if (random.below(20) == 0)
    append_fingerprint(datagram, ByteVector(8, 0x61));
  return datagram;
}

}  // namespace differential
