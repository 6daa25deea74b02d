// The digests that STUN is made of, fast for short inputs. OpenSSL 3 looks an algorithm up by its name at
// each one-shot call, which takes longer than the digest; here each thread fetches it once.
#pragma once

#include <initializer_list>

#include "overlay/base/bytes.h"

namespace relay {

using Md5 = overlay::ByteArray<16>;
using Sha1 = overlay::ByteArray<20>;
using Sha256 = overlay::ByteArray<32>;

// Of the pieces, one after the other.
using Pieces = std::initializer_list<overlay::Bytes>;
[[nodiscard]] Md5 md5(Pieces pieces);
[[nodiscard]] Sha256 sha256(Pieces pieces);
[[nodiscard]] Sha1 hmac_sha1(overlay::Bytes key, Pieces pieces);
[[nodiscard]] Sha256 hmac_sha256(overlay::Bytes key, Pieces pieces);

[[nodiscard]] bool equal_in_constant_time(overlay::Bytes a, overlay::Bytes b);

}  // namespace relay
