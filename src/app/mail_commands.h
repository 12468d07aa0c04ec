#pragma once

#include <string>

#include "app/services.h"

namespace sallyport::app {

/// The answers of `sallyport mail …`, each a JSON object. `state` is "waiting", "delivered", "failed" or empty for all;
/// `before` an id of a mail or empty. Fail with a sentence for the operator, and as the outbox does.

core::Task<core::Result<std::string>> list_mails(Services& services, std::string state, std::string before, int most);
/// With the whole text, link and code: an audit event tells of it.
core::Task<core::Result<std::string>> show_mail(Services& services, std::string id);
core::Task<core::Result<std::string>> retry_mail(Services& services, std::string id);
core::Task<core::Result<std::string>> retry_failed_mails(Services& services);
/// Sends a mail of its own kind now, beside the outbox, and tells what the mail server said.
core::Task<core::Result<std::string>> test_mail(Services& services, std::string address);

/// The letter and its template in words; `invalid` / "mail_kind_unknown" with a sentence.
core::Result<mail::Rendering> preview_mail(const Config& config, std::string_view kind,
                                           const std::optional<std::string>& locale);

/// What all mails have in common, as it is configured.
mail::House house_of(const Config& config);

}  // namespace sallyport::app
