#include "transport/http2/session_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>

namespace sallyport::transport::http2 {
namespace {

// nghttp2 1.52 takes 2,928 bytes for itself, 4,096 for streams and 16,394 for a frame, in that order: of small answers
// the first two pages are written. What is smaller fits between others' memory.
constexpr std::size_t pages_size = 6 * 4096;
constexpr std::size_t least = 2'048;
constexpr std::size_t alignment = 16;    // of malloc
constexpr std::size_t head = alignment;  ///< a block's size stands before it, for reallocations

}  // namespace

SessionMemory::SessionMemory()
    : functions_{.mem_user_data = this,
                 .malloc = allocate,
                 .free = release,
                 .calloc = allocate_zeroed,
                 .realloc = reallocate} {
  void* const mapped = mmap(nullptr, pages_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  pages_ = static_cast<char*>(mapped);
}

SessionMemory::~SessionMemory() { munmap(pages_, pages_size); }

void* SessionMemory::take(std::size_t size) {
  const auto whole = head + (size + alignment - 1) / alignment * alignment;
  if (size < least || whole > pages_size - used_) return nullptr;
  char* const block = pages_ + used_ + head;
  std::memcpy(block - head, &size, sizeof size);
  used_ += whole;
  return block;
}

bool SessionMemory::has(const void* block) const {
  return std::greater_equal<>{}(block, static_cast<const void*>(pages_)) &&
         std::less<>{}(block, static_cast<const void*>(pages_ + pages_size));
}

void* SessionMemory::allocate(std::size_t size, void* memory) {
  void* const block = static_cast<SessionMemory*>(memory)->take(size);
  return block != nullptr ? block : std::malloc(size);
}

void* SessionMemory::allocate_zeroed(std::size_t count, std::size_t size, void* memory) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  void* const block = static_cast<SessionMemory*>(memory)->take(count * size);  // fresh pages are zero
  return block != nullptr ? block : std::calloc(count, size);
}

void* SessionMemory::reallocate(void* block, std::size_t size, void* memory) {
  if (block == nullptr) return allocate(size, memory);
  if (!static_cast<SessionMemory*>(memory)->has(block)) return std::realloc(block, size);
  void* const larger = std::malloc(size);
  std::size_t had = 0;
  std::memcpy(&had, static_cast<char*>(block) - head, sizeof had);
  if (larger != nullptr) std::memcpy(larger, block, std::min(had, size));
  return larger;
}

void SessionMemory::release(void* block, void* memory) {
  if (!static_cast<SessionMemory*>(memory)->has(block)) std::free(block);  // pages go with the session
}

}  // namespace sallyport::transport::http2
