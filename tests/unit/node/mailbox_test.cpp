#include "relay/node/mailbox.h"

#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/loop/event_loop.h"

namespace relay {
namespace mailbox_test {

TEST(Mailbox, delivers_in_order) {
  overlay::Wakeup wakeup;
  Mailbox<int> mailbox(4, wakeup);

  EXPECT_TRUE(mailbox.send(1));
  EXPECT_TRUE(mailbox.send(2));

  EXPECT_EQ(mailbox.receive(), 1);
  EXPECT_EQ(mailbox.receive(), 2);
  EXPECT_EQ(mailbox.receive(), std::nullopt);
}

TEST(Mailbox, leaves_a_message_that_does_not_fit_to_the_sender) {
  overlay::Wakeup wakeup;
  Mailbox<std::unique_ptr<int>> mailbox(1, wakeup);
  auto kept = std::make_unique<int>(2);

  EXPECT_TRUE(mailbox.send(std::make_unique<int>(1)));
  EXPECT_FALSE(mailbox.send(std::move(kept)));

  EXPECT_THAT(kept, testing::Pointee(2));  // NOLINT(bugprone-use-after-move): the point of the test
}

// The receiver waits in its loop between messages: a lost wake-up would leave it there for ever.
TEST(Mailbox, wakes_the_receiving_loop_for_every_message_of_another_thread) {
  constexpr int kMessages = 20'000;
  overlay::EventLoop loop;
  Mailbox<std::unique_ptr<int>> mailbox(64, loop.wakeup());
  int expected = 0;
  loop.on_wakeup([&] {
    while (const auto message = mailbox.receive())
      EXPECT_EQ(**message, expected++);
    if (expected == kMessages) loop.stop();
  });

  std::jthread sender([&] {
    for (int sent = 0; sent < kMessages;)
      if (mailbox.send(std::make_unique<int>(sent)))
        ++sent;
      else
        std::this_thread::yield();
  });
  loop.run();

  EXPECT_EQ(expected, kMessages);
}

}  // namespace mailbox_test
}  // namespace relay
