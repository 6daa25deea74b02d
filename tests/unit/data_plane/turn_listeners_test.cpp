#include "relay/data_plane/turn_listeners.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace turn_listeners_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::array kOld{endpoint("192.0.2.1:3478")};
const std::array kNew{endpoint("192.0.2.1:3479")};
const overlay::Endpoint kAnyAddress = endpoint("0.0.0.0:3478");

TEST(TurnListeners, keep_what_a_change_retires_until_it_is_forgotten) {
  TurnListeners listeners({kOld[0]});

  listeners.change({kNew[0]}, kOld, {});

  EXPECT_TRUE(listeners.contain(kOld[0]));
  EXPECT_TRUE(listeners.only_retired_contain(kOld[0]));
  EXPECT_FALSE(listeners.only_retired_contain(kNew[0]));
  EXPECT_THAT(listeners.retired(), ElementsAre(kOld[0]));
  EXPECT_TRUE(listeners.forget(kOld[0]));
  EXPECT_FALSE(listeners.forget(kOld[0]));
  EXPECT_THAT(listeners.retired(), IsEmpty());
}

TEST(TurnListeners, take_back_what_the_configuration_has_again) {
  TurnListeners listeners({kOld[0]});
  listeners.change({kNew[0]}, kOld, {});

  listeners.change({kOld[0]}, kNew, kOld);

  EXPECT_FALSE(listeners.only_retired_contain(kOld[0]));
  EXPECT_THAT(listeners.retired(), ElementsAre(kNew[0]));
}

TEST(TurnListeners, are_not_closed_at_an_address_that_another_one_covers) {
  TurnListeners listeners({kOld[0]});

  listeners.change({kAnyAddress}, kOld, {});

  EXPECT_TRUE(listeners.contain(kOld[0]));
  EXPECT_FALSE(listeners.only_retired_contain(kOld[0]));
}

}  // namespace turn_listeners_test
}  // namespace relay
