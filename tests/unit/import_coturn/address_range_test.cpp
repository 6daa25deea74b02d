#include "tools/import_coturn/address_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace address_range_test {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<std::string> texts_of(std::string_view range) {
  std::vector<std::string> texts;
  const auto blocks = blocks_of(range);
  if (blocks)
    for (const auto& block : *blocks)
      texts.push_back(block.to_string());
  return texts;
}

TEST(AddressRange, is_the_fewest_blocks) {
  EXPECT_THAT(texts_of("10.0.0.0-10.255.255.255"), ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(texts_of("83.166.64.0-83.166.95.255"), ElementsAre("83.166.64.0/19"));
  EXPECT_THAT(texts_of("192.0.2.1-192.0.2.6"),
              ElementsAre("192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/31", "192.0.2.6/32"));
  EXPECT_THAT(texts_of("fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ElementsAre("fe80::/10"));
}

TEST(AddressRange, may_be_everything_or_one_address) {
  EXPECT_THAT(texts_of("0.0.0.0-255.255.255.255"), ElementsAre("0.0.0.0/0"));
  EXPECT_THAT(texts_of("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ElementsAre("::/0"));
  EXPECT_THAT(texts_of("255.255.255.255-255.255.255.255"), ElementsAre("255.255.255.255/32"));
  EXPECT_THAT(texts_of("83.166.68.45"), ElementsAre("83.166.68.45/32"));
}

TEST(AddressRange, is_bounded_in_the_worst_case) {
  EXPECT_THAT(texts_of("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), SizeIs(254));
}

TEST(AddressRange, covers_exactly_what_it_says) {
  const auto blocks = blocks_of("10.0.3.7-10.0.9.200").value();

  const auto holds = [&](const char* text) {
    const auto address = overlay::IpAddress::parse(text).value();
    return std::count_if(blocks.begin(), blocks.end(),
                         [&](const auto& block) { return block.contains(address); });
  };

  for (const char* const inside : {"10.0.3.7", "10.0.4.0", "10.0.8.255", "10.0.9.200"})
    EXPECT_EQ(holds(inside), 1) << inside;
  for (const char* const outside : {"10.0.3.6", "10.0.9.201", "10.0.0.0", "10.1.0.0"})
    EXPECT_EQ(holds(outside), 0) << outside;
}

TEST(AddressRange, refuses_what_is_none) {
  for (const char* const text :
       {"", "-", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.1-", "a-b", "10.0.0.1-10.0.0.2-10.0.0.3"})
    EXPECT_FALSE(blocks_of(text)) << text;
}

}  // namespace address_range_test
}  // namespace cli
