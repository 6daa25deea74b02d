// A random story on a random network for each seed: random faults for a while, then everything heals. The
// rules hold after every step; after healing all nodes agree, all pairs have paths, and calls lose nothing.
//
// CAUSEWAY_SIM_SEEDS=n tries n fresh seeds. Seeds that once failed are in regression_seeds.txt and run for
// ever.
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace fresh_seeds_test {

class Story : public Scenario {
 protected:
  // One of the faults, somewhere.
  void disturb(overlay::Random& random) {
    const auto& nodes = net().layout().nodes();
    const std::string& a = nodes[random.below(nodes.size())].name;
    const std::string& b = nodes[random.below(nodes.size())].name;
    if (a == b) return;
    switch (random.below(8)) {
      case 0:
        return net().cut(a, b);
      case 1:
        net().path(a, b).cut = true;
        return;
      case 2:
        net().path(a, b).loss = 0.3 * random.unit();
        return;
      case 3:
        net().path(a, b).jitter = std::chrono::milliseconds(1 + random.below(20));
        net().path(a, b).reorders = true;
        return;
      case 4:
        net().path(a, b).duplicates = 0.2;
        return;
      case 5:
        net().path(a, b).bits_per_second = 200'000 + random.below(2'000'000);
        return;
      case 6:
        return stop_or_start(net().node(a));
      case 7:
        return freeze_or_thaw(net().node(a));
    }
  }

  void stop_or_start(SimNode& node) {
    if (!node.is_running()) return node.start();
    // The ends of the call stay, so that there is something to look at.
    if (node.spec().is_hub()) node.stop();
  }

  void freeze_or_thaw(SimNode& node) {
    if (!node.is_running()) return;
    if (node.is_control_frozen()) return node.thaw_control();
    node.freeze_control();
  }

  void live_through(std::uint64_t seed) {
    use_seed(seed);
    overlay::SeededRandom random(seed ^ 0x5ca1ab1e);
    settle(scattered(seed), {.message_delay = std::chrono::microseconds(random.below(300))});
    const auto edges = net().layout().edges();
    call(edges[0], edges[1], {.interval = 10ms});
    for (int chapter = 0; chapter < 8; ++chapter) {
      disturb(random);
      net().run_for(std::chrono::milliseconds(random.below(1'500)));
    }

    net().heal();
    const SimTime healed = net().now();
    ASSERT_TRUE(net().run_until([&] { return net().is_settled(); }, 60s)) << "did not settle after healing";
    report("settled_after", net().now() - healed);
    // Links that were down may still be on probation; the call has to be whole all the same.
    const SimTime whole = net().now() + 500ms;
    net().run_for(2s);
    hang_up();
    EXPECT_EQ(heard_by_bob().lost({.from = whole}), 0u);
    EXPECT_EQ(heard_by_alice().lost({.from = whole}), 0u);
  }
};

std::vector<std::uint64_t> regression_seeds() {
  std::ifstream file(CAUSEWAY_SIM_REGRESSION_SEEDS);
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
  return seeds;
}

TEST_F(Story, of_one_seed_ends_well) {
  live_through(seed());
}

TEST_F(Story, of_seeds_that_once_failed_end_well) {
  for (const std::uint64_t seed : regression_seeds()) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    live_through(seed);
  }
}

TEST_F(Story, of_fresh_seeds_end_well) {
  const char* wanted = std::getenv("CAUSEWAY_SIM_SEEDS");
  const int count = wanted != nullptr ? std::atoi(wanted) : 3;
  const auto first = static_cast<std::uint64_t>(std::time(nullptr)) * 1'000;
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
    std::printf(
        "  fresh seed %llu; replay with: tools/sim --scenario Story.of_one_seed_ends_well --seed %llu\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    live_through(seed);
    if (HasFailure()) return;
  }
}

}  // namespace fresh_seeds_test
}  // namespace sim
