// A TURN client: allocates on its edge, opens a channel to another client's relayed address, sends numbered
// packets and notes what arrives. Its clock is the observer's. It retransmits requests, and that is all the
// robustness it has.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "overlay/base/random.h"
#include "tests/sim/alarm.h"
#include "tests/sim/flow_record.h"
#include "tests/sim/referee.h"
#include "tests/sim/turn_messages.h"
#include "tests/sim/underlay.h"

namespace sim {

struct SimClientConfig {
  std::uint16_t number = 0;  // unique among clients
  overlay::IpAddress address;
  overlay::Endpoint server;
  TurnCredentials credentials;
};

struct FlowConfig {
  Duration interval = std::chrono::milliseconds(20);
  std::size_t bytes = 160;  // of payload
};

class SimClient final : public DatagramSink {
 public:
  SimClient(SimClientConfig config, EventQueue& events, Underlay& underlay, Referee& referee);

  // Requests an allocation from a new port; forgets an earlier one. relayed() returns the address when the
  // answer has arrived.
  void allocate();
  [[nodiscard]] const std::optional<overlay::Endpoint>& relayed() const { return relayed_; }
  // Both need an allocation on both sides.
  void open_channel(const SimClient& peer);
  [[nodiscard]] bool has_channel_to(const SimClient& peer) const;
  // Sends until stop_sending(). Needs a channel. The peer's record_from(*this) has the fate of the packets.
  void start_sending(SimClient& peer, FlowConfig flow);
  void stop_sending() { sending_.reset(); }

  [[nodiscard]] const FlowRecord& record_from(const SimClient& sender) const;
  [[nodiscard]] HostId host() const { return host_; }
  [[nodiscard]] std::uint16_t number() const { return config_.number; }
  // Error responses by code, without those that ask for credentials or a new nonce.
  [[nodiscard]] const std::map<int, int>& refusals() const { return refusals_; }

  void receive(Datagram&& datagram) override;

 private:
  struct Request {
    std::function<overlay::ByteVector(const TransactionId&)> build;
    std::function<void(const TurnAnswer&)> done;
  };
  struct Sending {
    SimClient* peer;
    std::uint16_t channel;
    FlowConfig flow;
  };

  void enqueue(Request request);
  void send_request();
  void on_answer(const TurnAnswer& answer);
  void on_payload(const ChannelPayload& payload);
  void send_packet();
  void to_server(overlay::ByteVector bytes);
  [[nodiscard]] overlay::Endpoint here() const { return {.address = config_.address, .port = port_}; }

  SimClientConfig config_;
  EventQueue& events_;
  Underlay& underlay_;
  Referee& referee_;
  HostId host_;
  overlay::SeededRandom random_;
  TurnAuth auth_;
  std::uint16_t port_ = 40'000;
  TransactionId transaction_{};
  std::deque<Request> requests_;  // the first is under way
  Alarm retransmit_;
  std::optional<overlay::Endpoint> relayed_;
  std::map<std::uint16_t, std::uint16_t> peers_by_channel_;  // peer numbers
  std::optional<Sending> sending_;
  Alarm next_packet_;
  std::map<std::uint16_t, FlowRecord> records_by_sender_;
  std::map<int, int> refusals_;
};

}  // namespace sim
