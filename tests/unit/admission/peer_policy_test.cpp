// Properties of the rules about peers: whatever IPv4 address is denied, is denied in every disguise.
#include "relay/admission/peer_policy.h"

#include <gtest/gtest.h>

#include "overlay/base/random.h"

namespace relay {
namespace peer_policy_test {

using overlay::ByteArray;
using overlay::IpAddress;
using overlay::IpPrefix;

using V4 = ByteArray<4>;

[[nodiscard]] IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}
[[nodiscard]] IpPrefix prefix(std::string_view text) {
  return IpPrefix::parse(text).value();
}

// `low` in the last four bytes behind `front`.
[[nodiscard]] IpAddress behind(std::string_view front, const V4& low) {
  const IpAddress base = address(front);
  ByteArray<16> octets{};
  std::ranges::copy(base.octets(), octets.begin());
  std::ranges::copy(low, octets.begin() + 12);
  return IpAddress::v6(octets);
}

struct Disguise {
  const char* name;
  IpAddress (*of)(const V4&);
};

constexpr Disguise kDisguises[] = {
    {"mapped", [](const V4& v4) { return behind("::ffff:0:0", v4); }},
    {"translated", [](const V4& v4) { return behind("::ffff:0:0:0", v4); }},
    {"compatible", [](const V4& v4) { return behind("::", v4); }},
    {"nat64", [](const V4& v4) { return behind("64:ff9b::", v4); }},
    {"local_nat64", [](const V4& v4) { return behind("64:ff9b:1::", v4); }},
    {"local_nat64_split",
     [](const V4& v4) {
       return IpAddress::v6(
           {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01, v4[0], v4[1], 0, v4[2], v4[3], 0, 0, 0, 0, 0});
     }},
    {"local_nat64_56",
     [](const V4& v4) {
       return IpAddress::v6(
           {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01, 0, v4[0], 0, v4[1], v4[2], v4[3], 0, 0, 0, 0});
     }},
    {"local_nat64_64",
     [](const V4& v4) {
       return IpAddress::v6(
           {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01, 0, 0, 0, v4[0], v4[1], v4[2], v4[3], 0, 0, 0});
     }},
    {"6to4",
     [](const V4& v4) {
       return IpAddress::v6({0x20, 0x02, v4[0], v4[1], v4[2], v4[3], 0, 1, 0, 0, 0, 0, 0, 0, 0, 1});
     }},
    {"teredo",
     [](const V4& v4) {
       V4 hidden = v4;
       for (auto& octet : hidden)
         octet = static_cast<std::uint8_t>(octet ^ 0xff);
       return behind("2001:0:4136:e378:8000:63bf::", hidden);
     }},
    {"isatap", [](const V4& v4) { return behind("2a00:1450:1:2:0:5efe::", v4); }},
    {"isatap_global", [](const V4& v4) { return behind("2a00:1450:1:2:200:5efe::", v4); }},
};

// Every pair of first octets, which decide nearly everything; the rest is drawn, and drawn small now and
// then: blocks of the registries begin and end there.
template <typename Check>
void for_each_high_half(Check check) {
  overlay::SeededRandom random(1);
  for (unsigned high = 0; high < 0x10000; ++high) {
    const std::uint32_t drawn = random.u32() & (high % 4 == 0 ? 0x3ff : 0xffff);
    check(V4{static_cast<std::uint8_t>(high >> 8), static_cast<std::uint8_t>(high),
             static_cast<std::uint8_t>(drawn >> 8), static_cast<std::uint8_t>(drawn)});
  }
}

TEST(PeerPolicy, denies_every_disguise_of_a_denied_address) {
  const PeerPolicy policy;

  for_each_high_half([&](const V4& v4) {
    if (policy.allows(IpAddress::v4(v4))) return;
    for (const Disguise& disguise : kDisguises)
      EXPECT_FALSE(policy.allows(disguise.of(v4)))
          << disguise.name << " of " << IpAddress::v4(v4).to_string();
  });
}

TEST(PeerPolicy, denies_every_disguise_also_where_all_of_ipv6_is_allowed) {
  PeerPolicy policy;
  policy.allow(prefix("::/0"));
  for (const char* block : {"::/96", "::ffff:0:0/96", "64:ff9b:1::/48", "2001::/23", "2002::/16"})
    policy.allow(prefix(block));

  for_each_high_half([&](const V4& v4) {
    if (policy.allows(IpAddress::v4(v4))) return;
    for (const Disguise& disguise : kDisguises) {
      // Skips addresses that no router forwards, where the same bytes may be zeros of another layout.
      if (v4[0] == 0 && std::string_view(disguise.name).starts_with("local_nat64")) continue;
      EXPECT_FALSE(policy.allows(disguise.of(v4)))
          << disguise.name << " of " << IpAddress::v4(v4).to_string();
    }
  });
}

// A translator behind ::/96 of the block is as likely as one behind all of it: each reading must be harmless.
TEST(PeerPolicy, allows_a_public_address_behind_a_local_translator_that_the_operator_allows) {
  PeerPolicy policy;
  policy.allow(prefix("64:ff9b:1::/48"));

  EXPECT_TRUE(policy.allows(address("64:ff9b:1::808:808")));
  EXPECT_TRUE(policy.allows(address("64:ff9b:1:808:8:800::")));
  EXPECT_FALSE(policy.allows(address("64:ff9b:1::")));
  EXPECT_FALSE(policy.allows(address("64:ff9b:1::7f00:1")));
  EXPECT_FALSE(policy.allows(address("64:ff9b:1:7f00:0:100:808:808")));
  EXPECT_FALSE(policy.allows(address("64:ff9b:1:7f:0:1:808:808")));
  EXPECT_FALSE(policy.allows(address("64:ff9b:1:0:7f:0:108:808")));
}

TEST(PeerPolicy, decides_over_each_first_octet_as_the_registries_do) {
  const PeerPolicy policy;

  for (unsigned first = 0; first < 256; ++first) {
    const bool is_special = first == 0 || first == 10 || first == 127 || first >= 224;
    const IpAddress middle = IpAddress::v4({static_cast<std::uint8_t>(first), 200, 77, 77});

    EXPECT_EQ(policy.allows(middle), !is_special) << middle.to_string();
  }
}

TEST(PeerPolicy, denies_the_edges_of_each_block_and_allows_their_neighbors) {
  const PeerPolicy policy;

  for (const char* denied :
       {"100.64.0.0", "100.127.255.255", "169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "168.63.129.16", "255.255.255.255",
        "fe80::1", "fd00:ec2::254", "ff02::1", "::1", "::", "2001:db8::1", "3fff::1"})
    EXPECT_FALSE(policy.allows(address(denied))) << denied;
  for (const char* allowed :
       {"100.63.255.255", "100.128.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "168.63.129.17", "223.255.255.255",
        "2a00:1450::1", "2606:4700::1", "64:ff9b::808:808"})
    EXPECT_TRUE(policy.allows(address(allowed))) << allowed;
  EXPECT_FALSE(policy.allows(IpAddress{}));
}

TEST(PeerPolicy, lets_the_longest_prefix_decide) {
  PeerPolicy policy;
  policy.allow(prefix("10.0.0.0/8"));
  policy.deny(prefix("10.1.0.0/16"));
  policy.allow(prefix("10.1.2.0/24"));
  policy.deny(prefix("8.0.0.0/8"));

  EXPECT_TRUE(policy.allows(address("10.200.0.1")));
  EXPECT_FALSE(policy.allows(address("10.1.0.1")));
  EXPECT_TRUE(policy.allows(address("10.1.2.3")));
  EXPECT_FALSE(policy.allows(address("8.8.8.8")));
  EXPECT_FALSE(policy.allows(address("::ffff:10.1.2.3")));
}

TEST(PeerPolicy, prefers_denial_when_the_operator_says_both) {
  PeerPolicy policy;
  policy.deny(prefix("10.0.0.0/8"));
  policy.allow(prefix("10.0.0.0/8"));

  EXPECT_FALSE(policy.allows(address("10.0.0.1")));
}

TEST(PeerPolicy, keeps_metadata_denied_inside_an_allowed_block) {
  PeerPolicy policy;
  policy.allow(prefix("169.254.0.0/16"));
  policy.allow(prefix("fd00::/8"));

  EXPECT_TRUE(policy.allows(address("169.254.1.1")));
  EXPECT_FALSE(policy.allows(address("169.254.169.254")));
  EXPECT_FALSE(policy.allows(address("fd00:ec2::254")));
}

TEST(PeerPolicy, knows_a_control_address_in_every_disguise) {
  PeerPolicy policy;
  const V4 own{9, 9, 9, 7};
  policy.reserve({IpAddress::v4(own), 9100});

  EXPECT_TRUE(policy.is_control({IpAddress::v4(own), 9100}));
  EXPECT_FALSE(policy.is_control({IpAddress::v4(own), 9101}));
  EXPECT_FALSE(policy.is_control({address("9.9.9.8"), 9100}));
  for (const Disguise& disguise : kDisguises)
    EXPECT_TRUE(policy.is_control({disguise.of(own), 9100})) << disguise.name;
}

// Packets from the same host pass no firewall.
TEST(PeerPolicy, denies_addresses_of_its_own_host_in_every_disguise) {
  PeerPolicy policy;
  policy.deny_own(address("8.8.8.8"));
  policy.deny_own(address("2a00::8"));

  EXPECT_FALSE(policy.allows(address("8.8.8.8")));
  EXPECT_FALSE(policy.allows(address("2a00::8")));
  for (const Disguise& disguise : kDisguises)
    EXPECT_FALSE(policy.allows(disguise.of({8, 8, 8, 8}))) << disguise.name;
  EXPECT_TRUE(policy.allows(address("8.8.8.9")));
  EXPECT_TRUE(policy.allows(address("2a00::9")));
}

TEST(PeerPolicy, lets_only_a_rule_for_exactly_an_address_of_its_own_host_open_it) {
  PeerPolicy policy;
  policy.deny_own(address("8.8.8.8"));
  policy.deny_own(address("8.9.9.9"));
  policy.allow(prefix("8.0.0.0/8"));
  EXPECT_FALSE(policy.allows(address("8.8.8.8")));

  policy.allow(prefix("8.8.8.8/32"));
  EXPECT_TRUE(policy.allows(address("8.8.8.8")));
  EXPECT_FALSE(policy.allows(address("8.9.9.9")));

  policy.deny(prefix("8.8.8.8/32"));
  EXPECT_FALSE(policy.allows(address("8.8.8.8")));
}

std::shared_ptr<const HostAddressList> host(std::vector<IpAddress> addresses,
                                            std::vector<overlay::IpPrefix> networks = {}) {
  return std::make_shared<const HostAddressList>(
      HostAddressList{.addresses = std::move(addresses), .networks = std::move(networks)});
}

TEST(PeerPolicy, denies_every_address_of_the_host_as_it_changes) {
  PeerPolicy policy;
  policy.set_host(host({address("8.8.8.8"), address("2a00::8")}));
  for (const Disguise& disguise : kDisguises)
    EXPECT_FALSE(policy.allows(disguise.of({8, 8, 8, 8}))) << disguise.name;
  EXPECT_FALSE(policy.allows(address("2a00::8")));

  policy.set_host(nullptr);

  EXPECT_TRUE(policy.allows(address("8.8.8.8")));
}

// The host answers on each of them, for example behind a load balancer of a cloud.
TEST(PeerPolicy, denies_every_address_of_a_network_that_is_the_hosts) {
  PeerPolicy policy;
  policy.allow(prefix("8.8.0.0/16"));
  policy.allow(prefix("8.8.8.7/32"));
  policy.set_host(host({}, {prefix("8.8.8.0/29"), prefix("2a00:8::/64")}));

  EXPECT_FALSE(policy.allows(address("8.8.8.1")));
  EXPECT_FALSE(policy.allows(address("2a00:8::1234")));
  EXPECT_TRUE(policy.allows(address("8.8.8.7")));
  EXPECT_TRUE(policy.allows(address("8.8.8.8")));
}

// Two clients of one server meet there, in a private network too.
TEST(PeerPolicy, allows_the_relayed_addresses_of_its_own_node_unless_the_operator_denies_them) {
  PeerPolicy policy;
  policy.allow_relayed(address("10.0.0.5"));
  policy.allow_relayed(address("10.0.0.6"));
  policy.set_host(host({address("10.0.0.5"), address("10.0.0.6"), address("10.0.0.7")}));
  policy.deny(prefix("10.0.0.6/32"));

  EXPECT_TRUE(policy.allows(address("10.0.0.5")));
  EXPECT_FALSE(policy.allows(address("10.0.0.6")));
  EXPECT_FALSE(policy.allows(address("10.0.0.7")));
}

// A translator on the host would deliver there, to any port.
TEST(PeerPolicy, allows_relayed_addresses_of_the_host_in_no_disguise) {
  PeerPolicy policy;
  policy.allow_relayed(address("8.8.8.8"));
  policy.set_host(host({address("8.8.8.8")}));

  EXPECT_TRUE(policy.allows(address("8.8.8.8")));
  for (const Disguise& disguise : kDisguises)
    EXPECT_FALSE(policy.allows(disguise.of({8, 8, 8, 8}))) << disguise.name;
}

TEST(PeerPolicy, names_only_what_a_rule_of_the_operator_allows_by_its_whole_address) {
  PeerPolicy policy;
  policy.allow(prefix("8.8.8.8/32"));
  policy.allow(prefix("8.8.0.0/16"));
  policy.deny(prefix("8.8.4.0/24"));

  EXPECT_TRUE(policy.names(address("8.8.8.8")));
  EXPECT_FALSE(policy.names(address("8.8.8.9")));
  EXPECT_FALSE(policy.names(address("8.8.4.4")));
  EXPECT_FALSE(policy.names(address("9.9.9.9"))) << "a peer like any other";
}

}  // namespace peer_policy_test
}  // namespace relay
