#include "overlay/base/keyed_hash.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "overlay/base/endpoint.h"

namespace overlay::keyed_hash_test {
namespace {

constexpr std::size_t kKeys = 65'536;
constexpr std::size_t kBuckets = 107'897;  // of libstdc++'s table with so many keys

// The hash of addresses until 0.1.0: each step has an inverse, so anybody could choose what it yields.
namespace invertible {

std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t inverse = odd;
  for (int i = 0; i < 6; ++i)
    inverse *= 2 - odd * inverse;
  return inverse;
}

std::uint64_t undo_xor_shift(std::uint64_t mixed, int shift) {
  std::uint64_t word = mixed;
  for (int i = 0; i < 64 / shift; ++i)
    word = mixed ^ word >> shift;
  return word;
}

std::uint64_t word_at(const IpAddress& address, std::size_t offset) {
  std::uint64_t word;
  std::memcpy(&word, address.octets().data() + offset, sizeof word);
  return word;
}

constexpr std::uint64_t kSecond = 0xbf58476d1ce4e5b9;

std::uint64_t of_prefix(const IpAddress& address) {
  const std::uint64_t mixed = (word_at(address, 0) + 6) * 0x9e3779b97f4a7c15;
  return mixed ^ mixed >> 32;
}

std::uint64_t of(const IpAddress& address) {
  const std::uint64_t mixed = (of_prefix(address) + word_at(address, 8)) * kSecond;
  return mixed ^ mixed >> 29;
}

std::uint64_t of(const Endpoint& endpoint) {
  const std::uint64_t mixed = (of(endpoint.address) + endpoint.port) * 0x9e3779b97f4a7c15;
  return mixed ^ mixed >> 32;
}

// The address of that /64 whose hash is `wanted`.
IpAddress address_with(std::uint64_t wanted, const IpAddress& prefix) {
  const std::uint64_t host = undo_xor_shift(wanted, 29) * inverse_of(kSecond) - of_prefix(prefix);
  ByteArray<16> octets{};
  std::memcpy(octets.data(), prefix.octets().data(), 8);
  std::memcpy(octets.data() + 8, &host, sizeof host);
  return IpAddress::v6(octets);
}

}  // namespace invertible

// One address for each port, all of one /64.
std::vector<Endpoint> colliding_endpoints() {
  const auto prefix = IpAddress::parse("2001:db8:1:2::");
  std::vector<Endpoint> endpoints;
  for (std::uint32_t port = 0; port < kKeys; ++port)
    endpoints.push_back(
        {invertible::address_with(1'000'000 - port, *prefix), static_cast<std::uint16_t>(port)});
  return endpoints;
}

template <typename Key>
std::size_t longest_chain(const std::vector<Key>& keys) {
  std::vector<std::size_t> chains(kBuckets);
  for (const Key& key : keys)
    ++chains[std::hash<Key>{}(key) % kBuckets];
  return *std::ranges::max_element(chains);
}

TEST(KeyedHash, spreads_the_endpoints_of_a_prefix_that_were_chosen_to_meet) {
  const auto endpoints = colliding_endpoints();
  for (const Endpoint& endpoint : endpoints)
    ASSERT_EQ(invertible::of(endpoint), invertible::of(endpoints.front()));

  const std::size_t longest = longest_chain(endpoints);

  EXPECT_LE(longest, 12U);
}

TEST(KeyedHash, spreads_the_addresses_of_a_prefix_that_were_chosen_to_meet) {
  std::vector<IpAddress> addresses;
  for (std::uint64_t i = 0; i < kKeys; ++i)
    addresses.push_back(invertible::address_with(i * kBuckets, *IpAddress::parse("2001:db8:1:2::")));
  for (const IpAddress& address : addresses)
    ASSERT_EQ(invertible::of(address) % kBuckets, 0U);

  const std::size_t longest = longest_chain(addresses);

  EXPECT_LE(longest, 12U);
}

// ---- the function ----

std::uint64_t siphash13_of_openssl(Bytes bytes, const HashKey& key) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr),
                                                              &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                          &EVP_MAC_CTX_free);
  unsigned rounds = 1;
  unsigned last_rounds = 3;
  std::size_t size = sizeof(std::uint64_t);
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &rounds),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &last_rounds),
                               OSSL_PARAM_construct_end()};
  ByteArray<16> octets;
  std::memcpy(octets.data(), &key.first, 8);
  std::memcpy(octets.data() + 8, &key.second, 8);
  std::uint64_t result = 0;
  EXPECT_EQ(EVP_MAC_init(context.get(), octets.data(), octets.size(), params), 1);
  EXPECT_EQ(EVP_MAC_update(context.get(), bytes.data(), bytes.size()), 1);
  EXPECT_EQ(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(&result), &size, size), 1);
  return result;
}

TEST(KeyedHash, is_siphash_1_3_as_openssl_computes_it) {
  SeededRandom random(7);
  for (std::size_t length = 0; length <= 64; ++length) {
    const HashKey key = HashKey::draw(random);
    ByteVector bytes(length);
    random.fill(bytes);

    EXPECT_EQ(KeyedHash::of(bytes, key), siphash13_of_openssl(bytes, key)) << length << " bytes";
  }
}

TEST(KeyedHash, depends_on_each_part_of_the_key) {
  const auto text = as_bytes("alice");

  EXPECT_NE(KeyedHash::of(text, {.first = 1}), KeyedHash::of(text, {.first = 2}));
  EXPECT_NE(KeyedHash::of(text, {.second = 1}), KeyedHash::of(text, {.second = 2}));
}

TEST(KeyedHash, tells_an_address_from_its_mapped_form_and_a_port_from_another) {
  const auto hash_of = [](const char* text) { return std::hash<Endpoint>{}(*Endpoint::parse(text)); };

  EXPECT_NE(hash_of("192.0.2.1:1"), hash_of("[::ffff:192.0.2.1]:1"));
  EXPECT_NE(hash_of("192.0.2.1:1"), hash_of("192.0.2.1:2"));
  EXPECT_NE(hash_of("[2001:db8::1]:1"), hash_of("[2001:db8::2]:1"));
  EXPECT_NE(hash_of("[2001:db8::1]:1"), hash_of("[2001:db9::1]:1"));
}

}  // namespace
}  // namespace overlay::keyed_hash_test
