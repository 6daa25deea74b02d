// The list of known hubs on a real disk.
#include "relay/node/known_hubs_file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/integration/node/temporary_folder.h"
#include "tests/unit/control_plane/lone_control_plane.h"

namespace relay {
namespace known_hubs_file_test {

using namespace std::chrono_literals;

class KnownHubsFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] KnownHubs hub_2() {
    LinkStateSpeaker speaker(cluster_.identity(2), ca_,
                             {.endpoints = {TestCluster::endpoint(2)}, .epoch = 1});
    speaker.originate({}, {}, overlay::Instant{1h});
    KnownHubs hubs;
    hubs.note(std::make_shared<const routing::LinkStateRecord>(*speaker.db().find(overlay::NodeId(2))),
              cluster_.identity(2).certificate(), {});
    return hubs;
  }
  [[nodiscard]] KnownHubsFile open() const { return KnownHubsFile::open(state_dir_).value(); }

  TestCluster cluster_{2};
  overlay::SigningPublicKey ca_ = cluster_.config(1).cluster_ca;
  TemporaryFolder folder_;
  std::string state_dir_ = folder_.file("state");
};

TEST_F(KnownHubsFileTest, is_read_by_the_next_life_of_the_process) {
  open().finish(hub_2());

  EXPECT_EQ(open().load(ca_).size(), 1u);
}

TEST_F(KnownHubsFileTest, is_written_when_hubs_change_while_the_process_runs) {
  KnownHubsFile file = open();
  EXPECT_EQ(file.load(ca_).size(), 0u);

  file.update(hub_2(), overlay::Instant{1h});
  file.finish(hub_2());  // waits for the writer

  EXPECT_EQ(open().load(ca_).size(), 1u);
}

TEST_F(KnownHubsFileTest, is_for_its_user_only) {
  open().finish(hub_2());

  struct stat folder {};
  ASSERT_EQ(::stat(state_dir_.c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777, 0700u);
  struct stat file {};
  ASSERT_EQ(::stat((state_dir_ + "/known-hubs").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(KnownHubsFileTest, a_damaged_file_is_ignored_and_replaced) {
  open().finish(hub_2());
  std::ofstream(state_dir_ + "/known-hubs", std::ios::trunc) << "CWKH";

  EXPECT_EQ(open().load(ca_).size(), 0u);
  open().finish(hub_2());

  EXPECT_EQ(open().load(ca_).size(), 1u);
}

TEST_F(KnownHubsFileTest, a_folder_that_cannot_be_made_is_an_error_with_a_remedy) {
  const auto opened = KnownHubsFile::open("/proc/no-state");

  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("state_dir: /proc/no-state"), std::string::npos);
}

}  // namespace known_hubs_file_test
}  // namespace relay
