#include "accounts/erase_deleted.h"

#include "core/sleep.h"

namespace sallyport::accounts {
namespace {

using core::Result;
using core::Task;

constexpr std::chrono::seconds interval{60};
constexpr std::chrono::milliseconds pause{50};  ///< between two batches
constexpr int batch = 200;                      ///< rows

}  // namespace

Task<Result<void>> EraseDeleted::run_forever() {
  for (;;) {
    auto erased = co_await erase_all();  // a failure leaves it for the next round
    if (!erased) ++counters_.failures;
    auto slept = co_await core::SleepUntil(clock_.moment() + interval);
    if (!slept) co_return slept;
  }
}

Task<Result<void>> EraseDeleted::erase_all() {
  for (;;) {
    const auto before = clock_.now() - restore_window_;
    auto is_due = co_await accounts_.has_erasable(before);  // a read, so that an idle server writes nothing
    if (!is_due) co_return Result<void>(core::fail(std::move(is_due)));
    if (!*is_due) co_return Result<void>();
    auto erased = co_await accounts_.erase_deleted(before, batch);
    if (!erased) co_return Result<void>(core::fail(std::move(erased)));
    counters_.rows += static_cast<std::uint64_t>(*erased);
    auto slept = co_await core::SleepUntil(clock_.moment() + pause);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::accounts
