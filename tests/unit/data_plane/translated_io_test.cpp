#include "relay/data_plane/translated_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace translated_io_test {

using ::testing::_;
using ::testing::Field;
using ::testing::Return;

class BackEnd : public overlay::PacketIo {
 public:
  MOCK_METHOD(overlay::PacketBuffer&, acquire, (), (override));
  MOCK_METHOD(void, send, (const overlay::DatagramRoute&, const overlay::PacketBuffer&), (override));
  MOCK_METHOD(overlay::Status, open_port, (const overlay::Endpoint&), (override));
  MOCK_METHOD(overlay::Status, open_busy_port, (const overlay::Endpoint&), (override));
  MOCK_METHOD(void, close_port, (const overlay::Endpoint&), (override));
};

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

class TranslatedIoTest : public ::testing::Test {
 protected:
  ::testing::StrictMock<BackEnd> back_end_;
  TranslatedIo io_{back_end_,
                   {{.local = overlay::IpAddress::parse("10.0.0.5").value(),
                     .shown = overlay::IpAddress::parse("192.0.2.5").value()}}};
};

TEST_F(TranslatedIoTest, opens_and_closes_what_the_host_has) {
  EXPECT_CALL(back_end_, open_port(endpoint("10.0.0.5:50000"))).WillOnce(Return(overlay::ok()));
  EXPECT_CALL(back_end_, open_busy_port(endpoint("10.0.0.5:50002"))).WillOnce(Return(overlay::ok()));
  EXPECT_CALL(back_end_, close_port(endpoint("10.0.0.5:50000")));

  EXPECT_TRUE(io_.open_port(endpoint("192.0.2.5:50000")));
  EXPECT_TRUE(io_.open_busy_port(endpoint("192.0.2.5:50002")));
  io_.close_port(endpoint("192.0.2.5:50000"));
}

TEST_F(TranslatedIoTest, sends_from_what_the_host_has) {
  const overlay::PacketBuffer buffer{};
  EXPECT_CALL(back_end_, send(Field(&overlay::DatagramRoute::source, endpoint("10.0.0.5:50000")), _));

  io_.send({.source = endpoint("192.0.2.5:50000"), .destination = endpoint("198.51.100.1:9")}, buffer);
}

TEST_F(TranslatedIoTest, leaves_listeners_alone) {
  const overlay::PacketBuffer buffer{};
  EXPECT_CALL(back_end_, send(Field(&overlay::DatagramRoute::source, endpoint("10.0.0.5:3478")), _));

  io_.send({.source = endpoint("10.0.0.5:3478"), .destination = endpoint("198.51.100.1:9")}, buffer);
}

TEST_F(TranslatedIoTest, shows_peers_the_public_address) {
  EXPECT_EQ(io_.shown(endpoint("10.0.0.5:50000")), endpoint("192.0.2.5:50000"));
  EXPECT_EQ(io_.shown(endpoint("[2001:db8::1]:50000")), endpoint("[2001:db8::1]:50000"));
}

}  // namespace translated_io_test
}  // namespace relay
