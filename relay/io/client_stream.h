// One client's connection: its socket, perhaps TLS, the framing of what comes in and the queue of what goes
// out. Decides nothing about when it ends; its owner (client_streams.h) does. Lives on that one's thread.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "overlay/base/time.h"
#include "overlay/loop/event_loop.h"
#include "relay/io/handshake_queue.h"
#include "relay/io/send_queue.h"
#include "relay/io/stream_counters.h"
#include "relay/io/stream_framer.h"
#include "relay/io/stream_opening.h"
#include "relay/io/tcp_listener.h"
#include "relay/io/tls_session.h"
#include "relay/turn/allocation.h"

namespace relay {

// Of one thread, for all its connections. A TLS record holds at most 16 KiB.
struct StreamScratch {
  std::array<std::uint8_t, 64 * 1024> received;
  std::array<std::uint8_t, 16 * 1024> opened;
};

class ClientStream {
 public:
  // The scratch outlives it.
  ClientStream(AcceptedSocket accepted, StreamProtocols protocols, StreamScratch& scratch,
               overlay::Instant now);

  // Reads what has arrived, at most as much as the scratch holds; next() then hands out the messages of it.
  // The reason when the connection is at its end.
  [[nodiscard]] std::optional<StreamEnd> read();
  // True if the last read() belongs to a TLS handshake. The records are kept until go_on_with_handshake();
  // read no more until then.
  [[nodiscard]] bool awaits_handshake() const { return !kept_.empty(); }
  // next() then does the handshake, as far as it goes.
  void go_on_with_handshake();
  // True if the connection belongs to the HTTPS backend. Hand it over with all bytes read so far.
  [[nodiscard]] bool is_for_backend() const { return is_for_backend_; }
  [[nodiscard]] overlay::Bytes opening() const { return opening_ ? opening_->unread() : overlay::Bytes{}; }
  [[nodiscard]] overlay::FileDescriptor release();
  // A whole message, valid until the next call; none when all is used up. Then ended() tells whether anything
  // can follow.
  [[nodiscard]] std::optional<overlay::Bytes> next();
  [[nodiscard]] std::optional<StreamEnd> ended() const;
  [[nodiscard]] std::uint64_t take_skipped();

  // False when there is no room: the message is lost.
  [[nodiscard]] bool push(overlay::Bytes message) { return queue_.push(message); }
  // Writes what the socket takes.
  [[nodiscard]] std::optional<StreamEnd> write(overlay::Instant now);
  [[nodiscard]] bool is_all_written() const { return written_ == wire_.size() && queue_.empty(); }
  // A handshake or an alert waits to be written, without a push().
  [[nodiscard]] bool has_records() const { return written_ < wire_.size(); }
  // The time when the socket last accepted bytes, or when the wait for the socket began.
  [[nodiscard]] overlay::Instant last_progress() const { return last_progress_; }
  void begin_wait(overlay::Instant now) { last_progress_ = now; }

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  // The client's address changes once when a proxy tells it.
  [[nodiscard]] const FiveTuple& five_tuple() const { return five_tuple_; }
  // As the client knows them: in front of the proxy, if there is one.
  [[nodiscard]] StreamEnds ends() const { return {.client = five_tuple_.client, .server = called_}; }
  // FIN; what is still queued is lost.
  void close();

  // ---- a data connection (RFC 6062): bytes as they are ----

  // Keeps `front`, and after it what was read and not handed out; read() may then be called again.
  void keep_rest(overlay::Bytes front = {});
  [[nodiscard]] overlay::ByteVector take_rest() { return std::exchange(rest_, {}); }
  // Hands out what was kept, with next(), as if it had just arrived: on another thread, whose scratch it is.
  void go_on_with_rest(StreamScratch& scratch);
  enum class Input : std::uint8_t { kMore, kEnded, kBroken };
  // Appends what has arrived to `out`, at most as much as the scratch holds.
  [[nodiscard]] Input read_bytes(overlay::ByteVector& out);
  // After all was written: at most 16 KiB, which leave with write(). False when TLS has failed.
  [[nodiscard]] bool push_bytes(overlay::Bytes bytes);
  // After all was written: nothing follows. The other direction goes on.
  void end_output();

  // The owner's notes.
  FiveTuple registered;           // as what its owner knows it
  overlay::IpAddress source;      // to which it is counted; none until a proxy tells
  overlay::Instant next_check{};  // whether it may stay
  bool was_served = false;
  bool is_data_connection = false;
  bool has_unsent = false;  // on the owner's list of those to be written
  overlay::EventLoop::Watch readable;
  overlay::EventLoop::Watch writable;
  bool awaits_writable = false;
  HandshakeQueue::Place handshake_place;

 private:
  [[nodiscard]] std::optional<overlay::Bytes> open(overlay::Bytes chunk);
  void accept_records(overlay::Bytes records);
  void begin_tls();
  // It makes us answer records that it does not read.
  [[nodiscard]] bool is_flooded() const;
  void refill();
  void seal(overlay::Bytes batch);

  overlay::FileDescriptor socket_;
  StreamScratch* scratch_;
  FiveTuple five_tuple_;
  overlay::Endpoint called_;              // by the client: not where a proxy called us
  std::optional<StreamOpening> opening_;  // until the protocol is known and its first bytes are read
  bool has_begun_ = false;
  bool is_refused_ = false;  // the port does not serve this protocol
  bool is_for_backend_ = false;
  overlay::ByteVector rest_;  // of a data connection
  std::unique_ptr<TlsSession> tls_;
  overlay::ByteVector kept_;     // records of the handshake
  overlay::ByteVector records_;  // the same, while the session reads them
  StreamFramer framer_;
  SendQueue queue_;
  overlay::ByteVector wire_;  // being written: whole messages
  std::size_t written_ = 0;   // of wire_
  overlay::Instant last_progress_;
  std::uint64_t counted_skipped_ = 0;
};

}  // namespace relay
