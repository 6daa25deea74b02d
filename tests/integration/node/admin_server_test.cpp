// The daemon's side of the admin socket against the command line's side.
#include "relay/admin/admin_server.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/integration/no_descriptors.h"
#include "tests/integration/no_watches.h"
#include "tests/integration/node/temporary_folder.h"
#include "tools/cli/admin_client.h"

namespace relay {
namespace admin_server_test {

using testing::HasSubstr;

// An admin server that answers on its own thread while it lives.
class RunningServer {
 public:
  RunningServer(const std::string& path, AdminServer::Answer answer)
      : server_(loop_, AdminSocket::open(path).value(), std::move(answer)),
        thread_([this] { loop_.run(); }) {}
  ~RunningServer() { loop_.stop(); }

 private:
  overlay::EventLoop loop_;
  AdminServer server_;
  std::jthread thread_;
};

overlay::FileDescriptor connect_to(const std::string& path) {
  overlay::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TEST(AdminServer, answers_a_line_with_a_line) {
  const TemporaryFolder folder;
  const RunningServer server(folder.file("admin.sock"),
                             [](std::string_view request) { return "<" + std::string(request) + ">"; });

  EXPECT_EQ(cli::ask_daemon(folder.file("admin.sock"), "one").value(), "<one>\n");
  EXPECT_EQ(cli::ask_daemon(folder.file("admin.sock"), "two").value(), "<two>\n");
}

TEST(AdminServer, delivers_answers_longer_than_a_socket_buffer) {
  const TemporaryFolder folder;
  const std::string long_answer(8 << 20, 'x');
  const RunningServer server(folder.file("admin.sock"), [&](std::string_view) { return long_answer; });

  EXPECT_EQ(cli::ask_daemon(folder.file("admin.sock"), "all").value(), long_answer + "\n");
}

TEST(AdminServer, refuses_a_request_without_end) {
  const TemporaryFolder folder;
  const RunningServer server(folder.file("admin.sock"), [](std::string_view) { return "unreachable"; });

  const auto answer =
      cli::ask_daemon(folder.file("admin.sock"), std::string(AdminServer::kMaxRequestBytes * 2, 'x'));

  EXPECT_THAT(answer ? *answer : answer.error().message,
              testing::AnyOf(HasSubstr("longer than"), HasSubstr("reset")));
}

TEST(AdminServer, serves_others_while_more_clients_hold_connections_than_it_keeps) {
  const TemporaryFolder folder;
  const RunningServer server(folder.file("admin.sock"), [](std::string_view) { return "here"; });
  std::vector<overlay::FileDescriptor> silent;
  for (std::size_t i = 0; i < AdminServer::kMaxConnections + 5; ++i)
    silent.push_back(connect_to(folder.file("admin.sock")));

  EXPECT_EQ(cli::ask_daemon(folder.file("admin.sock"), "still there?").value(), "here\n");
}

TEST(AdminServer, does_not_keep_its_thread_busy_while_no_descriptor_is_left_for_a_client) {
  const TemporaryFolder folder;
  overlay::EventLoop loop;
  bool is_answered = false;
  AdminServer server(loop, AdminSocket::open(folder.file("admin.sock")).value(), [&](std::string_view) {
    is_answered = true;
    return "here";
  });
  const overlay::FileDescriptor client = connect_to(folder.file("admin.sock"));
  ASSERT_EQ(::send(client.get(), "?\n", 2, 0), 2);

  EXPECT_LT(rounds_without_descriptors(loop), 5u);
  EXPECT_FALSE(is_answered);

  server.on_timer();
  while (!is_answered)
    loop.run_once();
}

TEST(AdminServer, closes_a_client_that_the_kernel_does_not_watch) {
  const TemporaryFolder folder;
  overlay::EventLoop loop;
  const AdminServer server(loop, AdminSocket::open(folder.file("admin.sock")).value(),
                           [](std::string_view) { return "unreachable"; });
  const overlay::FileDescriptor client = connect_to(folder.file("admin.sock"));

  {
    const NoWatches none;
    loop.run_once();
  }

  char byte = 0;
  EXPECT_EQ(::recv(client.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST(AdminServer, takes_an_answer_by_the_way_of_later_ones_while_it_asks) {
  const TemporaryFolder folder;
  overlay::EventLoop loop;
  std::optional<AdminServer> server;
  server.emplace(loop, AdminSocket::open(folder.file("admin.sock")).value(), [&](std::string_view request) {
    server->reply_later(server->client(), "<" + std::string(request) + ">");
    return std::nullopt;
  });
  {
    const std::jthread thread([&] { loop.run(); });

    EXPECT_EQ(cli::ask_daemon(folder.file("admin.sock"), "one").value(), "<one>\n");
    EXPECT_EQ(cli::ask_daemon(folder.file("admin.sock"), "two").value(), "<two>\n");
    loop.stop();
  }
}

TEST(AdminSocket, is_for_its_owner_only_and_goes_away_with_its_object) {
  const TemporaryFolder folder;
  const std::string path = folder.file("admin.sock");
  {
    const auto socket = AdminSocket::open(path);
    ASSERT_TRUE(socket);

    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(AdminSocket, takes_the_place_of_a_dead_daemons_socket) {
  const TemporaryFolder folder;
  const std::string path = folder.file("admin.sock");
  {
    const overlay::FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path));

  EXPECT_TRUE(AdminSocket::open(path));
}

TEST(AdminSocket, leaves_a_living_daemons_socket_alone) {
  const TemporaryFolder folder;
  const std::string path = folder.file("admin.sock");
  const auto living = AdminSocket::open(path);
  ASSERT_TRUE(living);

  const auto second = AdminSocket::open(path);

  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another process answers there"));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(AdminSocket, leaves_a_file_alone_that_is_no_socket) {
  const TemporaryFolder folder;
  const std::string path = folder.file("notes.txt");
  std::ofstream(path) << "precious";

  const auto socket = AdminSocket::open(path);

  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().message, HasSubstr("is no socket"));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(AdminSocket, says_when_its_folder_does_not_exist) {
  const TemporaryFolder folder;

  const auto socket = AdminSocket::open(folder.file("absent/admin.sock"));

  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().message, HasSubstr("create the folder " + folder.file("absent")));
}

}  // namespace admin_server_test
}  // namespace relay
