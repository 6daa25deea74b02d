#include "overlay/forwarding/media_gate.h"

#include <utility>

#include <gtest/gtest.h>

namespace overlay {
namespace media_gate_test {

constexpr NodeId kIngress{1};
constexpr NodeId kEgress{2};
constexpr std::uint32_t kFlow = 7;

class MediaGateTest : public testing::TestWithParam<MediaCipher> {
 protected:
  MediaGateTest() {
    crypto_init();
    SeededRandom random(1);
    const auto ingress_keys = ExchangeKeyPair::generate(random);
    const auto egress_keys = ExchangeKeyPair::generate(random);
    const MediaFlowEnds ends{.ingress = kIngress,
                             .egress = kEgress,
                             .ingress_key = ingress_keys.public_key(),
                             .egress_key = egress_keys.public_key()};
    const MediaKeyName name{.ingress_key_id = media_key_id(ends.ingress_key),
                            .egress_key_id = media_key_id(ends.egress_key),
                            .cipher = GetParam()};
    MediaKeyring of_ingress;
    of_ingress[kEgress].seal.push_back({name, derive_media_key(ingress_keys, ends, GetParam()).value()});
    MediaKeyring of_egress;
    of_egress[kIngress].open.push_back({name, derive_media_key(egress_keys, ends, GetParam()).value()});
    ingress.set_keyring(std::make_shared<MediaKeyring>(of_ingress));
    egress.set_keyring(std::make_shared<MediaKeyring>(of_egress));
  }

  void seal(std::string_view payload) {
    ASSERT_TRUE(buffer.assign(as_bytes(payload)));
    ASSERT_TRUE(ingress.seal(kEgress, kFlow, inner, buffer).has_value());
  }

  const InnerHeader inner{.source = *Endpoint::parse("192.0.2.1:50000"),
                          .destination = *Endpoint::parse("198.51.100.2:60000"),
                          .traffic_class = 0xb8};
  MediaGate ingress{kIngress};
  MediaGate egress{kEgress};
  PacketBuffer buffer;
};

TEST_P(MediaGateTest, what_the_ingress_sealed_the_egress_opens) {
  seal("a packet of a call");
  EXPECT_EQ(as_text(std::as_const(buffer).bytes()).find("packet"), std::string_view::npos);

  const auto opened = egress.open(kIngress, kFlow, buffer);

  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->source, inner.source);
  EXPECT_EQ(opened->destination, inner.destination);
  EXPECT_EQ(opened->traffic_class, inner.traffic_class);
  EXPECT_EQ(as_text(std::as_const(buffer).bytes()), "a packet of a call");
}

TEST_P(MediaGateTest, of_two_copies_one_is_delivered) {
  seal("twice");
  PacketBuffer copy;
  ASSERT_TRUE(copy.assign(std::as_const(buffer).bytes()));

  EXPECT_TRUE(egress.open(kIngress, kFlow, buffer).has_value());
  EXPECT_EQ(egress.open(kIngress, kFlow, copy).error(), DropReason::kDuplicateMedia);
}

TEST_P(MediaGateTest, a_hub_can_alter_nothing_and_give_it_to_no_other_flow) {
  seal("payload");
  const ByteVector sealed(buffer.bytes().begin(), buffer.bytes().end());
  for (std::size_t at = 4; at < sealed.size(); ++at) {
    ByteVector altered = sealed;
    altered[at] ^= 1;
    ASSERT_TRUE(buffer.assign(altered));
    EXPECT_FALSE(egress.open(kIngress, kFlow, buffer).has_value()) << "byte " << at;
  }

  ASSERT_TRUE(buffer.assign(sealed));
  EXPECT_EQ(egress.open(kIngress, kFlow + 1, buffer).error(), DropReason::kBadMediaSeal);
  ASSERT_TRUE(buffer.assign(sealed));
  EXPECT_EQ(egress.open(NodeId(9), kFlow, buffer).error(), DropReason::kUnknownIngress);
}

TEST_P(MediaGateTest, nothing_is_sealed_for_a_node_without_a_key) {
  ASSERT_TRUE(buffer.assign(as_bytes("payload")));

  EXPECT_EQ(ingress.seal(NodeId(9), kFlow, inner, buffer).error(), DropReason::kUnknownMediaKey);
}

// AES-256-GCM only where the CPU has it; every machine that runs Causeway today does.
INSTANTIATE_TEST_SUITE_P(Ciphers, MediaGateTest,
                         testing::Values(MediaCipher::kChaCha20Poly1305, MediaCipher::kAes256Gcm));

}  // namespace media_gate_test
}  // namespace overlay
