#include "relay/io/client_hello.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "overlay/base/wire.h"

namespace relay {
namespace client_hello_test {

using overlay::Bytes;
using overlay::ByteVector;
using State = ClientHello::State;

ByteVector with_length(std::size_t length_bytes, const ByteVector& content) {
  ByteVector bytes;
  for (std::size_t i = length_bytes; i-- > 0;)
    bytes.push_back(static_cast<std::uint8_t>(content.size() >> (8 * i)));
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

ByteVector& operator+=(ByteVector& to, const ByteVector& from) {
  to.insert(to.end(), from.begin(), from.end());
  return to;
}

ByteVector text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

ByteVector extension(std::uint8_t type, const ByteVector& content) {
  ByteVector bytes{0, type};
  return bytes += with_length(2, content);
}

ByteVector server_name(std::string_view name) {
  ByteVector entry{0};
  entry += with_length(2, text(name));
  return extension(0, with_length(2, entry));
}

ByteVector protocols(std::initializer_list<std::string_view> names) {
  ByteVector list;
  for (const auto name : names)
    list += with_length(1, text(name));
  return extension(16, with_length(2, list));
}

// One record with one ClientHello.
ByteVector hello(const ByteVector& extensions) {
  ByteVector body{3, 3};
  body += ByteVector(32, 0xab);
  body += with_length(1, ByteVector(32, 1));
  body += with_length(2, {0x13, 0x01});
  body += with_length(1, {0});
  body += with_length(2, extensions);
  ByteVector message{1};
  message += with_length(3, body);
  ByteVector record{22, 3, 1};
  return record += with_length(2, message);
}

TEST(ClientHello, says_name_and_protocols) {
  ByteVector extensions = extension(10, {0, 2, 0, 29});
  extensions += server_name("turn.example.org");
  extensions += protocols({"h2", "stun.turn"});
  const ByteVector stream = hello(extensions);

  const auto found = client_hello_at_front(stream);

  ASSERT_EQ(found.state, State::kFound);
  EXPECT_EQ(found.server_name, "turn.example.org");
  EXPECT_TRUE(found.offers("stun.turn"));
  EXPECT_TRUE(found.offers("h2"));
  EXPECT_FALSE(found.offers("stun"));
}

TEST(ClientHello, may_say_neither) {
  const ByteVector stream = hello({});

  const auto found = client_hello_at_front(stream);

  EXPECT_EQ(found.state, State::kFound);
  EXPECT_TRUE(found.server_name.empty());
  EXPECT_TRUE(found.protocols.empty());
}

TEST(ClientHello, waits_for_the_whole_message) {
  const ByteVector whole = hello(server_name("turn.example.org"));

  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(client_hello_at_front(Bytes(whole).first(size)).state, State::kNeedsMore) << size;
}

// The same message in records of that many bytes.
ByteVector cut_into(std::size_t record_bytes, const ByteVector& one_record) {
  const Bytes message = Bytes(one_record).subspan(5);
  ByteVector stream;
  for (std::size_t at = 0; at < message.size(); at += record_bytes) {
    const Bytes part = message.subspan(at, std::min(record_bytes, message.size() - at));
    stream += {22, 3, 1};
    stream += with_length(2, {part.begin(), part.end()});
  }
  return stream;
}

TEST(ClientHello, may_be_cut_into_records) {
  for (const std::size_t record_bytes : {3u, 4u, 5u, 50u}) {
    const ByteVector whole = cut_into(record_bytes, hello(server_name("a.example")));

    EXPECT_EQ(client_hello_at_front(whole).server_name, "a.example") << record_bytes;
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(client_hello_at_front(Bytes(whole).first(size)).state, State::kNeedsMore) << size;
  }
}

TEST(ClientHello, is_not_collected_for_ever) {
  const ByteVector crumbs = cut_into(1, hello(server_name("turn.example.org")));
  ByteVector too_long = hello({});
  too_long[7] = 0x40;  // 16 KiB and more

  EXPECT_EQ(client_hello_at_front(crumbs).state, State::kBroken);
  EXPECT_EQ(client_hello_at_front(too_long).state, State::kBroken);
  EXPECT_EQ(client_hello_at_front(ByteVector{22, 3, 1, 0, 0}).state, State::kBroken);
}

TEST(ClientHello, refuses_lengths_that_leave_the_message) {
  const ByteVector good = hello(protocols({"stun.turn"}));
  constexpr std::size_t kSessionIdAt = 5 + 4 + 34;

  for (const std::size_t at : {std::size_t{1}, std::size_t{5}, std::size_t{6}, kSessionIdAt}) {
    ByteVector bad = good;
    bad[at] = 0xff;
    EXPECT_EQ(client_hello_at_front(bad).state, State::kBroken) << at;
  }
}

TEST(ClientHello, is_no_other_record) {
  EXPECT_EQ(client_hello_at_front(text("GET / HTTP/1.1")).state, State::kBroken);
  EXPECT_EQ(client_hello_at_front(ByteVector{23, 3, 3, 0, 1}).state, State::kBroken);
}

}  // namespace client_hello_test
}  // namespace relay
