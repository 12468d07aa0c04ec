#pragma once

#include "mail/mail_desk.h"
#include "mail/templates.h"
#include "transport/router.h"

namespace sallyport::mail::api {

/// What the pages look at; all outlive the router.
struct DevPages {
  Outbox& outbox;
  const MailDesk& desk;
  const Templates& templates;
  const core::Clock& clock;
};

/// `GET /dev/mail` and `/dev/mail/{id}`: the mails as a browser shows them, for whoever develops on this machine. They
/// hold links and codes, so these routes are for a server that serves nobody else (design.md 11).
void add_dev_mail_routes(transport::Router& router, const DevPages& pages);

}  // namespace sallyport::mail::api
