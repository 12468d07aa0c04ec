#include "accounts/answer_mail_requests.h"

#include "core/sleep.h"

namespace sallyport::accounts {
namespace {

using core::Result;
using core::Task;

constexpr int batch_size = 64;  ///< one write, for which others of the writer wait
/// Requests come without a ring from another server's process, and stay due while the store cannot be asked.
constexpr std::chrono::seconds longest_sleep{5};

/// Whoever asked has long been answered when their mail is made: what an account costs and nobody does not, takes
/// nothing from the time of that answer (measured: ten microseconds without the pause, which a thousand requests
/// showed).
constexpr std::chrono::milliseconds answer_pause{100};

}  // namespace

Task<Result<std::size_t>> AnswerMailRequests::answer_due(std::chrono::milliseconds since) {
  const auto now = clock_.now();
  auto due = co_await store_.due(mails_.kind(), now - since, batch_size);
  if (!due) co_return Result<std::size_t>(core::fail(std::move(due)));
  if (due->empty()) co_return std::size_t{0};
  std::vector<RequestAnswer> answers;
  for (const auto& request : *due) {
    answers.push_back({.request = request.id,
                       .mail = request.account ? mails_.mail_of(request, *request.account, now) : std::nullopt});
  }
  auto answered = co_await store_.answer(mails_.kind(), std::move(answers), now);
  if (!answered) co_return Result<std::size_t>(core::fail(std::move(answered)));
  counters_.mailed += static_cast<std::uint64_t>(answered->mailed);
  counters_.dismissed += static_cast<std::uint64_t>(answered->dismissed);
  co_return static_cast<std::size_t>(answered->mailed + answered->dismissed);
}

Task<Result<void>> AnswerMailRequests::answer_forever() {
  auto heard = bell_.rings();
  for (;;) {
    auto answered = co_await answer_due(answer_pause);
    if (answered && *answered > 0) continue;
    auto slept = co_await bell_.wait(heard, clock_.moment() + longest_sleep);
    heard = bell_.rings();  // who rings during the pause is heard after it
    if (slept) slept = co_await core::SleepUntil(clock_.moment() + answer_pause);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::accounts
