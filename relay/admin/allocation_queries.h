// Questions for allocations that are on their way: each goes to all data planes, and is answered when the
// last one has said what it has, or when the time is up. Belongs to the control thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/messages/allocation_report.h"

namespace relay {

struct AllocationQuery {
  static constexpr std::size_t kDefaultLimit = 1000;
  static constexpr std::size_t kMaxLimit = 100'000;

  AllocationFilter filter;
  std::size_t limit = kDefaultLimit;
  bool ends = false;  // ends what matches

  // From a request such as {"command":"allocations","user":"alice","limit":10} or
  // {"command":"end_allocations","id":"0-17"}; the latter needs a filter, or "all":true. The message of a
  // failure says what may be asked for.
  [[nodiscard]] static overlay::Result<AllocationQuery> parse(std::string_view request);
};

class AllocationQueries {
 public:
  static constexpr overlay::Duration kPatience = std::chrono::seconds(2);

  struct Answer {
    std::uint64_t client = 0;  // who asked
    bool is_complete = true;   // every data plane answered
    AllocationList list;       // at most `limit`
  };

  // The number that the data planes return.
  [[nodiscard]] std::uint64_t begin(std::uint64_t client, std::size_t limit, std::size_t data_planes,
                                    overlay::Instant now);
  void on_list(std::uint64_t query, AllocationList list);
  // Those that are finished, or have waited long enough.
  [[nodiscard]] std::vector<Answer> poll(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;

 private:
  struct Open {
    Answer answer;
    std::size_t limit = 0;
    std::size_t awaited = 0;  // data planes
    overlay::Instant deadline{};
  };

  std::map<std::uint64_t, Open> open_;
  std::uint64_t last_query_ = 0;
};

}  // namespace relay
