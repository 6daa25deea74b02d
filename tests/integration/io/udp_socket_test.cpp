#include "overlay/io/udp_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overlay {
namespace udp_socket_test {

using testing::HasSubstr;

const Endpoint kAnyPort = Endpoint::parse("127.0.0.1:0").value();

TEST(UdpSocket, takes_a_free_port_when_none_is_asked_for) {
  const auto socket = UdpSocket::open(kAnyPort);

  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->local().address, kAnyPort.address);
  EXPECT_NE(socket->local().port, 0);
}

TEST(UdpSocket, says_which_port_is_taken_and_what_to_do) {
  const auto first = UdpSocket::open(kAnyPort);
  ASSERT_TRUE(first);

  const auto second = UdpSocket::open(first->local());

  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(first->local().to_string()));
  EXPECT_THAT(second.error().message, HasSubstr("another process has this port"));
}

TEST(UdpSocket, says_when_the_address_is_of_another_machine) {
  const auto socket = UdpSocket::open(Endpoint::parse("192.0.2.1:0").value());

  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().message, HasSubstr("no interface of this machine has this address"));
}

TEST(UdpSocket, binds_to_an_address_that_may_come_later) {
  for (const char* const address : {"192.0.2.1:3478", "[2001:db8::1]:3478"})
    EXPECT_TRUE(UdpSocket::open(Endpoint::parse(address).value(), {.may_be_absent = true})) << address;
}

TEST(UdpSocket, shares_a_port_when_both_ask_for_it) {
  const auto first = UdpSocket::open(kAnyPort, {.is_shared = true});
  ASSERT_TRUE(first);

  EXPECT_TRUE(UdpSocket::open(first->local(), {.is_shared = true}));
  EXPECT_FALSE(UdpSocket::open(first->local()));
}

}  // namespace udp_socket_test
}  // namespace overlay
