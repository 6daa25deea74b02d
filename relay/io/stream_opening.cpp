#include "relay/io/stream_opening.h"

#include "relay/io/client_hello.h"

namespace relay {
namespace {

constexpr std::uint8_t kTlsHandshake = 0x16;

}  // namespace

StreamOpening::Protocol StreamOpening::feed(overlay::Bytes chunk) {
  unread_ = chunk;
  if (!protocols_.expects_proxy && !protocols_.has_backend) return select();
  kept_.insert(kept_.end(), chunk.begin(), chunk.end());
  unread_ = kept_;
  if (protocols_.expects_proxy) {
    if (const Protocol read = read_proxy_header(); read == Protocol::kRefused || protocols_.expects_proxy)
      return read;
  }
  return select();
}

// kRefused for a broken header, else kUndecided; the header is complete once none is expected any more.
StreamOpening::Protocol StreamOpening::read_proxy_header() {
  const ProxyHeader header = proxy_header_at_front(kept_);
  if (header.state == ProxyHeader::State::kBroken) return Protocol::kRefused;
  if (header.state != ProxyHeader::State::kFound) return Protocol::kUndecided;
  proxied_ = header.ends;
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(header.size));
  unread_ = kept_;
  protocols_.expects_proxy = false;
  return Protocol::kUndecided;
}

StreamOpening::Protocol StreamOpening::select() {
  if (unread_.empty()) return Protocol::kUndecided;
  if (unread_.front() != kTlsHandshake) return protocols_.plain ? Protocol::kPlain : Protocol::kRefused;
  if (protocols_.has_backend) return select_by_server_name();
  if (protocols_.tls) return Protocol::kTls;
  return protocols_.plain ? Protocol::kPlain : Protocol::kRefused;
}

StreamOpening::Protocol StreamOpening::select_by_server_name() const {
  const ClientHello hello = client_hello_at_front(unread_);
  if (hello.state == ClientHello::State::kBroken) return Protocol::kRefused;
  if (hello.state != ClientHello::State::kFound) return Protocol::kUndecided;
  return protocols_.tls && protocols_.tls->is_for_us(hello) ? Protocol::kTls : Protocol::kBackend;
}

}  // namespace relay
