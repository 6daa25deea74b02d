#include "overlay/io/lingering_ports.h"

#include <gtest/gtest.h>

namespace overlay {
namespace lingering_ports_test {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

Endpoint relayed(std::size_t port) {
  return {IpAddress::v4({192, 0, 2, 1}), static_cast<std::uint16_t>(port)};
}

using Ports = LingeringPorts<int>;

TEST(LingeringPorts, are_found_once) {
  Ports ports(10s);
  ports.add(relayed(50'000), std::make_unique<int>(7), kStart);

  const auto other = ports.take(relayed(50'001));
  const auto found = ports.take(relayed(50'000));
  const auto again = ports.take(relayed(50'000));

  EXPECT_EQ(other, nullptr);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*found, 7);
  EXPECT_EQ(again, nullptr);
}

TEST(LingeringPorts, are_given_up_when_their_time_is_over) {
  Ports ports(10s);
  ports.add(relayed(50'000), std::make_unique<int>(0), kStart);
  ports.add(relayed(50'001), std::make_unique<int>(1), kStart + 1s);

  ports.give_up_until(kStart + 10s);

  EXPECT_EQ(ports.take(relayed(50'000)), nullptr);
  EXPECT_NE(ports.take(relayed(50'001)), nullptr);
}

TEST(LingeringPorts, have_their_whole_time_again_after_they_were_used) {
  Ports ports(10s);
  ports.add(relayed(50'000), std::make_unique<int>(0), kStart);
  auto used = ports.take(relayed(50'000));
  ports.add(relayed(50'000), std::move(used), kStart + 9s);

  ports.give_up_until(kStart + 18s);

  EXPECT_EQ(ports.size(), 1u);
}

TEST(LingeringPorts, are_given_up_a_few_at_once_and_oldest_first) {
  Ports ports(10s);
  for (std::size_t i = 0; i < Ports::kMostAtOnce + 1; ++i)
    ports.add(relayed(50'000 + i), std::make_unique<int>(0), kStart);

  ports.give_up_until(kNever);

  EXPECT_EQ(ports.size(), 1u);
  EXPECT_NE(ports.take(relayed(50'000 + Ports::kMostAtOnce)), nullptr);
}

TEST(LingeringPorts, are_bounded) {
  Ports ports(10s);
  for (std::size_t i = 0; i < Ports::kMost; ++i) {
    ASSERT_TRUE(ports.has_room());
    ports.add(relayed(1024 + i), std::make_unique<int>(0), kStart);
  }

  EXPECT_FALSE(ports.has_room());
  ports.give_up_until(kNever);
  EXPECT_TRUE(ports.has_room());
}

TEST(LingeringPorts, have_no_room_where_none_may_linger) {
  EXPECT_FALSE(Ports(0s).has_room());
}

}  // namespace lingering_ports_test
}  // namespace overlay
