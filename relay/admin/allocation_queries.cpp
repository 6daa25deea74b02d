#include "relay/admin/allocation_queries.h"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

namespace relay {

using nlohmann::json;

overlay::Result<AllocationQuery> AllocationQuery::parse(std::string_view request) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  AllocationQuery query;
  if (!parsed.is_object()) return query;
  for (const auto& [key, target] :
       {std::pair{"user", &query.filter.user}, std::pair{"id", &query.filter.id},
        std::pair{"client", &query.filter.client}, std::pair{"relayed", &query.filter.relayed},
        std::pair{"transport", &query.filter.transport}})
    if (const auto found = parsed.find(key); found != parsed.end()) {
      if (!found->is_string()) return overlay::failure("\"" + std::string(key) + "\" takes a text");
      *target = found->get<std::string>();
    }
  const std::string& transport = query.filter.transport;
  if (!transport.empty() && transport != "udp" && transport != "tcp" && transport != "tls" &&
      transport != "dtls")
    return overlay::failure("\"transport\" takes udp, tcp, tls or dtls");
  for (const auto& [key, text] :
       {std::pair{"client", &query.filter.client}, std::pair{"relayed", &query.filter.relayed}}) {
    if (text->empty()) continue;
    const auto address = overlay::IpAddress::parse(*text);
    const auto endpoint = overlay::Endpoint::parse(*text);
    if (!address && !endpoint)
      return overlay::failure("\"" + std::string(key) +
                              "\" takes an address, 192.0.2.1, or an address and port, 192.0.2.1:3478");
    *text = address ? address->to_string() : endpoint->to_string();
  }
  if (const auto limit = parsed.find("limit"); limit != parsed.end()) {
    if (!limit->is_number_unsigned() || limit->get<std::uint64_t>() == 0 ||
        limit->get<std::uint64_t>() > kMaxLimit)
      return overlay::failure("\"limit\" takes a number from 1 to " + std::to_string(kMaxLimit));
    query.limit = limit->get<std::size_t>();
  }
  query.ends = parsed.value("command", json()) == "end_allocations";
  if (query.ends && query.filter.is_empty() != (parsed.value("all", json()) == true))
    return overlay::failure(
        "end_allocations takes a filter (user, id, client, relayed, transport), or \"all\": true");
  return query;
}

std::uint64_t AllocationQueries::begin(std::uint64_t client, std::size_t limit, std::size_t data_planes,
                                       overlay::Instant now) {
  open_[++last_query_] = {.answer = {.client = client, .list = {}},
                          .limit = limit,
                          .awaited = data_planes,
                          .deadline = now + kPatience};
  return last_query_;
}

void AllocationQueries::on_list(std::uint64_t query, AllocationList list) {
  const auto found = open_.find(query);
  if (found == open_.end() || found->second.awaited == 0) return;
  Open& open = found->second;
  --open.awaited;
  AllocationList& sum = open.answer.list;
  sum.total += list.total;
  sum.matched += list.matched;
  const std::size_t taken = std::min(open.limit - sum.listed.size(), list.listed.size());
  std::move(list.listed.begin(), list.listed.begin() + static_cast<std::ptrdiff_t>(taken),
            std::back_inserter(sum.listed));
}

std::vector<AllocationQueries::Answer> AllocationQueries::poll(overlay::Instant now) {
  std::vector<Answer> answers;
  for (auto at = open_.begin(); at != open_.end();) {
    Open& open = at->second;
    if (open.awaited > 0 && now < open.deadline) {
      ++at;
      continue;
    }
    open.answer.is_complete = open.awaited == 0;
    answers.push_back(std::move(open.answer));
    at = open_.erase(at);
  }
  return answers;
}

overlay::Instant AllocationQueries::next_timeout() const {
  overlay::Instant next = overlay::kNever;
  for (const auto& [number, open] : open_)
    next = std::min(next, open.awaited == 0 ? overlay::Instant{} : open.deadline);
  return next;
}

}  // namespace relay
