#include "relay/control_plane/retired_endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace retired_endpoints_test {

using overlay::Endpoint;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Endpoint kOld = *Endpoint::parse("192.0.2.1:3478");
const Endpoint kKept = *Endpoint::parse("192.0.2.1:3479");
const Endpoint kNew = *Endpoint::parse("192.0.2.1:443");

class RetiredEndpointsTest : public ::testing::Test {
 protected:
  RetiredEndpoints::Steps change(std::vector<Endpoint> before, std::vector<Endpoint> after) {
    const auto steps = listeners_.steps(before, after);
    listeners_.note_change(steps, ++generation_);
    return steps;
  }
  std::vector<Endpoint> report(std::size_t core, std::vector<Endpoint> in_use) {
    return listeners_.note_report(core, generation_, in_use);
  }

  RetiredEndpoints listeners_{2};
  std::uint64_t generation_ = 0;
};

TEST_F(RetiredEndpointsTest, opens_what_is_new_and_retires_what_is_gone) {
  const auto steps = change({kOld, kKept}, {kKept, kNew});

  EXPECT_THAT(steps.open, ElementsAre(kNew));
  EXPECT_THAT(steps.take_back, IsEmpty());
  EXPECT_THAT(steps.retire, ElementsAre(kOld));
}

TEST_F(RetiredEndpointsTest, closes_a_listener_when_the_last_data_plane_has_no_client_on_it) {
  change({kOld}, {kNew});

  EXPECT_THAT(report(0, {}), IsEmpty());
  EXPECT_THAT(report(1, {kOld}), IsEmpty());
  EXPECT_THAT(report(1, {}), ElementsAre(kOld));
  EXPECT_TRUE(listeners_.empty());
}

TEST_F(RetiredEndpointsTest, believes_no_report_from_before_the_change) {
  change({kOld}, {kNew});

  EXPECT_THAT(listeners_.note_report(0, generation_ - 1, {}), IsEmpty());
  EXPECT_THAT(report(1, {}), IsEmpty());
  EXPECT_THAT(report(0, {}), ElementsAre(kOld));
}

TEST_F(RetiredEndpointsTest, takes_a_retired_listener_back_without_opening_it_again) {
  change({kOld}, {kNew});

  const auto steps = change({kNew}, {kOld, kNew});

  EXPECT_THAT(steps.open, IsEmpty());
  EXPECT_THAT(steps.take_back, ElementsAre(kOld));
  EXPECT_TRUE(listeners_.empty());
}

}  // namespace retired_endpoints_test
}  // namespace relay
