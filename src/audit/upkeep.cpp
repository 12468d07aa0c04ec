#include "audit/upkeep.h"

#include "core/sleep.h"

namespace sallyport::audit {

using core::Result;
using core::Task;

namespace {

/// A write, which takes milliseconds.
constexpr std::chrono::milliseconds removal_poll{5};

std::unexpected<core::Error> forged(std::string_view what) {
  return std::unexpected(core::Error{.fault = core::Fault::internal,
                                     .code = "audit_record_forged",
                                     .log_detail = std::string(what) + " is not what was signed; nothing is removed"});
}

}  // namespace

Task<Result<MadeCheckpoint>> Upkeep::checkpoint(MakeCheckpoint when) {
  const auto now = clock_.now();
  auto made = co_await log_.make_checkpoint(maker_, now, when);
  if (!made) co_return made;
  counters_.checked_at_micros = now.time_since_epoch().count();
  const auto cut = std::ssize(made->cut);
  const bool is_news = counters_.streams_cut.exchange(cut) < cut || (made->was_previous_altered && !was_altered_);
  was_altered_ = made->was_previous_altered;
  if (made->is_new) ++counters_.checkpoints;
  if (made->is_new && report_.made) report_.made(*made);
  if (is_news && report_.lost) report_.lost(*made);
  co_return made;
}

/// The checkpoint of which no row need be left: a new one is old enough, or that of the record that is there.
Task<Result<std::optional<Checkpoint>>> Upkeep::decide_removal() {
  using Decided = Result<std::optional<Checkpoint>>;
  const auto now = clock_.now();
  auto before = co_await log_.removal();
  if (!before) co_return Decided(core::fail(std::move(before)));
  auto oldest_kept = co_await log_.checkpoint_until(now - *retention_);
  if (!oldest_kept) co_return Decided(core::fail(std::move(oldest_kept)));
  const auto in_force = *before ? (*before)->checkpoint : 0;
  if (*oldest_kept && (*oldest_kept)->number > in_force) {
    auto checkpoint = maker_.read(**oldest_kept);
    if (!checkpoint) co_return Decided(forged("checkpoint " + std::to_string((*oldest_kept)->number)));
    const Removal removal{.checkpoint = checkpoint->number, .digest = digest_of((*oldest_kept)->document), .at = now};
    auto recorded = co_await log_.record_removal(
        {.checkpoint = removal.checkpoint, .at = removal.at, .document = keys_.sign(to_text(removal))});
    if (!recorded) co_return Decided(core::fail(std::move(recorded)));
    if (report_.removing) report_.removing(removal);
    co_return checkpoint;
  }
  if (in_force == 0 || in_force == removed_through_) co_return std::nullopt;
  auto named = co_await log_.checkpoints_after(in_force - 1, 1);
  if (!named) co_return Decided(core::fail(std::move(named)));
  auto checkpoint = named->empty() ? std::nullopt : maker_.read(**before, named->front());
  if (!checkpoint) co_return Decided(forged("the record of what was removed"));
  co_return checkpoint;
}

Task<Result<void>> Upkeep::remove_old() {
  if (!retention_ || holds_ != 0) co_return Result<void>{};
  is_removing_ = true;
  auto removed = co_await remove_undisturbed();
  is_removing_ = false;
  co_return removed;
}

Task<Result<void>> Upkeep::remove_undisturbed() {
  auto through = co_await decide_removal();
  if (!through) co_return Result<void>(core::fail(std::move(through)));
  if (!*through) co_return Result<void>{};
  while (holds_ == 0) {
    auto removed = co_await log_.remove_rows((*through)->heads, rows_a_batch);
    if (!removed) co_return Result<void>(core::fail(std::move(removed)));
    counters_.rows_removed += static_cast<std::uint64_t>(*removed);
    if (*removed == rows_a_batch) continue;
    removed_through_ = (*through)->number;
    break;
  }
  co_return Result<void>{};
}

Task<Result<void>> Upkeep::run_forever() {
  for (;;) {
    auto made = co_await checkpoint(MakeCheckpoint::if_changed);
    if (!made && report_.failed) report_.failed(made.error());
    auto removed = co_await remove_old();
    if (!removed && report_.failed) report_.failed(removed.error());
    auto slept = co_await core::SleepUntil(clock_.moment() + interval);
    if (!slept) co_return slept;
  }
}

Task<Result<Upkeep::Hold>> Upkeep::hold() {
  Hold hold(*this);
  while (is_removing_) {
    auto slept = co_await core::SleepUntil(clock_.moment() + removal_poll);
    if (!slept) co_return Result<Hold>(core::fail(std::move(slept)));
  }
  co_return Result<Hold>(std::move(hold));
}

}  // namespace sallyport::audit
