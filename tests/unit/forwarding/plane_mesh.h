// Overlay planes joined by wires, in one process: every pair that is joined has a session. Frames arrive at
// once.
#pragma once

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/forwarding/overlay_plane.h"

namespace overlay {

class PlaneMesh {
 public:
  // Sends frames into the mesh. Buffers stay valid until the next input of the plane.
  class Wires final : public PacketIo {
   public:
    PacketBuffer& acquire() override {
      buffers_.push_back(std::make_unique<PacketBuffer>());
      buffers_.back()->clear();
      return *buffers_.back();
    }
    void send(const DatagramRoute& route, const PacketBuffer& buffer) override {
      sent.emplace_back(route.destination, ByteVector(buffer.bytes().begin(), buffer.bytes().end()));
    }
    Status open_port(const Endpoint&) override { return ok(); }
    void close_port(const Endpoint&) override {}
    void release() { buffers_.clear(); }

    std::deque<std::pair<Endpoint, ByteVector>> sent;

   private:
    std::vector<std::unique_ptr<PacketBuffer>> buffers_;
  };

  struct Node {
    Node(NodeId id, const LinkConfig& link)
        : plane({.self = id, .carries_transit = true, .link = link}, wires) {}
    Wires wires;
    OverlayPlane plane;
    bool is_stalled = false;
    std::deque<std::pair<std::uint16_t, ByteVector>> unread;  // frames that arrived during a stall
    std::vector<OverlayPlane::Arrival> arrivals;              // control and media
  };

  explicit PlaneMesh(std::initializer_list<std::uint16_t> ids) {
    for (const std::uint16_t id : ids)
      add(id, {});
  }

  void add(std::uint16_t id, const LinkConfig& link) {
    nodes_.emplace(id, std::make_unique<Node>(NodeId(id), link));
  }

  [[nodiscard]] Node& operator[](std::uint16_t id) { return *nodes_.at(id); }

  void join(std::uint16_t a, std::uint16_t b) {
    const SessionIndex at_a(a * 1000u + b);
    const SessionIndex at_b(b * 1000u + a);
    (*this)[b].plane.install_session(NodeId(a), endpoint(b), endpoint(a),
                                     {.local_index = at_b, .remote_index = at_a, .keys = keys(b, a)}, now);
    (*this)[a].plane.install_session(
        NodeId(b), endpoint(a), endpoint(b),
        {.local_index = at_a, .remote_index = at_b, .keys = keys(a, b), .initiator = true}, now);
  }
  void cut(std::uint16_t a, std::uint16_t b) { cuts_.insert({a, b}), cuts_.insert({b, a}); }
  void mend(std::uint16_t a, std::uint16_t b) { cuts_.erase({a, b}), cuts_.erase({b, a}); }

  // The node's thread does nothing until resume(). Frames wait for it.
  void stall(std::uint16_t id) { (*this)[id].is_stalled = true; }
  // The node reads at most `frames` of the waiting frames, then handles its timer. The rest stays unread.
  void resume(std::uint16_t id, std::size_t frames = std::numeric_limits<std::size_t>::max()) {
    Node& node = (*this)[id];
    node.is_stalled = false;
    for (; frames > 0 && !node.unread.empty(); --frames) {
      const auto [from, bytes] = std::move(node.unread.front());
      node.unread.pop_front();
      read(id, from, bytes);
    }
    node.plane.set_unread(!node.unread.empty());
    if (now >= node.plane.next_timeout()) node.plane.on_timer(now);
  }

  void run_for(Duration duration) {
    const Instant end = now + duration;
    for (deliver(); now < end; deliver()) {
      now += std::chrono::milliseconds(1);
      for (auto& [id, node] : nodes_)
        if (!node->is_stalled && now >= node->plane.next_timeout()) node->plane.on_timer(now);
    }
  }

  // The routes of `from` towards `to`: lists of hops, the active one first.
  void set_routes(std::uint16_t from, std::uint16_t to, const std::vector<std::vector<std::uint16_t>>& routes,
                  const MediaKeyring& keyring = {}) {
    auto table = std::make_shared<ForwardingTable>(Generation(1));
    std::vector<ExplicitRoute> all;
    for (const auto& hops : routes) {
      ExplicitRoute& route = all.emplace_back();
      for (const std::uint16_t hop : hops)
        route.push_back(NodeId(hop));
    }
    table->set_routes(NodeId(to), all);
    (*this)[from].plane.set_forwarding(table, std::make_shared<MediaKeyring>(keyring));
  }

  // A key with which `from` can seal media for `to`.
  [[nodiscard]] static MediaKeyring sealing_key(std::uint16_t from, std::uint16_t to) {
    SeededRandom random(1);
    const auto own = ExchangeKeyPair::generate(random);
    const auto peer = ExchangeKeyPair::generate(random);
    const MediaFlowEnds ends{.ingress = NodeId(from),
                             .egress = NodeId(to),
                             .ingress_key = own.public_key(),
                             .egress_key = peer.public_key()};
    const auto cipher = MediaCipher::kChaCha20Poly1305;
    MediaKeyring keyring;
    keyring[NodeId(to)].seal.push_back({{.ingress_key_id = media_key_id(ends.ingress_key),
                                         .egress_key_id = media_key_id(ends.egress_key),
                                         .cipher = cipher},
                                        derive_media_key(own, ends, cipher).value()});
    return keyring;
  }

  [[nodiscard]] static Endpoint endpoint(std::uint16_t id) {
    return *Endpoint::parse("192.0.2." + std::to_string(id) + ":7000");
  }

  Instant now{std::chrono::seconds(1)};

 private:
  [[nodiscard]] static SessionKeys keys(std::uint16_t from, std::uint16_t to) {
    const auto transport_key = [](std::uint16_t a, std::uint16_t b) {
      ByteArray<32> bytes{};
      bytes[0] = static_cast<std::uint8_t>(a);
      bytes[1] = static_cast<std::uint8_t>(b);
      return Secret<32>(bytes);
    };
    return {.send = derive_direction_keys(transport_key(from, to)),
            .receive = derive_direction_keys(transport_key(to, from))};
  }

  void deliver() {
    for (bool busy = true; std::exchange(busy, false);)
      for (auto& [id, node] : nodes_)
        while (!node->wires.sent.empty()) {
          const auto [to, bytes] = std::move(node->wires.sent.front());
          node->wires.sent.pop_front();
          busy = true;
          receive(id, to, bytes);
        }
    for (auto& [id, node] : nodes_)
      node->wires.release();
  }

  void receive(std::uint16_t from, const Endpoint& to, Bytes bytes) {
    for (auto& [id, node] : nodes_) {
      if (endpoint(id) != to || cuts_.contains({from, id})) continue;
      if (node->is_stalled)
        node->unread.emplace_back(from, ByteVector(bytes.begin(), bytes.end()));
      else
        read(id, from, bytes);
    }
  }

  void read(std::uint16_t id, std::uint16_t from, Bytes bytes) {
    Node& node = (*this)[id];
    PacketBuffer frame;
    ASSERT_TRUE(frame.assign(bytes));
    const auto arrival = node.plane.on_frame(endpoint(from), frame, now);
    if (arrival.kind != OverlayPlane::Arrival::Kind::kConsumed) node.arrivals.push_back(arrival);
  }

  std::map<std::uint16_t, std::unique_ptr<Node>> nodes_;
  std::set<std::pair<std::uint16_t, std::uint16_t>> cuts_;
};

}  // namespace overlay
