// A flow in the XDP program, which the kernel runs on frames of our own (BPF_PROG_TEST_RUN): nothing is
// attached to any interface. Needs root. The frames come from loopback, so what is relayed leaves there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/loop/system_clock.h"
#include "relay/fast_path/flow_table.h"
#include "tests/integration/fast_path/frame.h"

namespace relay {

inline constexpr ChannelNumber kChannel{0x4123};
inline constexpr unsigned kLoopback = 1;  // the index of lo in every network namespace
inline constexpr FrameEnds kFromClient{.source = {2, 0, 0, 0, 0, 1}, .destination = {2, 0, 0, 0, 0, 9}};
inline constexpr FrameEnds kElsewhere{.source = {2, 0, 0, 0, 0, 7}, .destination = {2, 0, 0, 0, 0, 9}};
inline constexpr FrameEnds kFromPeer{.source = {2, 0, 0, 0, 0, 2}, .destination = {2, 0, 0, 0, 0, 9}};

[[nodiscard]] overlay::Endpoint endpoint(std::string_view text);
[[nodiscard]] overlay::ByteVector bytes_of(std::string_view text);
[[nodiscard]] overlay::ByteVector channel_data(std::string_view payload, ChannelNumber channel = kChannel);

struct Addresses {
  const char* client;
  const char* listener;
  const char* relayed;
  const char* peer;
};
inline constexpr Addresses kAddressesV4{"198.51.100.7:40000", "192.0.2.1:3478", "192.0.2.1:50000",
                                        "203.0.113.9:6000"};
inline constexpr Addresses kAddressesV6{"[2001:db8::7]:40000", "[2001:db8:1::1]:3478",
                                        "[2001:db8:1::1]:50000", "[2001:db8:9::9]:6000"};
[[nodiscard]] std::string family_of(const testing::TestParamInfo<Addresses>& parameter);

class FlowRelay : public testing::TestWithParam<Addresses> {
 protected:
  void SetUp() override;

  [[nodiscard]] RelayFlow flow() const;
  void enter(const RelayFlow& flow) { table_->enter(flow, overlay::system_now()); }
  // Both sides have sent something: it is known where they are.
  void enter_and_hear();

  [[nodiscard]] overlay::ByteVector from_client(overlay::Bytes message,
                                                overlay::TrafficClass mark = 0) const {
    return make_frame(kFromClient, {.source = client_, .destination = listener_, .traffic_class = mark},
                      message);
  }
  [[nodiscard]] overlay::ByteVector from_peer(std::string_view payload,
                                              overlay::TrafficClass mark = 0) const {
    return make_frame(kFromPeer, {.source = peer_, .destination = relayed_, .traffic_class = mark},
                      overlay::as_bytes(payload));
  }

  // With the client's address, by another next hop.
  [[nodiscard]] overlay::ByteVector from_elsewhere(std::string_view payload) const {
    return make_frame(kElsewhere, {.source = client_, .destination = listener_}, channel_data(payload));
  }
  // As if time had passed.
  void end_doubts() {
    for (FlowSlot& slot : xdp_->slots().first(16))
      slot.doubtful_until_ns = 0;
  }

  struct Outcome {
    std::uint32_t action = 0;
    overlay::ByteVector frame;
  };
  Outcome run(overlay::Bytes frame);
  void expect_left_to_sockets(const overlay::ByteVector& frame);
  void expect_relayed_to_peer(const overlay::ByteVector& frame, std::string_view payload,
                              overlay::TrafficClass mark = 0) {
    expect_relayed(frame, relayed_, peer_, kFromPeer, bytes_of(payload), mark);
  }
  void expect_relayed_to_client(const overlay::ByteVector& frame, const overlay::ByteVector& message,
                                overlay::TrafficClass mark = 0) {
    expect_relayed(frame, listener_, client_, kFromClient, message, mark);
  }

  const overlay::Endpoint client_ = endpoint(GetParam().client);
  const overlay::Endpoint listener_ = endpoint(GetParam().listener);
  const overlay::Endpoint relayed_ = endpoint(GetParam().relayed);
  const overlay::Endpoint peer_ = endpoint(GetParam().peer);
  std::unique_ptr<XdpRelay> xdp_;
  InterfacePlace loopback_ = 0;
  std::optional<FlowTable> table_;
  FlowTraffic told_;
  std::vector<ChannelNumber> told_flows_;

 private:
  void expect_relayed(const overlay::ByteVector& frame, const overlay::Endpoint& source,
                      const overlay::Endpoint& destination, const FrameEnds& seen,
                      const overlay::ByteVector& payload, overlay::TrafficClass mark);
};

}  // namespace relay
