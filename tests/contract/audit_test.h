#pragma once

#include "audit/checkpoint_keys_for_test.h"
#include "audit/verify_log.h"
#include "store_test.h"

namespace sallyport::contract {

/// A scene with a log that is kept for two days, once something says so.
class AuditTest : public StoreTest {
 protected:
  static constexpr hours retention{48};

  std::unique_ptr<audit::Upkeep> new_upkeep() {
    return std::make_unique<audit::Upkeep>(stores->audit_log(), keys, clock, retention);
  }
  void restart() {
    upkeep.reset();
    stores->restart();
    upkeep = new_upkeep();
  }
  audit::SignedText checkpoint(audit::MakeCheckpoint when = audit::MakeCheckpoint::always) {
    return run(upkeep->checkpoint(when)).value().checkpoint.document;
  }
  audit::Verdict verify(std::vector<audit::ExportedCheckpoint> exported = {}) {
    audit::VerifyLog verify_log(stores->audit_log(), *upkeep, keys, {&stores->commitment_key()});
    return run(verify_log(std::move(exported))).value();
  }
  /// The kinds of all findings, in order.
  std::vector<std::string_view> findings(std::vector<audit::ExportedCheckpoint> exported = {}) {
    std::vector<std::string_view> kinds;
    for (const auto& finding : verify(std::move(exported)).findings) kinds.push_back(to_text(finding.kind));
    return kinds;
  }
  using Kinds = std::vector<std::string_view>;
  std::size_t rows() { return stores->audit_tables().rows.size(); }
  /// Changes what is stored.
  template <class Change>
  void tamper(Change change) {
    auto tables = stores->audit_tables();
    change(tables);
    stores->replace_audit_tables(std::move(tables));
  }

  const audit::CheckpointKeys keys = audit::checkpoint_keys_for_test();
  std::unique_ptr<audit::Upkeep> upkeep = new_upkeep();
};

}  // namespace sallyport::contract
