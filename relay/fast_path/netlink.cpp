#include "relay/fast_path/netlink.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace relay {
namespace {

constexpr std::size_t kHeader = netlink_aligned(sizeof(nlattr));

overlay::Unexpected<overlay::Error> netlink_failure(int error) {
  return overlay::failure(std::string("netlink: ") + std::strerror(error));
}

}  // namespace

std::optional<overlay::Bytes> find_attribute(overlay::Bytes attributes, std::uint16_t type) {
  while (attributes.size() >= kHeader) {
    nlattr header{};
    std::memcpy(&header, attributes.data(), sizeof header);
    if (header.nla_len < kHeader || header.nla_len > attributes.size()) break;
    if ((header.nla_type & NLA_TYPE_MASK) == type) return attributes.first(header.nla_len).subspan(kHeader);
    attributes = attributes.subspan(std::min(netlink_aligned(header.nla_len), attributes.size()));
  }
  return std::nullopt;
}

overlay::Result<Netlink> Netlink::open(int protocol) {
  overlay::FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!socket.is_open()) return netlink_failure(errno);
  return Netlink(std::move(socket));
}

overlay::Status Netlink::send(std::uint16_t type, std::uint16_t flags, overlay::Bytes question) {
  const nlmsghdr header{.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + question.size()),
                        .nlmsg_type = type,
                        .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags),
                        .nlmsg_seq = ++sequence_,
                        .nlmsg_pid = 0};
  overlay::ByteVector message(NLMSG_HDRLEN);
  std::memcpy(message.data(), &header, sizeof header);
  message.insert(message.end(), question.begin(), question.end());
  if (::send(socket_.get(), message.data(), message.size(), 0) < 0) return netlink_failure(errno);
  return overlay::ok();
}

void Netlink::ask_strictly() {
  const int on = 1;
  (void)::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

// Each recv() makes the kernel write the next part of the list.
overlay::Status Netlink::ask_for_list(std::uint16_t type, overlay::Bytes question, const Visit& visit) {
  if (auto sent = send(type, NLM_F_DUMP, question); !sent) return sent;
  while (true) {
    const ssize_t received = ::recv(socket_.get(), answer_.data(), answer_.size(), 0);
    if (received < 0) return netlink_failure(errno);
    auto part = overlay::Bytes(answer_).first(static_cast<std::size_t>(received));
    while (part.size() >= NLMSG_HDRLEN) {
      nlmsghdr header{};
      std::memcpy(&header, part.data(), sizeof header);
      if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > part.size()) return netlink_failure(EMSGSIZE);
      const auto body = part.first(header.nlmsg_len).subspan(NLMSG_HDRLEN);
      part = part.subspan(std::min(netlink_aligned(header.nlmsg_len), part.size()));
      if (header.nlmsg_seq != sequence_) continue;  // of an earlier question
      if (header.nlmsg_type == NLMSG_DONE) return overlay::ok();
      if (header.nlmsg_type == NLMSG_ERROR) return netlink_failure(-number_in<int>(body).value_or(-EBADMSG));
      visit(body);
    }
  }
}

// The kernel answers before sendto() returns.
overlay::Result<overlay::Bytes> Netlink::ask(std::uint16_t type, overlay::Bytes question) {
  if (auto sent = send(type, 0, question); !sent) return overlay::failure(sent.error().message);
  nlmsghdr header{};
  while (true) {
    const ssize_t received = ::recv(socket_.get(), answer_.data(), answer_.size(), 0);
    if (received < 0) return netlink_failure(errno);
    std::memcpy(&header, answer_.data(), sizeof header);
    if (received < NLMSG_HDRLEN || header.nlmsg_len > static_cast<std::size_t>(received))
      return netlink_failure(EMSGSIZE);
    if (header.nlmsg_seq != sequence_) continue;  // of a question whose answer nobody took
    const auto body = overlay::Bytes(answer_).first(header.nlmsg_len).subspan(NLMSG_HDRLEN);
    if (header.nlmsg_type != NLMSG_ERROR) return body;
    return netlink_failure(-number_in<int>(body).value_or(-EBADMSG));
  }
}

}  // namespace relay
