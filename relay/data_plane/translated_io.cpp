#include "relay/data_plane/translated_io.h"

namespace relay {
namespace {

overlay::Endpoint local_of(const std::vector<AddressMapping>& mappings, const overlay::Endpoint& shown) {
  for (const AddressMapping& mapping : mappings)
    if (mapping.shown == shown.address) return {.address = mapping.local, .port = shown.port};
  return shown;
}

}  // namespace

bool TranslatedPeerStreams::listen(const overlay::Endpoint& shown) {
  return streams_.listen(local_of(mappings_, shown));
}

void TranslatedPeerStreams::close_listener(const overlay::Endpoint& shown) {
  streams_.close_listener(local_of(mappings_, shown));
}

bool TranslatedPeerStreams::connect(ConnectionId id, const overlay::Endpoint& shown,
                                    const overlay::Endpoint& peer) {
  return streams_.connect(id, local_of(mappings_, shown), peer);
}

void TranslatedIo::send(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) {
  overlay::DatagramRoute translated = route;
  translated.source = local_of(mappings_, route.source);
  io_.send(translated, buffer);
}

overlay::Endpoint TranslatedIo::local(const overlay::Endpoint& shown) const {
  return local_of(mappings_, shown);
}

overlay::Status TranslatedIo::open_port(const overlay::Endpoint& shown) {
  return io_.open_port(local_of(mappings_, shown));
}

overlay::Status TranslatedIo::open_busy_port(const overlay::Endpoint& shown) {
  return io_.open_busy_port(local_of(mappings_, shown));
}

void TranslatedIo::close_port(const overlay::Endpoint& shown) {
  io_.close_port(local_of(mappings_, shown));
}

overlay::Endpoint TranslatedIo::shown(const overlay::Endpoint& local) const {
  for (const AddressMapping& mapping : mappings_)
    if (mapping.local == local.address) return {.address = mapping.shown, .port = local.port};
  return local;
}

}  // namespace relay
