// The little of HTTP/1.1 (RFC 9112) that monitoring systems speak with us: a request for a document, and the
// one answer to it. A core, bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/time.h"

namespace relay {

struct HttpRequest {
  static constexpr std::size_t kMaxHeadBytes = 8 * 1024;

  enum class State : std::uint8_t { kNeedsMore, kFound, kTooLong, kBroken };
  State state = State::kNeedsMore;
  // Views of what was received.
  std::string_view method;
  std::string_view path;  // without a query
};

// Request line and header fields; a body is not looked for.
[[nodiscard]] HttpRequest http_request_at_front(std::string_view received);

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// Nothing follows it on its connection. To a HEAD request it goes without the body that it tells the length
// of.
[[nodiscard]] std::string encode_http(const HttpAnswer& answer, bool has_body, overlay::UnixSeconds now);

}  // namespace relay
