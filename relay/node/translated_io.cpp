#include "relay/node/translated_io.h"

namespace relay {

void TranslatedIo::send(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) {
  overlay::DatagramRoute translated = route;
  translated.source = local(route.source);
  io_.send(translated, buffer);
}

overlay::Status TranslatedIo::open_port(const overlay::Endpoint& shown) {
  return io_.open_port(local(shown));
}

void TranslatedIo::close_port(const overlay::Endpoint& shown) {
  io_.close_port(local(shown));
}

overlay::Endpoint TranslatedIo::shown(const overlay::Endpoint& local) const {
  for (const AddressMapping& mapping : mappings_)
    if (mapping.local == local.address) return {.address = mapping.shown, .port = local.port};
  return local;
}

overlay::Endpoint TranslatedIo::local(const overlay::Endpoint& shown) const {
  for (const AddressMapping& mapping : mappings_)
    if (mapping.shown == shown.address) return {.address = mapping.local, .port = shown.port};
  return shown;
}

}  // namespace relay
