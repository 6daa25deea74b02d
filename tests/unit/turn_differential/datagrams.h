// Datagrams to compare opinions of: published vectors, the fuzz targets' corpus, messages of every kind, and
// mutations of all of them that are the same for the same seed.
#pragma once

#include <string>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/random.h"

namespace differential {

[[nodiscard]] std::vector<overlay::ByteVector> published_vectors();  // RFC 5769, RFC 8489 appendix B
[[nodiscard]] std::vector<overlay::ByteVector> corpus(const std::string& folder);
[[nodiscard]] std::vector<overlay::ByteVector> messages_of_every_kind();

// Changes a few things: bits, lengths, attributes. Often the header's length is made right again, and
// sometimes a valid FINGERPRINT appended, so that what is behind those checks is reached too.
[[nodiscard]] overlay::ByteVector mutate(overlay::ByteVector datagram, overlay::Random& random);

}  // namespace differential
