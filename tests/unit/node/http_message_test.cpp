#include "relay/node/http_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

using State = HttpRequest::State;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr overlay::UnixSeconds kNow{784'111'777};  // RFC 9110 section 5.6.7: 06 Nov 1994 08:49:37

TEST(HttpRequest, names_method_and_path) {
  for (const char* const head :
       {"GET /metrics HTTP/1.1\r\nHost: edge:9641\r\n\r\n", "GET /metrics?name=up HTTP/1.0\r\n\r\n",
        "GET http://edge:9641/metrics HTTP/1.1\r\n\r\n", "GET /metrics HTTP/1.1\nHost: edge\n\n"}) {
    const auto request = http_request_at_front(head);

    EXPECT_EQ(request.state, State::kFound) << head;
    EXPECT_EQ(request.method, "GET") << head;
    EXPECT_EQ(request.path, "/metrics") << head;
  }
}

TEST(HttpRequest, waits_for_the_whole_head) {
  const std::string_view head = "GET / HTTP/1.1\r\nHost: edge\r\n\r\n";

  for (std::size_t size = 0; size < head.size(); ++size)
    EXPECT_EQ(http_request_at_front(head.substr(0, size)).state, State::kNeedsMore) << size;
}

TEST(HttpRequest, is_refused_when_it_is_none) {
  for (const char* const head : {"GET\r\n\r\n", "GET /\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
                                 " / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n", "\r\n\r\n"})
    EXPECT_EQ(http_request_at_front(head).state, State::kBroken) << head;
}

TEST(HttpRequest, is_refused_when_its_head_is_too_long_with_or_without_an_end) {
  std::string head = "GET / HTTP/1.1\r\nCookie: " + std::string(HttpRequest::kMaxHeadBytes, 'x');

  EXPECT_EQ(http_request_at_front(head).state, State::kTooLong);
  EXPECT_EQ(http_request_at_front(head + "\r\n\r\n").state, State::kTooLong);
}

TEST(HttpRequest, may_have_a_body_that_nobody_reads) {
  const std::string body(2 * HttpRequest::kMaxHeadBytes, 'x');

  EXPECT_EQ(http_request_at_front("POST / HTTP/1.1\r\n\r\n" + body).state, State::kFound);
}

TEST(HttpAnswer, tells_its_length_and_that_nothing_follows) {
  EXPECT_EQ(encode_http({.status = 503, .body = "draining\n"}, true, kNow),
            "HTTP/1.1 503 Service Unavailable\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\nCache-Control: no-store\r\n"
            "Connection: close\r\n\r\ndraining\n");
}

TEST(HttpAnswer, to_head_has_the_length_and_not_the_body) {
  const std::string answer = encode_http({.body = "all is well\n"}, false, kNow);

  EXPECT_THAT(answer, HasSubstr("Content-Length: 12\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpAnswer, to_another_method_says_which_there_are) {
  const std::string refusal = encode_http({.status = 405}, true, kNow);

  EXPECT_THAT(refusal, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(refusal, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(encode_http({}, true, kNow), Not(HasSubstr("Allow")));
}

}  // namespace
}  // namespace relay
