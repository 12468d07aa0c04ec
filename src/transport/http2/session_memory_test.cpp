#include "transport/http2/session_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::transport::http2 {
namespace {

struct SessionMemoryTest : testing::Test {
  SessionMemory memory;
  nghttp2_mem& of = *memory.functions();

  char* take(std::size_t size) { return static_cast<char*>(of.malloc(size, of.mem_user_data)); }
  char* zeroed(std::size_t size) { return static_cast<char*>(of.calloc(1, size, of.mem_user_data)); }
  char* resize(void* block, std::size_t size) { return static_cast<char*>(of.realloc(block, size, of.mem_user_data)); }
  void give(void* block) { of.free(block, of.mem_user_data); }
};

TEST_F(SessionMemoryTest, GivesBlocksThatDoNotOverlapHoweverMany) {
  std::vector<std::pair<char*, std::size_t>> blocks;
  for (const std::size_t size : {2'928U, 1'024U, 4'096U, 16'394U, 5'000U, 1U, 20'000U, 2'048U}) {
    auto* const block = take(size);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0U);
    std::fill_n(block, size, static_cast<char>(blocks.size()));
    blocks.emplace_back(block, size);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::span bytes(blocks[i].first, blocks[i].second);
    EXPECT_TRUE(std::ranges::all_of(bytes, [i](char c) { return c == static_cast<char>(i); })) << i;
    give(blocks[i].first);
  }
}

TEST_F(SessionMemoryTest, ZeroesWhatIsAskedForInZeroes) {
  for (const std::size_t size : {4'096U, 100U, 30'000U}) {
    auto* const block = zeroed(size);
    EXPECT_TRUE(std::ranges::all_of(std::span(block, size), [](char c) { return c == 0; })) << size;
    give(block);
  }
  EXPECT_EQ(of.calloc(SIZE_MAX / 2, 3, of.mem_user_data), nullptr);
}

TEST_F(SessionMemoryTest, KeepsWhatWasWrittenWhenABlockChangesItsSize) {
  for (const std::size_t size : {16'394U, 100U}) {
    auto* block = resize(nullptr, size);
    std::ranges::copy(std::string_view("kept"), block);
    block = resize(block, 3 * size);
    EXPECT_EQ(std::string_view(block, 4), "kept");
    block = resize(block, 4);
    EXPECT_EQ(std::string_view(block, 4), "kept");
    give(block);
  }
  give(nullptr);
}

}  // namespace
}  // namespace sallyport::transport::http2
