#include "tests/integration/fast_path/flow_relay.h"

#include <utility>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

namespace relay {

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

overlay::ByteVector bytes_of(std::string_view text) {
  const overlay::Bytes bytes = overlay::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

overlay::ByteVector channel_data(std::string_view payload, ChannelNumber channel) {
  overlay::ByteVector message(kChannelHeaderSize);
  encode_channel_data({.channel = channel, .length = static_cast<std::uint16_t>(payload.size())}, message);
  const overlay::ByteVector body = bytes_of(payload);
  message.insert(message.end(), body.begin(), body.end());
  return message;
}

std::string family_of(const testing::TestParamInfo<Addresses>& parameter) {
  return endpoint(parameter.param.client).address.is_v4() ? "v4" : "v6";
}

void FlowRelay::SetUp() {
  ASSERT_EQ(::geteuid(), 0u) << "only root may load XDP programs; run tools/test as root";
  auto loaded = XdpRelay::load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  xdp_ = std::move(loaded).value();
  loopback_ = xdp_->admit(kLoopback).value();
  xdp_->set_open(loopback_, true);
  table_.emplace(*xdp_, 0, 1);
  table_->set_traffic_sink([this](const RelayFlow& flow, const FlowTraffic& traffic) {
    told_flows_.push_back(flow.channel);
    told_.packets_to_peer += traffic.packets_to_peer;
    told_.bytes_to_peer += traffic.bytes_to_peer;
    told_.packets_to_client += traffic.packets_to_client;
    told_.bytes_to_client += traffic.bytes_to_client;
  });
}

RelayFlow FlowRelay::flow() const {
  return {.client = {.client = client_, .server = listener_},
          .channel = kChannel,
          .relayed = relayed_,
          .peer = peer_,
          .until = overlay::system_now() + std::chrono::minutes(5)};
}

void FlowRelay::enter_and_hear() {
  enter(flow());
  (void)run(from_client(channel_data("here is the client")));
  (void)run(from_peer("here is the peer"));
}

FlowRelay::Outcome FlowRelay::run(overlay::Bytes frame) {
  Outcome outcome{.frame = overlay::ByteVector(4096)};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.data_out = outcome.frame.data();
  options.data_size_out = static_cast<std::uint32_t>(outcome.frame.size());
  options.repeat = 1;
  EXPECT_EQ(::bpf_prog_test_run_opts(xdp_->program(), &options), 0);
  outcome.action = options.retval;
  outcome.frame.resize(options.data_size_out);
  return outcome;
}

void FlowRelay::expect_left_to_sockets(const overlay::ByteVector& frame) {
  const Outcome outcome = run(frame);
  EXPECT_EQ(outcome.action, static_cast<std::uint32_t>(XDP_PASS));
  EXPECT_EQ(outcome.frame, frame);
}

void FlowRelay::expect_relayed(const overlay::ByteVector& frame, const overlay::Endpoint& source,
                               const overlay::Endpoint& destination, const FrameEnds& seen,
                               const overlay::ByteVector& payload, overlay::TrafficClass mark) {
  const Outcome outcome = run(frame);
  ASSERT_EQ(outcome.action, static_cast<std::uint32_t>(XDP_REDIRECT));
  const auto taken = take_apart(outcome.frame);
  ASSERT_TRUE(taken) << "a length or a checksum is wrong";
  EXPECT_EQ(taken->route.source, source);
  EXPECT_EQ(taken->route.destination, destination);
  EXPECT_EQ(taken->route.traffic_class, mark);
  EXPECT_EQ(taken->ends.source, seen.destination);
  EXPECT_EQ(taken->ends.destination, seen.source);
  EXPECT_EQ(taken->payload, payload);
}

}  // namespace relay
