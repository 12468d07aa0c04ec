#include "transport/tls/ticket_keys.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace sallyport::transport::tls {

TicketKeys::Key::~Key() {
  OPENSSL_cleanse(aes.data(), aes.size());
  OPENSSL_cleanse(hmac.data(), hmac.size());
}

TicketKeys::TicketKeys(const core::Clock& clock, core::Random& random)
    : clock_(clock), random_(random), since_(clock.moment()), current_(make()) {}

TicketKeys::Key TicketKeys::make() {
  Key key;
  random_.fill(key.name);
  random_.fill(key.aes);
  random_.fill(key.hmac);
  return key;
}

TicketKeys::Key TicketKeys::current() {
  const std::scoped_lock lock(mutex_);
  rotate_locked();
  return current_;
}

std::optional<TicketKeys::Key> TicketKeys::find(std::span<const std::uint8_t, name_size> name, bool& is_current) {
  const std::scoped_lock lock(mutex_);
  rotate_locked();
  is_current = std::ranges::equal(name, current_.name);
  if (is_current) return current_;
  if (previous_ && std::ranges::equal(name, previous_->name)) return previous_;
  return std::nullopt;
}

void TicketKeys::rotate_if_due() {
  const std::scoped_lock lock(mutex_);
  rotate_locked();
}

void TicketKeys::rotate_locked() {
  const auto now = clock_.moment();
  const auto age = now - since_;
  if (age < lifetime) return;
  if (age < 2 * lifetime) previous_ = current_;
  else previous_.reset();
  current_ = make();
  since_ = now;
}

}  // namespace sallyport::transport::tls
