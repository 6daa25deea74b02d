#include "relay/node/http_message.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace relay {
namespace {

using State = HttpRequest::State;

// Just behind the empty line that ends the head. RFC 9112 section 2.2: a bare LF may end a line too.
std::size_t end_of_head(std::string_view received) {
  for (auto end = received.find('\n'); end != std::string_view::npos; end = received.find('\n', end + 1)) {
    const std::string_view rest = received.substr(end + 1);
    if (rest.starts_with("\n")) return end + 2;
    if (rest.starts_with("\r\n")) return end + 3;
  }
  return std::string_view::npos;
}

// RFC 9112 section 3.2.2: a server takes http://host/path as well.
std::string_view path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    target.remove_prefix(kScheme.size());
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  return target.substr(0, target.find('?'));
}

std::string_view reason_for(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

// RFC 9110 section 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT.
std::string date_of(overlay::UnixSeconds now) {
  const std::time_t seconds = now.count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

HttpRequest http_request_at_front(std::string_view received) {
  const std::size_t end = end_of_head(received);
  if (std::min(end, received.size()) > HttpRequest::kMaxHeadBytes) return {.state = State::kTooLong};
  if (end == std::string_view::npos) return {};

  std::string_view line = received.substr(0, received.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || last <= first + 1 ||
      !line.substr(last + 1).starts_with("HTTP/1."))
    return {.state = State::kBroken};
  return {.state = State::kFound,
          .method = line.substr(0, first),
          .path = path_of(line.substr(first + 1, last - first - 1))};
}

std::string encode_http(const HttpAnswer& answer, bool has_body, overlay::UnixSeconds now) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  text += reason_for(answer.status);
  text += "\r\nDate: " + date_of(now) + "\r\nContent-Type: " + answer.content_type +
          "\r\nContent-Length: " + std::to_string(answer.body.size());
  if (answer.status == 405) text += "\r\nAllow: GET, HEAD";
  text += "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  if (has_body) text += answer.body;
  return text;
}

}  // namespace relay
