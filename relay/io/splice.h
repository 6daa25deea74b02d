// A client's data connection and its peer's connection (RFC 6062 section 5.4): bytes both ways, as they are.
// Reads no more from one side than the other takes; the end of one direction is passed on, the other goes on
// until it ends too. Belongs to one event loop.
#pragma once

#include <functional>
#include <memory>

#include "overlay/base/bytes.h"
#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/io/client_stream.h"

namespace relay {

class Splice {
 public:
  struct Handlers {
    std::function<void(std::size_t to_peer, std::size_t to_client)> on_bytes;
    overlay::Handler on_end;  // once, from within a handler: destroy the splice later
  };

  // The client's stream was taken out of its owner's hands, and has what it sent ahead in rest().
  Splice(overlay::EventLoop& loop, std::unique_ptr<ClientStream> client, overlay::FileDescriptor peer,
         Handlers handlers);
  Splice(const Splice&) = delete;
  Splice& operator=(const Splice&) = delete;

  void start();
  // Ends it without on_end().
  void close();
  [[nodiscard]] const ClientStream& client() const { return *client_; }

 private:
  static constexpr std::size_t kChunkBytes = 16 * 1024;  // of the peer's: one TLS record

  void read_client();
  void write_peer();
  void read_peer();
  void write_client();
  // Waits for what can go on now.
  void settle();
  void end();

  overlay::EventLoop& loop_;
  std::unique_ptr<ClientStream> client_;
  overlay::FileDescriptor peer_;
  Handlers handlers_;
  overlay::ByteVector to_peer_;  // bounded: the client is read only while this is empty
  bool client_has_ended_ = false;
  bool peer_has_ended_ = false;
  bool is_peer_told_ = false;    // that the client has ended
  bool is_client_told_ = false;  // that the peer has
  bool is_over_ = false;
  overlay::EventLoop::Watch client_readable_;
  overlay::EventLoop::Watch client_writable_;
  overlay::EventLoop::Watch peer_readable_;
  overlay::EventLoop::Watch peer_writable_;
};

}  // namespace relay
