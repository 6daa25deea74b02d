// Steers the datagrams of many UDP ports of one address to one socket for each data plane, so that one
// receive call takes what is waiting for all of them. Made at start, then shared by the data planes; each
// opens and closes only ports of its own.
//
// It works through a BPF program attached to the network namespace (BPF_PROG_TYPE_SK_LOOKUP, Linux 5.9),
// which needs CAP_BPF and CAP_NET_ADMIN. The kernel drops it with the process, however that ends; several
// processes may each steer ports of their own. Ports that are not open here are none of its business.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/io/udp_socket.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class PortSteering {
 public:
  // Of this thread's network namespace. The message of a failure says what is missing.
  [[nodiscard]] static Result<std::unique_ptr<PortSteering>> attach(const IpAddress& address,
                                                                    std::uint32_t planes);
  ~PortSteering();
  PortSteering(const PortSteering&) = delete;
  PortSteering& operator=(const PortSteering&) = delete;

  [[nodiscard]] const IpAddress& address() const { return address_; }
  // The socket gets the datagrams of the plane's ports; it is bound to any port of the address.
  [[nodiscard]] Status set_socket(std::uint32_t plane, const UdpSocket& socket);
  // Any thread.
  void open(std::uint16_t port);
  void close(std::uint16_t port);

 private:
  explicit PortSteering(const IpAddress& address) : address_(address) {}
  [[nodiscard]] Status make_maps(std::uint32_t planes);
  [[nodiscard]] Status attach_program(std::uint32_t planes);

  IpAddress address_;
  FileDescriptor open_ports_;
  FileDescriptor sockets_;
  FileDescriptor link_;
  std::uint8_t* bits_ = nullptr;  // of open_ports_, mapped: one for each port
};

}  // namespace overlay
