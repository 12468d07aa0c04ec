#pragma once

#include <string>
#include <vector>

#include "audit/log_check.h"
#include "audit/upkeep.h"

namespace sallyport::audit {

/// A checkpoint that was taken out of a log, and the file it comes from.
struct ExportedCheckpoint {
  SignedText document;
  std::string source;
};

/// Checks the whole log: every chain, every checkpoint of it, and those taken out of it before.
class VerifyLog {
 public:
  /// All outlive this. Commitment keys as for `ChainCheck`.
  VerifyLog(AuditLog& log, Upkeep& upkeep, const CheckpointKeys& keys,
            std::vector<const crypto::HmacKey*> commitment_keys)
      : log_(log), upkeep_(upkeep), keys_(keys), commitment_keys_(std::move(commitment_keys)) {}

  /// Meanwhile nothing is removed; what is written meanwhile may or may not be checked. Fails as the log does.
  core::Task<core::Result<Verdict>> operator()(std::vector<ExportedCheckpoint> exported);

 private:
  AuditLog& log_;
  Upkeep& upkeep_;
  const CheckpointKeys& keys_;
  std::vector<const crypto::HmacKey*> commitment_keys_;
};

}  // namespace sallyport::audit
