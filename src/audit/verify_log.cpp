#include "audit/verify_log.h"

namespace sallyport::audit {
namespace {

constexpr int rows_a_page = 256;  ///< so that a page's hashes delay no request
constexpr int checkpoints_a_page = 16;

}  // namespace

core::Task<core::Result<Verdict>> VerifyLog::operator()(std::vector<ExportedCheckpoint> exported) {
  using Checked = core::Result<Verdict>;
  auto hold = co_await upkeep_.hold();
  if (!hold) co_return Checked(core::fail(std::move(hold)));
  LogCheck check(keys_, commitment_keys_);
  auto removal = co_await log_.removal();
  if (!removal) co_return Checked(core::fail(std::move(removal)));
  check.see(*removal);
  // Checkpoints before rows: what a checkpoint knows was written before it.
  for (std::int64_t number = 0;;) {
    auto page = co_await log_.checkpoints_after(number, checkpoints_a_page);
    if (!page) co_return Checked(core::fail(std::move(page)));
    if (page->empty()) break;
    for (const auto& checkpoint : *page) check.see(checkpoint);
    number = page->back().number;
  }
  for (const auto& [document, source] : exported) check.see(document, source);
  std::optional<RowPlace> after;
  for (;;) {
    auto page = co_await log_.rows_after(after, rows_a_page);
    if (!page) co_return Checked(core::fail(std::move(page)));
    if (page->empty()) break;
    for (const auto& row : *page) check.see(row);
    after = std::move(page->back().place);
  }
  auto bereft = co_await log_.bereft_persons();
  if (!bereft) co_return Checked(core::fail(std::move(bereft)));
  for (const auto& place : *bereft) check.miss(place);
  co_return check.finish();
}

}  // namespace sallyport::audit
