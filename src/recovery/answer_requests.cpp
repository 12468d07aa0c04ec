#include "recovery/answer_requests.h"

namespace sallyport::recovery {
namespace {

using core::Result;
using core::Task;

constexpr int batch_size = 64;  ///< one write, for which others of the writer wait
/// Requests come without a ring from another server's process, and stay due while the store cannot be asked.
constexpr std::chrono::seconds longest_sleep{5};

}  // namespace

RequestAnswer AnswerRequests::answer(const DueRequest& request, core::Timestamp now) const {
  if (!request.account) return {.request = request.id, .mail = std::nullopt};
  const auto& account = *request.account;
  const auto link = flows::LinkToken::fresh(request.id, random_);
  const auto code = flows::OneTimeCode::fresh(random_);
  // Whoever registered the address without proving it chose the name; its owner is not greeted by it.
  const auto name = account.is_email_verified ? account.display_name : std::nullopt;
  auto mail = desk_.compose(mail::MailKind::recovery, account.account, account.locale,
                            {.to = std::string(account.email.str()),
                             .name = name,
                             .link = links_.link(page_path, link),
                             .code = code.text(),
                             .valid_for = valid_for_,
                             .at = request.created_at},
                            now);
  return {.request = request.id,
          .mail = RequestMail{.account = account.account,
                              .credential_version = account.credential_version,
                              .link_digest = link.digest(),
                              .code_mac = code.mac(keyring_, request.id),
                              .expires_at = now + valid_for_,
                              .mail = std::move(mail)}};
}

Task<Result<std::size_t>> AnswerRequests::answer_due() {
  const auto now = clock_.now();
  auto due = co_await store_.due_requests(now, batch_size);
  if (!due) co_return Result<std::size_t>(core::fail(std::move(due)));
  if (due->empty()) co_return std::size_t{0};
  std::vector<RequestAnswer> answers;
  for (const auto& request : *due) answers.push_back(answer(request, now));
  auto answered = co_await store_.answer_requests(std::move(answers), now);
  if (!answered) co_return Result<std::size_t>(core::fail(std::move(answered)));
  counters_.mailed += static_cast<std::uint64_t>(answered->mailed);
  counters_.dismissed += static_cast<std::uint64_t>(answered->dismissed);
  co_return static_cast<std::size_t>(answered->mailed + answered->dismissed);
}

Task<Result<void>> AnswerRequests::answer_forever() {
  for (;;) {
    const auto heard = bell_.rings();
    auto answered = co_await answer_due();
    if (answered && *answered > 0) continue;
    auto slept = co_await bell_.wait(heard, clock_.moment() + longest_sleep);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::recovery
