#include "relay/fast_path/xdp_relay.h"

#include <cerrno>
#include <cstring>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/mman.h>

#include "relay/fast_path/flow_relay_object.h"

namespace relay {
namespace {

constexpr std::size_t kSlotBytes = sizeof(FlowSlot) * FLOW_SLOTS;

overlay::Unexpected<overlay::Error> load_failure(int error) {
  std::string text = std::string("the XDP program cannot be loaded: ") + std::strerror(error);
  if (error == EPERM || error == EACCES) text += "; it needs the capabilities CAP_BPF and CAP_NET_ADMIN";
  if (error == EINVAL || error == ENOSYS) text += "; it needs Linux 5.18 or newer with BPF";
  return overlay::failure(std::move(text));
}

const char* remedy_for_interface(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return "it needs the capability CAP_NET_ADMIN";
    case EBUSY:
    case EEXIST:
      return "another XDP program is on it: `ip link show` tells which";
    case EOPNOTSUPP:
      return "its driver does not support XDP: leave it out";
    case EINVAL:
    case E2BIG:
      return "its driver refuses: an MTU above a memory page is one reason";
    default:
      return "the system's log may tell more";
  }
}

}  // namespace

void XdpRelay::Unload::operator()(bpf_object* object) const {
  ::bpf_object__close(object);
}

overlay::Result<std::unique_ptr<XdpRelay>> XdpRelay::load() {
  ::libbpf_set_print(nullptr);  // errors are told in our own words
  std::unique_ptr<XdpRelay> relay(new XdpRelay);
  const overlay::Bytes object = flow_relay_object();
  relay->object_.reset(::bpf_object__open_mem(object.data(), object.size(), nullptr));
  if (relay->object_ == nullptr) return load_failure(errno);
  if (const int error = ::bpf_object__load(relay->object_.get()); error != 0) return load_failure(-error);
  relay->program_ =
      ::bpf_program__fd(::bpf_object__find_program_by_name(relay->object_.get(), "relay_flows"));
  relay->flows_ = ::bpf_object__find_map_fd_by_name(relay->object_.get(), "flows");
  if (auto mapped = relay->map_slots(); !mapped) return overlay::failure(mapped.error().message);
  return relay;
}

XdpRelay::~XdpRelay() {
  if (slots_ != nullptr) ::munmap(slots_, kSlotBytes);
}

overlay::Status XdpRelay::map_slots() {
  const int fd = ::bpf_object__find_map_fd_by_name(object_.get(), "slots");
  void* const mapped = ::mmap(nullptr, kSlotBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return load_failure(errno);
  slots_ = static_cast<FlowSlot*>(mapped);
  return overlay::ok();
}

overlay::Status XdpRelay::attach(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return overlay::failure("there is no interface " + interface + ": `ip link` lists them");
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = XDP_FLAGS_DRV_MODE;
  overlay::FileDescriptor link(::bpf_link_create(program_, static_cast<int>(index), BPF_XDP, &options));
  if (!link.is_open())
    return overlay::failure("XDP on the interface " + interface + ": " + std::strerror(errno) + "; " +
                            remedy_for_interface(errno));
  links_.push_back(std::move(link));
  return overlay::ok();
}

bool XdpRelay::enter(const FlowKey& key, std::uint32_t slot) {
  return ::bpf_map_update_elem(flows_, &key, &slot, BPF_ANY) == 0;
}

void XdpRelay::leave(const FlowKey& key, std::uint32_t slot) {
  std::uint32_t entered = 0;
  const bool is_entered = ::bpf_map_lookup_elem(flows_, &key, &entered) == 0;
  if (is_entered && entered == slot) (void)::bpf_map_delete_elem(flows_, &key);
}

}  // namespace relay
