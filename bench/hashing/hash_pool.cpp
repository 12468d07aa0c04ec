// What the hash pool costs on top of libsodium alone, and how long those who wait for it wait.
//
//   bench_hash_pool [ROUNDS] [SECONDS] [WAITING...]
//
// Argon2id of 19 MiB and two passes. In each round, in turn: libsodium in a plain loop on one thread, then the pool
// with one thread and so many tasks that always wait, as sign-ins do. Prints Markdown.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "core/manual_loop.h"
#include "crypto/argon2_sodium.h"
#include "crypto/hash_pool.h"

namespace {

using namespace sallyport;
using Milliseconds = std::chrono::duration<double, std::milli>;

double cpu_milliseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double percentile(std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * share))];
}

/// One way of hashing, over all rounds.
struct Measured {
  std::vector<double> a_second, cpu_each, waits;
  void add(std::size_t hashes, Milliseconds took, double cpu) {
    a_second.push_back(static_cast<double>(hashes) / took.count() * 1e3);
    cpu_each.push_back(cpu / static_cast<double>(hashes));
  }
};

void measure_sodium(crypto::Argon2& argon2, const core::Clock& clock, std::chrono::seconds time, Measured& into) {
  const core::Bytes salt(16, 1);
  core::Bytes out(32);
  const auto began = clock.moment();
  const auto cpu = cpu_milliseconds();
  std::size_t hashes = 0;
  while (clock.moment() < began + time) {
    const auto one = clock.moment();
    if (!argon2.hash(core::as_bytes("correct horse battery staple"), salt, {}, out)) std::abort();
    into.waits.push_back(Milliseconds(clock.moment() - one).count());
    ++hashes;
  }
  into.add(hashes, clock.moment() - began, cpu_milliseconds() - cpu);
}

struct Clients {
  crypto::PasswordHasher& hasher;
  const core::Clock& clock;
  const core::Moment end;
  Measured& measured;
  std::size_t hashes = 0, running = 0;

  core::Task<void> run(std::uint64_t network) {
    while (clock.moment() < end) {
      const auto asked = clock.moment();
      const auto made = co_await hasher.make_verifier(core::Secret("correct horse battery staple"),
                                                      {.network = network, .urgency = crypto::HashUrgency::sign_in});
      if (!made) std::abort();
      measured.waits.push_back(Milliseconds(clock.moment() - asked).count());
      ++hashes;
    }
  }
};

void measure_pool(crypto::HashPool& pool, const core::Clock& clock, std::chrono::seconds time, std::size_t waiting,
                  Measured& into) {
  core::ManualLoop loop(clock);
  const auto began = clock.moment();
  const auto cpu = cpu_milliseconds();
  Clients clients{pool, clock, began + time, into};
  std::vector<std::unique_ptr<core::TaskContext>> contexts;
  for (std::size_t i = 0; i < waiting; ++i) {
    contexts.push_back(std::make_unique<core::TaskContext>(loop, core::Moment::max()));
    ++clients.running;
    core::start(*contexts.back(), clients.run(i), [&clients] { --clients.running; });
  }
  while (clients.running > 0) loop.wait_and_turn();
  into.add(clients.hashes, clock.moment() - began, cpu_milliseconds() - cpu);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const std::chrono::seconds time{argc > 2 ? std::atoi(argv[2]) : 2};
  std::vector<std::size_t> waiting;
  for (int i = 3; i < argc; ++i) waiting.push_back(static_cast<std::size_t>(std::atoi(argv[i])));
  if (waiting.empty()) waiting = {1, 16, 64};

  system_adapter::SystemClock clock;
  system_adapter::SystemRandom random;
  crypto::Argon2Sodium argon2;
  crypto::Peppers peppers;
  peppers.by_version.emplace(1, crypto::HmacKey(core::Secret("a pepper of this program alone..")));
  peppers.current = 1;
  const crypto::PasswordRecipe recipe(argon2, random, {}, std::move(peppers));
  crypto::HashPool pool(recipe, clock, random, {.threads = 1, .max_sign_in_wait = std::chrono::minutes{1}});

  Measured sodium;
  std::map<std::size_t, Measured> pooled;
  for (int round = 0; round < rounds; ++round) {
    measure_sodium(argon2, clock, time, sodium);
    for (const auto many : waiting) measure_pool(pool, clock, time, many, pooled[many]);
  }
  pool.stop();

  std::printf("Argon2id 19 MiB, 2 passes, one thread; %d rounds of %lld s in turn, medians of the rounds\n\n", rounds,
              static_cast<long long>(time.count()));
  std::printf(
      "| | hashes/s | CPU ms each | CPU, of libsodium | waited p50 | p95 | p99 ms |\n|---|---|---|---|---|---|---|\n");
  const auto print = [&](const char* name, Measured& measured) {
    std::ranges::sort(measured.waits);
    std::vector<double> ratios;
    for (std::size_t i = 0; i < measured.cpu_each.size(); ++i)
      ratios.push_back(measured.cpu_each[i] / sodium.cpu_each[i]);
    std::printf("| %s | %.1f | %.2f | %.3f | %.1f | %.1f | %.1f |\n", name, median(measured.a_second),
                median(measured.cpu_each), median(ratios), percentile(measured.waits, .5),
                percentile(measured.waits, .95), percentile(measured.waits, .99));
  };
  print("libsodium alone", sodium);
  for (auto& [many, measured] : pooled) print(("hash pool, " + std::to_string(many) + " waiting").c_str(), measured);
}
