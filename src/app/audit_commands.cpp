#include "app/audit_commands.h"

#include <boost/describe/class.hpp>
#include <filesystem>
#include <fstream>

#include "audit/verify_log.h"
#include "core/base64url.h"
#include "core/hex.h"
#include "core/timestamp_text.h"
#include "transport/rest/json_decoder.h"
#include "transport/rest/json_encoder.h"

namespace sallyport::app {

using core::Result;
using core::Task;

/// What `audit checkpoint` prints. Those three that are needed to check it are named as in the log.
struct CheckpointExport {
  std::int64_t number = 0;
  std::string at;
  std::int64_t streams = 0;
  std::string checkpoint, key, public_key, signature;
};
BOOST_DESCRIBE_STRUCT(CheckpointExport, (), (number, at, streams, checkpoint, key, public_key, signature))

struct CheckpointLine {
  std::string checkpoint, key, signature;
};
BOOST_DESCRIBE_STRUCT(CheckpointLine, (), (checkpoint, key, signature))

struct AuditFinding {
  std::string kind;
  std::optional<std::string> stream;
  std::optional<std::int64_t> sequence, known, checkpoint;
  std::optional<std::string> checkpoint_at, source;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(AuditFinding, (), (kind, stream, sequence, known, checkpoint, checkpoint_at, source, message))

struct AuditVerdict {
  bool is_intact = false;
  std::int64_t rows = 0, streams = 0, checkpoints = 0, exported = 0;
  std::optional<std::string> newest_checkpoint_at, removed_at;
  std::vector<AuditFinding> breaks;
};
BOOST_DESCRIBE_STRUCT(AuditVerdict, (),
                      (is_intact, rows, streams, checkpoints, exported, newest_checkpoint_at, removed_at, breaks))

namespace {

std::unexpected<core::Error> unusable(std::string sentence) {
  return std::unexpected(core::Error{
      .fault = core::Fault::invalid, .code = "checkpoint_file_unusable", .log_detail = std::move(sentence)});
}

/// One from a line of JSON; nothing for the log's other lines.
std::optional<audit::SignedText> parse_line(std::string_view line) {
  if (line.find("\"checkpoint\"") == std::string_view::npos) return std::nullopt;
  auto read = transport::rest::decode_json<CheckpointLine>(line);
  if (!read) return std::nullopt;
  auto signature = core::base64url_decode(read->signature).value_or(core::Bytes{});  // then it is a forged one
  return audit::SignedText{std::move(read->checkpoint), std::move(read->key), std::move(signature)};
}

Result<std::vector<audit::ExportedCheckpoint>> read_exported(const std::vector<std::string>& files) {
  std::vector<audit::ExportedCheckpoint> exported;
  for (const auto& file : files) {
    if (!file.starts_with('/')) return unusable("the name of " + file + " is not absolute");
    std::error_code ignored;
    const bool is_file = std::filesystem::is_regular_file(file, ignored);
    std::ifstream input(file);
    if (!is_file || !input) return unusable("cannot read " + file + " as the user of the server");
    const auto before = exported.size();
    for (std::string line; std::getline(input, line);) {
      if (auto document = parse_line(line)) exported.push_back({std::move(*document), file});
    }
    if (exported.size() == before) return unusable("there is no checkpoint in " + file);
  }
  return exported;
}

template <class Document>
Result<std::string> answer(const Document& document) {
  std::string text;
  transport::rest::encode_json(text, document);
  return text;
}

AuditFinding to_answer(const audit::Finding& finding) {
  AuditFinding told{.kind = std::string(audit::to_text(finding.kind)),
                    .stream = std::nullopt,
                    .sequence = std::nullopt,
                    .known = std::nullopt,
                    .checkpoint = std::nullopt,
                    .checkpoint_at = std::nullopt,
                    .source = std::nullopt,
                    .message = audit::sentence_of(finding)};
  if (!finding.stream.empty()) {
    told.stream = core::to_hex(finding.stream);
    told.sequence = finding.sequence;
  }
  if (finding.known != 0) told.known = finding.known;
  if (finding.checkpoint != 0) told.checkpoint = finding.checkpoint;
  if (finding.checkpoint_at) told.checkpoint_at = core::to_rfc3339(*finding.checkpoint_at);
  if (!finding.source.empty()) told.source = finding.source;
  return told;
}

/// Of every version of the master key.
std::vector<const crypto::HmacKey*> commitment_keys(const crypto::Keyring& keyring) {
  std::vector<const crypto::HmacKey*> keys;
  for (std::uint32_t version = 1; version <= keyring.current_version(); ++version) {
    const auto* const key = keyring.mac_key(crypto::Purpose::audit_commitment, version);
    if (key != nullptr) keys.push_back(key);
  }
  return keys;
}

}  // namespace

Task<Result<std::string>> verify_audit(Services& services, std::vector<std::string> files) {
  using Answer = Result<std::string>;
  using Exported = std::vector<audit::ExportedCheckpoint>;
  auto exported = co_await services.operators_reader.submit<Exported>(
      [files = std::move(files)](sqlite::Queries&) { return read_exported(files); });
  if (!exported) co_return Answer(core::fail(std::move(exported)));
  const auto count = std::ssize(*exported);
  audit::VerifyLog verify(services.audit_log, services.audit_upkeep, services.audit_keys,
                          commitment_keys(services.keyring));
  auto verdict = co_await verify(std::move(*exported));
  if (!verdict) co_return Answer(core::fail(std::move(verdict)));
  const auto text = [](const auto& at) { return at ? std::optional(core::to_rfc3339(*at)) : std::nullopt; };
  AuditVerdict told{.is_intact = verdict->is_intact(),
                    .rows = verdict->rows,
                    .streams = verdict->streams,
                    .checkpoints = verdict->checkpoints,
                    .exported = count,
                    .newest_checkpoint_at = text(verdict->newest_checkpoint_at),
                    .removed_at = text(verdict->removed_at),
                    .breaks = {}};
  for (const auto& finding : verdict->findings) told.breaks.push_back(to_answer(finding));
  co_return answer(told);
}

Task<Result<std::string>> export_checkpoint(Services& services) {
  auto made = co_await services.audit_upkeep.checkpoint(audit::MakeCheckpoint::always);
  if (!made) co_return Result<std::string>(core::fail(std::move(made)));
  const auto& [number, at, document] = made->checkpoint;
  const auto said = audit::parse_checkpoint(document.text);
  co_return answer(
      CheckpointExport{.number = number,
                       .at = core::to_rfc3339(at),
                       .streams = said ? std::ssize(said->heads) : 0,
                       .checkpoint = document.text,
                       .key = document.key_id,
                       .public_key = core::base64url_encode(services.audit_keys.public_key(document.key_id)),
                       .signature = core::base64url_encode(document.signature)});
}

audit::Upkeep::Report audit_report(const audit::CheckpointKeys& keys, const core::Clock& clock, telemetry::Log& log) {
  using telemetry::Level;
  using telemetry::LogLine;
  return {
      .made =
          [&](const audit::MadeCheckpoint& made) {
            const auto& document = made.checkpoint.document;
            LogLine line(clock.now(), Level::info, "audit checkpoint");
            line.number("number", made.checkpoint.number)
                .text("checkpoint", document.text)
                .text("key", document.key_id)
                .text("public_key", core::base64url_encode(keys.public_key(document.key_id)))
                .text("signature", core::base64url_encode(document.signature));
            log.write(std::move(line));
          },
      .lost =
          [&](const audit::MadeCheckpoint& made) {
            LogLine line(clock.now(), Level::error, "the audit log is not as it was; run 'sallyport audit verify'");
            line.number("checkpoint_altered", made.was_previous_altered ? 1 : 0)
                .number("streams_cut", std::ssize(made.cut));
            log.write(std::move(line));
          },
      .removing =
          [&](const audit::Removal& removal) {
            LogLine line(clock.now(), Level::info, "audit rows past their retention are removed");
            line.number("checkpoint_number", removal.checkpoint);
            log.write(std::move(line));
          },
      .failed =
          [&](const core::Error& error) {
            if (error.fault == core::Fault::cancelled) return;
            LogLine line(clock.now(), Level::error, "audit upkeep failed; tried again in a minute");
            line.text("code", error.code).text("detail", error.log_detail);
            log.write(std::move(line));
          },
  };
}

}  // namespace sallyport::app
