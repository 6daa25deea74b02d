#include "relay/node/outbox.h"

#include <gtest/gtest.h>

namespace relay {
namespace outbox_test {

constexpr std::size_t kMailbox = 2;

class OutboxTest : public ::testing::Test {
 protected:
  [[nodiscard]] bool post(std::uint64_t query) { return outbox_.enqueue(ListAllocations{.query = query}); }
  // Of the next message in the mailbox; 0: there is none.
  [[nodiscard]] std::uint64_t received() {
    const auto message = mailbox_.receive();
    return message ? std::get<ListAllocations>(*message).query : 0;
  }

  overlay::Wakeup wakeup_;
  Mailbox<ToDataPlane> mailbox_{kMailbox, wakeup_};
  Outbox outbox_{mailbox_};
};

TEST_F(OutboxTest, keeps_what_the_mailbox_has_no_room_for_in_order) {
  for (std::uint64_t query = 1; query <= 3; ++query)
    ASSERT_TRUE(post(query));
  EXPECT_FALSE(outbox_.deliver());

  EXPECT_EQ(received(), 1u);
  EXPECT_TRUE(outbox_.deliver());

  EXPECT_EQ(received(), 2u);
  EXPECT_EQ(received(), 3u);
  EXPECT_EQ(received(), 0u);
}

TEST_F(OutboxTest, says_what_it_loses_when_nothing_is_taken) {
  for (std::size_t i = 0; i < Outbox::kMaxWaiting - Outbox::kForChanges; ++i)
    ASSERT_TRUE(post(1));

  EXPECT_FALSE(post(1));
}

TEST_F(OutboxTest, has_room_for_changes_when_other_messages_are_lost) {
  while (post(1)) {
  }
  EXPECT_TRUE(outbox_.takes_changes());

  EXPECT_TRUE(outbox_.enqueue(ReconfigureTurn{}));
  EXPECT_TRUE(outbox_.enqueue(DrainTurn{}));
  EXPECT_TRUE(outbox_.enqueue(CloseListener{}));
  EXPECT_TRUE(outbox_.enqueue(WithdrawRelayed{}));
}

TEST_F(OutboxTest, refuses_changes_before_one_is_lost) {
  while (post(1)) {
  }
  while (outbox_.takes_changes())
    ASSERT_TRUE(outbox_.enqueue(ReconfigureTurn{}));

  EXPECT_TRUE(outbox_.enqueue(CloseListener{}));  // which a change before it entails
}

// A lost list would leave a new address of the host open to clients.
TEST_F(OutboxTest, keeps_the_newest_list_of_the_hosts_addresses_in_one_place) {
  while (post(1)) {
  }
  const auto newest = std::make_shared<const HostAddressList>();
  for (std::size_t change = 0; change < 2 * Outbox::kForChanges; ++change)
    ASSERT_TRUE(outbox_.enqueue(HostAddressesChanged{}));
  ASSERT_TRUE(outbox_.enqueue(HostAddressesChanged{newest}));
  EXPECT_TRUE(outbox_.takes_changes());

  std::size_t lists = 0;
  for (bool is_empty = false; !is_empty;) {
    is_empty = outbox_.deliver();
    while (const auto message = mailbox_.receive())
      if (const auto* const list = std::get_if<HostAddressesChanged>(&*message)) {
        ++lists;
        EXPECT_EQ(list->addresses, newest);
      }
  }
  EXPECT_EQ(lists, 1u);
}

}  // namespace outbox_test
}  // namespace relay
