#include "app/serve.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "adapters/system/service_manager.h"
#include "app/audit_commands.h"
#include "app/background.h"
#include "app/certificate_watch.h"
#include "app/cleaning.h"
#include "app/commands.h"
#include "app/control_socket.h"
#include "app/country_watch.h"
#include "app/heartbeat.h"
#include "app/keys.h"
#include "app/mail_tasks.h"
#include "app/protection.h"
#include "app/routes.h"
#include "app/rpc_services.h"
#include "app/services.h"
#include "app/setup.h"
#include "core/manual_loop.h"
#include "telemetry/observation.h"
#include "throttle/api/rate_limiter.h"
#include "transport/browser/cors.h"
#include "transport/browser/guards.h"
#include "transport/pipeline.h"
#include "transport/proxy/client_address.h"
#include "transport/redirect.h"
#include "transport/rpc/error_format.h"

namespace sallyport::app {
namespace {

constexpr int failed_store_status = 70;                  // EX_SOFTWARE of sysexits(3)
constexpr int beats_of_a_watchdog = 3;                   // two may be lost or late
constexpr std::chrono::milliseconds mail_grace{2'000};   ///< a mail that is being sent gets this to end
constexpr std::chrono::milliseconds flush_time{10'000};  ///< enough for what `Application::stop` does after its waits

std::vector<std::string> origins_of(const Config& config) {
  auto origins = config.allowed_origins;
  if (config.public_url) origins.push_back(*config.public_url);
  return origins;
}

/// The signals that a server knows, blocked in this thread and all it starts, so that only `wait_for_end` hears them.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  /// Comes back with SIGTERM or SIGINT; calls `hang_up` with each SIGHUP until then.
  template <class HangUp>
  void wait_for_end(HangUp hang_up) const {
    for (int signal = 0; signal != SIGTERM && signal != SIGINT;) {
      if (sigwait(&signals_, &signal) == 0 && signal == SIGHUP) hang_up();
    }
  }

 private:
  sigset_t signals_{};
};

/// Everything that runs, in the order it depends on each other; destroyed backwards.
class Application {
 public:
  Application(const Config& config, OpenedData data)
      : services_(config, std::move(data), [this](const std::string& what) { store_failed(what); }),
        jar_(cookie_mode(config)),
        rpc_(services_, [this] { return health_state(); }),
        pipeline_(router_, middleware(), transport::rpc::error_format_of),
        server_(services_.clock, config_.limits, pipeline_, loops(config), config_.proxies,
                {.certificates = config_.tls_certificates.empty() ? nullptr : &certificates_,
                 .is_required = is_tls_required(config_)}),
        background_(server_.workers().front()->loop()) {
    rpc_.mount(router_);
    add_routes(router_,
               {.services = services_, .jar = jar_, .metrics = metrics_, .readiness = [this] { return not_ready(); }});
    services_.router = &router_;
    add_metrics();
    services_.audit_upkeep.report_to(audit_report(services_.audit_keys, services_.clock, log_));
    background_.add(services_.audit_upkeep.run_forever());
    add_mail_tasks(services_, background_, server_.workers().front()->loop(), log_, metrics_);
    services_.recovery_bell.hang(server_.workers().front()->loop());
    background_.add(services_.answer_recovery_requests.answer_forever());
    services_.verification_bell.hang(server_.workers().front()->loop());
    background_.add(services_.answer_verification_requests.answer_forever());
    background_.add(services_.cache.poll_forever());
    background_.add(services_.activity.report_forever());
    background_.add(services_.key_care.run_forever());
    add_cleaning(services_, background_, metrics_);
    add_country_watch(services_, background_, log_, metrics_);
    add_certificate_watch(services_, certificates_, background_, log_, metrics_);
    background_.add(services_.leftover_care.run_forever());
    background_.add(services_.erase_deleted.run_forever());
    background_.add(remove_setup_file_in_time(services_));
  }

  /// Mounts routes elsewhere, as `http.aliases` says. Before `start`.
  core::Result<void> mount_aliases() {
    for (const auto& [prefix, to] : config_.aliases) {
      auto mounted = router_.alias(prefix, to);
      if (!mounted) {
        mounted.error().log_detail.insert(0, "http.aliases: ");
        return mounted;
      }
    }
    return {};
  }

  /// Reads the database of countries, if there is one. Before `start`.
  core::Result<void> open_countries() {
    return config_.geo_database ? services_.countries.open(*config_.geo_database) : core::Result<void>{};
  }

  /// Reads the certificates, if there are any. Before `start`.
  core::Result<void> open_certificates() { return certificates_.open(tls_settings(config_)); }

  /// Reads them again.
  void reload() { reload_certificates(services_, certificates_, log_); }

  core::Result<void> bind() {
    auto bound = server_.bind(config_.listen);
    if (!bound) return bound;
    services_.links.lead_to(own_url(config_, endpoint()));
    return config_.redirect_listen ? bind_redirect() : bound;
  }

  /// Before `start`. Nothing where there is an administrator.
  core::Result<std::optional<SetupOffer>> offer_setup(ShowToken show) {
    return app::offer_setup(services_, first_loop_, show);
  }

  /// Lets the command line reach this server. After `start`.
  core::Result<void> listen_for_commands() {
    auto opened = ControlSocket::open(services_.data.path(), server_.workers().front()->loop(),
                                      [this](core::Secret line) { return answer_command(services_, std::move(line)); });
    if (!opened) return core::fail(std::move(opened));
    control_ = std::move(*opened);
    return {};
  }

  /// Has `manager`, which outlives this, told that the loops turn, if it watches. Before `start`.
  void beat_for(const system_adapter::ServiceManager& manager) {
    const auto watchdog = manager.watchdog();
    if (!watchdog) return;
    for (const auto& worker : server_.workers()) heartbeat_.add(worker->loop());
    background_.add(heartbeat_.beat_forever(services_.clock, *watchdog / beats_of_a_watchdog,
                                            [&manager] { manager.tell_alive(); }));
  }

  void start() {
    server_.start();
    if (redirect_server_) redirect_server_->start();
    background_.run();
    is_ready_ = true;
  }

  /// Ends everything that `start` began, in the order that lets running requests finish.
  void stop() {
    is_ready_ = false;
    if (!has_store_failed_) std::this_thread::sleep_for(shutdown_delay());  // load balancers look at /health/ready
    services_.is_ending = true;
    control_.reset();
    services_.mailer.let_go(mail_grace);
    background_.stop();
    if (redirect_server_) redirect_server_->stop(std::chrono::milliseconds{0});
    server_.stop(has_store_failed_ ? std::chrono::milliseconds{1'000} : config_.shutdown_grace);
    if (!has_store_failed_) make_last_checkpoint();
    services_.stop();
    server_.run_leftovers();
    if (redirect_server_) redirect_server_->run_leftovers();
    remove_setup_file(services_.data.path());  // the next start makes another token
  }

  /// How long `stop` may take.
  std::chrono::milliseconds end_time() const { return shutdown_delay() + config_.shutdown_grace + flush_time; }

  /// Says so if the keys at work are not what is configured: only a rotation changes that.
  void compare_keys_with_settings() {
    const auto wanted = access_token_use(config_);
    const auto current = services_.access_tokens.current_key();
    if (!current || current->use == wanted) return;
    log_.write(std::move(telemetry::LogLine(now(), telemetry::Level::warning,
                                            "access tokens are not signed as token.algorithm and token.format say; "
                                            "'sallyport keys rotate' makes a key that does")
                             .text("algorithm", crypto::to_text(current->use.algorithm))
                             .text("configured", crypto::to_text(wanted.algorithm))));
  }

  const transport::Endpoint& endpoint() const { return server_.endpoint(); }
  bool has_store_failed() const { return has_store_failed_; }
  telemetry::Log& log() { return log_; }
  core::Timestamp now() const { return services_.clock.now(); }

 private:
  core::Result<void> bind_redirect() {
    redirect_.emplace(*config_.public_url);
    redirect_server_.emplace(services_.clock, config_.limits, *redirect_, 1, config_.proxies);
    metrics_.observed_counter("sallyport_redirects_total", "Requests led to public_url by http.redirect_listen.",
                              [this] { return static_cast<double>(redirect_->redirected()); });
    const auto bound = redirect_server_->bind(*config_.redirect_listen);
    if (bound) return bound;
    return core::refuse(
        bound.error().fault, "redirect_unavailable",
        "cannot listen on http.redirect_listen, " + config_.redirect_listen->str() + ": " + bound.error().log_detail);
  }

  static std::size_t cores() { return std::max(1U, std::thread::hardware_concurrency()); }
  static std::size_t loops(const Config& config) { return config.loops != 0 ? config.loops : cores(); }

  std::chrono::milliseconds shutdown_delay() const {
    const bool is_loopback = config_.listen.address.is_loopback();
    return config_.shutdown_delay.value_or(std::chrono::milliseconds{is_loopback ? 0 : 5'000});
  }

  std::vector<std::unique_ptr<transport::Middleware>> middleware() {
    std::vector<std::unique_ptr<transport::Middleware>> steps;
    steps.push_back(std::make_unique<telemetry::Observation>(metrics_, log_, services_.clock, services_.random));
    const auto header = config_.proxies.header;
    if (header == transport::ProxyHeader::x_forwarded_for || header == transport::ProxyHeader::forwarded)
      steps.push_back(std::make_unique<transport::ClientAddress>(config_.proxies));
    if (!config_.public_url) steps.push_back(std::make_unique<transport::LoopbackOnly>());
    if (cookie_mode(config_) == transport::CookieJar::Mode::host_prefixed &&
        config_.strict_transport.max_age.count() > 0)
      steps.push_back(std::make_unique<transport::StrictTransportSecurity>(config_.strict_transport));
    if (!config_.allowed_origins.empty()) steps.push_back(std::make_unique<transport::Cors>(config_.allowed_origins));
    steps.push_back(std::make_unique<transport::CsrfGuard>(origins_of(config_)));
    steps.push_back(std::make_unique<throttle::api::RateLimiter>(config_.rates, services_.clock, services_.random));
    return steps;
  }

  /// Of what was written since the last one. The loops have ended.
  void make_last_checkpoint() {
    core::ManualLoop loop(services_.clock);
    const auto deadline = services_.clock.moment() + std::chrono::seconds{5};
    (void)loop.run(services_.audit_upkeep.checkpoint(audit::MakeCheckpoint::if_changed), deadline);
  }

  void add_metrics() {
    const auto sum = [this](auto member) {
      return [this, member] {
        double total = 0;
        for (const auto& worker : server_.workers()) total += static_cast<double>((worker->counters().*member).load());
        return total;
      };
    };
    const auto of = [](const auto& atomic) { return [&atomic] { return static_cast<double>(atomic.load()); }; };
    metrics_.gauge("sallyport_connections", "Open connections.", sum(&transport::WorkerCounters::connections));
    metrics_.observed_counter("sallyport_connections_accepted_total", "Connections accepted.",
                              sum(&transport::WorkerCounters::accepted));
    metrics_.observed_counter("sallyport_connections_refused_total", "Connections over the cap.",
                              sum(&transport::WorkerCounters::refused));
    metrics_.observed_counter("sallyport_tls_handshakes_total", "TLS handshakes completed.",
                              sum(&transport::WorkerCounters::handshakes));
    metrics_.observed_counter("sallyport_tls_handshakes_resumed_total", "Those that resumed an earlier session.",
                              sum(&transport::WorkerCounters::handshakes_resumed));
    metrics_.observed_counter("sallyport_tls_handshakes_failed_total",
                              "TLS handshakes that were begun and not completed.",
                              sum(&transport::WorkerCounters::handshakes_failed));
    metrics_.gauge("sallyport_store_write_queue", "Writes waiting for the next batch.",
                   [this] { return static_cast<double>(services_.writer.queued()); });
    metrics_.gauge("sallyport_store_read_queue", "Reads waiting.",
                   [this] { return static_cast<double>(services_.readers.queued()); });
    metrics_.observed_counter("sallyport_store_batches_total", "Write transactions committed.",
                              of(services_.writer.counters().batches));
    metrics_.observed_counter("sallyport_store_writes_total", "Writes in committed transactions.",
                              of(services_.writer.counters().items));
    metrics_.observed_counter("sallyport_store_batches_repeated_total",
                              "Write transactions run again since one of their items failed half done.",
                              of(services_.writer.counters().repeated));
    metrics_.observed_counter("sallyport_store_checkpoints_total", "Checkpoints of the write-ahead log.",
                              of(services_.writer.counters().checkpoints));
    metrics_.observed_counter("sallyport_store_commit_seconds_total", "Time spent in commits.", [this] {
      return static_cast<double>(services_.writer.counters().commit_nanoseconds.load()) / 1e9;
    });
    const auto& audit = services_.audit_upkeep.counters();
    metrics_.observed_counter("sallyport_audit_checkpoints_total", "Checkpoints of the audit log made.",
                              of(audit.checkpoints));
    metrics_.gauge("sallyport_audit_checkpoint_age_seconds",
                   "Time since the newest checkpoint of the audit log said all there was.", [this, &audit] {
                     const core::Timestamp at{std::chrono::microseconds{audit.checked_at_micros.load()}};
                     return std::chrono::duration<double>(services_.clock.now() - at).count();
                   });
    metrics_.gauge("sallyport_audit_streams_cut", "Streams of the audit log that lost rows a checkpoint knows.",
                   of(audit.streams_cut));
    metrics_.observed_counter("sallyport_audit_rows_removed_total", "Rows of the audit log removed by retention.",
                              of(audit.rows_removed));
    const auto& recoveries = services_.answer_recovery_requests.counters();
    metrics_.observed_counter("sallyport_recovery_mails_total", "Requests for a new password that became a mail.",
                              of(recoveries.mailed));
    metrics_.observed_counter("sallyport_recovery_requests_dismissed_total",
                              "Requests for a new password that nobody hears of: no such account, or too many mails.",
                              of(recoveries.dismissed));
    const auto& requests = services_.answer_verification_requests.counters();
    metrics_.observed_counter("sallyport_verification_mails_total",
                              "Requests of strangers for a verification mail that became one.", of(requests.mailed));
    metrics_.observed_counter("sallyport_verification_requests_dismissed_total",
                              "Requests of strangers for a verification mail that nobody hears of.",
                              of(requests.dismissed));
    const auto& hashes = services_.hash_pool.counters();
    metrics_.gauge("sallyport_hash_queue", "Password hashes waiting.", of(hashes.queued));
    metrics_.gauge("sallyport_hash_running", "Password hashes running.", of(hashes.running));
    metrics_.observed_counter("sallyport_hashes_total", "Password hashes made.", of(hashes.done));
    metrics_.observed_counter("sallyport_hashes_rejected_total", "Password hashes refused as overload.",
                              of(hashes.rejected));
    metrics_.observed_counter("sallyport_hashes_expired_total", "Password hashes dropped unstarted.",
                              of(hashes.expired));
    metrics_.observed_counter("sallyport_hashes_shared_total", "Checks that joined an equal one.", of(hashes.shared));
    metrics_.observed_counter("sallyport_hash_seconds_total", "Time spent hashing.",
                              [&hashes] { return static_cast<double>(hashes.hash_nanoseconds.load()) / 1e9; });
    metrics_.gauge("sallyport_session_cache_entries", "Cached sessions.",
                   [this] { return static_cast<double>(services_.cache.size()); });
    metrics_.observed_counter("sallyport_session_cache_hits_total", "Session checks answered by the cache.",
                              of(services_.cache.counters().hits));
    metrics_.observed_counter("sallyport_session_cache_misses_total", "Session checks that asked the store.",
                              of(services_.cache.counters().misses));
    metrics_.observed_counter("sallyport_session_cache_bypassed_total",
                              "Session checks while invalidations could not be read.",
                              of(services_.cache.counters().bypassed));
    metrics_.gauge("sallyport_signing_key_age_seconds", "How long the key that signs has been signing.", [this] {
      const auto current = services_.access_tokens.current_key();
      return current ? std::chrono::duration<double>(services_.clock.now() - current->since).count() : 0;
    });
    metrics_.observed_counter("sallyport_signing_key_rotations_total", "Keys made by this server as the next one.",
                              of(services_.key_care.counters().rotations));
    metrics_.observed_counter("sallyport_signing_key_reloads_total", "Times the signing keys were read.",
                              of(services_.live_keys.counters().reloads));
    metrics_.observed_counter("sallyport_signing_key_reload_failures_total",
                              "Times the signing keys could not be read.", of(services_.live_keys.counters().failures));
    metrics_.observed_counter("sallyport_pictures_removed_total", "Pictures removed that no account shows any more.",
                              of(services_.leftover_care.counters().removed));
    metrics_.observed_counter("sallyport_picture_removals_failed_total",
                              "Pictures that could not be removed; it is tried again.",
                              of(services_.leftover_care.counters().failed));
    metrics_.observed_counter("sallyport_erased_rows_total", "Rows of deleted accounts that were erased for good.",
                              of(services_.erase_deleted.counters().rows));
    metrics_.observed_counter("sallyport_erasures_failed_total",
                              "Times deleted accounts could not be erased; it is tried again.",
                              of(services_.erase_deleted.counters().failures));
    metrics_.observed_counter("sallyport_log_lines_dropped_total", "Log lines dropped.",
                              [this] { return static_cast<double>(log_.dropped()); });
  }

  transport::rpc::HealthService::State health_state() const {
    using State = transport::rpc::HealthService::State;
    if (services_.is_ending) return State::ending;
    return not_ready().empty() ? State::ready : State::not_ready;
  }

  std::vector<std::string_view> not_ready() const {
    std::vector<std::string_view> parts;
    if (!is_ready_) parts.emplace_back("shutting_down");
    if (has_store_failed_) parts.emplace_back("store");
    return parts;
  }

  /// On the writer's thread: an I/O error leaves nothing to trust. The process ends and recovers on its next start.
  void store_failed(const std::string& what) {
    has_store_failed_ = true;
    log_.write(std::move(telemetry::LogLine(services_.clock.now(), telemetry::Level::error, "the store failed; ending")
                             .text("detail", what)));
    kill(getpid(), SIGTERM);
  }

  telemetry::Metrics metrics_;
  telemetry::Log log_{STDERR_FILENO};
  std::atomic<bool> is_ready_ = false;
  std::atomic<bool> has_store_failed_ = false;
  system_adapter::SystemClock clock_;
  core::ManualLoop first_loop_{clock_};  ///< for what is done before there is a server
  Services services_;
  const Config& config_ = services_.config;
  transport::CookieJar jar_;
  RpcServices rpc_;
  transport::Router router_;
  transport::Pipeline pipeline_;
  Heartbeat heartbeat_;
  transport::tls::LiveCertificates certificates_{services_.clock, services_.random};
  transport::Server server_;
  std::optional<transport::Redirect> redirect_;  ///< with `http.redirect_listen`
  std::optional<transport::Server> redirect_server_;
  Background background_;
  std::unique_ptr<ControlSocket> control_;
};

void print_setup(const Config& config, const transport::Endpoint& endpoint, const SetupOffer& offer) {
  std::printf("  setup  there is no administrator yet: open %s\n", setup_url(config, endpoint).c_str());
  if (offer.token)
    std::printf("         with this token, within an hour: %.*s\n", static_cast<int>(offer.token->size()),
                offer.token->reveal().data());
  else if (!offer.file.empty()) std::printf("         with the token in %s, within an hour\n", offer.file.c_str());
  else std::printf("         with the token that 'sallyport admin setup' printed\n");
}

/// What a person can act on; with a terminal or without.
void print_greeting(const Config& config, const transport::Endpoint& endpoint, const std::optional<SetupOffer>& offer) {
  const auto url = std::string(local_scheme(config)) + "://" + endpoint.str();
  std::printf(
      "Sallyport listens on %s\n"
      "  data   %s (database, master.key: back up both, apart from each other)\n",
      url.c_str(), config.data.c_str());
  if (!config.public_url) {
    std::printf("  serves this machine only, until public_url is set (--set public_url=https://auth.example.org)\n");
  }
  if (offer) print_setup(config, endpoint, *offer);
  std::printf(
      "  try    curl -s %s/v1/auth/register -H 'Content-Type: application/json' \\\n"
      "           -d '{\"email\":\"ann@example.org\",\"password\":\"choose a long one\"}'\n",
      url.c_str());
  std::fflush(stdout);
}

/// A connection is a descriptor, and shells give out 1,024: takes all that the system allows. True if that is enough.
bool has_enough_descriptors(const Config& config) {
  static constexpr rlim_t others = 64;  // database, listeners, loops
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= config.limits.connections + others;
}

/// Nobody, after a sentence to the operator, if the environment names a manager that cannot be told.
system_adapter::ServiceManager service_manager() {
  auto manager = system_adapter::ServiceManager::of(system_adapter::ServiceEnvironment::of_process());
  if (manager) return std::move(*manager);
  std::fprintf(stderr, "sallyport: %s\n", manager.error().log_detail.c_str());
  return {};
}

/// What the service manager does about a server that it does not hear is its own business.
void warn_if_failed(const core::Result<void>& told) {
  if (!told) std::fprintf(stderr, "sallyport: %s\n", told.error().log_detail.c_str());
}

int fail_to_start(const core::Error& error, const Config& config) {
  std::string sentence = error.log_detail.empty() ? std::string(error.code) : error.log_detail;
  if (error.code == "data_in_use")
    sentence = "another server uses the data in " + config.data + " (" + error.log_detail + ")";
  if (error.code == "address_in_use")
    sentence = config.listen.str() + " is in use by another program. Choose another with --listen";
  if (error.code == "address_unavailable")
    sentence = "cannot listen on " + config.listen.str() + ": " + error.log_detail;
  std::fprintf(stderr, "sallyport: %s\n", sentence.c_str());
  return 1;
}

}  // namespace

int serve(const Config& config, const std::vector<std::string>& warnings) {
  const Signals signals;
  umask(077);  // what this process writes is nobody else's
  if (!has_enough_descriptors(config)) {
    std::fprintf(stderr, "sallyport: http.connections is more than the open files this process may have (ulimit -n)\n");
  }
  std::signal(SIGPIPE, SIG_IGN);
  const auto manager = service_manager();
  auto data = open_data(config);
  if (!data) return fail_to_start(data.error(), config);
  Application application(config, std::move(*data));
  if (auto mounted = application.mount_aliases(); !mounted) return fail_to_start(mounted.error(), config);
  if (auto opened = application.open_countries(); !opened) return fail_to_start(opened.error(), config);
  if (auto opened = application.open_certificates(); !opened) return fail_to_start(opened.error(), config);
  auto bound = application.bind();
  if (!bound) return fail_to_start(bound.error(), config);
  for (const auto& warning : warnings) {
    application.log().write(std::move(
        telemetry::LogLine(application.now(), telemetry::Level::warning, "doubtful setting").text("detail", warning)));
  }
  const auto offer = application.offer_setup(::isatty(STDOUT_FILENO) == 1 ? ShowToken::yes : ShowToken::no);
  if (!offer) return fail_to_start(offer.error(), config);
  application.beat_for(manager);
  application.start();
  application.compare_keys_with_settings();
  if (auto listening = application.listen_for_commands(); !listening) {
    application.stop();
    return fail_to_start(listening.error(), config);
  }
  print_greeting(config, application.endpoint(), *offer);
  if (*offer && !(*offer)->file.empty()) {
    application.log().write(std::move(
        telemetry::LogLine(application.now(), telemetry::Level::info, "no administrator yet; /setup wants the token")
            .text("file", (*offer)->file)));
  }
  warn_if_failed(manager.tell_ready("listens on " + application.endpoint().str()));
  signals.wait_for_end([&application] { application.reload(); });
  warn_if_failed(manager.tell_stopping(application.end_time()));
  application.log().write(telemetry::LogLine(application.now(), telemetry::Level::info, "shutting down"));
  application.stop();
  return application.has_store_failed() ? failed_store_status : 0;
}

}  // namespace sallyport::app
