#include "tests/sim/scenarios/scenario.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "overlay/base/log.h"

namespace sim {
namespace {

constexpr Duration kSettlingLimit = 15s;
// Edges begin with the links that their seeds give them and look for better homes each second.
constexpr Duration kHomeFinding = 4s;

std::string to_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : " > ") + name;
  return text;
}

}  // namespace

void Scenario::SetUp() {
  if (const char* seed = std::getenv("CAUSEWAY_SIM_SEED")) seed_ = std::strtoull(seed, nullptr, 10);
  // Nodes log only in replays with CAUSEWAY_SIM_LOG=1.
  overlay::set_log_level(std::getenv("CAUSEWAY_SIM_LOG") != nullptr ? overlay::Level::kInfo
                                                                    : overlay::Level::kError);
}

std::string Scenario::name() const {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

void Scenario::TearDown() {
  if (is_calling_) hang_up();
  if (!HasFailure()) return;
  const double at_s = network_ ? overlay::to_s(network_->now().time_since_epoch()) : 0;
  std::printf(
      "simulation failed: scenario=%s seed=%s at_s=%.6f\nreplay with: tools/sim --scenario %s --seed %s\n",
      name().c_str(), std::to_string(seed_).c_str(), at_s, name().c_str(), std::to_string(seed_).c_str());
  if (network_) std::printf("%s", network_->describe().c_str());
}

Network& Scenario::begin(Layout layout, const NetworkOptions& options) {
  network_ = std::make_unique<Network>(std::move(layout), seed_, options);
  network_->start();
  return *network_;
}

Network& Scenario::settle(Layout layout, const NetworkOptions& options) {
  begin(std::move(layout), options);
  network_->run_for(kHomeFinding);
  EXPECT_TRUE(network_->run_until([&] { return network_->is_settled(); }, kSettlingLimit))
      << "the network never settled";
  return *network_;
}

void Scenario::call(std::string_view edge_a, std::string_view edge_b, FlowConfig flow) {
  edge_a_ = edge_a;
  edge_b_ = edge_b;
  flow_ = flow;
  net().add_client("alice", edge_a);
  net().add_client("bob", edge_b);
  ASSERT_TRUE(net().connect("alice", "bob")) << "the clients could not connect";
  alice().start_sending(bob(), flow);
  bob().start_sending(alice(), flow);
  is_calling_ = true;
  net().run_for(1s);
  std::printf("  route %s > %s\n", edge_a_.c_str(), to_text(route_of_call()).c_str());
}

void Scenario::hang_up() {
  is_calling_ = false;
  const Window last_second{.from = net().now() - 1s, .to = net().now()};
  alice().stop_sending();
  bob().stop_sending();
  net().run_for(500ms);
  for (const FlowRecord* heard : {&heard_by_bob(), &heard_by_alice()})
    EXPECT_LT(heard->lost(last_second), heard->sent(last_second)) << "the call is silent at its end";
}

Duration Scenario::gap(const FlowRecord& record, Window window) const {
  const auto longest = record.longest_gap(window);
  EXPECT_TRUE(longest.has_value()) << "nothing was heard";
  return longest.value_or(flow_.interval) - flow_.interval;
}

Scenario::LinkInUse Scenario::link_in_use(std::size_t index) {
  const auto route = route_of_call();
  CHECK(index < route.size());
  return {.upstream = index == 0 ? edge_a_ : route[index - 1], .downstream = route[index]};
}

Duration Scenario::bound(const LinkInUse& link, const std::vector<std::string>& route_before) {
  const Duration longer = net().delay(edge_a_, route_of_call()) - net().delay(edge_a_, route_before);
  return net().rtt(link.upstream, link.downstream) + kReaction + std::max(longer, Duration::zero());
}

int Scenario::moves_of_call() {
  const SimNode& a = net().node(edge_a_);
  const SimNode& b = net().node(edge_b_);
  return a.route_changes(b.spec().id) + b.route_changes(a.spec().id);
}

void Scenario::report(std::string_view what, Duration value) {
  std::printf("  %.*s %.1f ms\n", static_cast<int>(what.size()), what.data(), overlay::to_ms(value));
  RecordProperty(std::string(what), std::to_string(overlay::to_ms(value)));
}

void Scenario::report(std::string_view what, std::uint64_t value) {
  std::printf("  %.*s %llu\n", static_cast<int>(what.size()), what.data(),
              static_cast<unsigned long long>(value));
  RecordProperty(std::string(what), std::to_string(value));
}

}  // namespace sim
