#include "mail/sender.h"

#include <algorithm>

#include "core/shield.h"
#include "mail/harmless.h"
#include "mail/message.h"

namespace sallyport::mail {
namespace {

using core::Fault;
using core::Result;
using core::Task;

constexpr std::chrono::seconds settle_time{10};
constexpr std::chrono::seconds store_pause{5};     ///< after the store could not be asked
constexpr std::chrono::seconds longest_sleep{30};  ///< mails can come without a ring: from another server's process

std::string reason_of(const core::Error& error) {
  return error.log_detail.empty() ? std::string(error.code) : error.log_detail;
}

}  // namespace

Result<OutgoingMail> write_mail(const Templates& templates, const Mailbox& from, MailId id, MailKind kind,
                                const std::optional<std::string>& locale, const Letter& letter, core::Timestamp at) {
  const bool is_named = letter.name && is_harmless(*letter.name);
  auto to = Mailbox::parse(letter.to, is_named ? std::optional<std::string_view>(*letter.name) : std::nullopt);
  if (!to) return core::fail(std::move(to));
  auto rendering = templates.render(kind, locale, letter);
  if (!rendering) return core::fail(std::move(rendering));
  auto message = write_message({.from = from, .to = *to, .id = id, .at = at}, *rendering);
  return OutgoingMail{.from = from, .to = std::move(*to), .message = std::move(message)};
}

Result<OutgoingMail> Sender::prepare(const StoredMail& mail) const {
  const auto kind = parse_mail_kind(mail.kind);
  if (!kind)
    return std::unexpected(core::Error{
        .fault = Fault::internal, .code = "mail_kind_unknown", .log_detail = "a kind of mail of a later release"});
  auto letter = desk_.open(mail);
  if (!letter) return core::fail(std::move(letter));
  const bool can_expire = letter->link || letter->code;
  if (can_expire && letter->valid_for && mail.created_at + *letter->valid_for <= clock_.now())
    return core::refuse(Fault::invalid, "mail_expired", "its link has expired");
  return write_mail(templates_, from_, mail.id, *kind, mail.locale, *letter, mail.created_at);
}

std::chrono::microseconds Sender::pause_after(std::int64_t attempts) {
  auto pause = rules_.first_pause;
  for (; attempts > 1 && pause < rules_.longest_pause; --attempts) pause *= 2;
  pause = std::min(pause, rules_.longest_pause);
  const auto jitter = random_.bytes<2>();
  const auto part = jitter[0] * 256 + jitter[1];  // of 65,536
  return std::chrono::microseconds(pause) * 3 / 4 + std::chrono::microseconds(pause) / 2 * part / 65'536;
}

Settlement Sender::later(std::int64_t attempts, std::string reason) {
  if (attempts >= rules_.most_attempts) return GivenUp{std::move(reason)};
  return Postponed{.due_at = clock_.now() + pause_after(attempts), .error = std::move(reason)};
}

Task<Settlement> Sender::attempt(StoredMail mail) {
  auto outgoing = prepare(mail);
  // What this release or this machine cannot read, another may; what is wrong with the mail itself stays wrong.
  if (!outgoing && outgoing.error().fault == Fault::invalid) co_return GivenUp{reason_of(outgoing.error())};
  if (!outgoing) co_return later(mail.attempts, reason_of(outgoing.error()));
  auto answer = co_await mailer_.send(std::move(*outgoing));
  if (!answer && answer.error().code == "overloaded") co_return later(mail.attempts, "too many mails at a time");
  // This server ends, which says nothing about the mail: the next start goes on with it at once.
  if (!answer) co_return Postponed{.due_at = clock_.now(), .error = "broken off, since the server ended"};
  switch (answer->verdict) {
    case MailAnswer::Verdict::taken:
      co_return Delivered{};
    case MailAnswer::Verdict::refused:
      co_return GivenUp{std::move(answer->reason)};
    case MailAnswer::Verdict::later:
      co_return later(mail.attempts, std::move(answer->reason));
  }
  std::unreachable();
}

void Sender::count(const StoredMail& mail, const Settlement& settlement, bool is_settled) {
  AttemptReport report{
      .id = mail.id, .kind = mail.kind, .outcome = "delivered", .attempts = mail.attempts, .reason = {}};
  if (const auto* const postponed = std::get_if<Postponed>(&settlement)) {
    ++counters_.postponed;
    report.outcome = "postponed";
    report.reason = postponed->error;
  } else if (const auto* const given_up = std::get_if<GivenUp>(&settlement)) {
    ++counters_.given_up;
    report.outcome = "given_up";
    report.reason = given_up->error;
  } else {
    ++counters_.delivered;
  }
  if (!is_settled) report.outcome = "unsettled";  // it will be sent again
  if (report_) report_(report);
}

Task<Result<bool>> Sender::send_next() {
  const auto now = clock_.now();
  auto leased = co_await outbox_.lease(now, now + rules_.lease, 1);
  if (!leased) co_return Result<bool>(core::fail(std::move(leased)));
  if (leased->empty()) co_return false;
  auto& [mail, fence] = leased->front();
  auto settlement = co_await attempt(mail);
  // Shielded: what was sent must not be forgotten because the server ends meanwhile.
  auto settled =
      co_await core::Shielded(outbox_.settle(mail.id, fence, settlement, clock_.now()), clock_.moment() + settle_time);
  count(mail, settlement, settled.has_value());
  co_return true;
}

Task<Result<core::Moment>> Sender::next_look() {
  const auto latest = clock_.moment() + longest_sleep;
  auto due = co_await outbox_.next_due();
  if (!due) co_return Result<core::Moment>(core::fail(std::move(due)));
  if (!*due) co_return latest;
  co_return std::min(latest, clock_.moment() + std::max(**due - clock_.now(), std::chrono::microseconds{0}));
}

Task<Result<void>> Sender::send_forever() {
  for (;;) {
    const auto heard = bell_.rings();
    auto sent = co_await send_next();
    if (sent && *sent) continue;
    auto look = co_await next_look();
    const auto until = sent && look ? *look : clock_.moment() + store_pause;
    auto slept = co_await bell_.wait(heard, until);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::mail
