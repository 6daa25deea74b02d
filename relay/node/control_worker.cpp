#include "relay/node/control_worker.h"

#include <algorithm>
#include <utility>

#include "overlay/base/log.h"
#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/system_clock.h"
#include "relay/admin/admin_queries.h"
#include "relay/monitoring/monitoring.h"

namespace relay {
namespace {

constexpr std::size_t kMailboxCapacity = 8192;
constexpr std::size_t kMaxMessagesPerRound = 1024;  // of one data plane
constexpr overlay::Duration kWallClockInterval = std::chrono::seconds(1);
constexpr overlay::Duration kRedeliveryInterval = std::chrono::milliseconds(1);

// Half of the reserve, because others than the operator may reach the port of the metrics. The admin socket
// keeps the other half.
HttpLimits metrics_limits() {
  HttpLimits limits;
  const std::size_t share = overlay::reserved_descriptors(overlay::descriptor_limit()) / 2;
  limits.connections = std::clamp(static_cast<unsigned>(share), 1U, limits.connections);
  limits.of_one_address = std::min(limits.of_one_address, std::max(limits.connections / 2, 1U));
  return limits;
}

}  // namespace

ControlWorker::ControlWorker(ControlPlaneConfig config)
    : plane_(std::move(config), random_, overlay::system_now(), overlay::system_wall_clock()) {
  loop_.on_wakeup([this] { take_messages(); });
  loop_.on_timer([this] { on_timer(); });
  loop_.on_round([this] { end_round(); });
}

Mailbox<ToControlPlane>& ControlWorker::add_inbox() {
  return inboxes_.emplace_back(kMailboxCapacity, loop_.wakeup());
}

void ControlWorker::connect(const std::vector<Mailbox<ToDataPlane>*>& data_planes) {
  for (Mailbox<ToDataPlane>* const mailbox : data_planes)
    outboxes_.emplace_back(*mailbox);
}

void ControlWorker::serve_admin(AdminSocket socket, NodeOperations operations) {
  admin_.emplace(
      loop_, std::move(socket),
      [this, operations = std::move(operations)](std::string_view request) -> std::optional<std::string> {
        if (asks_for_allocations(request)) return begin_allocation_query(request);
        const auto reply = [this, client = admin_->client()](std::string answer) {
          if (admin_) admin_->reply_later(client, std::move(answer));
        };
        if (answer_command(operations, request, reply)) return std::nullopt;
        return std::optional(answer_query(plane_, request, overlay::system_now()));
      });
}

overlay::Status ControlWorker::can_change() const {
  for (std::size_t core = 0; core < outboxes_.size(); ++core)
    if (!outboxes_[core].takes_changes())
      return overlay::failure("data plane " + std::to_string(core) +
                              " takes no messages; when it goes on, ask again");
  return overlay::ok();
}

overlay::Status ControlWorker::serve_metrics(const overlay::Endpoint& listen) {
  const auto answer = [this](std::string_view path) {
    return answer_monitoring({.control = plane_, .tls = tls_}, path, overlay::system_now());
  };
  auto server = HttpServer::open(loop_, listen, answer, metrics_limits());
  if (!server) return overlay::failure("metrics.listen: " + server.error().message);
  metrics_ = std::move(server).value();
  return overlay::ok();
}

// Delivered at once, because there may be no room later.
void ControlWorker::reconfigure(const TurnReconfiguration& turn) {
  plane_.reconfigure(turn, overlay::system_now());
  hand_on();
}

void ControlWorker::drain(std::optional<Drain> drain) {
  plane_.drain(std::move(drain), overlay::system_now());
  hand_on();
}

void ControlWorker::set_host_addresses(const std::shared_ptr<const HostAddressList>& addresses) {
  for (std::size_t core = 0; core < outboxes_.size(); ++core)
    enqueue(core, HostAddressesChanged{addresses});
  hand_on();
}

void ControlWorker::when_applied(PendingChanges::Handler handler) {
  changes_.await(plane_.turn_generation(), plane_.planes_behind(), overlay::system_now(), std::move(handler));
}

void ControlWorker::run() {
  on_timer();
  end_round();
  loop_.run();
  admin_.reset();
  metrics_.reset();
}

void ControlWorker::take_messages() {
  for (std::size_t core = 0; core < inboxes_.size(); ++core) {
    std::size_t taken = 0;
    while (taken < kMaxMessagesPerRound) {
      auto message = inboxes_[core].receive();
      if (!message) break;
      take_message(core, std::move(*message));
      ++taken;
    }
    if (taken == kMaxMessagesPerRound) loop_.wakeup().notify();
  }
}

void ControlWorker::take_message(std::size_t core, ToControlPlane message) {
  if (auto* const listed = std::get_if<AllocationsListed>(&message))
    return allocations_.on_list(listed->query, std::move(listed->list));
  if (const auto* const usage = std::get_if<UsageBatch>(&message)) return write_usage(usage->records);
  if (const auto* const report = std::get_if<DataPlaneReport>(&message)) changes_.on_report(core, *report);
  plane_.on_message(core, std::move(message), overlay::system_now());
}

void ControlWorker::write_usage(std::span<const UsageRecord> records) {
  if (usage_) usage_->write(records, plane_.wall_time(overlay::system_now()));
}

// The answer follows with the lists of the data planes.
std::optional<std::string> ControlWorker::begin_allocation_query(std::string_view request) {
  auto query = AllocationQuery::parse(request);
  if (!query) return error_answer(query.error().message);
  const auto number =
      allocations_.begin(admin_->client(), query->limit, outboxes_.size(), overlay::system_now());
  for (std::size_t core = 0; core < outboxes_.size(); ++core)
    enqueue(core, ListAllocations{
                      .query = number, .filter = query->filter, .limit = query->limit, .ends = query->ends});
  return std::nullopt;
}

void ControlWorker::answer_allocations() {
  for (const AllocationQueries::Answer& answer : allocations_.poll(overlay::system_now()))
    if (admin_)
      admin_->reply_later(answer.client, allocations_answer(plane_, answer.list, answer.is_complete));
}

void ControlWorker::on_timer() {
  const overlay::Instant now = overlay::system_now();
  if (now >= next_wall_clock_) {
    plane_.set_wall_clock(overlay::system_wall_clock(), now);
    next_wall_clock_ = now + kWallClockInterval;
    for (const overlay::Handler& handler : on_second_)
      handler();
    if (metrics_) metrics_->on_timer();
    if (admin_) admin_->on_timer();
  }
  if (now >= plane_.next_timeout()) plane_.on_timer(now);
}

void ControlWorker::end_round() {
  hand_on();
  answer_allocations();
  changes_.poll(overlay::system_now());
  loop_.arm_timer(std::min({plane_.next_timeout(), next_wall_clock_, next_delivery_,
                            allocations_.next_timeout(), changes_.next_timeout()}));
}

void ControlWorker::hand_on() {
  while (auto addressed = plane_.poll_message()) {
    if (addressed->core) {
      enqueue(*addressed->core, std::move(addressed->message));
      continue;
    }
    for (std::size_t core = 0; core < outboxes_.size(); ++core)
      enqueue(core, addressed->message);
  }
  const bool is_all_delivered =
      std::ranges::count_if(outboxes_, [](Outbox& outbox) { return !outbox.deliver(); }) == 0;
  next_delivery_ = is_all_delivered ? overlay::kNever : overlay::system_now() + kRedeliveryInterval;
}

void ControlWorker::enqueue(std::size_t core, ToDataPlane message) {
  if (outboxes_[core].enqueue(std::move(message))) return;
  if (plane_.counters().messages_undelivered == 0)
    overlay::log(overlay::Level::kError, "message_lost",
                 {{"data_plane", core}, {"reason", "its mailbox and its outbox are full"}});
  plane_.note_undelivered();
}

}  // namespace relay
