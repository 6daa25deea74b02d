#include "tools/wan/wan_json.h"

#include <algorithm>
#include <set>
#include <string>

namespace wan {
namespace {

using nlohmann::json;
using overlay::Duration;
using overlay::failure;
using overlay::Result;

constexpr double kMaxMs = 60'000;
constexpr double kMaxRate = 1e12;
constexpr double kDefaultBurstLength = 8;

// Reads numbers from one JSON object and keeps the first complaint.
class NumberReader {
 public:
  NumberReader(const json& from, std::initializer_list<std::string_view> other_keys) : from_(from) {
    known_.insert(other_keys.begin(), other_keys.end());
    if (!from.is_object()) complaint_ = "expected a JSON object, got " + from.dump();
  }

  struct Bounds {
    double least;
    double most;
  };
  [[nodiscard]] std::optional<double> number(std::string_view key, Bounds bounds) {
    known_.emplace(key);
    if (!from_.is_object() || !from_.contains(key)) return std::nullopt;
    const json& value = from_[std::string(key)];
    if (value.is_number() && value.get<double>() >= bounds.least && value.get<double>() <= bounds.most)
      return value.get<double>();
    complain(std::string(key) + " is " + value.dump() + ", not a number from " + json(bounds.least).dump() +
             " to " + json(bounds.most).dump());
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Duration> milliseconds(std::string_view key, double least) {
    const auto ms = number(key, {least, kMaxMs});
    if (!ms) return std::nullopt;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(*ms));
  }
  [[nodiscard]] std::optional<BurstLoss> burst() {
    const auto ratio = number("burst_loss", {0, 0.99});
    const auto length = number("burst_length", {1, 1e6});
    if (!ratio) return std::nullopt;
    return BurstLoss::of(*ratio, length.value_or(kDefaultBurstLength));
  }
  [[nodiscard]] std::optional<std::uint64_t> rate() {
    const auto bps = number("rate_bps", {1000, kMaxRate});
    if (!bps) return std::nullopt;
    return static_cast<std::uint64_t>(*bps);
  }

  // Call after all keys were read.
  [[nodiscard]] std::optional<std::string> complaint() {
    if (from_.is_object())
      for (const auto& [key, value] : from_.items())
        if (known_.count(key) == 0) complain("\"" + key + "\" is an unknown key");
    return complaint_;
  }

 private:
  void complain(std::string what) {
    if (!complaint_) complaint_ = std::move(what);
  }

  const json& from_;
  std::set<std::string, std::less<>> known_;
  std::optional<std::string> complaint_;
};

[[nodiscard]] double ms(Duration duration) {
  return overlay::to_ms(duration);
}

[[nodiscard]] json burst_to_json(const BurstLoss& burst) {
  return {{"ratio", burst.enter / (burst.enter + burst.leave)}, {"length", 1 / burst.leave}};
}

[[nodiscard]] Result<Host> parse_host(const json& from) {
  Host host{.name = from.at("name"), .netns = from.at("netns"), .device = from.at("device")};
  for (const auto& text : from.at("addresses")) {
    auto address = overlay::IpAddress::parse(text.get<std::string>());
    if (!address) return overlay::Unexpected(address.error());
    host.addresses.push_back(*address);
  }
  from.at("labels").get_to(host.labels);
  return host;
}

[[nodiscard]] Result<HostIndex> find_host(const std::vector<Host>& hosts, std::string_view name) {
  const auto found = std::find_if(hosts.begin(), hosts.end(), [&](const Host& h) { return h.name == name; });
  if (found == hosts.end()) return failure("no host is called \"" + std::string(name) + "\"");
  return HostIndex(static_cast<std::uint16_t>(found - hosts.begin()));
}

[[nodiscard]] overlay::Status parse_links(const json& links, Network& network) {
  const auto count = static_cast<std::uint16_t>(network.hosts().size());
  for (std::uint16_t from = 0; from < count; ++from)
    for (std::uint16_t to = 0; to < count; ++to)
      network.set_base(HostIndex(from), HostIndex(to), {.is_cut = true});
  for (const auto& link : links) {
    auto from = find_host(network.hosts(), link.at("from").get<std::string>());
    if (!from) return overlay::Unexpected(from.error());
    auto to = find_host(network.hosts(), link.at("to").get<std::string>());
    if (!to) return overlay::Unexpected(to.error());
    auto shape = parse_shape(link, {}, {"from", "to"});
    if (!shape) return failure("link " + link.dump() + ": " + shape.error().message);
    network.set_base(*from, *to, *shape);
  }
  return overlay::ok();
}

[[nodiscard]] Result<Network> build(const json& topology, overlay::Random& random) {
  std::vector<Host> hosts;
  for (const auto& entry : topology.at("hosts")) {
    auto host = parse_host(entry);
    if (!host) return overlay::Unexpected(host.error());
    hosts.push_back(*std::move(host));
  }
  if (hosts.empty() || hosts.size() > 1000) return failure("a topology has from 1 to 1000 hosts");
  Network network(std::move(hosts), random);
  auto parsed = parse_links(topology.at("links"), network);
  if (!parsed) return overlay::Unexpected(parsed.error());
  return network;
}

}  // namespace

Result<LinkShape> parse_shape(const json& from, LinkShape onto,
                              std::initializer_list<std::string_view> other_keys) {
  NumberReader reader(from, other_keys);
  if (const auto delay = reader.milliseconds("delay_ms", 0)) onto.delay = *delay;
  if (const auto jitter = reader.milliseconds("jitter_ms", 0)) onto.jitter = *jitter;
  if (const auto loss = reader.number("loss", {0, 1})) onto.loss = *loss;
  if (const auto burst = reader.burst()) onto.burst = burst;
  if (const auto rate = reader.rate()) onto.rate = *rate;
  if (const auto queue = reader.milliseconds("queue_ms", 0)) onto.queue = *queue;
  if (auto complaint = reader.complaint()) return failure(*std::move(complaint));
  return onto;
}

Result<Impairment> parse_impairment(const json& from, std::initializer_list<std::string_view> other_keys) {
  NumberReader reader(from, other_keys);
  const Impairment impairment{.delay = reader.milliseconds("delay_ms", -kMaxMs).value_or(Duration::zero()),
                              .jitter = reader.milliseconds("jitter_ms", 0).value_or(Duration::zero()),
                              .loss = reader.number("loss", {0, 1}).value_or(0),
                              .burst = reader.burst(),
                              .rate = reader.rate().value_or(0)};
  if (auto complaint = reader.complaint()) return failure(*std::move(complaint));
  return impairment;
}

json shape_to_json(const LinkShape& shape) {
  json out{{"delay_ms", ms(shape.delay)}, {"jitter_ms", ms(shape.jitter)}, {"loss", shape.loss}};
  out["burst"] = shape.burst ? burst_to_json(*shape.burst) : json();
  out["rate_bps"] = shape.rate == 0 ? json() : json(shape.rate);
  out["cut"] = shape.is_cut;
  return out;
}

json impairment_to_json(const Impairment& impairment) {
  json out{{"cut", impairment.cut},
           {"delay_ms", ms(impairment.delay)},
           {"jitter_ms", ms(impairment.jitter)},
           {"loss", impairment.loss}};
  out["burst"] = impairment.burst ? burst_to_json(*impairment.burst) : json();
  out["rate_bps"] = impairment.rate == 0 ? json() : json(impairment.rate);
  return out;
}

json counters_to_json(const LinkCounters& counters) {
  json dropped = json::object();
  for (std::size_t i = 0; i < kDropReasons; ++i)
    if (counters.dropped[i] != 0) dropped[std::string(kDropReasonNames[i])] = counters.dropped[i];
  return {{"received", counters.received},
          {"delivered", counters.delivered},
          {"delivered_bytes", counters.delivered_bytes},
          {"dropped", dropped}};
}

Result<Network> parse_topology(std::string_view text, overlay::Random& random) {
  try {
    return build(json::parse(text), random);
  } catch (const json::exception& exception) {
    return failure(std::string("the topology is not as tools/lab writes it: ") + exception.what());
  }
}

}  // namespace wan
