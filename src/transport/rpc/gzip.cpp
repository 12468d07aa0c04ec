#include "transport/rpc/gzip.h"

#include <openssl/crypto.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sallyport::transport::rpc {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib.h: the largest window, and a gzip header and trailer around it
constexpr int usual_memory = 8;
constexpr std::size_t first_room = 4 * 1024;

// zlib's window holds what was said, perhaps a password: its memory is wiped as it is given back.
constexpr std::size_t prefix = alignof(std::max_align_t);

void* allocate(void*, unsigned count, unsigned size) {
  const auto bytes = std::size_t{count} * size;
  auto* const memory = static_cast<unsigned char*>(std::malloc(prefix + bytes));
  if (memory == nullptr) return nullptr;
  std::memcpy(memory, &bytes, sizeof bytes);
  return memory + prefix;
}

void release(void*, void* given) {
  auto* const memory = static_cast<unsigned char*>(given) - prefix;
  std::size_t bytes;
  std::memcpy(&bytes, memory, sizeof bytes);
  OPENSSL_cleanse(memory, prefix + bytes);
  std::free(memory);
}

z_stream wiping_stream() {
  z_stream stream{};
  stream.zalloc = allocate;
  stream.zfree = release;
  return stream;
}

Bytef* writable(char* bytes) { return reinterpret_cast<Bytef*>(bytes); }
// zlib's input is never written to; its interface of 1995 does not say so.
Bytef* readable(std::string_view bytes) { return writable(const_cast<char*>(bytes.data())); }

struct Inflation {
  Inflation() {
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
  }
  ~Inflation() { inflateEnd(&stream); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  z_stream stream = wiping_stream();
};

struct Deflation {
  Deflation() {
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, usual_memory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflation() { deflateEnd(&stream); }
  Deflation(const Deflation&) = delete;
  Deflation& operator=(const Deflation&) = delete;
  z_stream stream = wiping_stream();
};

/// Twice the room, or the first; without leaving a copy behind.
void grow(std::string& out, std::size_t most) {
  std::string larger;
  larger.resize(std::min(most, std::max(first_room, out.size() * 2)));
  std::ranges::copy(out, larger.begin());
  OPENSSL_cleanse(out.data(), out.size());
  out.swap(larger);
}

}  // namespace

void append_gzip(std::string& out, std::string_view bytes) {
  Deflation deflation;
  auto& stream = deflation.stream;
  const auto begin = out.size();
  const auto most = deflateBound(&stream, bytes.size());
  out.resize(begin + most);
  stream.next_in = readable(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = writable(out.data() + begin);
  stream.avail_out = static_cast<uInt>(most);
  deflate(&stream, Z_FINISH);  // there is room for all of it
  out.resize(begin + stream.total_out);
}

core::Result<std::string> gunzip(std::string_view compressed, std::size_t limit) {
  Inflation inflation;
  auto& stream = inflation.stream;
  stream.next_in = readable(compressed);
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  const auto refuse = [&out](core::Fault fault, std::string_view code) {
    OPENSSL_cleanse(out.data(), out.size());
    return core::fail(fault, code);
  };
  for (;;) {
    if (stream.total_out == out.size()) grow(out, limit + 1);  // one byte more tells too many from just as many
    stream.next_out = writable(out.data() + stream.total_out);
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    if (stream.total_out > limit) return refuse(core::Fault::too_large, "body_too_large");
    if (outcome == Z_STREAM_END) break;
    if (outcome != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0))
      return refuse(core::Fault::malformed, "message_malformed");
  }
  if (stream.avail_in > 0) return refuse(core::Fault::malformed, "message_malformed");
  out.resize(stream.total_out);
  return out;
}

}  // namespace sallyport::transport::rpc
