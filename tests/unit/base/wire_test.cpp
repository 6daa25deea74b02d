#include "overlay/base/wire.h"

#include <gtest/gtest.h>

namespace overlay {
namespace wire_test {

TEST(Wire, what_is_written_is_read_in_network_order) {
  ByteArray<15> storage{};
  ByteWriter writer(storage);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090a0b0c0d0e0f);
  ASSERT_TRUE(writer.ok());

  for (std::size_t i = 0; i < storage.size(); ++i)
    EXPECT_EQ(storage[i], i + 1);
  ByteReader reader(writer.written());
  EXPECT_EQ(reader.u8(), 0x01u);
  EXPECT_EQ(reader.u16(), 0x0203u);
  EXPECT_EQ(reader.u32(), 0x04050607u);
  EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fu);
  EXPECT_TRUE(reader.done());
}

TEST(Wire, a_reader_that_ran_out_stays_failed) {
  const ByteArray<3> storage{1, 2, 3};
  ByteReader reader(storage);

  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_EQ(reader.u8(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(Wire, a_writer_that_ran_out_writes_nothing_more) {
  ByteArray<3> storage{};
  ByteWriter writer(storage);

  writer.u32(0xffffffff);
  writer.u8(0xff);

  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(storage, (ByteArray<3>{}));
}

}  // namespace wire_test
}  // namespace overlay
