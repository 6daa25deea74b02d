#include "overlay/io/port_steering.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "overlay/io/steering_program.h"

namespace overlay {
namespace {

constexpr std::size_t kBitmapBytes = 65'536 / 8;

std::string remedy_for(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return "it needs the capabilities CAP_BPF and CAP_NET_ADMIN";
    case EINVAL:
    case ENOSYS:
      return "it needs Linux 5.9 or newer with BPF";
    case ENOSPC:
    case E2BIG:
      return "too many programs steer in this network namespace";
    default:
      return "see the system's log";
  }
}

Unexpected<Error> steering_failure(const char* what, int error) {
  return failure(std::string("cannot steer relay ports: ") + what + ": " + std::strerror(error) + "; " +
                 remedy_for(error));
}

std::uint8_t bit_of(std::uint16_t port) {
  return static_cast<std::uint8_t>(1u << (port % 8));
}

}  // namespace

Result<std::unique_ptr<PortSteering>> PortSteering::attach(const IpAddress& address, std::uint32_t planes) {
  std::unique_ptr<PortSteering> steering(new PortSteering(address));
  if (auto made = steering->make_maps(planes); !made) return failure(made.error().message);
  if (auto attached = steering->attach_program(planes); !attached) return failure(attached.error().message);
  return steering;
}

PortSteering::~PortSteering() {
  if (bits_ != nullptr) ::munmap(bits_, kBitmapBytes);
}

Status PortSteering::make_maps(std::uint32_t planes) {
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = BPF_F_MMAPABLE;
  open_ports_.reset(
      ::bpf_map_create(BPF_MAP_TYPE_ARRAY, "relay_ports", sizeof(std::uint32_t), kBitmapBytes, 1, &options));
  if (!open_ports_.is_open()) return steering_failure("map of open ports", errno);
  sockets_.reset(::bpf_map_create(BPF_MAP_TYPE_SOCKMAP, "relay_sockets", sizeof(std::uint32_t),
                                  sizeof(std::uint64_t), planes, nullptr));
  if (!sockets_.is_open()) return steering_failure("map of sockets", errno);
  void* const mapped =
      ::mmap(nullptr, kBitmapBytes, PROT_READ | PROT_WRITE, MAP_SHARED, open_ports_.get(), 0);
  if (mapped == MAP_FAILED) return steering_failure("mapping the open ports", errno);
  bits_ = static_cast<std::uint8_t*>(mapped);
  return ok();
}

Status PortSteering::attach_program(std::uint32_t planes) {
  const auto code = steering_program({.address = address_,
                                      .planes = planes,
                                      .open_ports_fd = open_ports_.get(),
                                      .sockets_fd = sockets_.get()});
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_SK_LOOKUP;
  const FileDescriptor program(
      ::bpf_prog_load(BPF_PROG_TYPE_SK_LOOKUP, "relay_steering", "BSD", code.data(), code.size(), &options));
  if (!program.is_open()) return steering_failure("loading the program", errno);
  const FileDescriptor netns(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!netns.is_open()) return steering_failure("the network namespace", errno);
  link_.reset(::bpf_link_create(program.get(), netns.get(), BPF_SK_LOOKUP, nullptr));
  if (!link_.is_open()) return steering_failure("attaching the program", errno);
  return ok();
}

Status PortSteering::set_socket(std::uint32_t plane, const UdpSocket& socket) {
  const auto fd = static_cast<std::uint64_t>(socket.fd());
  if (::bpf_map_update_elem(sockets_.get(), &plane, &fd, BPF_ANY) != 0)
    return steering_failure("registering a socket", errno);
  return ok();
}

// Two planes may own bits of one byte.
void PortSteering::open(std::uint16_t port) {
  std::atomic_ref(bits_[port / 8]).fetch_or(bit_of(port), std::memory_order_relaxed);
}

void PortSteering::close(std::uint16_t port) {
  std::atomic_ref(bits_[port / 8])
      .fetch_and(static_cast<std::uint8_t>(~bit_of(port)), std::memory_order_relaxed);
}

}  // namespace overlay
