// One client's connection: its socket, perhaps TLS, the framing of what comes in and the queue of what goes
// out. Decides nothing about when it ends; its owner (client_streams.h) does. Lives on that one's thread.
#pragma once

#include <optional>

#include "overlay/base/time.h"
#include "overlay/io/event_loop.h"
#include "relay/io/send_queue.h"
#include "relay/io/stream_counters.h"
#include "relay/io/stream_framer.h"
#include "relay/io/tcp_listener.h"
#include "relay/turn/allocation.h"

namespace relay {

class ClientStream {
 public:
  ClientStream(AcceptedSocket accepted, overlay::Instant now);

  // Reads what has arrived into `chunk`, at most as much as fits; next() then hands out the messages of it.
  // The reason when the connection is at its end.
  [[nodiscard]] std::optional<StreamEnd> read(overlay::MutableBytes chunk);
  // A whole message, valid until the next call; none when the chunk is used up.
  [[nodiscard]] std::optional<overlay::Bytes> next() { return framer_.next(); }
  // What came is no TURN message.
  [[nodiscard]] bool is_broken() const { return framer_.is_broken(); }
  [[nodiscard]] std::uint64_t take_skipped();

  // False when there is no room: the message is lost.
  [[nodiscard]] bool push(overlay::Bytes message) { return queue_.push(message); }
  // Writes what the socket takes.
  [[nodiscard]] std::optional<StreamEnd> write(overlay::Instant now);
  [[nodiscard]] bool is_all_written() const { return written_ == wire_.size() && queue_.empty(); }
  // Since when the socket takes nothing; meaningful while not all is written.
  [[nodiscard]] overlay::Instant last_progress() const { return last_progress_; }

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] const FiveTuple& five_tuple() const { return five_tuple_; }
  // FIN; what is still queued is lost.
  void close();

  // The owner's notes.
  overlay::Instant next_check{};  // whether it may stay
  bool was_served = false;
  bool has_unsent = false;  // on the owner's list of those to be written
  overlay::EventLoop::Watch readable;
  overlay::EventLoop::Watch writable;
  bool awaits_writable = false;

 private:
  overlay::FileDescriptor socket_;
  FiveTuple five_tuple_;
  StreamFramer framer_;
  SendQueue queue_;
  overlay::ByteVector wire_;  // being written: whole messages
  std::size_t written_ = 0;   // of wire_
  overlay::Instant last_progress_;
  std::uint64_t counted_skipped_ = 0;
};

}  // namespace relay
