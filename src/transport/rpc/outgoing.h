#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/exchange.h"
#include "transport/rpc/status.h"
#include "transport/rpc/wire.h"

namespace sallyport::transport::rpc {

/// What an answer carries besides messages and status; names are lower-case literals.
struct AnswerMetadata {
  std::vector<ResponseField> leading{};   ///< headers
  std::vector<ResponseField> trailing{};  ///< after the messages, where the protocol has them there
};

/// An answer in one go: `body` holds the message as `wire` frames it, or nothing. An error of gRPC without leading
/// metadata becomes one header block ("Trailers-Only").
Response whole_answer(const Wire& wire, Status status, std::string body, AnswerMetadata metadata);

/// The head of a stream.
Response stream_head(const Wire& wire, std::vector<ResponseField> leading);
/// The last piece of a stream; empty for gRPC, whose trailers say it.
std::string stream_end(const Wire& wire, const Status& status, const std::vector<ResponseField>& trailing);
/// The answer by which the handler of a stream tells the pipeline how it went, with the trailers of gRPC.
Response stream_result(const Wire& wire, Status status, std::vector<ResponseField> trailing);

}  // namespace sallyport::transport::rpc
