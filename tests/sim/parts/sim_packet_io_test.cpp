#include "tests/sim/sim_packet_io.h"

#include <vector>

#include <gtest/gtest.h>

namespace sim {
namespace sim_packet_io_test {

class SimPacketIoTest : public testing::Test {
 protected:
  overlay::PacketBuffer& hello() {
    overlay::PacketBuffer& buffer = io_.acquire();
    EXPECT_TRUE(buffer.assign(overlay::as_bytes("hello")));
    return buffer;
  }

  const overlay::Endpoint here_ = overlay::Endpoint::parse("10.0.0.1:4000").value();
  const overlay::Endpoint there_ = overlay::Endpoint::parse("10.0.0.2:4000").value();
  Referee referee_;
  std::vector<Datagram> left_;
  SimPacketIo io_{here_.address, referee_,
                  [this](Datagram&& datagram) { left_.push_back(std::move(datagram)); }};
};

TEST_F(SimPacketIoTest, what_is_sent_leaves_at_the_flush) {
  ASSERT_TRUE(io_.open_port(here_));
  io_.send({.source = here_, .destination = there_}, hello());
  EXPECT_TRUE(left_.empty());

  io_.flush();

  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_[0].destination, there_);
  EXPECT_EQ(overlay::as_text(left_[0].bytes), "hello");
  EXPECT_FALSE(referee_.violation());
}

TEST_F(SimPacketIoTest, notices_a_buffer_that_changed_before_the_flush) {
  ASSERT_TRUE(io_.open_port(here_));
  overlay::PacketBuffer& buffer = hello();
  io_.send({.source = here_, .destination = there_}, buffer);
  buffer.drop_front(1);

  io_.flush();

  EXPECT_TRUE(referee_.violation());
}

TEST_F(SimPacketIoTest, notices_a_send_from_a_port_that_is_not_open) {
  io_.send({.source = here_, .destination = there_}, hello());

  EXPECT_TRUE(referee_.violation());
}

TEST_F(SimPacketIoTest, opens_a_port_once_and_only_on_its_own_address) {
  EXPECT_TRUE(io_.open_port(here_));
  EXPECT_FALSE(io_.open_port(here_));
  EXPECT_FALSE(io_.open_port(there_));

  io_.close_port(here_);

  EXPECT_TRUE(io_.open_port(here_));
}

}  // namespace sim_packet_io_test
}  // namespace sim
