#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/work_queue.h"
#include "audit/chain.h"
#include "mail/new_mail.h"

namespace sallyport::sqlite {

/// What one item of a write batch works with.
class WriteTransaction {
 public:
  WriteTransaction(Queries& queries, audit::Chain& chain) : queries_(queries), chain_(chain) {}
  Queries& queries() { return queries_; }
  void append_audit(const audit::Entry& entry);
  void insert_mail(const mail::NewMail& mail);
  bool has_mail() const { return has_mail_; }

 private:
  Queries& queries_;
  audit::Chain& chain_;
  bool has_mail_ = false;
};

/// The one thread that writes. It takes whatever waits, runs it in one transaction, commits once (synchronous=FULL) and
/// only then completes all: a success answer is on the disk. Nothing of an item that fails is kept: one that has not
/// written needs nothing for that; one that has makes the batch run again with a savepoint an item, as the next ones
/// then do (ADR 7). It alone checkpoints, between batches. The items of a batch run one after the other, so none needs
/// a lock key of its own.
class Writer {
 public:
  struct Options {
    std::size_t queue_capacity = 10'000;
    std::size_t batch_size = 512;
    std::int64_t checkpoint_pages = 4'000;  ///< copied back in a pause above a quarter of it, or between two batches
    std::int64_t flood_pages = 32'000;  ///< the same while batches hold an eighth of `batch_size`: rarer, longer waits
    std::int64_t truncate_pages = 65'536;  ///< 256 MiB: the WAL file is cut down
    int careful_batches = 1'000;           ///< that run with savepoints after one had to run again
    std::function<void()> on_mail{};       ///< called from the writer's thread when mails were committed
  };
  struct Counters {
    std::atomic<std::uint64_t> batches = 0, items = 0, repeated = 0, commit_nanoseconds = 0, checkpoints = 0;
  };

  /// `on_failure` is called once, from the writer's thread, when the store can no longer be trusted (an I/O error):
  /// what waits has been refused, and the process should end and recover on its next start.
  Writer(Connection connection, audit::Chain chain, const core::Clock& clock, Options options,
         std::function<void(const std::string&)> on_failure);
  ~Writer();

  /// Runs `work` in the next batch. An error it returns undoes what it wrote, and nothing else. It may be run twice,
  /// and only what the last run did and returned counts.
  template <class T>
  core::Task<core::Result<T>> submit(std::function<core::Result<T>(WriteTransaction&)> work) {
    return queue_.template submit<T>(std::move(work));
  }
  /// Completes what waits, checkpoints and ends the thread.
  void stop();
  const Counters& counters() const { return counters_; }
  std::size_t queued() const { return queue_.size(); }

 private:
  using Batch = WorkQueue<WriteTransaction>::Batch;
  void run();
  void write(Batch& batch);
  /// False: an item failed that had written, and the transaction holds what it must not.
  bool run_together(Batch& batch, core::Moment now);
  void run_apart(Batch& batch, core::Moment now);
  bool run_item(Job<WriteTransaction>& job, WriteTransaction& transaction, core::Moment now);
  void roll_back_all(Batch& batch, const core::Error& error);
  void fail(const std::string& what);
  void checkpoint(bool is_idle);
  std::int64_t wal_pages_ = 0;

  Connection connection_;
  audit::Chain chain_;
  const core::Clock& clock_;
  const Options options_;
  std::function<void(const std::string&)> on_failure_;
  WorkQueue<WriteTransaction> queue_;
  Statement begin_, roll_back_, savepoint_, roll_back_item_, release_, commit_;
  Counters counters_;
  bool has_failed_ = false;
  bool has_mail_ = false;  ///< the batch that runs
  int careful_batches_ = 0;
  std::thread thread_;
};

/// What a driver error means to a caller. Codes, never texts; the text goes to the log.
core::Error to_error(const DatabaseError& error);

}  // namespace sallyport::sqlite
