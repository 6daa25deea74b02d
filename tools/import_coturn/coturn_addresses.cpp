#include "tools/import_coturn/coturn_addresses.h"

#include <algorithm>

#include "relay/config/config_values.h"
#include "relay/config/public_addresses.h"

namespace cli {
namespace {

using enum ImportOutcome;
using overlay::IpAddress;
using overlay::Transport;

bool has_family(const std::vector<IpAddress>& addresses, const IpAddress& of) {
  return std::ranges::find(addresses, of.family(), &IpAddress::family) != addresses.end();
}

}  // namespace

bool CoturnAddresses::read(const CoturnSetting& setting) {
  static const CoturnReaders<CoturnAddresses> kReaders = {
      {"listening-port", &CoturnAddresses::read_port},
      {"tls-listening-port", &CoturnAddresses::read_port},
      {"min-port", &CoturnAddresses::read_port},
      {"max-port", &CoturnAddresses::read_port},
      {"listening-ip", &CoturnAddresses::read_address},
      {"relay-ip", &CoturnAddresses::read_address},
      {"external-ip", &CoturnAddresses::read_external},
      {"no-udp", &CoturnAddresses::read_transport},
      {"no-tcp", &CoturnAddresses::read_transport},
      {"no-tls", &CoturnAddresses::read_transport},
      {"no-dtls", &CoturnAddresses::read_transport},
      {"dtls", &CoturnAddresses::read_transport},
      {"tcp-proxy-port", &CoturnAddresses::read_proxy},
      {"aux-server", &CoturnAddresses::read_auxiliary},
      {"cert", &CoturnAddresses::read_file},
      {"pkey", &CoturnAddresses::read_file},
      {"pkey-pwd", &CoturnAddresses::read_key_password},
  };
  return read_by(*this, kReaders, setting);
}

void CoturnAddresses::read_port(const CoturnSetting& setting) {
  const auto port = into_.number(setting, relay::CountRange{1, 65535});
  if (!port) return;
  const auto value = static_cast<std::uint16_t>(*port);
  if (setting.name == "listening-port") into_.listening.port = value;
  if (setting.name == "tls-listening-port") into_.listening.tls_port = value;
  auto& ports = into_.turn().relay_ports;
  if (setting.name == "min-port") ports.first = std::max<std::uint16_t>(value, 1024);
  if (setting.name == "max-port") ports.last = value;
  if (setting.name == "min-port" && value < 1024)
    return into_.note(setting, kAdapted, "the lowest port of a relayed address is 1024");
  if (setting.name == "tls-listening-port")
    tls_port_ = setting;
  else
    into_.note(setting, kTranslated);
}

void CoturnAddresses::read_address(const CoturnSetting& setting) {
  const auto address = into_.parsed(setting, relay::parse_address);
  if (!address) return;
  if (setting.name == "listening-ip") {
    auto& listening = into_.listening.addresses;
    const bool is_new = std::ranges::find(listening, *address) == listening.end();
    if (is_new) listening.push_back(*address);
    return into_.note(setting, is_new ? kTranslated : kNotNeeded, is_new ? "" : "is in the file already");
  }
  auto& relay = into_.turn().relay_addresses;
  if (address->is_unspecified()) return wildcards_.push_back(setting);
  if (has_family(relay, *address))
    return into_.note(
        setting, kNoEquivalent,
        "one relay address of each family: the first is used; run a node for each of the others");
  relay.push_back(*address);
  into_.note(setting, kTranslated);
}

// PUBLIC or PUBLIC/PRIVATE.
void CoturnAddresses::read_external(const CoturnSetting& setting) {
  const auto slash = setting.value.find('/');
  const auto shown = IpAddress::parse(std::string_view(setting.value).substr(0, slash));
  const auto local = slash == std::string::npos
                         ? shown
                         : IpAddress::parse(std::string_view(setting.value).substr(slash + 1));
  if (shown && local && shown->family() == local->family())
    return external_.push_back(
        {setting, *shown, slash == std::string::npos ? std::nullopt : std::optional(*local)});
  into_.note_malformed(
      setting, "is neither PUBLIC nor PUBLIC/PRIVATE; coturn looks a name up, here write its address");
  into_.miss(with_line(setting) +
             " has no address, so clients would see the private one: write the public address");
}

void CoturnAddresses::read_transport(const CoturnSetting& setting) {
  auto& refused = into_.listening.refused;
  if (setting.is_on()) {
    if (setting.name == "no-udp") refused.insert(Transport::kUdp);
    if (setting.name == "no-tcp") refused.insert(Transport::kTcp);
    if (setting.name == "no-tls") refused.insert(Transport::kTls);
    if (setting.name == "no-dtls") refused.insert(Transport::kDtls);
  } else if (setting.name == "dtls") {
    refused.insert(Transport::kDtls);
  }
  into_.note(setting, kTranslated);
}

void CoturnAddresses::read_proxy(const CoturnSetting& setting) {
  const auto port = into_.number(setting, relay::CountRange{1, 65535});
  if (!port) return;
  into_.listening.proxy_port = static_cast<std::uint16_t>(*port);
  into_.note(setting, kAdapted,
             "the node accepts PROXY headers from private addresses only: write your proxies into "
             "proxy_protocol_from");
}

void CoturnAddresses::read_auxiliary(const CoturnSetting& setting) {
  const auto endpoint = into_.parsed(setting, relay::parse_endpoint);
  if (!endpoint) return;
  into_.listening.auxiliary.push_back(*endpoint);
  into_.note(setting, kTranslated);
}

// check_tls() notes the outcome, when both files are known.
void CoturnAddresses::read_file(const CoturnSetting& setting) {
  const bool is_printable = std::ranges::all_of(setting.value, [](char c) { return c >= ' ' && c <= '~'; });
  if (setting.value.empty() || !is_printable)
    return into_.note(setting, kMalformed, "is not the name of a file");
  if (setting.has_comment())
    return into_.note(
        setting, kNoEquivalent,
        "coturn reads the comment as part of the path and finds no file, so TLS and DTLS are off: " +
            std::string(CoturnTranslation::kMove));
  files_.push_back(setting);
}

void CoturnAddresses::read_key_password(const CoturnSetting& setting) {
  into_.note(setting, kNoEquivalent, "the node cannot give a password: write the key without one, mode 0600");
  if (into_.precedence.find("pkey") == nullptr) return;
  into_.miss(with_line(setting) +
             " means that the key of pkey is encrypted, which the node cannot read: decrypt it with openssl "
             "pkey, and "
             "remove the line");
}

void CoturnAddresses::finish() {
  check_ports();
  choose_addresses();
  note_wildcards();
  show_external();
  check_tls();
  note_tls_port();
  add_listeners(into_.listening, into_.turn());
  if (into_.turn().all_listeners().empty())
    into_.miss("the file switches every transport off: remove one of no-udp, no-tcp, no-tls, no-dtls");
}

void CoturnAddresses::check_ports() {
  auto& ports = into_.turn().relay_ports;
  if (ports.first <= ports.last) return;
  into_.note("min-port", kMalformed, "is above max-port: the default range is used");
  ports = {};
}

void CoturnAddresses::choose_addresses() {
  auto& relay = into_.turn().relay_addresses;
  auto& listening = into_.listening.addresses;
  // 0.0.0.0 means all addresses of the host, like no listening-ip at all.
  std::erase_if(listening, [](const IpAddress& address) { return address.is_unspecified(); });
  if (listening.empty()) listening = own_.empty() ? relay : own_;
  for (const auto& external : external_)
    if (listening.empty() && external.local) listening.push_back(*external.local);
  if (listening.empty()) into_.miss(reason_for_no_address());
  // Clients ask for an IPv4 address unless they say otherwise (RFC 8656 section 7.2).
  const bool is_empty = relay.empty();
  for (const IpAddress& address : listening)
    if ((is_empty || address.is_v4()) && !has_family(relay, address)) relay.push_back(address);
}

std::string CoturnAddresses::reason_for_no_address() const {
  constexpr std::string_view kRemedy =
      ": give --address ADDRESS with an address of this host, once for each family";
  if (external_.empty())
    return "the file names no address of this host, because coturn finds it out itself" +
           std::string(kRemedy);
  return with_line(external_.front().setting) +
         " names only the public address, and no setting names the one behind it" + std::string(kRemedy);
}

// coturn binds such relay addresses to all addresses of the host. A node needs the one that peers see.
void CoturnAddresses::note_wildcards() {
  const auto& relay = into_.turn().relay_addresses;
  for (const CoturnSetting& setting : wildcards_)
    if (relay.empty())
      into_.note(setting, kNoEquivalent,
                 "names no address of this host that peers can see: give --address ADDRESS");
    else
      into_.note(setting, kAdapted,
                 "names no address that peers can see, so the node relays from " + relay.front().to_string() +
                     ": if peers see another one, change turn.relay_addresses");
}

// coturn maps single addresses first. PUBLIC alone stands for all relay addresses that are not mapped, and
// coturn accepts only the first such line.
void CoturnAddresses::show_external() {
  auto& turn = into_.turn();
  std::stable_partition(external_.begin(), external_.end(),
                        [](const External& external) { return external.local.has_value(); });
  const External* plain = nullptr;
  for (const External& external : external_) {
    const auto& [setting, shown, local] = external;
    const auto relay = std::ranges::find(turn.relay_addresses, shown.family(), &IpAddress::family);
    const auto mapped = shown_by_.find(shown.family());
    const bool is_meant = relay != turn.relay_addresses.end() && (!local || *local == *relay);
    if (!local && plain != nullptr)
      into_.note(setting, kDropped, with_line(plain->setting) + " is the first, and coturn accepts no other");
    else if (!is_meant)
      into_.note(setting, kNoEquivalent,
                 turn.relay_addresses.empty()
                     ? "the address of this host behind it is unknown: give --address ADDRESS"
                     : "there is no relay address that it could stand for");
    else if (mapped != shown_by_.end())
      into_.note(setting, kDropped, with_line(mapped->second) + " maps the relay address");
    else
      show(external, *relay);
    if (!local && plain == nullptr) plain = &external;
  }
  if (!relay::check_public_addresses(turn)) return;
  turn.allow_private_relay_addresses = true;
  into_.note("external-ip", kAdapted,
             "clients see a private address, as with coturn: if that is not intended, write "
             "turn.public_addresses and remove turn.allow_private_relay_addresses");
}

void CoturnAddresses::show(const External& external, const IpAddress& relay) {
  shown_by_.emplace(external.shown.family(), external.setting);
  if (external.shown == relay) return into_.note(external.setting, kNotNeeded, "is the relay address itself");
  into_.turn().public_addresses.push_back(external.shown);
  into_.note(external.setting, kTranslated);
}

// coturn opens no port for TLS and DTLS unless it can read both files.
void CoturnAddresses::check_tls() {
  if (files_.size() == 1) {
    into_.note(files_.front(), kNoEquivalent,
               "needs both cert and pkey, so TLS and DTLS are off: add the other file");
    return;
  }
  auto& tls = into_.turn().tls;
  for (const CoturnSetting& file : files_) {
    (file.name == "cert" ? tls.certificate : tls.key).path = file.value;
    const bool is_relative = file.value.front() != '/';
    into_.note(file, is_relative ? kAdapted : kTranslated,
               is_relative ? "counts from the folder of the new file; coturn looks in /etc as well" : "");
  }
}

void CoturnAddresses::note_tls_port() {
  if (!tls_port_) return;
  const auto& refused = into_.listening.refused;
  if (refused.contains(Transport::kTls) && refused.contains(Transport::kDtls))
    return into_.note(*tls_port_, kDropped, "TLS and DTLS are off");
  if (!into_.turn().tls.certificate.empty()) return into_.note(*tls_port_, kTranslated);
  into_.note(*tls_port_, kNoEquivalent,
             "nothing listens at port " + std::to_string(into_.listening.tls_port) +
                 ", as with coturn, which needs a certificate for it: add cert and pkey, or remove the line");
}

}  // namespace cli
