#include "routing/path_quality.h"

#include <gtest/gtest.h>

namespace routing {
namespace path_quality_test {

using std::chrono::milliseconds;

// Worked by hand from ITU-T G.107's short form: R = 93.2 - 0.024 d - 0.11 (d - 177.3)+ - 95 P / (P + 25.1).
TEST(PathQuality, r_factor_follows_delay_and_loss) {
  EXPECT_NEAR(r_factor(milliseconds(100), 0.00), 90.8, 0.05);
  EXPECT_NEAR(r_factor(milliseconds(100), 0.01), 87.2, 0.05);
  EXPECT_NEAR(r_factor(milliseconds(100), 0.05), 75.0, 0.1);
  EXPECT_NEAR(r_factor(milliseconds(250), 0.00), 79.2, 0.05);
  EXPECT_NEAR(r_factor(milliseconds(250), 0.10), 52.1, 0.1);
  EXPECT_NEAR(r_factor(milliseconds(400), 0.05), 43.3, 0.1);
}

TEST(PathQuality, mos_follows_r_factor) {
  EXPECT_NEAR(mos(90.8), 4.36, 0.01);
  EXPECT_NEAR(mos(75.0), 3.82, 0.01);
  EXPECT_NEAR(mos(43.3), 2.24, 0.05);
  EXPECT_EQ(mos(0), 1);
}

TEST(PathQuality, video_stalls_where_no_retransmission_fits) {
  const double nearby = stall_risk(milliseconds(40), milliseconds(1), 0.02);
  const double far = stall_risk(milliseconds(250), milliseconds(1), 0.02);

  EXPECT_LT(nearby, 1e-4);
  EXPECT_NEAR(far, 1 - 0.98 * 0.98 * 0.98 * 0.98 * 0.98 * 0.98 * 0.98 * 0.98 * 0.98, 1e-9);
}

TEST(PathQuality, loss_of_links_in_series_multiplies_and_jitter_adds_in_squares) {
  TopologyLink link;
  link.rtt = milliseconds(30);
  link.jitter = milliseconds(3);
  link.loss = 0.1;
  TopologyLink next = link;
  next.jitter = milliseconds(4);
  PathMetric metric;

  metric.append(link);
  metric.append(next);

  EXPECT_EQ(metric.rtt, milliseconds(60));
  EXPECT_NEAR(overlay::to_ms(metric.jitter), 5, 1e-6);
  EXPECT_DOUBLE_EQ(metric.loss, 1 - 0.9 * 0.9);
}

TEST(PathQuality, load_costs_nothing_up_to_seventy_percent) {
  EXPECT_EQ(load_cost(178), 0);
  EXPECT_NEAR(load_cost(255), 10, 1e-9);
  EXPECT_GT(load_cost(230), load_cost(200));
}

}  // namespace path_quality_test
}  // namespace routing
