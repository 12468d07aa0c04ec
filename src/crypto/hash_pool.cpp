#include "crypto/hash_pool.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <exception>
#include <utility>

namespace sallyport::crypto {
namespace {

using core::Error;
using core::Fault;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Of a refusal at shutdown: by then another process has the port, or none.
constexpr seconds restart_time{5};

Error shutting_down() { return {.fault = Fault::unavailable, .code = "shutting_down", .retry_after = restart_time}; }

template <class Waiters, class Outcome>
void answer(const Waiters& waiters, const Outcome& outcome) {
  for (const auto& waiter : waiters)
    if (waiter->take()) waiter->complete(outcome);
}

std::array<std::uint8_t, 8> size_bytes(std::size_t size) {
  return std::bit_cast<std::array<std::uint8_t, 8>>(std::uint64_t{size});
}

}  // namespace

struct HashPool::Job {
  core::Secret password;
  HashRequester requester;
  std::optional<PasswordVerifier> checked{};  ///< nothing: make a verifier
  std::optional<core::Digest> identity{};     ///< of a check, by which equal ones find it
  std::vector<Waiter> waiters{};

  bool is_abandoned() const {
    return std::ranges::all_of(waiters, [](const auto& waiter) { return waiter->is_abandoned(); });
  }
  /// Takes out the waiters that no longer wait, and gives back those of them whose time is up.
  std::vector<Waiter> remove_late(core::Moment now) {
    std::erase_if(waiters, [](const auto& waiter) { return waiter->is_abandoned(); });
    const auto late = std::ranges::partition(waiters, [now](const auto& waiter) { return waiter->deadline() > now; });
    std::vector<Waiter> removed(late.begin(), late.end());
    waiters.erase(late.begin(), late.end());
    return removed;
  }
};

std::size_t HashPool::DigestHash::operator()(const core::Digest& digest) const {
  std::size_t front;  // an HMAC is as good as random
  std::memcpy(&front, digest.data(), sizeof front);
  return front;
}

HashPool::HashPool(const PasswordRecipe& recipe, const core::Clock& clock, core::Random& random, HashPoolLimits limits)
    : recipe_(recipe),
      clock_(clock),
      limits_(limits),
      identity_key_(random.secret(32)),
      average_(limits.first_estimate) {
  for (unsigned i = 0; i < std::max(limits_.threads, 1U); ++i) threads_.emplace_back([this] { work(); });
}

HashPool::~HashPool() { stop(); }

core::Task<core::Result<PasswordVerifier>> HashPool::make_verifier(core::Secret password, HashRequester requester) {
  auto job = std::make_unique<Job>(Job{.password = std::move(password), .requester = requester});
  auto outcome = co_await core::hand_over<Outcome>(
      [this, &job](Waiter waiter) { return submit(std::move(job), std::move(waiter)); });
  if (!outcome) co_return core::fail(std::move(outcome));
  co_return std::get<PasswordVerifier>(std::move(*outcome));
}

core::Task<core::Result<Match>> HashPool::verify(core::Secret password, std::optional<PasswordVerifier> stored,
                                                 std::string canonical_identifier, HashRequester requester) {
  auto job = std::make_unique<Job>(Job{.password = std::move(password), .requester = requester});
  job->checked = stored ? std::move(*stored) : recipe_.dummy();
  job->identity = identity_of(*job, canonical_identifier);
  auto outcome = co_await core::hand_over<Outcome>(
      [this, &job](Waiter waiter) { return submit(std::move(job), std::move(waiter)); });
  if (!outcome) co_return core::fail(std::move(outcome));
  co_return std::get<Match>(*outcome);
}

core::Digest HashPool::identity_of(const Job& job, std::string_view canonical_identifier) const {
  const auto verifier = job.checked->str();
  // Background work is apart, or a sign-in that joins it would wait as it does.
  const std::array<std::uint8_t, 1> is_background{job.requester.urgency == HashUrgency::background};
  return identity_key_.mac({is_background, size_bytes(canonical_identifier.size()),
                            core::as_bytes(canonical_identifier), size_bytes(verifier.size()), core::as_bytes(verifier),
                            job.password.reveal_bytes()});
}

std::optional<Error> HashPool::submit(OwnedJob job, Waiter waiter) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return shutting_down();
    if (job->identity) {
      const auto equal_check = checks_.find(*job->identity);
      if (equal_check != checks_.end()) return join(*equal_check->second, std::move(waiter));
    }
    const auto requester = job->requester;
    auto& lane = lane_of(requester.urgency);
    if (is_too_much(requester, waiter->deadline())) {
      lane.remove_if(requester.network, [this](const OwnedJob& waiting) {
        if (!waiting->is_abandoned()) return false;
        forget(*waiting);
        --counters_.queued;
        ++counters_.expired;
        return true;
      });
      if (is_too_much(requester, waiter->deadline())) return overloaded(wait_before(requester));
    }
    job->waiters.push_back(std::move(waiter));
    if (job->identity) checks_.emplace(*job->identity, job.get());
    lane.push(requester.network, std::move(job));
    ++counters_.queued;
  }
  arrived_.notify_one();
  return std::nullopt;
}

std::optional<Error> HashPool::join(Job& job, Waiter waiter) {
  if (job.waiters.size() >= limits_.max_waiting_per_check)
    std::erase_if(job.waiters, [](const auto& other) { return other->is_abandoned(); });
  if (job.waiters.size() >= limits_.max_waiting_per_check) return overloaded(wait_before(job.requester));
  job.waiters.push_back(std::move(waiter));
  ++counters_.shared;
  return std::nullopt;
}

Error HashPool::overloaded(nanoseconds wait) {
  ++counters_.rejected;
  return {.fault = Fault::unavailable,
          .code = "overloaded",
          .retry_after = std::clamp(std::chrono::ceil<seconds>(wait), seconds{1}, seconds{60})};
}

bool HashPool::is_too_much(const HashRequester& requester, core::Moment deadline) const {
  const auto& lane = requester.urgency == HashUrgency::background ? background_ : people_;
  const auto wait = wait_before(requester);
  return people_.size() + background_.size() >= limits_.max_waiting ||
         lane.size_of(requester.network) >= limits_.max_waiting_per_network || wait > max_wait(requester.urgency) ||
         wait > deadline - clock_.moment();
}

nanoseconds HashPool::wait_before(const HashRequester& requester) const {
  const auto waiting = requester.urgency == HashUrgency::background
                           ? people_.size() + background_.ahead_of(requester.network)
                           : people_.ahead_of(requester.network);
  const auto before = static_cast<std::int64_t>(running_ + waiting), threads = std::ssize(threads_);
  return before < threads ? nanoseconds{0} : average_ * before / threads;
}

nanoseconds HashPool::max_wait(HashUrgency urgency) const {
  switch (urgency) {
    case HashUrgency::sign_in:
      return limits_.max_sign_in_wait;
    case HashUrgency::registration:
      return limits_.max_registration_wait;
    case HashUrgency::background:
      return limits_.max_background_wait;
  }
  std::unreachable();
}

nanoseconds HashPool::estimated_wait(HashRequester requester) const {
  const std::lock_guard lock(mutex_);
  return wait_before(requester);
}

void HashPool::work() {
  while (const auto job = next()) {
    const auto begun = clock_.moment();
    const auto outcome = compute(*job);
    answer(finish(*job, clock_.moment() - begun), outcome);
  }
}

HashPool::OwnedJob HashPool::next() {
  for (;;) {
    OwnedJob job;
    std::vector<Waiter> late;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return is_stopping_ || !people_.is_empty() || !background_.is_empty(); });
      if (is_stopping_) return nullptr;
      job = people_.is_empty() ? background_.pop() : people_.pop();
      --counters_.queued;
      late = job->remove_late(clock_.moment());
      if (job->waiters.empty()) {
        forget(*job);
        job.reset();
        ++counters_.expired;
      } else {
        ++running_;
        ++counters_.running;
      }
    }
    answer(late, core::Result<Outcome>(std::unexpected(core::interrupted(Fault::deadline_exceeded))));
    if (job) return job;
  }
}

core::Result<HashPool::Outcome> HashPool::compute(const Job& job) const {
  const auto as_outcome = [](auto made) -> core::Result<Outcome> {
    if (!made) return core::fail(std::move(made));
    return Outcome(std::move(*made));
  };
  try {
    return job.checked ? as_outcome(recipe_.check(job.password, *job.checked)) : as_outcome(recipe_.make(job.password));
  } catch (const std::exception& failure) {  // no loop above this thread to catch it
    return std::unexpected(Error{.fault = Fault::internal, .code = "hash_failed", .log_detail = failure.what()});
  }
}

/// Ends the job for those who would join it, and gives back its waiters.
std::vector<HashPool::Waiter> HashPool::finish(Job& job, nanoseconds took) {
  const std::lock_guard lock(mutex_);
  forget(job);
  --running_;
  average_ += (took - average_) / 8;
  --counters_.running;
  ++counters_.done;
  counters_.hash_nanoseconds += static_cast<std::uint64_t>(took.count());
  return std::move(job.waiters);
}

void HashPool::forget(const Job& job) {
  if (job.identity) checks_.erase(*job.identity);
}

void HashPool::stop() {
  std::vector<OwnedJob> waiting;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (auto* lane : {&people_, &background_})
      while (!lane->is_empty()) waiting.push_back(lane->pop());
    for (const auto& job : waiting) forget(*job);
    counters_.queued -= waiting.size();
  }
  arrived_.notify_all();
  for (const auto& job : waiting) answer(job->waiters, core::Result<Outcome>(std::unexpected(shutting_down())));
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

}  // namespace sallyport::crypto
