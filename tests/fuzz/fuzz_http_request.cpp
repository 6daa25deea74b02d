// Requests at the metrics port: within bounds, and the same however much has come behind the head.
#include <cstdint>

#include "overlay/base/bytes.h"
#include "overlay/base/check.h"
#include "relay/node/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using State = relay::HttpRequest::State;
  const std::string_view received = overlay::as_text({data, size});
  const auto request = relay::http_request_at_front(received);
  CHECK(request.state != State::kNeedsMore || size <= relay::HttpRequest::kMaxHeadBytes);
  if (request.state != State::kFound) return 0;
  CHECK(!request.method.empty() && request.path.size() < relay::HttpRequest::kMaxHeadBytes);

  const auto followed = relay::http_request_at_front(std::string(received) + "GET / HTTP/1.1\r\n\r\n");
  CHECK(followed.state == State::kFound && followed.path.size() == request.path.size());
  return 0;
}
