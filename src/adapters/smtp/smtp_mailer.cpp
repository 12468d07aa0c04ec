#include "adapters/smtp/smtp_mailer.h"

#include <pthread.h>

#include <array>
#include <csignal>
#include <cstring>

#include "adapters/curl/curl_library.h"
#include "adapters/smtp/smtp_reply.h"

namespace sallyport::smtp {
namespace {

using curl_adapter::CurlLibrary;
using mail::MailAnswer;

constexpr std::chrono::seconds idle_time{10};  ///< how long a connection is kept without mails
constexpr std::chrono::seconds most_connect_time{10};

core::Error refused(std::string_view code) {
  return {.fault = core::Fault::unavailable, .code = code, .retry_after = std::chrono::seconds{5}};
}

/// `ann@example.org` as MAIL and RCPT want it.
std::string path_of(const mail::Mailbox& mailbox) { return '<' + mailbox.address() + '>'; }

}  // namespace

/// One easy handle, which keeps its connection between mails.
class SmtpMailer::Connection {
 public:
  explicit Connection(const SmtpMailer& mailer) : mailer_(mailer), curl_(CurlLibrary::get()) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void close() {
    if (handle_ != nullptr) curl_.easy_cleanup(handle_);
    handle_ = nullptr;
  }
  bool is_open() const { return handle_ != nullptr; }

  MailAnswer send(const mail::OutgoingMail& mail) {
    if (!curl_.missing.empty()) return {MailAnswer::Verdict::later, curl_.missing};
    if (handle_ == nullptr) handle_ = curl_.easy_init();
    if (handle_ == nullptr) return {MailAnswer::Verdict::later, "libcurl is out of memory"};
    auto result = perform(mail);
    // A kept connection may have been closed at the other end just now: nothing was heard, so nothing was taken.
    const bool is_stale = result != CURLE_OK && is_kept() && talk_.code() == 0 && talk_.stage() != Stage::message;
    if (is_stale && !mailer_.is_broken_off()) {
      close();
      handle_ = curl_.easy_init();
      result = handle_ == nullptr ? CURLE_OUT_OF_MEMORY : perform(mail);
    }
    if (result == CURLE_OK) return {MailAnswer::Verdict::taken, talk_.text()};
    const std::string cause = error_[0] != '\0' ? error_.data() : curl_.easy_strerror(result);
    auto answer = to_answer(talk_, mail.to.needs_utf8(), cause);
    close();  // whatever state the conversation is in
    return answer;
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_.easy_setopt(handle_, option, value);
  }

  CURLcode perform(const mail::OutgoingMail& mail) {
    const auto& settings = mailer_.settings_;
    curl_.easy_reset(handle_);  // all but the connection
    talk_.begin();
    error_[0] = '\0';
    rest_ = mail.message.reveal();

    const bool is_implicit = settings.tls == Tls::implicit;
    // What stands as the path is the name in EHLO.
    const auto url = (is_implicit ? "smtps://" : "smtp://") + settings.host + ':' + std::to_string(port_of(settings)) +
                     '/' + std::string(mail.from.domain());
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");  // not even one of the environment
    set(CURLOPT_USE_SSL, static_cast<long>(settings.tls == Tls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!settings.ca_bundle.empty()) {
      set(CURLOPT_CAINFO, settings.ca_bundle.c_str());
      set(CURLOPT_CAPATH, nullptr);
    }
    if (!settings.user.empty()) {
      set(CURLOPT_USERNAME, settings.user.c_str());
      const std::string password(settings.password->reveal());  // libcurl wants its end marked
      set(CURLOPT_PASSWORD, password.c_str());
    }
    const auto timeout = settings.timeout.count();
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(timeout, std::chrono::milliseconds(most_connect_time).count())));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error_.data());

    const auto from = path_of(mail.from), to = path_of(mail.to);
    const std::unique_ptr<curl_slist, decltype(curl_.slist_free_all)> recipients(
        curl_.slist_append(nullptr, to.c_str()), curl_.slist_free_all);
    set(CURLOPT_MAIL_FROM, from.c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.message.size()));
    set(CURLOPT_READFUNCTION, &Connection::read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_VERBOSE, 1L);  // for the next two; nothing is printed
    set(CURLOPT_DEBUGFUNCTION, &Connection::hear);
    set(CURLOPT_DEBUGDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Connection::go_on);
    set(CURLOPT_XFERINFODATA, this);
    return curl_.easy_perform(handle_);
  }

  /// Whether the conversation went on a connection that an earlier mail had opened.
  bool is_kept() const {
    long opened = 0;
    curl_.easy_getinfo(handle_, CURLINFO_NUM_CONNECTS, &opened);
    return opened == 0;
  }

  static std::size_t read(char* out, std::size_t size, std::size_t count, void* self) {
    auto& rest = static_cast<Connection*>(self)->rest_;
    const auto most = std::min(size * count, rest.size());
    std::memcpy(out, rest.data(), most);
    rest.remove_prefix(most);
    return most;
  }

  static int hear(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& talk = static_cast<Connection*>(self)->talk_;
    if (type == CURLINFO_HEADER_OUT) talk.command({data, size});
    else if (type == CURLINFO_HEADER_IN) talk.reply({data, size});
    else if (type == CURLINFO_DATA_OUT) talk.content();
    return 0;
  }

  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Connection*>(self)->mailer_.is_broken_off() ? 1 : 0;
  }

  const SmtpMailer& mailer_;
  const CurlLibrary& curl_;
  CURL* handle_ = nullptr;
  Conversation talk_;
  std::string_view rest_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

core::Task<core::Result<MailAnswer>> SmtpMailer::send(mail::OutgoingMail mail) {
  auto submit_it = [this, &mail](std::shared_ptr<core::Handover<MailAnswer>> waiter) {
    return submit({std::move(mail), std::move(waiter)});
  };
  co_return co_await core::hand_over<MailAnswer>(submit_it);
}

std::optional<core::Error> SmtpMailer::submit(Job job) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return refused("shutting_down");
  if (queue_.size() >= most_waiting) return refused("overloaded");
  queue_.push_back(std::move(job));
  if (threads_.size() < threads) threads_.emplace_back([this] { work(); });
  arrived_.notify_one();
  return std::nullopt;
}

void SmtpMailer::work() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's; SIGPIPE is libcurl's to expect
  Connection connection(*this);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto has_work = [this] { return is_stopping_ || !queue_.empty(); };
    if (connection.is_open() && !arrived_.wait_for(lock, idle_time, has_work)) {
      lock.unlock();
      connection.close();  // says QUIT
      lock.lock();
    }
    arrived_.wait(lock, has_work);
    if (queue_.empty()) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    const bool is_refused = is_stopping_;
    lock.unlock();
    if (job.waiter->take()) {
      if (is_refused) {
        job.waiter->complete(std::unexpected(refused("shutting_down")));
      } else {
        auto answer = connection.send(job.mail);
        const bool is_unknown = answer.verdict == MailAnswer::Verdict::later && is_broken_off();
        if (is_unknown) job.waiter->complete(std::unexpected(refused("shutting_down")));
        else job.waiter->complete(std::move(answer));
      }
    }
    lock.lock();
  }
}

void SmtpMailer::let_go(std::chrono::milliseconds grace) {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  break_off_at_ = std::min(break_off_at_.load(), (clock_.moment() + grace).time_since_epoch().count());
  arrived_.notify_all();
}

void SmtpMailer::stop() {
  let_go(std::chrono::milliseconds{0});
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace sallyport::smtp
