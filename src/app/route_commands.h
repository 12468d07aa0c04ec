#pragma once

#include "app/command_answer.h"
#include "app/services.h"

namespace sallyport::app {

/// `routes`: everything the running server answers, with how it treats cookies and which limit it counts on.
Answer list_routes(const Services& services);

}  // namespace sallyport::app
