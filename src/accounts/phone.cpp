#include "accounts/phone.h"

#include <algorithm>

namespace sallyport::accounts {

core::Result<Phone> Phone::parse(std::string_view text) {
  constexpr std::size_t min_size = 8, max_size = 16;
  const bool is_number = text.size() >= min_size && text.size() <= max_size && text[0] == '+' && text[1] != '0' &&
                         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return core::fail(core::Fault::invalid, "phone_malformed");
  return Phone(text);
}

}  // namespace sallyport::accounts
