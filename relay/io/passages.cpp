#include "relay/io/passages.h"

#include <utility>

namespace relay {

void Passages::begin(overlay::FileDescriptor client, const StreamEnds& ends, overlay::Bytes opening,
                     const HttpsBackend& backend, overlay::Handler on_end) {
  overlay::ByteVector first;
  if (backend.takes_proxy_header) first = encode_proxy_header(ends);
  first.insert(first.end(), opening.begin(), opening.end());
  passages_.push_back(std::make_unique<PassThrough>(loop_, std::move(client), backend.address, first,
                                                    [this, on_end = std::move(on_end)] {
                                                      on_end();
                                                      has_ended_ = true;
                                                    }));
}

void Passages::give_up(overlay::Instant now, overlay::Duration patience) {
  for (const auto& passage : passages_)
    passage->give_up(now, patience);
}

void Passages::remove_ended() {
  if (std::exchange(has_ended_, false))
    std::erase_if(passages_, [](const auto& passage) { return passage->is_over(); });
}

}  // namespace relay
