// Steers the datagrams for many UDP ports of one address to one socket for each data plane, so that one
// receive call reads the datagrams of all these ports. Created at start and shared by the data planes; each
// data plane opens and closes its own ports.
//
// Uses a BPF program attached to the network namespace (BPF_PROG_TYPE_SK_LOOKUP, Linux 5.9), which needs
// CAP_BPF and CAP_NET_ADMIN. The kernel removes the program when the process ends, in any way. Several
// processes may each steer their own ports. Ports that are not open here are not affected.
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
  // Acts on the network namespace of this thread. The message of a failure names what is missing.
  [[nodiscard]] static Result<std::unique_ptr<PortSteering>> attach(const IpAddress& address,
                                                                    std::uint32_t planes);
  ~PortSteering();
  PortSteering(const PortSteering&) = delete;
  PortSteering& operator=(const PortSteering&) = delete;

  [[nodiscard]] const IpAddress& address() const { return address_; }
  // The socket that gets the datagrams for the plane's ports; it is bound to any port of the address.
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
  std::uint8_t* bits_ = nullptr;  // the mapped value of open_ports_: one bit for each port
};

}  // namespace overlay
