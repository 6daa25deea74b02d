#include "overlay/forwarding/route_header.h"

#include <gtest/gtest.h>

namespace overlay {
namespace route_header_test {

ExplicitRoute route(std::initializer_list<int> hops) {
  ExplicitRoute made;
  for (const int hop : hops)
    made.push_back(NodeId(static_cast<std::uint16_t>(hop)));
  return made;
}

TEST(RouteHeader, is_read_as_it_was_written) {
  const RouteHeader header{.route = route({2, 3, 4, 5, 6, 7}),
                           .next_index = 3,
                           .hop_limit = 5,
                           .repaired = true,
                           .duplicated = true,
                           .media_class = MediaClass::kBulk,
                           .flow_label = 0xdeadbeef,
                           .ingress = NodeId(1)};
  ByteArray<kRouteHeaderSize> bytes;

  encode_route_header(header, bytes);

  EXPECT_EQ(decode_route_header(bytes), header);
}

TEST(RouteHeader, refuses_what_could_loop_or_point_outside) {
  const auto decoded = [](RouteHeader header) {
    ByteArray<kRouteHeaderSize> bytes;
    encode_route_header(header, bytes);
    return decode_route_header(bytes).has_value();
  };
  const RouteHeader good{.route = route({2, 3}), .ingress = NodeId(1)};

  EXPECT_TRUE(decoded(good));
  EXPECT_FALSE(decoded({.route = route({2, 2}), .ingress = NodeId(1)})) << "a node twice";
  EXPECT_FALSE(decoded({.route = route({2, 1}), .ingress = NodeId(1)})) << "back to the ingress";
  EXPECT_FALSE(decoded({.route = route({2, 3}), .next_index = 2, .ingress = NodeId(1)}))
      << "index past the end";
  EXPECT_FALSE(decoded({.route = route({2, 0}), .ingress = NodeId(1)})) << "no node";
  EXPECT_FALSE(decoded({.route = route({2, 3}), .ingress = kNoNode})) << "no ingress";
  EXPECT_FALSE(decoded({.route = {}, .ingress = NodeId(1)})) << "no hop";
}

}  // namespace route_header_test
}  // namespace overlay
