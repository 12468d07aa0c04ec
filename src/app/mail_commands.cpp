#include "app/mail_commands.h"

#include <fmt/format.h>

#include <boost/describe/class.hpp>

#include "app/command_answer.h"
#include "core/timestamp_text.h"
#include "mail/message.h"

namespace sallyport::app {

using core::Fault;
using core::Result;
using core::Task;

struct MailFacts {
  std::string id, kind, state, created_at;
  std::optional<std::string> account, locale, due_at, settled_at;
  std::int64_t attempts = 0;
  std::optional<std::string> last_error;
};
BOOST_DESCRIBE_STRUCT(MailFacts, (),
                      (id, kind, state, created_at, account, locale, due_at, settled_at, attempts, last_error))

struct MailPage {
  std::vector<MailFacts> mails;
  std::optional<std::string> next;  ///< what --before goes on with
};
BOOST_DESCRIBE_STRUCT(MailPage, (), (mails, next))

struct ShownMail {
  MailFacts mail;
  std::optional<std::string> to, subject, text, html;  ///< not of a delivered one: they are gone
};
BOOST_DESCRIBE_STRUCT(ShownMail, (), (mail, to, subject, text, html))

struct Retried {
  std::int64_t retried = 0;
};
BOOST_DESCRIBE_STRUCT(Retried, (), (retried))

struct TestOutcome {
  bool is_taken = false;
  std::string outcome;  ///< "taken", "later", "refused"
  std::string server, reason;
};
BOOST_DESCRIBE_STRUCT(TestOutcome, (), (is_taken, outcome, server, reason))

namespace {

std::unexpected<core::Error> not_an_id(std::string_view text) {
  return core::refuse(Fault::invalid, "mail_malformed",
                      fmt::format("'{}' is no id of a mail; 'sallyport mail list' shows them", text));
}

std::string_view to_text(mail::MailState state) {
  switch (state) {
    case mail::MailState::waiting:
      return "waiting";
    case mail::MailState::delivered:
      return "delivered";
    case mail::MailState::failed:
      return "failed";
  }
  std::unreachable();
}

MailFacts facts_of(const mail::StoredMail& mail) {
  const auto time = [](const auto& at) { return at ? std::optional(core::to_rfc3339(*at)) : std::nullopt; };
  return {.id = mail.id.str(),
          .kind = mail.kind,
          .state = std::string(to_text(mail.state)),
          .created_at = core::to_rfc3339(mail.created_at),
          .account = mail.account ? std::optional(mail.account->str()) : std::nullopt,
          .locale = mail.locale,
          .due_at = time(mail.due_at),
          .settled_at = time(mail.settled_at),
          .attempts = mail.attempts,
          .last_error = mail.last_error.empty() ? std::nullopt : std::optional(mail.last_error)};
}

mail::Rendering test_rendering(const std::string& product) {
  return {
      .subject = "Test mail of " + product,
      .text = core::Secret("Mails of " + product + " reach this address.\n\nYou get this mail because whoever runs " +
                           product + " tried whether it can send mails.\n"),
      .html = core::Secret("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><p>Mails reach this address.</p>"
                           "<p>You get this mail because whoever runs the server tried whether it can send "
                           "mails.</p></html>\n")};
}

}  // namespace

mail::House house_of(const Config& config) {
  return {.product = config.product_name,
          .public_url = config.public_url,
          .language = config.mail_language,
          .templates = config.mail_templates};
}

Task<Answer> list_mails(Services& services, std::string state, std::string before, int most) {
  mail::MailFilter filter{.state = std::nullopt, .before = std::nullopt, .most = most};
  for (const auto one : {mail::MailState::waiting, mail::MailState::delivered, mail::MailState::failed})
    if (to_text(one) == state) filter.state = one;
  if (!state.empty() && !filter.state)
    co_return Answer(core::refuse(Fault::invalid, "state_unknown", "--state is waiting, delivered or failed"));
  if (!before.empty()) {
    filter.before = mail::MailId::parse(before);
    if (!filter.before) co_return Answer(not_an_id(before));
  }
  auto found = co_await services.outbox.list(filter);
  if (!found) co_return Answer(core::fail(std::move(found)));
  MailPage page;
  for (const auto& mail : *found) page.mails.push_back(facts_of(mail));
  if (std::ssize(*found) == most) page.next = page.mails.back().id;
  co_return answer(page);
}

Task<Answer> show_mail(Services& services, std::string id) {
  const auto parsed = mail::MailId::parse(id);
  if (!parsed) co_return Answer(not_an_id(id));
  auto mail = co_await services.outbox.read(*parsed, services.clock.now(), operator_origin());
  if (!mail) co_return Answer(core::fail(std::move(mail)));
  ShownMail shown{.mail = facts_of(*mail)};
  if (mail->state == mail::MailState::delivered) co_return answer(shown);
  const auto kind = mail::parse_mail_kind(mail->kind);
  if (!kind)
    co_return Answer(core::refuse(Fault::invalid, "mail_kind_unknown", "this mail was written by a later release"));
  auto letter = services.mail_desk.open(*mail);
  if (!letter) co_return Answer(core::fail(std::move(letter)));
  auto rendering = services.templates.render(*kind, mail->locale, *letter);
  if (!rendering) co_return Answer(core::fail(std::move(rendering)));
  shown.to = letter->to;
  shown.subject = rendering->subject;
  shown.text = rendering->text.reveal();
  shown.html = rendering->html.reveal();
  co_return answer(shown);
}

Task<Answer> retry_mail(Services& services, std::string id) {
  const auto parsed = mail::MailId::parse(id);
  if (!parsed) co_return Answer(not_an_id(id));
  auto retried = co_await services.outbox.retry(*parsed, services.clock.now());
  if (!retried) co_return Answer(core::fail(std::move(retried)));
  services.bell.ring();
  co_return answer(Retried{1});
}

Task<Answer> retry_failed_mails(Services& services) {
  auto retried = co_await services.outbox.retry_failed(services.clock.now());
  if (!retried) co_return Answer(core::fail(std::move(retried)));
  services.bell.ring();
  co_return answer(Retried{*retried});
}

Task<Answer> test_mail(Services& services, std::string address) {
  const auto& config = services.config;
  if (!services.sender)
    co_return Answer(core::refuse(Fault::invalid, "smtp_not_configured", "smtp.url is not set: mails are not sent"));
  auto to = mail::Mailbox::parse(address);
  if (!to)
    co_return Answer(
        core::refuse(Fault::invalid, "mailbox_unusable", fmt::format("'{}' is not an e-mail address", address)));
  const auto now = services.clock.now();
  auto message = mail::write_message(
      {.from = *config.mail_from, .to = *to, .id = mail::MailId::fresh(now, services.random), .at = now},
      test_rendering(config.product_name));
  auto said = co_await services.mailer.send({*config.mail_from, std::move(*to), std::move(message)});
  if (!said) co_return Answer(core::fail(std::move(said)));
  using Verdict = mail::MailAnswer::Verdict;
  const bool is_taken = said->verdict == Verdict::taken;
  co_return answer(TestOutcome{.is_taken = is_taken,
                               .outcome = is_taken                          ? "taken"
                                          : said->verdict == Verdict::later ? "later"
                                                                            : "refused",
                               .server = fmt::format("{}:{}", config.smtp.host, port_of(config.smtp)),
                               .reason = std::move(said->reason)});
}

Result<mail::Rendering> preview_mail(const Config& config, std::string_view kind,
                                     const std::optional<std::string>& locale) {
  const auto parsed = mail::parse_mail_kind(kind);
  if (!parsed) {
    std::string sentence = fmt::format("there is no kind of mail '{}'; there are", kind);
    for (const auto one : mail::mail_kinds) (sentence += ' ') += mail::to_text(one);
    return core::refuse(Fault::invalid, "mail_kind_unknown", sentence);
  }
  const auto house = house_of(config);
  auto templates = mail::Templates::load(house);
  if (!templates) return core::fail(std::move(templates));
  return templates->render(*parsed, locale, mail::example_letter(*parsed, house));
}

}  // namespace sallyport::app
