#include "adapters/sqlite/writer.h"

#include <sqlite3.h>

#include <utility>

namespace sallyport::sqlite {
namespace {

constexpr std::chrono::milliseconds pause_before_idle_checkpoint{1'000};

core::Error unavailable(std::string_view code, std::string detail = {}) {
  return {.fault = core::Fault::unavailable,
          .code = code,
          .retry_after = std::chrono::seconds{1},
          .log_detail = std::move(detail)};
}

/// The transaction cannot go on, but the database is as it was.
bool is_shortage(const DatabaseError& error) {
  return error.primary_code() == SQLITE_FULL || error.primary_code() == SQLITE_NOMEM ||
         error.primary_code() == SQLITE_BUSY;
}

/// This item's own fault: its neighbours go on.
bool is_own_fault(const DatabaseError& error) {
  const int code = error.primary_code();
  return code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH || code == SQLITE_MISUSE ||
         code == SQLITE_NOTFOUND || code == SQLITE_RANGE;
}

}  // namespace

core::Error to_error(const DatabaseError& error) {
  const auto detail = std::to_string(error.code()) + ": " + error.what();
  if (is_own_fault(error)) return {.fault = core::Fault::internal, .code = "internal_error", .log_detail = detail};
  return unavailable("store_unavailable", detail);
}

void WriteTransaction::append_audit(const audit::Entry& entry) {
  const auto row = chain_.append(entry);
  const auto uuid = [](const auto& id) { return id ? std::optional(id->uuid()) : std::nullopt; };
  queries_.insert_audit_event({.stream = core::ByteView(chain_.stream()),
                               .sequence = row.sequence,
                               .at = entry.at,
                               .event = audit::to_text(entry.event),
                               .account_id = uuid(entry.account),
                               .session_id = uuid(entry.session),
                               .person_commitment = row.person_commitment,
                               .previous_hash = row.previous,
                               .hash = row.hash});
  queries_.insert_audit_person({.stream = core::ByteView(chain_.stream()),
                                .sequence = row.sequence,
                                .salt = core::ByteView(row.salt),
                                .person = row.person});
}

void WriteTransaction::insert_mail(const mail::NewMail& mail) {
  queries_.insert_mail({.id = mail.id.uuid(),
                        .kind = mail::to_text(mail.kind),
                        .account_id = mail.account ? std::optional(mail.account->uuid()) : std::nullopt,
                        .locale = mail.locale,
                        .payload = core::ByteView(mail.payload),
                        .now = mail.created_at});
  has_mail_ = true;
}

Writer::Writer(Connection connection, audit::Chain chain, const core::Clock& clock, Options options,
               std::function<void(const std::string&)> on_failure)
    : connection_(std::move(connection)),
      chain_(std::move(chain)),
      clock_(clock),
      options_(std::move(options)),
      on_failure_(std::move(on_failure)),
      queue_(options_.queue_capacity),
      begin_(connection_.handle(), "BEGIN IMMEDIATE"),
      roll_back_(connection_.handle(), "ROLLBACK"),
      savepoint_(connection_.handle(), "SAVEPOINT item"),
      roll_back_item_(connection_.handle(), "ROLLBACK TO item"),
      release_(connection_.handle(), "RELEASE item"),
      commit_(connection_.handle(), "COMMIT") {
  // Counts the pages of the WAL and, being there, keeps SQLite from checkpointing inside a commit.
  sqlite3_wal_hook(
      connection_.handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Writer*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() { stop(); }

void Writer::stop() {
  queue_.close(unavailable("shutting_down"));
  if (thread_.joinable()) thread_.join();
}

void Writer::run() {
  while (!queue_.is_done()) {
    const bool may_checkpoint = wal_pages_ > options_.checkpoint_pages / 4;
    auto batch =
        queue_.take(options_.batch_size, may_checkpoint ? std::optional(pause_before_idle_checkpoint) : std::nullopt);
    const bool is_idle = batch.empty();
    if (!is_idle) {
      if (has_failed_) roll_back_all(batch, unavailable("store_unavailable"));
      else write(batch);
      Deliveries deliveries;
      for (const auto& job : batch) job->deliver(deliveries);
      deliveries.send();
    }
    const bool is_flood = batch.size() >= options_.batch_size / 8;
    const auto most_pages = is_flood ? options_.flood_pages : options_.checkpoint_pages;
    if (!has_failed_ && (is_idle || wal_pages_ > most_pages)) checkpoint(is_idle);
  }
  if (!has_failed_) checkpoint(true);
}

void Writer::write(Batch& batch) {
  std::erase_if(batch, [](const auto& job) { return !job->take(); });
  const auto now = clock_.moment();
  const auto head = chain_.head();
  has_mail_ = false;
  try {
    begin_.exec();
    if (careful_batches_ > 0) {
      --careful_batches_;
      run_apart(batch, now);
    } else if (!run_together(batch, now)) {
      roll_back_.exec();
      chain_.rewind(head);
      careful_batches_ = options_.careful_batches;
      ++counters_.repeated;
      begin_.exec();
      run_apart(batch, now);
    }
    const auto commit_began = clock_.moment();
    commit_.exec();
    counters_.commit_nanoseconds += static_cast<std::uint64_t>((clock_.moment() - commit_began).count());
    ++counters_.batches;
    counters_.items += batch.size();
    if (has_mail_ && options_.on_mail) options_.on_mail();
  } catch (const DatabaseError& error) {
    sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    chain_.rewind(head);
    roll_back_all(batch, to_error(error));
    // After a failed write or flush nobody knows what is on the disk: only recovery from the WAL does.
    if (!is_shortage(error)) fail(error.what());
  }
}

bool Writer::run_together(Batch& batch, core::Moment now) {
  WriteTransaction transaction(connection_.queries(), chain_);
  auto written = sqlite3_total_changes64(connection_.handle());
  for (const auto& job : batch) {
    const bool is_good = run_item(*job, transaction, now);
    const auto before = std::exchange(written, sqlite3_total_changes64(connection_.handle()));
    if (!is_good && written != before) return false;
  }
  has_mail_ = transaction.has_mail();
  return true;
}

void Writer::run_apart(Batch& batch, core::Moment now) {
  WriteTransaction transaction(connection_.queries(), chain_);
  for (const auto& job : batch) {
    const auto head = chain_.head();
    savepoint_.exec();
    if (!run_item(*job, transaction, now)) {
      roll_back_item_.exec();
      chain_.rewind(head);
    }
    release_.exec();
  }
  has_mail_ = transaction.has_mail();
}

bool Writer::run_item(Job<WriteTransaction>& job, WriteTransaction& transaction, core::Moment now) {
  if (job.deadline() <= now) {
    job.set_error(core::interrupted(core::Fault::deadline_exceeded));
    return false;
  }
  bool is_good = false;
  try {
    is_good = job.run(transaction);
  } catch (const DatabaseError& error) {
    if (!is_own_fault(error)) throw;
    job.set_error(to_error(error));
  }
  return is_good;
}

void Writer::roll_back_all(Batch& batch, const core::Error& error) {
  if (has_failed_) std::erase_if(batch, [](const auto& job) { return !job->take(); });
  for (const auto& job : batch) job->set_error(error);
}

void Writer::fail(const std::string& what) {
  has_failed_ = true;
  queue_.close(unavailable("store_unavailable"));
  on_failure_(what);
}

void Writer::checkpoint(bool is_idle) {
  // PASSIVE waits for nobody. The file only shrinks by TRUNCATE, which waits for readers: in a pause, or when it must.
  const bool truncates = wal_pages_ > options_.truncate_pages || (is_idle && queue_.is_done());
  int remaining = 0, done = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr,
                                truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &remaining, &done);
  ++counters_.checkpoints;
  if (code == SQLITE_OK || code == SQLITE_BUSY) wal_pages_ = remaining == done ? 0 : wal_pages_;
  else if (sqlite3_errcode(connection_.handle()) != SQLITE_FULL) fail(sqlite3_errmsg(connection_.handle()));
}

}  // namespace sallyport::sqlite
