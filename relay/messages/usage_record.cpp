#include "relay/messages/usage_record.h"

#include <nlohmann/json.hpp>

namespace relay {

std::string usage_line(const UsageRecord& record, overlay::UnixSeconds wall) {
  const AllocationReport& of = record.allocation;
  nlohmann::ordered_json line{{"time", wall.count()},
                              {"event", record.end ? "allocation_ended" : "allocation_usage"},
                              {"user", of.username},
                              {"client", of.client.to_string()},
                              {"transport", to_string(of.transport)},
                              {"relayed", of.relayed.to_string()},
                              {"duration_s", of.age_s},
                              {"packets_to_peer", of.packets_to_peer},
                              {"bytes_to_peer", of.bytes_to_peer},
                              {"packets_to_client", of.packets_to_client},
                              {"bytes_to_client", of.bytes_to_client}};
  if (of.second_relayed) line["second_relayed"] = of.second_relayed->to_string();
  if (record.end) line["end"] = to_string(*record.end);
  // Usernames come from clients: what is not UTF-8 is replaced.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace relay
