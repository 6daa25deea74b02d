// A stream falls into the same messages however it arrives. The first byte of the input says in which pieces.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "overlay/base/check.h"
#include "relay/io/stream_framer.h"

namespace {

struct Cut {
  std::vector<overlay::ByteVector> messages;
  bool is_broken = false;
  std::uint64_t skipped = 0;
  bool operator==(const Cut&) const = default;
};

Cut cut(overlay::Bytes stream, std::size_t piece) {
  relay::StreamFramer framer;
  Cut result;
  while (!stream.empty() && !framer.is_broken()) {
    const overlay::Bytes chunk = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(chunk.size());
    framer.feed(chunk);
    while (const auto message = framer.next()) {
      CHECK(!message->empty() && message->size() <= relay::StreamFramer::kMaxMessage);
      result.messages.emplace_back(message->begin(), message->end());
    }
  }
  result.is_broken = framer.is_broken();
  result.skipped = framer.skipped();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const overlay::Bytes stream(data + 1, size - 1);
  CHECK(cut(stream, stream.size()) == cut(stream, std::size_t{1} + data[0]));
  return 0;
}
