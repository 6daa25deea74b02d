#include "relay/config/open_listeners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace open_listeners_test {

using overlay::Endpoint;
using overlay::Transport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Endpoint kAddress = *Endpoint::parse("192.0.2.1:5349");

class OpenListenersTest : public ::testing::Test {
 protected:
  static std::vector<ListenerConfig> taking(std::vector<Transport> transports) {
    return {{.address = kAddress,
             .transports = std::move(transports),
             .proxy_protocol_from = {},
             .https_backend = {}}};
  }

  OpenListeners listeners_;
};

TEST_F(OpenListenersTest, let_a_port_take_more_than_before_but_not_less) {
  listeners_.change(taking({Transport::kUdp, Transport::kTcp}));

  EXPECT_THAT(listeners_.refusals(taking({Transport::kUdp, Transport::kDtls}), {}), IsEmpty());
  EXPECT_THAT(listeners_.refusals(taking({Transport::kDtls}), {}),
              ElementsAre(HasSubstr("192.0.2.1:5349 cannot give up udp")));
}

TEST_F(OpenListenersTest, let_a_port_end_as_a_whole) {
  listeners_.change(taking({Transport::kUdp, Transport::kDtls}));

  EXPECT_THAT(listeners_.refusals({}, {}), IsEmpty());
  EXPECT_THAT(listeners_.refusals(taking({Transport::kTcp}), {}), IsEmpty());
}

TEST_F(OpenListenersTest, hold_a_port_that_comes_back_under_its_clients_to_what_it_took) {
  listeners_.change(taking({Transport::kUdp, Transport::kDtls}));
  listeners_.change({});
  listeners_.change(taking({Transport::kTls}));

  EXPECT_THAT(listeners_.refusals(taking({Transport::kUdp}), {}), ElementsAre(HasSubstr("give up dtls")));
  EXPECT_THAT(listeners_.refusals(taking({Transport::kDtls}), {}), ElementsAre(HasSubstr("give up udp")));
}

TEST_F(OpenListenersTest, let_a_port_that_was_closed_take_anything) {
  listeners_.change(taking({Transport::kUdp}));
  listeners_.change({});

  EXPECT_THAT(listeners_.refusals(taking({Transport::kDtls}), std::vector{kAddress}), IsEmpty());
}

}  // namespace open_listeners_test
}  // namespace relay
