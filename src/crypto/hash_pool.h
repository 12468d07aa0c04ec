#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/handover.h"
#include "crypto/digest.h"
#include "crypto/fair_queue.h"
#include "crypto/password_hasher.h"
#include "crypto/password_recipe.h"

namespace sallyport::crypto {

/// How much a hash pool takes on. Beyond any of these the answer is "overloaded", at once.
struct HashPoolLimits {
  /// One core less than the machine has, so that one is free of hashing: without it a database's commits become ten
  /// times slower.
  unsigned threads = 1;
  std::size_t max_waiting = 4096;
  std::size_t max_waiting_per_network = 1024;  ///< a quarter, so that one network cannot fill the queue
  std::size_t max_waiting_per_check = 1024;    ///< those who share one computation
  /// The longest estimated wait a job may begin with. People leave a form after some seconds, and their clients repeat.
  std::chrono::milliseconds max_sign_in_wait{5'000};
  std::chrono::milliseconds max_registration_wait{5'000};
  std::chrono::milliseconds max_background_wait{60'000};
  std::chrono::nanoseconds first_estimate{20'000'000};  ///< of one hash, until some were measured
};

/// What a pool has done, for metrics; each may be read from any thread.
struct HashPoolCounters {
  std::atomic<std::uint64_t> queued{0};    ///< jobs waiting now
  std::atomic<std::uint64_t> running{0};   ///< jobs running now
  std::atomic<std::uint64_t> done{0};      ///< hashes made
  std::atomic<std::uint64_t> rejected{0};  ///< refused as overloaded
  std::atomic<std::uint64_t> expired{0};   ///< dropped unstarted: nobody waited any more, or time was up
  std::atomic<std::uint64_t> shared{0};    ///< checks that joined an equal one
  std::atomic<std::uint64_t> hash_nanoseconds{0};
};

/// The threads that hash passwords, and the queue before them.
///
/// Sign-ins and registrations go before background work; within each, networks take turns. A job whose estimated wait
/// (jobs before it by those turns, times the moving average of a hash, by threads) is over its limit or its task's
/// deadline is refused: it would only die in the queue. Equal checks are one job with several waiters, dropped only
/// when the last of them has gone. All of it holds for unknown accounts alike, so neither time nor sharing tells them
/// apart.
class HashPool final : public PasswordHasher {
 public:
  /// Starts the threads. `recipe` and `clock` outlive the pool, the loops of all who ask outlive its `stop`; `random`
  /// is used here only.
  HashPool(const PasswordRecipe& recipe, const core::Clock& clock, core::Random& random, HashPoolLimits limits);
  ~HashPool() override;

  core::Task<core::Result<PasswordVerifier>> make_verifier(core::Secret password, HashRequester requester) override;
  core::Task<core::Result<Match>> verify(core::Secret password, std::optional<PasswordVerifier> stored,
                                         std::string canonical_identifier, HashRequester requester) override;

  /// How long a job of this requester would wait now. From any thread.
  std::chrono::nanoseconds estimated_wait(HashRequester requester) const;
  const HashPoolCounters& counters() const { return counters_; }

  /// Answers all that waits with `unavailable` / "shutting_down", lets what runs finish, and joins the threads; later
  /// jobs are refused alike. From one thread at a time; the destructor does it too.
  void stop();

 private:
  using Outcome = std::variant<PasswordVerifier, Match>;
  using Waiter = std::shared_ptr<core::Handover<Outcome>>;  ///< shared with the task that waits
  struct Job;
  using OwnedJob = std::unique_ptr<Job>;
  struct DigestHash {
    std::size_t operator()(const core::Digest& digest) const;
  };

  core::Digest identity_of(const Job& job, std::string_view canonical_identifier) const;
  std::optional<core::Error> submit(OwnedJob job, Waiter waiter);
  std::optional<core::Error> join(Job& job, Waiter waiter);
  core::Error overloaded(std::chrono::nanoseconds wait);
  bool is_too_much(const HashRequester& requester, core::Moment deadline) const;
  std::chrono::nanoseconds wait_before(const HashRequester& requester) const;
  std::chrono::nanoseconds max_wait(HashUrgency urgency) const;
  FairQueue<OwnedJob>& lane_of(HashUrgency urgency) {
    return urgency == HashUrgency::background ? background_ : people_;
  }
  void work();
  OwnedJob next();
  core::Result<Outcome> compute(const Job& job) const;
  std::vector<Waiter> finish(Job& job, std::chrono::nanoseconds took);
  void forget(const Job& job);

  const PasswordRecipe& recipe_;
  const core::Clock& clock_;
  const HashPoolLimits limits_;
  const HmacKey identity_key_;  ///< of this process, so that what is kept of a password here is of no use elsewhere
  HashPoolCounters counters_;

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  FairQueue<OwnedJob> people_;
  FairQueue<OwnedJob> background_;
  std::unordered_map<core::Digest, Job*, DigestHash> checks_;  ///< waiting or running, by identity
  std::size_t running_ = 0;
  std::chrono::nanoseconds average_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::crypto
