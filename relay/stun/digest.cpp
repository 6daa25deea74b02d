#include "relay/stun/digest.h"

#include <algorithm>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "overlay/base/check.h"

namespace relay {
namespace {

constexpr std::size_t kBlock = 64;  // of SHA-1 and SHA-256 alike

// One algorithm with one context, used again for each message.
class Digest {
 public:
  explicit Digest(const char* name)
      : algorithm_(EVP_MD_fetch(nullptr, name, nullptr), &EVP_MD_free),
        context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    CHECK(algorithm_ && context_);
  }

  void start() { CHECK(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1); }
  void add(overlay::Bytes bytes) { CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  void add(Pieces pieces) {
    for (const overlay::Bytes piece : pieces)
      add(piece);
  }
  template <std::size_t N>
  overlay::ByteArray<N> finish() {
    overlay::ByteArray<N> result;
    unsigned size = 0;
    CHECK(EVP_DigestFinal_ex(context_.get(), result.data(), &size) == 1 && size == N);
    return result;
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

template <std::size_t N>
overlay::ByteArray<N> digest(Digest& algorithm, Pieces pieces) {
  algorithm.start();
  algorithm.add(pieces);
  return algorithm.finish<N>();
}

// RFC 2104.
template <std::size_t N>
overlay::ByteArray<N> hmac(Digest& algorithm, overlay::Bytes key, Pieces pieces) {
  overlay::ByteArray<N> long_key;
  if (key.size() > kBlock) {
    long_key = digest<N>(algorithm, {key});
    key = long_key;
  }
  const auto start_with_pad = [&](std::uint8_t value) {
    overlay::ByteArray<kBlock> pad;
    pad.fill(value);
    for (std::size_t i = 0; i < key.size(); ++i)
      pad[i] ^= key[i];
    algorithm.start();
    algorithm.add(pad);
    OPENSSL_cleanse(pad.data(), pad.size());
  };
  start_with_pad(0x36);
  algorithm.add(pieces);
  const auto inner = algorithm.finish<N>();
  start_with_pad(0x5c);
  algorithm.add(inner);
  return algorithm.finish<N>();
}

Digest& sha1_of_thread() {
  thread_local Digest algorithm("SHA1");
  return algorithm;
}
Digest& sha256_of_thread() {
  thread_local Digest algorithm("SHA256");
  return algorithm;
}

}  // namespace

Md5 md5(Pieces pieces) {
  thread_local Digest algorithm("MD5");
  return digest<16>(algorithm, pieces);
}

Sha256 sha256(Pieces pieces) {
  return digest<32>(sha256_of_thread(), pieces);
}

Sha1 hmac_sha1(overlay::Bytes key, Pieces pieces) {
  return hmac<20>(sha1_of_thread(), key, pieces);
}

Sha256 hmac_sha256(overlay::Bytes key, Pieces pieces) {
  return hmac<32>(sha256_of_thread(), key, pieces);
}

bool equal_in_constant_time(overlay::Bytes a, overlay::Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace relay
