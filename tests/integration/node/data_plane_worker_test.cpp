// The shell of a data plane under messages of many other data planes.
#include "relay/node/data_plane_worker.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "overlay/loop/system_clock.h"

namespace relay {
namespace data_plane_worker_test {

constexpr std::size_t kPlanes = 64;
constexpr std::size_t kMessagesOfEach = 256;  // as many as one round takes from an inbox

overlay::Endpoint free_port() {
  auto probe = overlay::UdpSocket::open(overlay::Endpoint::parse("127.0.0.1:0").value());
  return probe.value().local();
}

// Nobody receives what the worker sends: the counters of the worker say what happened to each datagram.
TEST(DataPlaneWorker, sends_everything_that_64_data_planes_have_left_in_its_inboxes) {
  const overlay::Endpoint local = free_port();
  DataPlaneConfig config;
  config.overlay.self = overlay::NodeId(1);
  config.overlay_listen = {local};
  DataPlaneWorker worker(std::move(config), {});
  ASSERT_TRUE(worker.open_listener(local, false));
  overlay::Wakeup ignored;
  Mailbox<ToControlPlane> control(4096, ignored);
  worker.connect(control, std::vector<Mailbox<ToDataPlane>*>(kPlanes));
  for (std::size_t plane = 0; plane < kPlanes; ++plane) {
    Mailbox<ToDataPlane>& inbox = worker.add_inbox();
    for (std::size_t i = 0; i < kMessagesOfEach; ++i)
      ASSERT_TRUE(
          inbox.send(SendHandshake{.local = local, .remote = local, .bytes = overlay::ByteVector(100, 9)}));
  }

  worker.start();
  std::uint64_t queued = 0;
  std::uint64_t lost = 0;
  // The worker reports once a second. The bound ends a test that would hang.
  const overlay::Instant give_up = overlay::system_now() + std::chrono::seconds(60);
  while (queued < kPlanes * kMessagesOfEach && overlay::system_now() < give_up) {
    while (const auto message = control.receive())
      if (const auto* const report = std::get_if<DataPlaneReport>(&*message))
        for (const auto& [name, count] : report->packet_io) {
          if (name == "queued") queued = count;
          if (name == "send_no_buffer") lost = count;
        }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  worker.stop();

  EXPECT_GE(queued, kPlanes * kMessagesOfEach);
  EXPECT_EQ(lost, 0u);
}

}  // namespace data_plane_worker_test
}  // namespace relay
