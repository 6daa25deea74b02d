#include "relay/fast_path/network_device.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace relay {
namespace {

// The generic netlink family "netdev" of Linux 6.3, which older headers lack.
constexpr std::string_view kNetdevFamily = "netdev";
constexpr std::uint8_t kNetdevGet = 1;
constexpr std::uint16_t kNetdevIndex = 1;
constexpr std::uint16_t kNetdevXdpFeatures = 3;
constexpr std::uint64_t kTakesRedirected = 4;  // NETDEV_XDP_ACT_NDO_XMIT

constexpr std::uint32_t kMaxStatistics = 16'384;

template <class Struct>
void append(overlay::ByteVector& out, const Struct& value) {
  const auto at = out.size();
  out.resize(at + sizeof value);
  std::memcpy(out.data() + at, &value, sizeof value);
}

void append_attribute(overlay::ByteVector& out, std::uint16_t type, overlay::Bytes value) {
  append(out, nlattr{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), .nla_type = type});
  out.insert(out.end(), value.begin(), value.end());
  out.resize(netlink_aligned(out.size()));
}

overlay::ByteVector generic_question(std::uint8_t command, std::uint16_t attribute, overlay::Bytes value) {
  overlay::ByteVector question;
  append(question, genlmsghdr{.cmd = command, .version = 1, .reserved = 0});
  append_attribute(question, attribute, value);
  return question;
}

overlay::Bytes skip(overlay::Bytes bytes, std::size_t header) {
  return bytes.subspan(std::min(netlink_aligned(header), bytes.size()));
}

template <class Request>
bool ask_driver(int socket, const std::string& name, Request* request) {
  ifreq with{};
  name.copy(with.ifr_name, IFNAMSIZ - 1);
  with.ifr_data = reinterpret_cast<char*>(request);
  return ::ioctl(socket, SIOCETHTOOL, &with) == 0;
}

}  // namespace

// A line is: name of the VLAN | its number | device. The first two are headings.
bool has_vlan(std::string_view config, std::string_view device) {
  while (!config.empty()) {
    const std::string_view line = config.substr(0, config.find('\n'));
    config.remove_prefix(std::min(line.size() + 1, config.size()));
    const auto last = line.rfind("| ");
    if (last != std::string_view::npos && line.substr(last + 2) == device) return true;
  }
  return false;
}

bool counts_xdp_errors(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  const bool is_sending = has("tx") || has("xmit");
  return has("xdp") && is_sending && (has("err") || has("drop") || has("full"));
}

overlay::Result<NetworkDevice> NetworkDevice::open(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) return overlay::failure("there is no interface " + name);
  auto route = Netlink::open(NETLINK_ROUTE);
  if (!route) return overlay::failure(route.error().message);
  auto generic = Netlink::open(NETLINK_GENERIC);
  if (!generic) return overlay::failure(generic.error().message);
  NetworkDevice device(name, index, std::move(route).value(), std::move(generic).value());
  const auto link = device.link();
  if (!link) return overlay::failure(link.error().message);
  if (const auto kinds = find_attribute(skip(*link, sizeof(ifinfomsg)), IFLA_LINKINFO))
    if (const auto kind = find_attribute(*kinds, IFLA_INFO_KIND))
      device.is_veth_ = overlay::as_text(*kind).starts_with("veth");
  device.find_features();
  return device;
}

NetworkDevice::NetworkDevice(std::string name, unsigned index, Netlink route, Netlink generic)
    : name_(std::move(name)),
      index_(index),
      route_(std::move(route)),
      generic_(std::move(generic)),
      ethtool_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

overlay::Result<overlay::Bytes> NetworkDevice::link() {
  ifinfomsg question{};
  question.ifi_index = static_cast<int>(index_);
  overlay::ByteVector bytes;
  append(bytes, question);
  return route_.ask(RTM_GETLINK, bytes);
}

void NetworkDevice::find_features() {
  overlay::ByteArray<kNetdevFamily.size() + 1> name{};
  std::ranges::copy(overlay::as_bytes(kNetdevFamily), name.begin());
  const auto family =
      generic_.ask(GENL_ID_CTRL, generic_question(CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name));
  if (!family) return;
  if (const auto id = find_attribute(skip(*family, sizeof(genlmsghdr)), CTRL_ATTR_FAMILY_ID))
    features_ = number_in<std::uint16_t>(*id).value_or(0);
}

bool NetworkDevice::takes_frames() {
  if (features_ == 0) return true;
  overlay::ByteArray<sizeof index_> index{};
  std::memcpy(index.data(), &index_, sizeof index_);
  const auto answer = generic_.ask(features_, generic_question(kNetdevGet, kNetdevIndex, index));
  if (!answer) return true;
  const auto features = find_attribute(skip(*answer, sizeof(genlmsghdr)), kNetdevXdpFeatures);
  return !features || (number_in<std::uint64_t>(*features).value_or(0) & kTakesRedirected) != 0;
}

// A veth device carries VLAN tags outside of its frames, whatever features it reports.
bool NetworkDevice::hides_vlans() const {
  std::ifstream file("/proc/thread-self/net/vlan/config");
  const std::string config{std::istreambuf_iterator<char>(file), {}};
  if (!has_vlan(config, name_)) return false;
  ethtool_value flags{.cmd = ETHTOOL_GFLAGS, .data = 0};
  return is_veth_ || (ask_driver(ethtool_.get(), name_, &flags) && (flags.data & ETH_FLAG_RXVLAN) != 0);
}

overlay::Result<NetworkDevice::State> NetworkDevice::state() {
  const auto answer = link();
  if (!answer) return overlay::failure(answer.error().message);
  const auto head = number_in<ifinfomsg>(*answer);
  if (!head) return overlay::failure("netlink: a short answer");
  State state{.is_up = (head->ifi_flags & IFF_UP) != 0 && (head->ifi_flags & IFF_RUNNING) != 0};
  if (const auto attribute = find_attribute(skip(*answer, sizeof(ifinfomsg)), IFLA_STATS64))
    if (const auto dropped =
            number_in<std::uint64_t>(skip(*attribute, offsetof(rtnl_link_stats64, tx_dropped))))
      state.dropped = *dropped;
  state.takes_frames = takes_frames();
  state.hides_vlans = hides_vlans();
  return state;
}

std::uint64_t NetworkDevice::xdp_errors() {
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  if (!ask_driver(ethtool_.get(), name_, &driver) || driver.n_stats == 0 || driver.n_stats > kMaxStatistics)
    return 0;
  // Requests whose ends the kernel fills in, for as many statistics as there are by then.
  const std::size_t room = driver.n_stats + std::size_t{64};
  std::vector<std::uint64_t> names((sizeof(ethtool_gstrings) + room * ETH_GSTRING_LEN) / 8 + 1);
  std::vector<std::uint64_t> values(sizeof(ethtool_stats) / 8 + room + 1);
  auto* const strings = reinterpret_cast<ethtool_gstrings*>(names.data());
  auto* const stats = reinterpret_cast<ethtool_stats*>(values.data());
  strings->cmd = ETHTOOL_GSTRINGS;
  strings->string_set = ETH_SS_STATS;
  strings->len = stats->n_stats = driver.n_stats;
  stats->cmd = ETHTOOL_GSTATS;
  if (!ask_driver(ethtool_.get(), name_, strings) || !ask_driver(ethtool_.get(), name_, stats)) return 0;
  std::uint64_t errors = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>({strings->len, stats->n_stats, room}); ++i) {
    const char* const name = reinterpret_cast<const char*>(strings->data) + i * ETH_GSTRING_LEN;
    if (counts_xdp_errors({name, ::strnlen(name, ETH_GSTRING_LEN)})) errors += stats->data[i];
  }
  return errors;
}

}  // namespace relay
