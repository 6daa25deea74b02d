#include "relay/fast_path/xdp_relay.h"

#include <cerrno>
#include <cstring>
#include <numeric>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/mman.h>

#include "overlay/base/check.h"
#include "relay/fast_path/flow_relay_object.h"

namespace relay {
namespace {

constexpr std::size_t kSlotBytes = sizeof(FlowSlot) * FLOW_SLOTS;
constexpr std::size_t kInterfaceBytes = sizeof(FlowInterface) * FLOW_INTERFACES;

overlay::Unexpected<overlay::Error> load_failure(int error) {
  std::string text = std::string("the XDP program cannot be loaded: ") + std::strerror(error);
  if (error == EPERM || error == EACCES)
    text += "; it needs the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON";
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
  ::libbpf_set_print(nullptr);  // we report errors ourselves
  std::unique_ptr<XdpRelay> relay(new XdpRelay);
  const overlay::Bytes object = flow_relay_object();
  relay->object_.reset(::bpf_object__open_mem(object.data(), object.size(), nullptr));
  if (relay->object_ == nullptr) return load_failure(errno);
  if (const int error = ::bpf_object__load(relay->object_.get()); error != 0) return load_failure(-error);
  relay->program_ =
      ::bpf_program__fd(::bpf_object__find_program_by_name(relay->object_.get(), "relay_flows"));
  relay->flows_ = ::bpf_object__find_map_fd_by_name(relay->object_.get(), "flows");
  relay->places_ = ::bpf_object__find_map_fd_by_name(relay->object_.get(), "places");
  relay->sent_ = ::bpf_object__find_map_fd_by_name(relay->object_.get(), "sent");
  const int processors = ::libbpf_num_possible_cpus();
  if (processors < 1) return load_failure(-processors);
  relay->processors_ = static_cast<std::size_t>(processors);
  if (auto mapped = relay->map_memory(); !mapped) return overlay::failure(mapped.error().message);
  return relay;
}

XdpRelay::~XdpRelay() {
  if (slots_ != nullptr) ::munmap(slots_, kSlotBytes);
  if (interfaces_ != nullptr) ::munmap(interfaces_, kInterfaceBytes);
}

overlay::Status XdpRelay::map_memory() {
  const auto map = [this](const char* name, std::size_t bytes) -> void* {
    const int fd = ::bpf_object__find_map_fd_by_name(object_.get(), name);
    void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return mapped == MAP_FAILED ? nullptr : mapped;
  };
  slots_ = static_cast<FlowSlot*>(map("slots", kSlotBytes));
  if (slots_ == nullptr) return load_failure(errno);
  interfaces_ = static_cast<FlowInterface*>(map("interfaces", kInterfaceBytes));
  if (interfaces_ == nullptr) return load_failure(errno);
  return overlay::ok();
}

overlay::Result<InterfacePlace> XdpRelay::attach(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return overlay::failure("there is no interface " + interface + ": `ip link` lists them");
  auto place = admit(index);
  if (!place) return place;
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = XDP_FLAGS_DRV_MODE;
  overlay::FileDescriptor link(::bpf_link_create(program_, static_cast<int>(index), BPF_XDP, &options));
  if (!link.is_open())
    return overlay::failure("XDP on the interface " + interface + ": " + std::strerror(errno) + "; " +
                            remedy_for_interface(errno));
  links_.push_back(std::move(link));
  return place;
}

overlay::Result<InterfacePlace> XdpRelay::admit(unsigned index) {
  if (admitted_ == FLOW_INTERFACES)
    return overlay::failure("more than " + std::to_string(FLOW_INTERFACES) + " interfaces");
  const InterfacePlace place = admitted_;
  interfaces_[place].index = index;
  if (::bpf_map_update_elem(places_, &index, &place, BPF_NOEXIST) != 0)
    return overlay::failure("the interface " + std::to_string(index) + " twice");
  ++admitted_;
  return place;
}

void XdpRelay::set_open(InterfacePlace place, bool is_open) {
  CHECK(place < admitted_);
  std::atomic_ref(interfaces_[place].is_open).store(is_open ? 1 : 0, std::memory_order_relaxed);
}

std::uint64_t XdpRelay::sent(InterfacePlace place) const {
  std::vector<std::uint64_t> by_processor(processors_);
  if (::bpf_map_lookup_elem(sent_, &place, by_processor.data()) != 0) return 0;
  return std::accumulate(by_processor.begin(), by_processor.end(), std::uint64_t{0});
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
