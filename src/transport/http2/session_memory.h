#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>

namespace sallyport::transport::http2 {

/// Where one nghttp2 session has its memory. What it takes when it is made and keeps to its end is 25 KiB, 16 of them
/// room for the largest frame, of which small answers write the first few hundred bytes: in pages of its own the rest
/// is never resident, while malloc would put it where others have written. Everything else is malloc's.
class SessionMemory {
 public:
  SessionMemory();   ///< throws std::bad_alloc
  ~SessionMemory();  ///< after the session
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;
  nghttp2_mem* functions() { return &functions_; }

 private:
  static void* allocate(std::size_t size, void* memory);
  static void* allocate_zeroed(std::size_t count, std::size_t size, void* memory);
  static void* reallocate(void* block, std::size_t size, void* memory);
  static void release(void* block, void* memory);
  /// From the pages; null where they have no room.
  void* take(std::size_t size);
  bool has(const void* block) const;

  char* pages_;
  std::size_t used_ = 0;
  nghttp2_mem functions_;
};

}  // namespace sallyport::transport::http2
