// The shell of the control plane: its loop and entropy, the admin socket, and the messages from and to the
// data planes. Runs on the thread that calls run().
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "overlay/loop/event_loop.h"
#include "overlay/loop/system_random.h"
#include "relay/admin/admin_commands.h"
#include "relay/admin/admin_server.h"
#include "relay/admin/allocation_queries.h"
#include "relay/admin/pending_changes.h"
#include "relay/control_plane/control_plane.h"
#include "relay/http/http_server.h"
#include "relay/io/tls_identity.h"
#include "relay/messages/plane_messages.h"
#include "relay/monitoring/usage_log.h"
#include "relay/node/mailbox.h"
#include "relay/node/outbox.h"

namespace relay {

class ControlWorker {
 public:
  explicit ControlWorker(ControlPlaneConfig config);

  // ---- before run() ----

  // The mailbox of a data plane for its messages; call it once for each, in the order of cores.
  [[nodiscard]] Mailbox<ToControlPlane>& add_inbox();
  // The mailboxes of the data planes, by core.
  void connect(const std::vector<Mailbox<ToDataPlane>*>& data_planes);
  // `operations`: the changes that a request may make, called in the loop.
  void serve_admin(AdminSocket socket, NodeOperations operations);
  // Serves metrics and health by HTTP.
  [[nodiscard]] overlay::Status serve_metrics(const overlay::Endpoint& listen);

  // The certificate that clients see, for the metrics; outlives run(). Also callable while running.
  void monitor_tls(const TlsIdentity* identity) { tls_ = identity; }

  // The handler is called about once a second.
  void on_second(overlay::Handler handler) { on_second_.push_back(std::move(handler)); }

  // Returns after stop(), which any thread may call.
  void run();
  void stop() { loop_.stop(); }

  // In the loop. Call can_change() first: a change must reach all data planes.
  [[nodiscard]] overlay::Status can_change() const;
  void reconfigure(const TurnReconfiguration& turn);
  // The log for usage records; nullopt discards them. Also callable while running.
  void log_usage(std::optional<UsageLog> log) { usage_ = std::move(log); }
  void drain(std::optional<Drain> drain);
  // Tells all data planes.
  void set_host_addresses(const std::shared_ptr<const HostAddressList>& addresses);
  // The handler is called when all data planes have applied the last change, or after
  // PendingChanges::kPatience.
  void when_applied(PendingChanges::Handler handler);
  [[nodiscard]] const ControlPlane& plane() const { return plane_; }

  // Call it after run(), when all data planes have stopped: handles their remaining messages.
  void take_last_messages() { take_messages(); }
  void write_usage(std::span<const UsageRecord> records);

  [[nodiscard]] overlay::EventLoop& loop() { return loop_; }

 private:
  void take_messages();
  void take_message(std::size_t core, ToControlPlane message);
  [[nodiscard]] std::optional<std::string> begin_allocation_query(std::string_view request);
  void answer_allocations();
  void on_timer();
  void end_round();
  void hand_on();
  void enqueue(std::size_t core, ToDataPlane message);

  overlay::EventLoop loop_;
  overlay::SystemRandom random_;
  ControlPlane plane_;
  overlay::Instant next_wall_clock_{};
  std::vector<overlay::Handler> on_second_;
  overlay::Instant next_delivery_ = overlay::kNever;
  std::deque<Mailbox<ToControlPlane>> inboxes_;
  std::vector<Outbox> outboxes_;  // by core
  std::optional<AdminServer> admin_;
  AllocationQueries allocations_;
  PendingChanges changes_;
  std::optional<UsageLog> usage_;
  std::unique_ptr<HttpServer> metrics_;
  const TlsIdentity* tls_ = nullptr;
};

}  // namespace relay
