#include "engine/pipeline/chunk_size.hpp"

#include <gtest/gtest.h>

#include "engine/pipeline/bandwidth.hpp"

namespace engine::pipeline::test {
namespace {

using namespace std::chrono_literals;

TEST(ChunkSize, GrowsWhileChunksAreWrittenFast) {
  ChunkSize size;
  EXPECT_EQ(size.bytes(), ChunkSize::first);
  for (int i = 0; i < 10; ++i) size.written(size.bytes(), 100ms);
  EXPECT_EQ(size.bytes(), ChunkSize::largest);
}

TEST(ChunkSize, SmallTablesSayNothing) {
  ChunkSize size;
  for (int i = 0; i < 10; ++i) size.written(1000, 1ms);
  EXPECT_EQ(size.bytes(), ChunkSize::first);
}

TEST(ChunkSize, ShrinksWhereChunksTakeLong) {
  ChunkSize size;
  size.written(size.bytes(), 2001ms);
  EXPECT_EQ(size.bytes(), ChunkSize::first / 2);
  size.written(size.bytes(), 1s);
  EXPECT_EQ(size.bytes(), ChunkSize::first / 2) << "neither fast nor slow";
  for (int i = 0; i < 10; ++i) size.written(size.bytes(), 1min);
  EXPECT_EQ(size.bytes(), ChunkSize::smallest);
}

TEST(ChunkSize, IsNeverLargerThanWhatPassesInASecond) {
  config::Limits limits;
  EXPECT_EQ(ChunkSize(largest_chunk(limits)).bytes(), ChunkSize::first);
  limits.desktop.bytes_per_second = 2u << 20;
  EXPECT_EQ(ChunkSize(largest_chunk(limits)).bytes(), 2u << 20);
  limits.cloud.bytes_per_second = 64u << 10;
  ChunkSize size(largest_chunk(limits));
  EXPECT_EQ(size.bytes(), 64u << 10);
  size.written(size.bytes(), 100ms);
  EXPECT_EQ(size.bytes(), 64u << 10) << "nor does it grow";
  size.written(size.bytes(), 1min);
  EXPECT_EQ(size.bytes(), 64u << 10) << "nor get so small that only round trips are left";
}

}  // namespace
}  // namespace engine::pipeline::test
