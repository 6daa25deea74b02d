#include "relay/admin/pending_changes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "overlay/base/log.h"

namespace relay {
namespace {

std::string to_text(const std::vector<std::size_t>& cores) {
  std::string text = cores.size() == 1 ? "data plane " : "data planes ";
  for (std::size_t i = 0; i < cores.size(); ++i) {
    if (i > 0) text += i + 1 == cores.size() ? " and " : ", ";
    text += std::to_string(cores[i]);
  }
  return text + (cores.size() == 1 ? " has" : " have");
}

}  // namespace

std::string ChangeOutcome::to_string() const {
  std::string text;
  if (!behind.empty())
    text = to_text(behind) + " not applied it within " +
           std::to_string(PendingChanges::kPatience / std::chrono::seconds(1)) +
           " s, and will as soon as possible";
  for (const std::string& failure : failures)
    text += (text.empty() ? "" : "\n") + failure;
  return text;
}

void log_incomplete(std::string_view change, const ChangeOutcome& outcome) {
  overlay::log(overlay::Level::kError, "change_incomplete",
               {{"change", change}, {"reason", outcome.to_string()}});
}

void PendingChanges::await(std::uint64_t generation, std::vector<std::size_t> behind, overlay::Instant now,
                           Handler handler) {
  pending_.push_back({.generation = generation,
                      .outcome = {.behind = std::move(behind), .failures = {}},
                      .deadline = now + kPatience,
                      .handler = std::move(handler)});
}

void PendingChanges::on_report(std::size_t core, const DataPlaneReport& report) {
  for (Pending& pending : pending_) {
    ChangeOutcome& outcome = pending.outcome;
    if (report.turn_generation < pending.generation || std::erase(outcome.behind, core) == 0) continue;
    if (report.turn_generation > pending.generation) continue;  // what it failed to do is of a later change
    for (const std::string& failure : report.failures)
      outcome.failures.push_back("data plane " + std::to_string(core) + ": " + failure);
  }
}

void PendingChanges::poll(overlay::Instant now) {
  const auto over = std::stable_partition(pending_.begin(), pending_.end(),
                                          [&](const Pending& pending) { return !pending.is_over(now); });
  const std::vector<Pending> finished(std::make_move_iterator(over), std::make_move_iterator(pending_.end()));
  pending_.erase(over, pending_.end());
  for (const Pending& pending : finished)
    pending.handler(pending.outcome);
}

overlay::Instant PendingChanges::next_timeout() const {
  overlay::Instant next = overlay::kNever;
  for (const Pending& pending : pending_)
    next = std::min(next, pending.is_over(overlay::Instant{}) ? overlay::Instant{} : pending.deadline);
  return next;
}

}  // namespace relay
