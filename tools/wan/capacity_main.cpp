// causeway-wan-capacity: sends paced UDP packets from one network namespace to another and prints, as one
// JSON document, the number of arrivals and their delay beyond that of the link. `tools/lab wan-capacity`
// starts it.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include <boost/program_options.hpp>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "overlay/base/endpoint.h"
#include "overlay/loop/system_clock.h"
#include "tools/wan/latency_histogram.h"
#include "tools/wan/system.h"

namespace {

using overlay::Duration;
using overlay::FileDescriptor;
using overlay::Instant;
using namespace std::chrono_literals;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kMaxSize = 1472;
constexpr Duration kTick = 100us;
constexpr Duration kGrace = 1s;  // time for the last packets to arrive

struct Plan {
  std::string from_netns, to_netns, to_address;
  std::uint64_t rate = 0;  // packets per second
  std::size_t size = 0;    // of the UDP payload
  double seconds = 0;
  double delay_ms = 0;  // of the link
};

struct Payload {
  std::uint64_t sequence;
  Instant::rep sent_at;
};

struct Tally {
  std::uint64_t sent = 0;
  Duration sending{};  // duration of the sending
  std::uint64_t received = 0;
  std::uint64_t reordered = 0;
  wan::LatencyHistogram added;
};

[[nodiscard]] sockaddr_in socket_address(const std::string& text, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  if (const auto address = overlay::IpAddress::parse(text); address && address->is_v4())
    std::memcpy(&out.sin_addr, address->octets().data(), 4);
  return out;
}

[[nodiscard]] overlay::Result<FileDescriptor> open_socket(const std::string& netns) {
  auto visit = wan::NetnsVisit::enter(netns);
  if (!visit) return overlay::Unexpected(visit.error());
  FileDescriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return wan::system_failure("socket");
  const int size = 64 << 20;
  const timeval timeout{.tv_sec = 0, .tv_usec = 100'000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  return fd;
}

// A batch of equal-sized datagrams for sendmmsg and recvmmsg.
class Batch {
 public:
  explicit Batch(std::size_t size) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      vectors_[i] = {.iov_base = storage_[i].data(), .iov_len = size};
      messages_[i].msg_hdr.msg_iov = &vectors_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  [[nodiscard]] mmsghdr* messages() { return messages_.data(); }
  void write(std::size_t i, Payload payload) { std::memcpy(storage_[i].data(), &payload, sizeof(payload)); }
  [[nodiscard]] Payload read(std::size_t i) const {
    Payload payload;
    std::memcpy(&payload, storage_[i].data(), sizeof(payload));
    return payload;
  }

 private:
  std::array<std::array<std::uint8_t, kMaxSize>, kBatch> storage_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
};

// Each tick sends the packets that are due.
[[nodiscard]] std::uint64_t send_all(int fd, const Plan& plan) {
  wan::remove_timer_slack();
  wan::raise_priority(wan::Priority::kMeter);
  const auto batch = std::make_unique<Batch>(plan.size);
  const Instant start = overlay::system_now();
  const auto total = static_cast<std::uint64_t>(plan.seconds * static_cast<double>(plan.rate));
  std::uint64_t sent = 0;
  for (Instant tick = start; sent < total; tick += kTick) {
    overlay::sleep_until(tick);
    const auto due = static_cast<std::uint64_t>(overlay::to_s(overlay::system_now() - start) *
                                                static_cast<double>(plan.rate));
    while (sent < std::min(due, total)) {
      const auto count = std::min<std::uint64_t>({kBatch, due - sent, total - sent});
      for (std::size_t i = 0; i < count; ++i)
        batch->write(i, {sent + i, overlay::system_now().time_since_epoch().count()});
      const int done = ::sendmmsg(fd, batch->messages(), static_cast<unsigned>(count), 0);
      if (done <= 0) break;
      sent += static_cast<std::uint64_t>(done);
    }
  }
  return sent;
}

void receive_all(int fd, const Plan& plan, const std::atomic<bool>& is_over, Tally& tally) {
  wan::remove_timer_slack();
  wan::raise_priority(wan::Priority::kMeter);
  const auto batch = std::make_unique<Batch>(kMaxSize);
  const auto delay =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(plan.delay_ms));
  std::uint64_t next = 0;
  while (!is_over) {
    const int count = ::recvmmsg(fd, batch->messages(), kBatch, MSG_WAITFORONE, nullptr);
    const Instant now = overlay::system_now();
    for (int i = 0; i < count; ++i) {
      const Payload payload = batch->read(static_cast<std::size_t>(i));
      tally.added.record(now - Instant(Duration(payload.sent_at)) - delay);
      if (payload.sequence < next) ++tally.reordered;
      next = payload.sequence + 1;
      ++tally.received;
    }
  }
}

[[nodiscard]] overlay::Result<Tally> measure(const Plan& plan) {
  constexpr std::uint16_t kPort = 9;
  auto receiver = open_socket(plan.to_netns);
  if (!receiver) return overlay::Unexpected(receiver.error());
  auto sender = open_socket(plan.from_netns);
  if (!sender) return overlay::Unexpected(sender.error());
  const sockaddr_in address = socket_address(plan.to_address, kPort);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(receiver->get(), generic, sizeof(address)) != 0)
    return wan::system_failure("bind " + plan.to_address);
  if (::connect(sender->get(), generic, sizeof(address)) != 0)
    return wan::system_failure("connect " + plan.to_address);

  Tally tally;
  std::atomic<bool> is_over = false;
  std::jthread receiving([&] { receive_all(receiver->get(), plan, is_over, tally); });
  const Instant start = overlay::system_now();
  tally.sent = send_all(sender->get(), plan);
  tally.sending = overlay::system_now() - start;
  overlay::sleep_until(overlay::system_now() + kGrace);
  is_over = true;
  receiving.join();
  return tally;
}

[[nodiscard]] nlohmann::json report(const Tally& tally) {
  const auto us = [&](double quantile) { return tally.added.quantile(quantile) / 1us; };
  return {{"sent", tally.sent},
          {"received", tally.received},
          {"lost", tally.sent - tally.received},
          {"reordered", tally.reordered},
          {"packets_per_second", static_cast<double>(tally.received) / overlay::to_s(tally.sending)},
          {"added_us", {{"p50", us(0.5)}, {"p90", us(0.9)}, {"p99", us(0.99)}, {"max", us(1)}}}};
}

}  // namespace

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  Plan plan;
  po::options_description options("causeway-wan-capacity");
  options.add_options()("from-netns", po::value(&plan.from_netns)->required())(
      "to-netns", po::value(&plan.to_netns)->required())("to", po::value(&plan.to_address)->required(),
                                                         "IPv4 address of the receiver")(
      "rate", po::value(&plan.rate)->default_value(200'000), "packets per second")(
      "size", po::value(&plan.size)->default_value(200), "bytes of UDP payload, 16 to 1472")(
      "seconds", po::value(&plan.seconds)->default_value(5))(
      "delay-ms", po::value(&plan.delay_ms)->default_value(0), "one-way delay of the link");
  try {
    po::variables_map variables;
    po::store(po::parse_command_line(argc, argv, options), variables);
    po::notify(variables);
  } catch (const po::error& error) {
    std::cerr << error.what() << '\n' << options;
    return 2;
  }
  plan.size = std::clamp(plan.size, sizeof(Payload), kMaxSize);
  const auto tally = measure(plan);
  if (!tally) {
    std::cerr << "causeway-wan-capacity: " << tally.error().message << '\n';
    return 1;
  }
  std::cout << report(*tally).dump() << '\n';
  return 0;
}
