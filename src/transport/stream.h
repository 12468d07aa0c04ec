#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport::transport {

/// The bytes of one connected socket, both ways, without waiting. Owns the descriptor.
class Stream {
 public:
  explicit Stream(int socket) : socket_(socket) {}
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  enum class Input {
    some,  ///< and no more: the next event tells of further bytes
    all,   ///< as much as there was room for; there may be more
    would_block,
    end,
    error,
  };
  struct Received {
    Input input;
    std::size_t size = 0;  ///< of `some` and `all`
  };
  Received receive(std::span<char> room);
  /// How many of the bytes went; fewer than all when the peer's window is full. Nothing: the connection is broken.
  std::optional<std::size_t> transmit(std::string_view bytes);
  /// Says that nothing more will be sent.
  void shut_down();

  int descriptor() const { return socket_; }

 private:
  int socket_;
};

}  // namespace sallyport::transport
