// A link-state record that uses every field.
#pragma once

#include "routing/link_state.h"

namespace routing::testing {

inline LinkStateRecord sample_record() {
  LinkStateRecord record;
  record.age_s = 3;
  record.lifetime_s = 60;
  record.flags = kFlagDrained;
  record.key = {NodeId(258), 9, 17};
  record.openable_ciphers = 3;
  record.certificate = {1, 2, 3, 4, 5};
  record.endpoints = {*Endpoint::parse("192.0.2.1:7000"), *Endpoint::parse("[2001:db8::1]:7000")};
  record.media_keys.resize(2);
  record.media_keys[0].fill(0x11);
  record.media_keys[1].fill(0x22);
  record.relayed_addresses = {{*IpAddress::parse("198.51.100.7"), 1'764'000'000},
                              {*IpAddress::parse("2001:db8::7"), 1'764'000'001}};
  record.attached_prefixes = {*IpPrefix::parse("10.8.0.0/16"), *IpPrefix::parse("2001:db8:8::/48")};
  Adjacency first{.neighbor = NodeId(3), .state = AdjacencyState::kSuspect, .load = 200};
  first.rtt = std::chrono::microseconds(12'300);
  first.jitter = std::chrono::microseconds(400);
  first.loss = 655 / 65535.0;
  record.adjacencies = {first, Adjacency{.neighbor = NodeId(9), .state = AdjacencyState::kDown}};
  record.signature.fill(0x33);
  return record;
}

}  // namespace routing::testing
