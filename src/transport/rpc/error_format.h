#pragma once

#include "transport/exchange.h"

namespace sallyport::transport::rpc {

/// How the errors of a request are written if it is a call, by what its head says; null for every other request. For
/// `Pipeline`, so that what middleware, router and connection refuse is an error of the call's own protocol.
const ErrorFormat* error_format_of(const Exchange& exchange);

}  // namespace sallyport::transport::rpc
