#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "transport/tls/context.h"

struct bio_st;

namespace sallyport::transport::tls {

/// TLS over one non-blocking socket, the server's end: what comes in is opened, what goes out is sealed, with one
/// system call for a small message each way. Says whether the socket has been emptied, so that nobody reads a second
/// time to find out. Lives on one loop, and does not own the socket.
class Channel {
 public:
  enum class Status {
    done,         ///< went as far as was asked
    would_block,  ///< not all: wait for the socket's next event
    end,          ///< the client has said that it sends no more
    failed        ///< the connection cannot go on; `failure` says why
  };
  struct Moved {
    std::size_t bytes = 0;
    Status status = Status::done;
  };

  /// `context` is shared with all connections of its time.
  Channel(std::shared_ptr<const Context> context, int socket);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// The next step, until `done`. A failure has been told the client with an alert, as far as the socket takes it.
  Status handshake();
  /// After the handshake: whether the client chose HTTP/2 (ALPN); HTTP/1.1 otherwise.
  bool is_http2() const;
  bool is_resumed() const;
  std::string_view version() const;  ///< "TLSv1.3"

  /// Takes what has come, `would_block` unless there was more than room: then nothing can be received before the
  /// socket's next event, however little it was.
  Moved receive(std::span<char> into);
  /// Sends what the socket takes, `would_block` unless it is all. Bytes that were not taken must be the first ones of
  /// the next call: some of them may be sealed already.
  Moved transmit(std::string_view bytes);
  /// Tells the client that no more follows, once, as far as the socket takes it.
  void close_notify();

  /// Why it failed, for the log: OpenSSL's own words.
  const std::string& failure() const { return failure_; }

 private:
  struct Descriptor;
  static void count_message(int is_sent, int version, int content_type, const void* bytes, std::size_t size,
                            ssl_st* ssl, void* channel);
  Status explain();

  const std::shared_ptr<const Context> context_;
  ssl_st* ssl_;
  const int socket_;
  std::string failure_;
  int handshake_messages_ = 0;    ///< since the handshake
  bool is_socket_empty_ = false;  ///< found in the call in progress
  bool has_blocked_ = false;      ///< likewise
  bool is_at_end_ = false;
  bool is_established_ = false;
  bool is_broken_ = false;
};

}  // namespace sallyport::transport::tls
