#include "relay/turn/allocation.h"

#include <algorithm>

namespace relay {

overlay::Instant Allocation::permission_expiry(const overlay::IpAddress& peer) const {
  const auto found = std::ranges::find(permissions_, peer, &Permission::peer);
  return found == permissions_.end() ? overlay::Instant{} : found->expires_at;
}

bool Allocation::install_permissions(std::span<const overlay::IpAddress> peers, overlay::Instant now) {
  const overlay::Instant until = now + kPermissionLifetime;
  if (permissions_.size() + peers.size() > max_permissions)
    std::erase_if(permissions_, [&](const Permission& p) { return now >= p.expires_at; });
  const std::size_t kept = permissions_.size();
  // New ones first, none of the old ones touched: they can be taken back.
  for (const overlay::IpAddress& peer : peers) {
    if (std::ranges::find(permissions_, peer, &Permission::peer) != permissions_.end()) continue;
    if (permissions_.size() >= max_permissions) {
      permissions_.resize(kept);
      return false;
    }
    permissions_.push_back({.peer = peer, .expires_at = until});
  }
  for (const overlay::IpAddress& peer : peers)
    std::ranges::find(permissions_, peer, &Permission::peer)->expires_at = until;
  return true;
}

void Allocation::forbid(const std::function<bool(const overlay::IpAddress&)>& is_allowed) {
  std::erase_if(permissions_, [&](const Permission& permission) { return !is_allowed(permission.peer); });
  std::erase_if(channels_, [&](const ChannelBinding& channel) { return !is_allowed(channel.peer.address); });
}

const ChannelBinding* Allocation::find_channel(ChannelNumber channel, overlay::Instant now) const {
  const auto found = std::ranges::find(channels_, channel, &ChannelBinding::channel);
  return found == channels_.end() || now >= found->expires_at ? nullptr : &*found;
}

const ChannelBinding* Allocation::find_channel(const overlay::Endpoint& peer, overlay::Instant now) const {
  const auto found = std::ranges::find_if(channels_, [&](const ChannelBinding& binding) {
    return binding.peer == peer && now < binding.expires_at;
  });
  return found == channels_.end() ? nullptr : &*found;
}

Allocation::Bound Allocation::bind_channel(ChannelNumber channel, const overlay::Endpoint& peer,
                                           overlay::Instant now) {
  std::erase_if(channels_, [&](const ChannelBinding& binding) { return now >= binding.expires_at; });
  const auto same = std::ranges::find_if(channels_, [&](const ChannelBinding& binding) {
    return binding.channel == channel || binding.peer == peer;
  });
  if (same != channels_.end()) {
    if (same->peer != peer) return Bound::kChannelTaken;
    if (same->channel != channel) return Bound::kPeerTaken;
  } else if (channels_.size() >= max_channels) {
    return Bound::kFull;
  }
  // A channel installs or refreshes the permission too (RFC 8656 section 12.2).
  if (!install_permissions({&peer.address, 1}, now)) return Bound::kFull;
  if (same != channels_.end()) {
    same->expires_at = now + kChannelLifetime;
    return Bound::kOk;
  }
  channels_.push_back({.channel = channel, .peer = peer, .expires_at = now + kChannelLifetime});
  return Bound::kOk;
}

}  // namespace relay
