// Changes that data planes have not applied yet. Calls the handler of a change when the last data plane has
// applied the change, or after a timeout. Belongs to the control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/time.h"
#include "relay/messages/plane_messages.h"

namespace relay {

struct ChangeOutcome {
  std::vector<std::size_t> behind;    // data planes that have not applied it
  std::vector<std::string> failures;  // what others could not do, and which one it was

  [[nodiscard]] bool is_complete() const { return behind.empty() && failures.empty(); }
  // For operators: what is missing where.
  [[nodiscard]] std::string to_string() const;
};

// `change`: what was asked for.
void log_incomplete(std::string_view change, const ChangeOutcome& outcome);

class PendingChanges {
 public:
  static constexpr overlay::Duration kPatience = std::chrono::seconds(5);
  using Handler = std::function<void(const ChangeOutcome&)>;

  // `behind`: the data planes that have not applied the change of this generation; may be none.
  void await(std::uint64_t generation, std::vector<std::size_t> behind, overlay::Instant now,
             Handler handler);
  // Reports of a data plane come in order, and one that is lost is followed by others.
  void on_report(std::size_t core, const DataPlaneReport& report);
  // Calls the handlers of those that are over.
  void poll(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;

 private:
  struct Pending {
    std::uint64_t generation = 0;
    ChangeOutcome outcome;
    overlay::Instant deadline{};
    Handler handler;

    [[nodiscard]] bool is_over(overlay::Instant now) const {
      return outcome.behind.empty() || now >= deadline;
    }
  };

  std::vector<Pending> pending_;
};

}  // namespace relay
