#include "tools/wan/wan_loop.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <span>

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "overlay/loop/system_clock.h"
#include "tools/wan/control.h"
#include "tools/wan/system.h"

namespace wan {
namespace {

using overlay::Duration;
using overlay::Instant;
using namespace std::chrono_literals;

constexpr HostIndex kNoHost{UINT16_MAX};
// One host's burst must not delay packets of other hosts for more than about 0.1 ms.
constexpr int kDrainBatch = 64;
// Sleeping and waking take about this time, so shorter sleeps do not pay.
constexpr Duration kSpinBelow = 30us;
constexpr Duration kLongestSleep = 1s;

// An epoll_pwait2 timeout.
[[nodiscard]] timespec sleep_until(Instant due, Instant now) {
  if (due == overlay::kNever) return {.tv_sec = kLongestSleep / 1s, .tv_nsec = 0};
  const Duration left = due - now < kSpinBelow ? Duration::zero() : std::min(due - now, kLongestSleep);
  return {.tv_sec = left / 1s, .tv_nsec = (left % 1s).count()};
}

}  // namespace

WanLoop::WanLoop(Network& network)
    : network_(network), pool_(kMaxInFlight), in_flight_(kMaxInFlight), platforms_(network.hosts().size()) {}

overlay::Status WanLoop::run(const std::string& socket_path) {
  epoll_ = overlay::FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.is_open()) return system_failure("epoll");
  if (auto opened = open_devices(); !opened) return opened;
  if (auto caught = catch_signals(); !caught) return caught;
  auto control = ControlSocket::listen(socket_path, epoll_.get(), [this](std::string_view line) {
    return execute(network_, line, overlay::system_now());
  });
  if (!control) return overlay::Unexpected(control.error());
  remove_timer_slack();
  raise_priority(Priority::kWan);
  loop(*control);
  ::unlink(socket_path.c_str());
  return overlay::ok();
}

overlay::Status WanLoop::open_devices() {
  for (std::size_t i = 0; i < network_.hosts().size(); ++i) {
    const Host& host = network_.hosts()[i];
    auto device = TunDevice::attach(host.netns, host.device);
    if (!device) return overlay::Unexpected(device.error());
    const auto fd = static_cast<std::size_t>(device->fd());
    if (hosts_by_fd_.size() <= fd) hosts_by_fd_.resize(fd + 1, kNoHost);
    hosts_by_fd_[fd] = HostIndex(static_cast<std::uint16_t>(i));
    if (!watch(device->fd())) return system_failure("watching " + host.device);
    devices_.push_back(*std::move(device));
  }
  return overlay::ok();
}

overlay::Status WanLoop::catch_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  signals_ = overlay::FileDescriptor(::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals_.is_open() || !watch(signals_.get())) return system_failure("signalfd");
  return overlay::ok();
}

bool WanLoop::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void WanLoop::loop(ControlSocket& control) {
  std::array<epoll_event, 64> events;
  for (;;) {
    deliver_due();
    const timespec timeout = sleep_until(in_flight_.next_due(), overlay::system_now());
    const int count = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
    for (const auto& event : std::span(events.data(), count < 0 ? 0 : static_cast<std::size_t>(count))) {
      const auto fd = static_cast<std::size_t>(event.data.fd);
      if (event.data.fd == signals_.get()) return;
      if (fd < hosts_by_fd_.size() && hosts_by_fd_[fd] != kNoHost) {
        drain(hosts_by_fd_[fd]);
        deliver_due();
      } else {
        control.handle(event.data.fd, event.events);
      }
    }
  }
}

void WanLoop::drain(HostIndex from) {
  TunDevice& device = devices_[from.value()];
  for (int i = 0; i < kDrainBatch; ++i) {
    const auto slot = pool_.take();
    if (!slot) {
      Packet lost;
      if (!device.read(lost)) return;
      network_.count_stray(DropReason::kPool);
      continue;
    }
    if (!device.read(pool_[*slot])) return pool_.give_back(*slot);
    take_in(from, *slot);
  }
}

void WanLoop::take_in(HostIndex from, PacketPool::Slot slot) {
  Packet& packet = pool_[slot];
  packet.from = from;
  const auto admission = network_.admit(from, packet.bytes(), overlay::system_now());
  if (!admission) return pool_.give_back(slot);
  packet.to = admission->to;
  in_flight_.push(admission->arrival, slot);
}

void WanLoop::deliver_due() {
  if (in_flight_.next_due() == overlay::kNever) return;
  const Instant now = overlay::system_now();
  while (const auto slot = in_flight_.pop_due(now))
    deliver(*slot);
  for (const HostIndex host : boarding_)
    depart(host);
  boarding_.clear();
}

void WanLoop::deliver(PacketPool::Slot slot) {
  const Packet& packet = pool_[slot];
  if (!network_.may_arrive(packet.from, packet.to)) return pool_.give_back(slot);
  Platform& platform = platforms_[packet.to.value()];
  if (platform.train.empty()) boarding_.push_back(packet.to);
  if (!platform.train.couple(packet.bytes())) {
    depart(packet.to);
    (void)platform.train.couple(packet.bytes());
  }
  platform.slots.push_back(slot);
}

void WanLoop::depart(HostIndex to) {
  Platform& platform = platforms_[to.value()];
  TunDevice& device = devices_[to.value()];
  bool is_gone = false;
  if (kernel_knows_trains_ && platform.slots.size() > 1) {
    is_gone = device.write(platform.train);
    kernel_knows_trains_ = is_gone || errno != EINVAL;
  }
  for (const auto slot : platform.slots) {
    const Packet& packet = pool_[slot];
    if (is_gone || device.write(packet))
      network_.count_delivered(packet.from, packet.to, packet.size);
    else
      network_.count_dropped(packet.from, packet.to, DropReason::kDevice);
    pool_.give_back(slot);
  }
  platform.train.clear();
  platform.slots.clear();
}

}  // namespace wan
