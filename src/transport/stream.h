#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport::transport {

namespace tls {
class Channel;
class Context;
}  // namespace tls

/// The bytes of one connected socket, both ways, without waiting; through TLS once that has begun. Owns the descriptor.
class Stream {
 public:
  explicit Stream(int socket);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();  ///< tells a client of TLS that this is the end

  /// From here on all is TLS, this being the server's end; nothing of it has been taken yet. `context` is shared with
  /// the connections of its time.
  void protect(std::shared_ptr<const tls::Context> context);
  /// Null before that. `receive` and `transmit` are for after its handshake.
  tls::Channel* channel() const { return channel_.get(); }

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
  /// How many of the bytes went; fewer than all when the peer's window is full: then the next call begins with those
  /// that did not. Nothing: the connection is broken.
  std::optional<std::size_t> transmit(std::string_view bytes);
  /// Says that nothing more will be sent.
  void shut_down();

  int descriptor() const { return socket_; }

 private:
  int socket_;
  std::unique_ptr<tls::Channel> channel_;
};

}  // namespace sallyport::transport
