#include "tests/sim/sim_client.h"

#include <algorithm>
#include <utility>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace sim {
namespace {

constexpr Duration kRetransmitAfter = std::chrono::milliseconds(500);
constexpr int kUnauthorized = 401;
constexpr int kStaleNonce = 438;
constexpr std::uint16_t kFirstChannel = 0x4000;

// The content of a packet of a flow, before padding.
struct Packet {
  std::uint16_t sender = 0;
  std::uint16_t receiver = 0;
  std::uint64_t number = 0;
};
constexpr std::size_t kPacketSize = 12;

overlay::ByteVector encode(const Packet& packet, std::size_t size) {
  overlay::ByteVector bytes(std::max(size, kPacketSize));
  overlay::ByteWriter writer(bytes);
  writer.u16(packet.sender);
  writer.u16(packet.receiver);
  writer.u64(packet.number);
  return bytes;
}

std::optional<Packet> decode_packet(overlay::Bytes bytes) {
  overlay::ByteReader reader(bytes);
  Packet packet{.sender = reader.u16(), .receiver = reader.u16(), .number = reader.u64()};
  if (!reader.ok()) return std::nullopt;
  return packet;
}

std::uint16_t channel_to(const SimClient& peer) {
  return static_cast<std::uint16_t>(kFirstChannel + peer.number());
}

}  // namespace

SimClient::SimClient(SimClientConfig config, EventQueue& events, Underlay& underlay, Referee& referee)
    : config_(std::move(config)),
      events_(events),
      underlay_(underlay),
      referee_(referee),
      host_(underlay.attach(config_.address, *this)),
      random_(config_.number),
      auth_{.credentials = config_.credentials, .realm = {}, .nonce = {}},
      retransmit_(events, [this] { send_request(); }),
      next_packet_(events, [this] { send_packet(); }) {}

// ---- requests -----------------------------------------------------------------------------------

void SimClient::allocate() {
  ++port_;
  relayed_.reset();
  peers_by_channel_.clear();
  requests_.clear();
  enqueue({.build =
               [this](const TransactionId& id) {
                 return allocate_request(id, auth_.nonce.empty() ? nullptr : &auth_);
               },
           .done = [this](const TurnAnswer& answer) { relayed_ = answer.relayed; }});
}

void SimClient::open_channel(const SimClient& peer) {
  CHECK(peer.relayed().has_value());
  const overlay::Endpoint address = *peer.relayed();
  enqueue({.build = [this, address](
                        const TransactionId& id) { return create_permission_request(id, auth_, address); },
           .done = [](const TurnAnswer&) {}});
  const std::uint16_t channel = channel_to(peer);
  enqueue(
      {.build = [this, address, channel](
                    const TransactionId& id) { return channel_bind_request(id, auth_, channel, address); },
       .done = [this, channel,
                number = peer.number()](const TurnAnswer&) { peers_by_channel_[channel] = number; }});
}

bool SimClient::has_channel_to(const SimClient& peer) const {
  return peers_by_channel_.contains(channel_to(peer));
}

void SimClient::enqueue(Request request) {
  requests_.push_back(std::move(request));
  if (requests_.size() > 1) return;
  random_.fill(transaction_);
  send_request();
}

void SimClient::send_request() {
  if (requests_.empty()) return;
  to_server(requests_.front().build(transaction_));
  retransmit_.arm(events_.now() + kRetransmitAfter);
}

void SimClient::on_answer(const TurnAnswer& answer) {
  if (requests_.empty() || answer.id != transaction_) return;
  random_.fill(transaction_);
  if (answer.error == kUnauthorized || answer.error == kStaleNonce) {
    auth_.realm = answer.realm;
    auth_.nonce = answer.nonce;
    return send_request();
  }
  const Request request = std::move(requests_.front());
  requests_.pop_front();
  retransmit_.disarm();
  if (answer.error == 0) {
    request.done(answer);
  } else {
    ++refusals_[answer.error];
  }
  send_request();
}

// ---- packets ------------------------------------------------------------------------------------

void SimClient::start_sending(SimClient& peer, FlowConfig flow) {
  CHECK(has_channel_to(peer));
  sending_ = {.peer = &peer, .channel = channel_to(peer), .flow = flow};
  send_packet();
}

void SimClient::send_packet() {
  if (!sending_) return;
  const std::uint64_t number = sending_->peer->records_by_sender_[config_.number].note_sent(events_.now());
  const Packet packet{.sender = config_.number, .receiver = sending_->peer->number(), .number = number};
  to_server(channel_data(sending_->channel, encode(packet, sending_->flow.bytes)));
  next_packet_.arm(events_.now() + sending_->flow.interval);
}

void SimClient::on_payload(const ChannelPayload& payload) {
  const auto packet = decode_packet(payload.payload);
  const auto peer = peers_by_channel_.find(payload.channel);
  if (!packet || peer == peers_by_channel_.end())
    return referee_.violated("a client was given what nobody sent");
  if (packet->receiver != config_.number)
    return referee_.violated("a packet reached a client that it was not meant for");
  if (packet->sender != peer->second) return referee_.violated("a packet came over another peer's channel");
  if (!records_by_sender_[packet->sender].note_arrived(packet->number, events_.now()))
    referee_.violated("packet " + std::to_string(packet->number) + " was delivered twice");
}

void SimClient::receive(Datagram&& datagram) {
  if (datagram.destination != here()) return;
  if (const auto payload = read_channel_data(datagram.bytes)) return on_payload(*payload);
  if (const auto answer = read_answer(datagram.bytes)) on_answer(*answer);
}

void SimClient::to_server(overlay::ByteVector bytes) {
  underlay_.send(host_,
                 {.source = here(), .destination = config_.server, .bytes = std::move(bytes), .visited = {}});
}

const FlowRecord& SimClient::record_from(const SimClient& sender) const {
  const auto found = records_by_sender_.find(sender.number());
  CHECK(found != records_by_sender_.end());
  return found->second;
}

}  // namespace sim
