#pragma once

#include <utility>

#include "core/error.h"

namespace sallyport::transport {

/// How a fault is told: an HTTP status (RFC 9110 §15; 499 is nginx's "client closed request") and a gRPC status code.
struct WireStatus {
  int http, grpc;
};

/// The one place that maps faults. What the transport refuses before there is a handler (405, 408, 415, 417, 421, 431)
/// has no fault.
constexpr WireStatus wire_status(core::Fault fault) {
  using enum core::Fault;
  switch (fault) {  // no `default`: -Wswitch finds the fault someone forgot
    case malformed:
      return {400, 3};
    case invalid:
      return {422, 3};
    case unauthenticated:
      return {401, 16};
    case forbidden:
      return {403, 7};
    case not_found:
      return {404, 5};
    case conflict:
      return {409, 6};
    case too_large:
      return {413, 8};
    case throttled:
      return {429, 8};
    case unavailable:
      return {503, 14};
    case deadline_exceeded:
      return {504, 4};
    case cancelled:
      return {499, 1};
    case unimplemented:
      return {501, 12};
    case internal:
      return {500, 13};
  }
  std::unreachable();
}

}  // namespace sallyport::transport
