#include "tests/sim/underlay.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace sim {
namespace underlay_test {

using namespace std::chrono_literals;

struct Receiver final : DatagramSink {
  explicit Receiver(EventQueue& queue) : events(queue) {}
  void receive(Datagram&& datagram) override {
    arrived.push_back(datagram.bytes.at(0));
    times.push_back(events.now());
  }

  EventQueue& events;
  std::vector<int> arrived;
  std::vector<SimTime> times;
};

class UnderlayTest : public testing::Test {
 protected:
  PathConfig& onward() { return underlay_.path(a_, b_); }
  PathConfig& back() { return underlay_.path(b_, a_); }
  void send(int number, std::size_t size = 100) { send_over(a_, b_address_, number, size); }
  void send_back(int number) { send_over(b_, a_address_, number, 100); }
  void send_over(HostId from, overlay::IpAddress to, int number, std::size_t size) {
    Datagram datagram;
    datagram.destination.address = to;
    datagram.bytes.assign(size, static_cast<std::uint8_t>(number));
    underlay_.send(from, datagram);
  }
  void run() {
    while (events_.step()) {
    }
  }

  EventQueue events_;
  Underlay underlay_{events_, 1};
  Receiver at_a_{events_};
  Receiver at_b_{events_};
  const overlay::IpAddress a_address_ = overlay::IpAddress::v4({10, 0, 0, 1});
  const overlay::IpAddress b_address_ = overlay::IpAddress::v4({10, 0, 0, 2});
  const HostId a_ = underlay_.attach(a_address_, at_a_);
  const HostId b_ = underlay_.attach(b_address_, at_b_);
};

TEST_F(UnderlayTest, delivers_after_the_delay_of_the_direction) {
  onward().delay = 10ms;
  back().delay = 30ms;

  send(1);
  send_back(2);
  run();

  EXPECT_EQ(at_b_.times, std::vector{SimTime(10ms)});
  EXPECT_EQ(at_a_.times, std::vector{SimTime(30ms)});
}

TEST_F(UnderlayTest, jitter_spreads_but_overtakes_only_where_it_may) {
  onward() = {.delay = 10ms, .jitter = 5ms, .reorders = false};
  for (int i = 0; i < 100; ++i)
    send(i);
  run();
  EXPECT_TRUE(std::ranges::is_sorted(at_b_.arrived));
  EXPECT_GE(at_b_.times.front(), SimTime(10ms));
  EXPECT_LE(at_b_.times.back(), SimTime(15ms));

  at_b_.arrived.clear();
  onward().reorders = true;
  for (int i = 0; i < 100; ++i)
    send(i);
  run();

  EXPECT_EQ(at_b_.arrived.size(), 100u);
  EXPECT_FALSE(std::ranges::is_sorted(at_b_.arrived));
}

TEST_F(UnderlayTest, loses_at_random_about_as_much_as_it_is_told) {
  onward().loss = 0.05;

  for (int i = 0; i < 10'000; ++i)
    send(1);
  run();

  EXPECT_NEAR(static_cast<double>(underlay_.counters().lost), 500, 70);
}

TEST_F(UnderlayTest, loses_in_bursts) {
  onward().bursts = GilbertElliott{.enter_burst = 0.01, .leave_burst = 0.2, .loss_in_burst = 1};

  std::vector<bool> lost;
  for (int i = 0; i < 20'000; ++i) {
    const auto before = underlay_.counters().lost;
    send(1);
    lost.push_back(underlay_.counters().lost > before);
  }

  int losses = 0;
  int runs = 0;
  for (std::size_t i = 1; i < lost.size(); ++i) {
    losses += lost[i] ? 1 : 0;
    runs += lost[i] && !lost[i - 1] ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(losses) / runs, 5, 1);
}

TEST_F(UnderlayTest, duplicates) {
  onward().duplicates = 1;

  send(7);
  run();

  EXPECT_EQ(at_b_.arrived, (std::vector{7, 7}));
}

TEST_F(UnderlayTest, a_rate_limit_queues_and_then_overflows) {
  onward() = {.bits_per_second = 8'000'000, .queue_bytes = 10'000};  // 1,000 bytes a millisecond

  for (int i = 0; i < 20; ++i)
    send(i, 1'000);
  run();

  EXPECT_EQ(at_b_.times.front(), SimTime(1ms));
  EXPECT_EQ(at_b_.times.back(), SimTime(11ms));
  EXPECT_EQ(underlay_.counters().overflowed, 9u);
}

TEST_F(UnderlayTest, a_one_way_cut_leaves_the_other_direction_alone) {
  onward().cut = true;

  send(1);
  send_back(2);
  run();

  EXPECT_TRUE(at_b_.arrived.empty());
  EXPECT_EQ(at_a_.arrived, std::vector{2});
}

TEST_F(UnderlayTest, a_cut_takes_what_is_on_its_way) {
  onward().delay = 10ms;
  send(1);
  events_.advance_to(SimTime(5ms));

  underlay_.set_cut(a_, b_, true);
  run();

  EXPECT_TRUE(at_b_.arrived.empty());
  EXPECT_EQ(underlay_.counters().cut, 1u);
}

TEST_F(UnderlayTest, every_datagram_is_accounted_for) {
  onward() = {.delay = 1ms,
              .jitter = 3ms,
              .loss = 0.1,
              .duplicates = 0.1,
              .bits_per_second = 50'000'000,
              .queue_bytes = 5'000};
  for (int i = 0; i < 1'000; ++i)
    send(1);
  send_over(a_, overlay::IpAddress::v4({10, 9, 9, 9}), 1, 100);

  const UnderlayCounters& c = underlay_.counters();
  const auto accounted = [&] {
    return c.delivered + c.lost + c.cut + c.overflowed + c.unknown_host + underlay_.in_flight();
  };
  EXPECT_EQ(c.sent + c.duplicated, accounted());
  run();

  EXPECT_EQ(c.sent + c.duplicated, accounted());
  EXPECT_EQ(underlay_.in_flight(), 0u);
  EXPECT_EQ(c.unknown_host, 1u);
}

TEST(Underlay, equal_seeds_give_equal_worlds_and_other_seeds_others) {
  const auto digest_of = [](std::uint64_t seed) {
    EventQueue events;
    Underlay underlay(events, seed);
    Receiver receiver(events);
    const HostId a = underlay.attach(overlay::IpAddress::v4({10, 0, 0, 1}), receiver);
    const HostId b = underlay.attach(overlay::IpAddress::v4({10, 0, 0, 2}), receiver);
    underlay.path(a, b) = {.delay = 1ms, .jitter = 5ms, .reorders = true, .loss = 0.2};
    for (int i = 0; i < 100; ++i)
      underlay.send(a, {.destination = {.address = overlay::IpAddress::v4({10, 0, 0, 2})}, .bytes = {1}});
    while (events.step()) {
    }
    return underlay.digest();
  };

  EXPECT_EQ(digest_of(1), digest_of(1));
  EXPECT_NE(digest_of(1), digest_of(2));
}

}  // namespace underlay_test
}  // namespace sim
