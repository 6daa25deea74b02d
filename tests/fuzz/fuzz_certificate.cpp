// Certificates as bytes and as text files: what decodes, encodes to the same bytes.
#include <algorithm>
#include <cstdint>

#include "overlay/crypto/certificate.h"
#include "overlay/crypto/node_identity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes bytes(data, size);
  overlay::crypto_init();
  if (const auto certificate = overlay::decode_certificate(bytes)) {
    const overlay::ByteVector again = overlay::encode_certificate(*certificate);
    CHECK(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  (void)overlay::parse_certificate(overlay::as_text(bytes));
  (void)overlay::parse_node_keys(overlay::as_text(bytes));
  (void)overlay::parse_ca(overlay::as_text(bytes));
  return 0;
}
