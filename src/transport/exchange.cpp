#include "transport/exchange.h"

#include <array>

namespace sallyport::transport {
namespace {
constexpr std::array<std::string_view, 7> method_names{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
}

Method parse_method(std::string_view text) {
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (method_names[i] == text) return static_cast<Method>(i);
  }
  return Method::other;
}

std::string_view to_text(Method method) {
  return method == Method::other ? "other" : method_names[static_cast<std::size_t>(method)];
}

}  // namespace sallyport::transport
