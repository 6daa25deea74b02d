// Our STUN codec and coturn's libturnclient read the same bytes: where they differ, the reason is in the
// table of comparison.cpp, or it is a finding.
#include <array>
#include <iomanip>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn_differential/comparison.h"
#include "tests/unit/turn_differential/datagrams.h"

namespace differential {
namespace turn_differential_test {

using overlay::ByteVector;

constexpr std::uint64_t kSeed = 20'261'121;
constexpr int kMutations = 300'000;
constexpr std::size_t kMaxReports = 10;

[[nodiscard]] std::string hex(overlay::Bytes bytes) {
  std::ostringstream text;
  for (const auto byte : bytes)
    text << std::hex << std::setw(2) << std::setfill('0') << int{byte};
  return text.str();
}

class Differential : public ::testing::Test {
 protected:
  void compare(const ByteVector& datagram) {
    for (const auto& difference : differences(datagram)) {
      const auto* accepted = explanation(difference, datagram);
      if (accepted != nullptr)
        ++seen_[accepted->name];
      else if (++findings_ <= kMaxReports)
        ADD_FAILURE() << "aspect " << static_cast<int>(difference.aspect) << ", "
                      << (difference.we_have_it ? "ours only" : "theirs only") << ", " << difference.text
                      << ": " << hex(datagram);
    }
  }

  std::map<std::string_view, int> seen_;
  std::size_t findings_ = 0;
};

[[nodiscard]] std::vector<ByteVector> all_datagrams() {
  auto all = published_vectors();
  for (const auto* target : {"fuzz_stun", "fuzz_channel_data"})
    for (auto& datagram : corpus(std::string(CAUSEWAY_CORPUS) + "/" + target))
      all.push_back(std::move(datagram));
  for (auto& datagram : messages_of_every_kind())
    all.push_back(std::move(datagram));
  return all;
}

// One attribute more than we look at.
[[nodiscard]] ByteVector crowded_message() {
  constexpr std::uint16_t kAttributes = 65 * 4;
  ByteVector message(20 + kAttributes);
  overlay::store_be(message.data(), std::uint16_t{1});
  overlay::store_be(message.data() + 2, kAttributes);
  overlay::store_be(message.data() + 4, std::uint32_t{0x2112A442});
  return message;
}

// Two XOR-PEER-ADDRESS attributes, the first of a family that nobody knows.
[[nodiscard]] ByteVector message_with_two_addresses() {
  constexpr std::array<std::uint8_t, 8> kUnknownFamily{0, 7, 0x26, 0xc2, 0x20, 0x13, 0xa5, 0x43};
  constexpr std::array<std::uint8_t, 8> kV4{0, 1, 0x26, 0xc2, 0x20, 0x13, 0xa5, 0x43};
  ByteVector message(20);
  overlay::store_be(message.data(), std::uint16_t{0x0016});
  overlay::store_be(message.data() + 2, std::uint16_t{2 * (4 + 8)});
  overlay::store_be(message.data() + 4, std::uint32_t{0x2112A442});
  for (const auto& value : {kUnknownFamily, kV4}) {
    message.insert(message.end(), {0x00, 0x12, 0x00, 0x08});
    message.insert(message.end(), value.begin(), value.end());
  }
  return message;
}

TEST_F(Differential, published_vectors_mean_the_same_to_both) {
  for (const auto& datagram : published_vectors()) {
    EXPECT_TRUE(our_opinion(datagram).is_message);
    EXPECT_TRUE(library_opinion(datagram).is_message);
    EXPECT_TRUE(differences(datagram).empty()) << hex(datagram);
  }
}

TEST_F(Differential, both_verify_what_we_sign) {
  int is_signed = 0;
  for (const auto& datagram : messages_of_every_kind()) {
    const auto theirs = library_opinion(datagram);
    if (theirs.is_signed) is_signed += *theirs.is_signed ? 1 : 0;
    EXPECT_EQ(our_opinion(datagram).is_signed, theirs.is_signed) << hex(datagram);
  }

  EXPECT_EQ(is_signed, 7 * 3 * 2);
}

TEST_F(Differential, corpus_and_messages_differ_only_where_it_is_accepted) {
  for (const auto& datagram : all_datagrams())
    compare(datagram);

  EXPECT_EQ(findings_, 0u);
}

TEST_F(Differential, mutations_differ_only_where_it_is_accepted_and_each_accepted_difference_is_met) {
  overlay::SeededRandom random(kSeed);
  const auto originals = all_datagrams();

  for (int i = 0; i < kMutations; ++i)
    compare(mutate(originals[random.below(originals.size())], random));
  compare(crowded_message());
  compare(message_with_two_addresses());

  EXPECT_EQ(findings_, 0u);
  for (const auto& accepted : accepted_differences())
    EXPECT_GT(seen_[accepted.name], 0) << accepted.name << " is never met: take it off the list";
}

}  // namespace turn_differential_test
}  // namespace differential
