#include "overlay/io/receive_batch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/udp.h>

namespace overlay {
namespace {

// A run of this length gets a layout of its own; a shorter run is moved.
constexpr std::size_t kRunSegments = 8;
constexpr std::uint8_t kMaxSurprises = 8;
// After this many receives with one datagram, receive() asks for one datagram, and only now and then for two:
// a second look costs more than a report of epoll.
constexpr std::uint8_t kManySingles = 16;

template <typename T>
T read_value(const cmsghdr& header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&header), sizeof value);
  return value;
}

// recvmmsg(2) for one message, at a lower cost.
int receive_one(int fd, mmsghdr& message) {
  const auto length = ::recvmsg(fd, &message.msg_hdr, MSG_DONTWAIT);
  if (length < 0) return -1;
  message.msg_len = static_cast<unsigned>(length);
  return 1;
}

}  // namespace

ReceiveBatch::Received ReceiveBatch::receive(const UdpSocket& socket, ReceiveForecast& forecast,
                                             IoCounters& counters) {
  arrivals_.clear();
  const std::size_t laid_out = forecast.segment;
  const std::size_t asked = std::min(forecast.messages, laid_out > 0 ? kMaxRuns : kMaxMessages);
  if (laid_out > 0)
    prepare_runs(asked, laid_out);
  else
    prepare_singles(asked);
  const int got = read(socket, asked, counters);
  const auto count = static_cast<std::size_t>(std::max(got, 0));
  for (std::size_t i = 0; i < count; ++i) {
    read_control(messages_[i], headers_[i].msg_hdr, socket);
    if (laid_out > 0)
      take_run(i, headers_[i].msg_len, laid_out, counters);
    else
      take_single(i, headers_[i].msg_len, counters);
  }
  keep_unused(laid_out > 0 ? asked * kMaxSegments : asked);
  learn(forecast, asked, count);
  return {.arrivals = arrivals_, .is_drained = count < asked || asked == 1};
}

// Buffers are reused from the first one.
void ReceiveBatch::keep_unused(std::size_t slots) {
  for (std::size_t i = slots; i > 0; --i)
    if (buffers_[i - 1] != nullptr) spare_.push_back(buffers_[i - 1]);
}

int ReceiveBatch::read(const UdpSocket& socket, std::size_t messages, IoCounters& counters) {
  ++counters.receive_calls;
  const int got = messages == 1 ? receive_one(socket.fd(), headers_[0])
                                : ::recvmmsg(socket.fd(), headers_.data(), static_cast<unsigned>(messages),
                                             MSG_DONTWAIT, nullptr);
  if (got < 0 && errno != EAGAIN && errno != EINTR) ++counters.receive_errors;
  return got;
}

// ---- where the kernel writes ----

// One buffer for each message; the rest of a run goes to the overflow area.
void ReceiveBatch::prepare_singles(std::size_t messages) {
  for (std::size_t i = 0; i < messages; ++i) {
    buffers_[i] = &take_buffer();
    const MutableBytes area = buffers_[i]->receive_area();
    areas_[2 * i] = {area.data(), area.size()};
    areas_[2 * i + 1] = {overflow_of(i), kLongestMessage};
    prepare_header(i, 2 * i, 2);
  }
}

// One buffer for each datagram of each run.
void ReceiveBatch::prepare_runs(std::size_t messages, std::size_t segment) {
  for (std::size_t i = 0; i < messages; ++i) {
    const std::size_t first_area = i * (kMaxSegments + 1);
    for (std::size_t k = 0; k < kMaxSegments; ++k) {
      PacketBuffer& buffer = take_buffer();
      buffers_[i * kMaxSegments + k] = &buffer;
      areas_[first_area + k] = {buffer.receive_area().data(), segment};
    }
    areas_[first_area + kMaxSegments] = {overflow_of(i), kLongestMessage};
    prepare_header(i, first_area, kMaxSegments + 1);
  }
}

void ReceiveBatch::prepare_header(std::size_t message, std::size_t first_area, std::size_t areas) {
  msghdr& header = headers_[message].msg_hdr;
  header = {};
  header.msg_name = &messages_[message].source;
  header.msg_namelen = sizeof(SocketAddress);
  header.msg_iov = &areas_[first_area];
  header.msg_iovlen = areas;
  header.msg_control = &messages_[message].control;
  header.msg_controllen = sizeof(Control);
}

// The kernel provides memory only for pages that are written to.
std::uint8_t* ReceiveBatch::overflow_of(std::size_t message) {
  if (!overflow_) overflow_.reset(new std::uint8_t[kMaxMessages * kLongestMessage]);
  return &overflow_[message * kLongestMessage];
}

PacketBuffer& ReceiveBatch::take_buffer() {
  if (spare_.empty()) return arena_.acquire();
  PacketBuffer& buffer = *spare_.back();
  spare_.pop_back();
  return buffer;
}

// ---- what the kernel wrote ----

void ReceiveBatch::read_control(Message& message, const msghdr& header, const UdpSocket& socket) {
  message.segment = 0;
  message.meta = {.source = to_endpoint(message.source), .local = socket.local()};
  DatagramMeta& meta = message.meta;
  msghdr copy = header;
  for (cmsghdr* at = CMSG_FIRSTHDR(&copy); at != nullptr; at = CMSG_NXTHDR(&copy, at)) {
    if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_TOS)
      meta.traffic_class = read_value<std::uint8_t>(*at);
    else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_TCLASS)
      meta.traffic_class = static_cast<TrafficClass>(read_value<int>(*at));
    else if (at->cmsg_level == IPPROTO_UDP && at->cmsg_type == UDP_GRO)
      message.segment = static_cast<std::size_t>(std::max(read_value<int>(*at), 0));
    else if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO)
      meta.local.address = to_ip_address(read_value<in_pktinfo>(*at).ipi_addr);
    else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO)
      meta.local.address = to_ip_address(read_value<in6_pktinfo>(*at).ipi6_addr);
    else if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_ORIGDSTADDR)
      meta.local = to_endpoint({.v4 = read_value<sockaddr_in>(*at)});
    else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_ORIGDSTADDR)
      meta.local = to_endpoint({.v6 = read_value<sockaddr_in6>(*at)});
  }
}

void ReceiveBatch::take_single(std::size_t message, std::size_t length, IoCounters& counters) {
  const std::size_t segment = messages_[message].segment;
  if (segment > 0 && segment < length) return split(message, {&areas_[2 * message], 2}, length, counters);
  ++counters.received;
  if (length > PacketBuffer::kMaxDatagram) {
    ++counters.oversized;
    return;
  }
  deliver(message, message, length);
}

void ReceiveBatch::take_run(std::size_t message, std::size_t length, std::size_t laid_out,
                            IoCounters& counters) {
  const std::size_t segment = messages_[message].segment;
  const bool is_single = segment == 0 || segment >= length;
  const bool is_in_place =
      is_single ? length <= laid_out : segment == laid_out && length <= laid_out * kMaxSegments;
  if (!is_in_place)
    return split(message, {&areas_[message * (kMaxSegments + 1)], kMaxSegments + 1}, length, counters);
  std::size_t slot = message * kMaxSegments;
  std::size_t left = length;
  do {
    const std::size_t size = std::min(left, laid_out);
    deliver(message, slot++, size);
    left -= size;
    ++counters.received;
  } while (left > 0);
}

void ReceiveBatch::deliver(std::size_t message, std::size_t slot, std::size_t size) {
  buffers_[slot]->resize(size);
  arrivals_.push_back({buffers_[slot], &messages_[message].meta});
  buffers_[slot] = nullptr;
}

// The forecast was wrong: copies the message from `areas` into one buffer for each datagram.
void ReceiveBatch::split(std::size_t message, std::span<const iovec> areas, std::size_t length,
                         IoCounters& counters) {
  if (!scratch_) scratch_.reset(new std::uint8_t[2 * kLongestMessage]);
  std::size_t gathered = 0;
  for (const iovec& area : areas) {
    const std::size_t size = std::min(area.iov_len, length - gathered);
    std::memcpy(&scratch_[gathered], area.iov_base, size);
    gathered += size;
    if (gathered == length) break;
  }
  const std::size_t told = messages_[message].segment;
  const std::size_t segment = told == 0 ? length : told;
  for (std::size_t at = 0; at < length; at += segment) {
    ++counters.received;
    PacketBuffer& buffer = take_buffer();
    if (buffer.assign({&scratch_[at], std::min(segment, length - at)})) {
      arrivals_.push_back({&buffer, &messages_[message].meta});
      continue;
    }
    ++counters.oversized;
    spare_.push_back(&buffer);
  }
}

// Forecast for the next receive(). It expects more messages than the last receive got, so that one call is
// enough to see an empty queue. The forecast shrinks slowly. Runs are expected to look like the last run.
void ReceiveBatch::learn(ReceiveForecast& forecast, std::size_t asked, std::size_t got) const {
  const bool is_single = got == 1 && forecast.segment == 0 && messages_[0].segment == 0;
  forecast.singles = is_single ? static_cast<std::uint8_t>(forecast.singles + 1) : 0;
  if (forecast.singles == 2 * kManySingles) forecast.singles = kManySingles - 1;
  const bool was_full = got == asked && asked > 1;
  const std::size_t wanted = was_full ? asked * 4 : std::max({got + 1, asked - 1, std::size_t{2}});
  forecast.messages = forecast.singles >= kManySingles ? 1 : std::min(wanted, kMaxMessages);
  std::size_t longest = 0;
  std::size_t segment = 0;
  for (std::size_t i = 0; i < got; ++i) {
    const std::size_t segments = messages_[i].segment == 0 ? 1 : headers_[i].msg_len / messages_[i].segment;
    if (segments <= longest) continue;
    longest = segments;
    segment = messages_[i].segment;
  }
  if (longest >= kRunSegments && segment <= PacketBuffer::kMaxDatagram) {
    forecast.segment = segment;
    forecast.surprises = 0;
  } else if (forecast.segment > 0 && got > 0 && ++forecast.surprises >= kMaxSurprises) {
    forecast = {.messages = forecast.messages};
  }
}

}  // namespace overlay
