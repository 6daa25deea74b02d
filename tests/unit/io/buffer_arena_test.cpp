#include "overlay/io/buffer_arena.h"

#include <gtest/gtest.h>

namespace overlay {
namespace buffer_arena_test {

TEST(BufferArena, hands_out_empty_buffers_that_stay_in_place) {
  BufferArena arena;

  PacketBuffer& first = arena.acquire();
  first.resize(100);
  for (int i = 0; i < 1000; ++i)
    (void)arena.acquire();

  EXPECT_EQ(first.size(), 100u);
  EXPECT_EQ(arena.acquire().size(), 0u);
  EXPECT_EQ(arena.used(), 1002u);
}

TEST(BufferArena, hands_out_the_same_buffers_again_after_release) {
  BufferArena arena;
  PacketBuffer& first = arena.acquire();
  first.resize(100);

  arena.release_all();
  PacketBuffer& again = arena.acquire();

  EXPECT_EQ(&first, &again);
  EXPECT_EQ(again.size(), 0u);
}

TEST(BufferArena, grows_only_beyond_what_is_ready) {
  BufferArena arena(8);

  for (int i = 0; i < 8; ++i)
    (void)arena.acquire();
  EXPECT_EQ(arena.size(), 8u);
  (void)arena.acquire();

  EXPECT_EQ(arena.size(), 9u);
}

TEST(BufferArena, hands_out_a_spare_buffer_when_all_others_are_in_use) {
  BufferArena arena;
  for (std::size_t i = 0; i < BufferArena::kMaxBuffers; ++i)
    EXPECT_FALSE(arena.is_spare(arena.acquire()));

  PacketBuffer& spare = arena.acquire();
  EXPECT_TRUE(arena.is_spare(spare));
  EXPECT_EQ(&arena.acquire(), &spare);

  arena.release_all();
  EXPECT_FALSE(arena.is_spare(arena.acquire()));
}

}  // namespace buffer_arena_test
}  // namespace overlay
