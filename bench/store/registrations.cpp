// How many accounts a second the bare store port takes, durable, by accounts there already and tasks waiting.
//
//   bench_registrations [FOLDER] [PRELOADED] [MEASURED] [CONCURRENT...]
//
// One loop submits through the same port as the server does, group commit with synchronous=FULL: whole registrations
// (account, credential, first session, audit row, mail in the outbox), and accounts alone (account, credential, audit
// row). Verifiers are not hashed here. Prints Markdown.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "adapters/sqlite/stores.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "core/manual_loop.h"
#include "crypto/keyring.h"

namespace {

using namespace sallyport;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

enum class What { account, registration };

mail::NewMail mail_to(core::AccountId account, core::Random& random, core::Timestamp now) {
  return {.id = mail::MailId::fresh(now, random),
          .kind = mail::MailKind::welcome,
          .account = account,
          .locale = "en",
          .payload = core::Bytes(300, 7),
          .created_at = now};
}

/// What the mail's link and code are compared with.
flows::NewFlow flow_of(core::AccountId account, core::Random& random, core::Timestamp now) {
  return {.id = flows::FlowId::fresh(now, random),
          .kind = flows::FlowKind::verification,
          .account = account,
          .handle_digest = random.bytes<32>(),
          .link_digest = random.bytes<32>(),
          .code_mac = random.bytes<32>(),
          .credential_version = 1,
          .created_at = now,
          .expires_at = now + std::chrono::days{1}};
}

accounts::NewAccount fresh_account(What what, core::Random& random, core::Timestamp now, std::int64_t number) {
  const auto id = core::AccountId::fresh(now, random);
  std::uint64_t name;
  const auto bytes = random.bytes<8>();
  std::memcpy(&name, bytes.data(), sizeof name);
  auto email = accounts::Email::parse("u" + std::to_string(name) + "." + std::to_string(number) + "@example.org");
  accounts::NewAccount account{
      .id = id,
      .email = std::move(*email),
      .display_name = {},
      .locale = {},
      .time_zone = {},
      .verifier =
          "$sp1$k=1$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$BBBBBBBBBBBBBBBBBBBBBB$"
          "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
      .created_at = now,
      .session = {},
      .origin = {.ip = "192.0.2.1", .user_agent = "bench", .request_id = "0123456789abcdef"}};
  if (what == What::account) return account;
  account.mail = mail_to(id, random, now);
  account.flow = flow_of(id, random, now);
  account.session = sessions::NewSession{
      .id = core::SessionId::fresh(now, random),
      .account = id,
      .token_digest = random.bytes<32>(),
      .refresh_digest = random.bytes<32>(),
      .device = {.id = id.str(), .name = "bench", .type = "", .client_version = "", .metadata = {}, .installation = {}},
      .ip = "192.0.2.1",
      .created_at = now,
      .expires_at = now + std::chrono::days{14},
      .absolute_expires_at = now + std::chrono::days{90}};
  return account;
}

struct Run {
  core::ManualLoop& loop;
  core::TaskContext& context;
  accounts::AccountStore& store;
  core::Random& random;
  const core::Clock& clock;
  What what;
  std::int64_t left;
  std::int64_t active = 0;
  std::int64_t failed = 0;
  std::vector<double> waits{};  ///< milliseconds from asking to the answer

  core::Task<void> client() {
    while (left > 0) {
      const auto number = --left;
      auto fresh = fresh_account(what, random, clock.now(), number);
      const auto asked = clock.moment();
      auto created = co_await store.create_account(std::move(fresh));
      waits.push_back(std::chrono::duration<double, std::milli>(clock.moment() - asked).count());
      if (!created) ++failed;
    }
  }
};

/// How long each waited, sorted. A context remembers one waiting leaf, so each client has its own.
std::vector<double> run(core::ManualLoop& loop, accounts::AccountStore& store, core::Random& random,
                        const core::Clock& clock, What what, std::int64_t many, int concurrent) {
  std::vector<std::unique_ptr<core::TaskContext>> contexts;
  core::TaskContext first(loop, core::Moment::max());
  Run work{loop, first, store, random, clock, what, many};
  for (int i = 0; i < concurrent; ++i) {
    contexts.push_back(std::make_unique<core::TaskContext>(loop, core::Moment::max()));
    ++work.active;
    core::start(*contexts.back(), work.client(), [&work] { --work.active; });
  }
  while (work.active > 0) loop.wait_and_turn();
  if (work.failed > 0) std::printf("%lld failed\n", static_cast<long long>(work.failed));
  std::ranges::sort(work.waits);
  return std::move(work.waits);
}

double share(const std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * part))];
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "bench-store";
  const std::int64_t preloaded = argc > 2 ? std::atoll(argv[2]) : 100'000;
  const std::int64_t measured = argc > 3 ? std::atoll(argv[3]) : 50'000;
  std::vector<int> concurrencies;
  for (int i = 4; i < argc; ++i) concurrencies.push_back(std::atoi(argv[i]));
  if (concurrencies.empty()) concurrencies = {1, 16, 256, 1024};
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);

  system_adapter::SystemClock clock;
  system_adapter::SystemRandom random;
  const crypto::Keyring keyring(crypto::MasterKey::generate(random));
  sqlite::Connection connection((folder / "bench.db").string(), sqlite::Access::read_write);
  sqlite::migrate(connection);
  sqlite::Writer writer(std::move(connection),
                        audit::Chain(random.bytes<16>(), keyring.mac_key(crypto::Purpose::audit_commitment), random),
                        clock, {}, [](const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); });
  sqlite::Readers readers((folder / "bench.db").string(), 1, clock);
  sqlite::SqliteAccountStore store(writer, readers);
  core::ManualLoop loop(clock);

  std::printf("%lld accounts first; synchronous=FULL, batches up to 512\n\n", static_cast<long long>(preloaded));
  run(loop, store, random, clock, What::registration, preloaded, 1024);
  std::printf("| written | waiting | a second | CPU us each | items per batch | waited p50 | p95 | p99 | most ms |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  for (const auto what : {What::registration, What::account}) {
    for (const int concurrent : concurrencies) {
      const auto many = concurrent == 1 ? std::min<std::int64_t>(measured, 10'000) : measured;
      const auto began = clock.moment();
      const auto cpu = cpu_seconds();
      const auto batches = writer.counters().batches.load();
      const auto waits = run(loop, store, random, clock, what, many, concurrent);
      const std::chrono::duration<double> took = clock.moment() - began;
      std::printf("| %s | %d | %.0f | %.1f | %.1f | %.1f | %.1f | %.1f | %.0f |\n",
                  what == What::registration ? "whole registration" : "account and credential", concurrent,
                  static_cast<double>(many) / took.count(), (cpu_seconds() - cpu) / static_cast<double>(many) * 1e6,
                  static_cast<double>(many) / static_cast<double>(writer.counters().batches.load() - batches),
                  share(waits, .5), share(waits, .95), share(waits, .99), waits.back());
    }
  }
  writer.stop();
  readers.stop();
  std::filesystem::remove_all(folder);
}
