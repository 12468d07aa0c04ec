// Compiled by tests only, once for each misuse: every one but `none` must be refused by the compiler.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>
#include <string>

#include "core/secret.h"

std::string use(const sallyport::core::Secret& secret) {
#ifdef MISUSE_none
  return std::string(secret.reveal());
#endif
#ifdef MISUSE_print
  std::cout << secret;
#endif
#ifdef MISUSE_format
  return fmt::format("{}", secret);
#endif
#ifdef MISUSE_compare
  if (secret == secret) return "same";
#endif
#ifdef MISUSE_copy
  const sallyport::core::Secret copy = secret;
#endif
  return {};
}
