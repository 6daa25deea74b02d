// OpenSSL reads records from here and writes them to there, and never sees a socket. For streams and for
// datagrams, of which each write is one.
#pragma once

#include <functional>

#include <openssl/bio.h>

#include "overlay/base/bytes.h"

namespace relay {

struct RecordPipe {
  overlay::Bytes input;  // what arrived and was not read yet; of a datagram, all is read at once
  std::function<void(overlay::Bytes)> output;
};

// The pipe must outlive it.
[[nodiscard]] BIO* new_record_bio(RecordPipe& pipe);

}  // namespace relay
