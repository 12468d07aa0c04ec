#include "avatars/leftover_care.h"

#include "core/sleep.h"

namespace sallyport::avatars {
namespace {

using core::Result;
using core::Task;

constexpr std::chrono::seconds interval{5};
constexpr std::chrono::minutes next_try{10};
constexpr int batch = 64;

}  // namespace

Task<Result<void>> LeftoverCare::run_forever() {
  for (;;) {
    auto slept = co_await core::SleepUntil(clock_.moment() + interval);
    if (!slept) co_return slept;
    co_await sweep();  // a failure leaves it for the next round
  }
}

Task<Result<void>> LeftoverCare::sweep() {
  for (;;) {
    auto more = co_await remove_some();
    if (!more) co_return Result<void>(core::fail(std::move(more)));
    if (!*more) co_return Result<void>();
  }
}

Task<Result<bool>> LeftoverCare::remove_some() {
  auto due = co_await avatars_.has_leftovers(clock_.now());  // a read, so that an idle server writes nothing
  if (!due || !*due) co_return due;
  auto claimed = co_await avatars_.claim_leftovers(clock_.now(), clock_.now() + next_try, batch);
  if (!claimed) co_return Result<bool>(core::fail(std::move(claimed)));
  std::vector<PictureObject> removed;
  for (const auto& object : *claimed) {
    auto gone = co_await pictures_.remove(object);
    ++(gone ? counters_.removed : counters_.failed);
    if (gone) removed.push_back(object);
  }
  const bool is_full = std::ssize(*claimed) == batch;
  if (removed.empty()) co_return false;
  auto forgotten = co_await avatars_.forget_leftovers(std::move(removed));
  if (!forgotten) co_return Result<bool>(core::fail(std::move(forgotten)));
  co_return is_full;
}

}  // namespace sallyport::avatars
