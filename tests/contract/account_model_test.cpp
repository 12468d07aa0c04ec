#include <algorithm>
#include <array>
#include <map>

#include "command_maker.h"
#include "flows/mail_limits.h"
#include "story.h"

namespace sallyport::contract {
namespace {

using accounts::Account;
using accounts::AccountStatus;
using accounts::Role;
using flows::FlowKind;

/// One device as far as this model follows it; `session_model_test.cpp` knows more of tokens and time.
struct ModelSession {
  sessions::NewSession session;
  std::vector<RefreshToken> tokens;  ///< all generations, the current one last
  std::size_t owner;
  bool is_live = true;
};

/// One account as a few lines of arithmetic know it.
struct ModelAccount {
  core::AccountId id;
  accounts::Email email;
  std::string verifier{};  ///< empty without a password
  std::optional<std::string> name{};
  Role role = Role::user;
  AccountStatus status = AccountStatus::active;
  std::int64_t version = 1;
  bool is_verified = false;
  std::vector<std::string> events{};  ///< oldest first

  bool is_there() const { return status != AccountStatus::deleted; }
  bool is_recoverable() const { return status == AccountStatus::active || status == AccountStatus::pending; }
};

struct ModelFlow {
  FlowSecrets secrets;
  FlowKind kind;
  std::optional<accounts::Email> email;  ///< nothing once a request was dismissed
  std::optional<std::size_t> owner;      ///< nobody until a request's mail is made
  std::int64_t version = 0;
  core::Timestamp created_at, expires_at;
  std::int64_t wrong_codes = 0;
  bool is_gone = false;

  bool is_due() const { return kind == FlowKind::recovery && !owner && email && !is_gone; }
};

/// A few addresses and all that may happen to their accounts, in a time of their own. Nobody else touches them, so
/// every outcome is foretold; stories run side by side in one store, so on a database they meet in batches.
///
/// Each step is a command of a port; one more goes into `step`, beside its neighbours. Erasure is none of them: it
/// takes whoever was deleted first, of all stories.
class AccountStory final : public Story {
 public:
  AccountStory(Stores& stores, const sessions::TestMint& mint, const sessions::Lifetimes& lifetimes,
               core::Timestamp now, std::uint32_t seed)
      : Story(seed),
        stores_(stores),
        lifetimes_(lifetimes),
        now_(now),
        began_at_(now),
        make_(mint.keyring(), lifetimes, seed) {
    for (const auto* const name : {"ann", "bob", "eve"}) {
      const auto local = name + std::to_string(seed);
      spellings_.push_back({accounts::Email::parse(local + "@example.org").value(),
                            accounts::Email::parse(local + "@Example.ORG").value()});
    }
  }

  /// What went wrong, with all that led to it; empty if nothing did.
  Task<std::string> run(int steps) {
    co_await create_administrator();
    for (int i = 0; i < steps && goes_well(); ++i) co_await step();
    if (goes_well()) co_await check_all();
    if (goes_well()) co_await check_records();
    co_return end();
  }

 private:
  Task<void> step() {
    using Step = Task<void> (AccountStory::*)();
    static constexpr std::array all{
        // accounts and their sessions
        &AccountStory::register_account, &AccountStory::register_account, &AccountStory::register_account,
        &AccountStory::sign_in, &AccountStory::sign_in, &AccountStory::sign_in, &AccountStory::sign_in,
        &AccountStory::sign_in, &AccountStory::refresh, &AccountStory::refresh, &AccountStory::sign_out,
        &AccountStory::revoke, &AccountStory::revoke_others, &AccountStory::reauthenticate,
        &AccountStory::change_password, &AccountStory::change_password, &AccountStory::update_profile,
        &AccountStory::set_status, &AccountStory::end_sessions, &AccountStory::delete_account,
        // recovery
        &AccountStory::request_recovery, &AccountStory::request_recovery, &AccountStory::answer_recovery,
        &AccountStory::answer_recovery, &AccountStory::answer_recovery, &AccountStory::confirm_recovery,
        &AccountStory::confirm_recovery, &AccountStory::confirm_recovery, &AccountStory::confirm_recovery,
        &AccountStory::guess_code,
        // proofs and changes of addresses
        &AccountStory::ask_verification, &AccountStory::ask_change, &AccountStory::ask_change,
        &AccountStory::confirm_address, &AccountStory::confirm_address, &AccountStory::confirm_address,
        &AccountStory::disown,
        // administration
        &AccountStory::create_user, &AccountStory::update_user, &AccountStory::update_user, &AccountStory::set_password,
        &AccountStory::remove_user, &AccountStory::restore_user, &AccountStory::invite,
        &AccountStory::accept_invitation, &AccountStory::accept_invitation};
    const auto next = choose(all.size() + 2);
    if (next == all.size()) return wait();
    if (next > all.size()) return check_all();
    const Step step = all[next];
    return (this->*step)();
  }

  // What the model knows.

  const accounts::Email& any_email() { return one_of(one_of(spellings_)); }
  ModelAccount* holder(const accounts::Email& email) {
    const auto found = std::ranges::find_if(accounts_, [&](const ModelAccount& account) {
      return account.is_there() && account.email.key() == email.key();
    });
    return found == accounts_.end() ? nullptr : &*found;
  }
  std::size_t index_of(const ModelAccount& account) const {
    return static_cast<std::size_t>(&account - accounts_.data());
  }
  bool is_admitted(const ModelAccount& account, std::int64_t version) const {
    return account.status == AccountStatus::active && account.version == version;
  }
  void end_sessions_of(std::size_t owner, const ModelSession* spared = nullptr) {
    for (auto& session : sessions_)
      if (session.owner == owner && &session != spared) session.is_live = false;
  }
  void drop_flows(std::size_t owner) {
    for (auto& flow : flows_)
      if (flow.owner == owner) flow.is_gone = true;
  }
  throttle::AttemptCounter& counter_of(const accounts::Email& email) {
    auto& counter = counters_[std::string(email.key().str())];
    counter = throttle::decayed(counter, now_, rules_);
    return counter;
  }
  bool is_locked(const accounts::Email& email) {
    const auto& counter = counter_of(email);
    return counter.locked_until && *counter.locked_until > now_;
  }
  std::int64_t wrong_codes_of(std::optional<std::size_t> owner) const {
    std::int64_t sum = 0;
    for (const auto& flow : flows_)
      if (owner && flow.owner == owner && !flow.is_gone && flow.created_at > now_ - flows::wrong_code_memory)
        sum += flow.wrong_codes;
    return sum;
  }
  std::int64_t mailed_since(std::size_t owner, FlowKind kind, core::Timestamp since) const {
    return std::ranges::count_if(flows_, [&](const ModelFlow& flow) {
      return flow.owner == owner && flow.kind == kind && !flow.is_gone && flow.created_at > since;
    });
  }
  bool is_throttled(std::size_t owner, FlowKind kind) const {
    return mailed_since(owner, kind, now_ - hours{1}) >= flows::most_mails_an_hour ||
           mailed_since(owner, kind, now_ - days{1}) >= flows::most_mails_a_day;
  }
  /// Whether the secrets prove the flow, and counts what is counted.
  bool is_proven(ModelFlow& flow, FlowKind kind, Way way) const {
    if (flow.is_gone || flow.kind != kind || flow.expires_at <= now_) return false;
    if (way == Way::wrong_link) return false;
    if (way == Way::link) return flow.owner.has_value();
    if (flow.wrong_codes >= flows::most_wrong_codes || wrong_codes_of(flow.owner) >= flows::most_wrong_codes_of_account)
      return false;
    if (way == Way::code && flow.owner) return true;
    ++flow.wrong_codes;
    return false;
  }
  bool awaits_owner(const ModelFlow& flow) const {
    const auto& account = accounts_[*flow.owner];
    return account.status == AccountStatus::pending && account.verifier.empty() &&
           account.email.key() == flow.email->key() && account.version == flow.version;
  }

  // What commands are made of.

  ModelFlow new_flow(FlowKind kind, const accounts::Email& email, std::size_t owner, std::int64_t version) {
    return {.secrets = make_.flow_secrets(now_),
            .kind = kind,
            .email = email,
            .owner = owner,
            .version = version,
            .created_at = now_,
            .expires_at = now_ + CommandMaker::mailed_valid_for};
  }
  /// A mail that comes with its cause, or not at all: `arrives` once the cause is known to have happened.
  mail::NewMail mail(mail::MailKind kind, core::AccountId account) {
    auto mail = make_.mail(kind, account, now_);
    mails_.emplace(mail.id, false);
    return mail;
  }
  void arrives(const std::optional<mail::NewMail>& mail) {
    if (mail) mails_.at(mail->id) = true;
  }
  /// An operator's, or some session's; and what is said to that.
  accounts::Mandate mandate(Outcome& refusal) {
    refusal = success;
    accounts::Mandate mandate{.session = std::nullopt, .now = now_, .origin = {}};
    if (sessions_.empty() || once_in(2)) return mandate;
    const auto& by = one_of(sessions_);
    mandate.session = by.session.id;
    if (!by.is_live) refusal = session_expired;
    else if (accounts_[by.owner].role != Role::admin) refusal = forbidden;
    note("  by a session of " + std::string(accounts_[by.owner].email.str()) + (by.is_live ? "" : ", which has ended"));
    return mandate;
  }
  /// Somebody who is there, mostly; or was.
  ModelAccount& any_account() {
    auto& account = one_of(accounts_);
    return account.is_there() ? account : one_of(accounts_);
  }
  ModelSession& open_in_model(Device device, std::size_t owner) {
    std::vector<RefreshToken> tokens;
    tokens.push_back(std::move(device.refresh_token));
    return sessions_.emplace_back(
        ModelSession{.session = std::move(device.session), .tokens = std::move(tokens), .owner = owner});
  }
  void note_about(std::string_view what, const ModelAccount& account) {
    note(std::string(what) + " " + std::to_string(index_of(account)) + " (" + std::string(account.email.str()) + ")");
  }

  // Accounts and their sessions.

  Task<void> create_administrator() {
    const auto email = spellings_[0][0];
    const auto id = make_.account_id(now_);
    const auto verifier = make_.verifier();
    note("create the administrator " + std::string(email.str()));
    auto created = co_await stores_.accounts().create_administrator({.id = id,
                                                                     .email = email,
                                                                     .display_name = std::nullopt,
                                                                     .verifier = verifier,
                                                                     .created_at = now_,
                                                                     .origin = {}});
    expect("administrator", success, outcome_of(created));
    accounts_.push_back(
        {.id = id, .email = email, .verifier = verifier, .role = Role::admin, .events = {"administrator_created"}});
  }

  Task<void> register_account() {
    const auto email = any_email();
    const auto id = make_.account_id(now_);
    auto device = make_.device(id, "first", now_);
    std::optional<std::string> name;
    if (once_in(2)) name = "Somebody";
    std::optional<std::string> key;
    if (once_in(3)) key = "request " + std::to_string(choose(2)) + " of " + std::to_string(seed());
    note("register " + std::string(email.str()) + (key ? " by " + *key : ""));
    accounts::NewAccount fresh{.id = id,
                               .email = email,
                               .verifier = make_.verifier(),
                               .created_at = now_,
                               .session = device.session,
                               .mail = mail(mail::MailKind::welcome, id),
                               .origin = {}};
    if (name) fresh.display_name = accounts::DisplayName::parse(*name).value();
    const bool has_to_verify = once_in(3);
    auto flow = new_flow(FlowKind::verification, email, accounts_.size(), 1);
    fresh.flow = CommandMaker::mailed_flow(flow.kind, flow.secrets, id, email, 1, now_);
    if (has_to_verify) {
      fresh.status = AccountStatus::pending;
      fresh.session.reset();
    }
    if (key) fresh.request = CommandMaker::named_request(*key);
    auto registered = co_await stores_.accounts().create_account(fresh);
    const bool is_known = key && done_.contains(*key) && now_ < done_.at(*key) + idempotency::known_for;
    const auto expected = is_known ? idempotency_key_used : holder(email) ? identifier_taken : success;
    expect("registration", expected, outcome_of(registered));
    if (expected != success) co_return;
    if (key) done_[*key] = now_;
    arrives(fresh.mail);
    accounts_.push_back({.id = id,
                         .email = email,
                         .verifier = fresh.verifier,
                         .name = name,
                         .status = fresh.status,
                         .events = {"account_registered"}});
    flows_.push_back(std::move(flow));
    if (fresh.session) open_in_model(std::move(device), accounts_.size() - 1);
  }

  Task<void> sign_in() {
    const auto email = any_email();
    auto* const account = holder(email);
    const bool is_wrong = once_in(4), is_late = once_in(6);
    note("sign in as " + std::string(email.str()) + (is_wrong ? " with a wrong password" : is_late ? " too late" : ""));
    auto record = co_await stores_.accounts().find_sign_in(email.key());
    const bool is_known = account && !account->verifier.empty();
    expect("record", is_known ? success : account_not_found, outcome_of(record));
    if (record && is_known) {
      expect("verifier", account->verifier, record->verifier);
      expect("version", account->version, record->credential_version);
      expect("status", account->status, record->status);
    }

    const auto attempt = make_.attempt(email);
    auto reserved = co_await stores_.attempts().reserve(attempt, now_);
    expect("reservation", success, outcome_of(reserved));
    if (!reserved) co_return;
    using State = throttle::Reservation::State;
    expect("reservation", is_locked(email) ? State::locked : State::granted, reserved->state);
    if (reserved->state != State::granted) co_return;
    if (is_wrong || !is_known) co_return co_await fail_sign_in(email, account, attempt);

    auto device = make_.device(account->id, "device " + std::to_string(choose(4)), now_);
    const auto version = account->version - (is_late ? 1 : 0);
    auto told = mail(mail::MailKind::new_device, account->id);
    auto opened = co_await stores_.sessions().open(
        {.session = device.session, .credential_version = version, .attempt = attempt, .mail = told, .origin = {}});
    const auto expected = is_admitted(*account, version) ? success : credentials_changed;
    expect("sign in", expected, outcome_of(opened));
    if (expected == success) {
      arrives(told);
      replace_sessions(*account, device.session.device.id);
      account->events.emplace_back("signed_in");
      open_in_model(std::move(device), index_of(*account));
    } else {
      auto refunded = co_await stores_.attempts().settle(attempt, throttle::Verdict::refunded, now_);
      expect("refund", success, outcome_of(refunded));
    }
  }
  Task<void> fail_sign_in(accounts::Email email, ModelAccount* account, throttle::Attempt attempt) {
    sessions::FailedSignIn failure{
        .attempt = attempt, .notice_key = CommandMaker::notice_key(email), .now = now_, .origin = {}};
    if (account) {
      failure.account = account->id;
      failure.notice = mail(mail::MailKind::locked, account->id);
    }
    auto failed = co_await stores_.sessions().fail_sign_in(failure);
    expect("failed sign-in", success, outcome_of(failed));
    auto& counter = counter_of(email);
    counter = throttle::after_failure(counter, now_, rules_);
    if (!is_locked(email)) co_return;
    if (account) account->events.emplace_back("sign_in_locked");
    auto& told_until = told_until_[std::string(email.key().str())];
    if (told_until > now_) co_return;
    told_until = now_ + sessions::lock_notice_pause;
    arrives(failure.notice);
  }
  /// Those of the device, then the oldest until there is room for one more.
  void replace_sessions(ModelAccount& account, std::string_view device) {
    std::vector<ModelSession*> others;
    for (auto& session : sessions_)
      if (session.owner == index_of(account) && session.is_live) others.push_back(&session);
    std::ranges::sort(others, std::ranges::less{}, [](const ModelSession* session) {
      return std::pair(session->session.created_at, session->session.id);
    });
    auto left = others.size() + 1;
    const auto replace = [&](ModelSession& session) {
      session.is_live = false;
      account.events.emplace_back("session_replaced");
      --left;
    };
    for (auto* session : others)
      if (session->session.device.id == device) replace(*session);
    for (auto* session : others)
      if (session->is_live && left > lifetimes_.per_account) replace(*session);
  }

  Task<void> refresh() {
    if (sessions_.empty()) co_return;
    auto& model = one_of(sessions_);
    const bool is_stolen = model.tokens.size() > 2 && once_in(2);
    const auto& token = is_stolen ? model.tokens[model.tokens.size() - 3] : model.tokens.back();
    note_about(is_stolen ? "reuse a token of" : "refresh a session of", accounts_[model.owner]);
    auto rotated = co_await stores_.sessions().rotate_refresh(make_.rotation(token, now_));
    expect("refresh",
           !model.is_live ? session_expired
           : is_stolen    ? refresh_token_reused
                          : success,
           outcome_of(rotated));
    if (rotated) {
      model.tokens.push_back(make_.successor(token, rotated->nonce));
    } else if (model.is_live) {
      model.is_live = false;
      accounts_[model.owner].events.emplace_back("refresh_token_reused");
    }
  }
  Task<void> sign_out() {
    if (sessions_.empty()) co_return;
    auto& model = one_of(sessions_);
    note_about("sign out of", accounts_[model.owner]);
    auto ended = co_await stores_.sessions().end(model.session.id, sessions::EndReason::signed_out, now_, {});
    expect("sign out", success, outcome_of(ended));
    if (model.is_live) accounts_[model.owner].events.emplace_back("session_ended");
    model.is_live = false;
  }
  Task<void> revoke() {
    if (sessions_.empty()) co_return;
    const auto& by = one_of(sessions_);
    auto& revoked = one_of(sessions_);
    note_about("revoke a session of", accounts_[revoked.owner]);
    auto done = co_await stores_.sessions().revoke(
        {.by = by.session.id, .session = revoked.session.id, .now = now_, .origin = {}});
    const bool is_found = revoked.is_live && revoked.owner == by.owner;
    const auto expected = !by.is_live ? session_expired : is_found ? success : session_not_found;
    expect("revocation", expected, outcome_of(done));
    if (expected != success) co_return;
    revoked.is_live = false;
    accounts_[revoked.owner].events.emplace_back("session_revoked");
  }
  Task<void> revoke_others() {
    if (sessions_.empty()) co_return;
    const auto& by = one_of(sessions_);
    auto& owner = accounts_[by.owner];
    note_about("revoke all other sessions of", owner);
    auto done = co_await stores_.sessions().revoke_others(by.session.id, now_, {});
    expect("revocation", by.is_live ? success : session_expired, outcome_of(done));
    if (!by.is_live) co_return;
    for (auto& other : sessions_) {
      if (other.owner != by.owner || !other.is_live || &other == &by) continue;
      other.is_live = false;
      owner.events.emplace_back("session_revoked");
    }
  }
  Task<void> reauthenticate() {
    if (sessions_.empty()) co_return;
    const auto& model = one_of(sessions_);
    auto& owner = accounts_[model.owner];
    const auto version = owner.version - (once_in(3) ? 1 : 0);
    note_about("reauthenticate", owner);
    auto done = co_await stores_.sessions().reauthenticate(
        {.session = model.session.id, .credential_version = version, .now = now_, .origin = {}});
    const auto expected = !model.is_live ? session_expired : version == owner.version ? success : credentials_changed;
    expect("reauthentication", expected, outcome_of(done));
    if (expected == success) owner.events.emplace_back("reauthenticated");
  }
  Task<void> change_password() {
    if (sessions_.empty()) co_return;
    auto& model = one_of(sessions_);
    auto& owner = accounts_[model.owner];
    const bool is_late = once_in(4);
    note_about(is_late ? "change too late the password of" : "change the password of", owner);
    const accounts::PasswordChange change{.account = owner.id,
                                          .session = model.session.id,
                                          .previous = is_late ? "an earlier verifier" : owner.verifier,
                                          .next = make_.verifier(),
                                          .mail = mail(mail::MailKind::password_changed, owner.id),
                                          .now = now_,
                                          .origin = {}};
    auto changed = co_await stores_.accounts().change_password(change);
    const auto expected = !model.is_live ? session_expired : is_late ? verifier_changed : success;
    expect("change of password", expected, outcome_of(changed));
    if (expected != success) co_return;
    arrives(change.mail);
    owner.verifier = change.next;
    ++owner.version;
    owner.events.emplace_back("password_changed");
    end_sessions_of(model.owner, &model);
  }
  Task<void> update_profile() {
    auto& account = any_account();
    const auto name = "Name " + std::to_string(choose(9));
    note_about("name", account);
    auto changed =
        co_await stores_.accounts().update_profile({.account = account.id,
                                                    .display_name = accounts::DisplayName::parse(name).value(),
                                                    .locale = std::nullopt,
                                                    .time_zone = std::nullopt,
                                                    .now = now_,
                                                    .origin = {}});
    expect("change of profile", account.is_there() ? success : account_not_found, outcome_of(changed));
    if (!account.is_there()) co_return;
    account.name = name;
    account.events.emplace_back("profile_changed");
  }
  Task<void> set_status() {
    static constexpr std::array any{AccountStatus::active, AccountStatus::suspended, AccountStatus::deleted};
    auto& account = any_account();
    if (account.verifier.empty()) co_return;
    const auto status = any[choose(any.size())];
    note_about("make " + std::string(to_text(status)), account);
    auto changed = co_await stores_.accounts().set_status(account.id, status, now_, {});
    expect("change of status", account.is_there() ? success : account_not_found, outcome_of(changed));
    if (!account.is_there()) co_return;
    account.status = status;
    account.events.emplace_back("account_status_changed");
    end_sessions_of(index_of(account));
  }
  Task<void> end_sessions() {
    auto& account = any_account();
    note_about("sign out everywhere", account);
    Outcome refusal;
    const bool is_own = once_in(2);
    auto ended = is_own ? co_await stores_.accounts().end_sessions(account.id, now_, {})
                        : co_await stores_.administration().end_sessions(account.id, mandate(refusal));
    const auto expected = refusal != success ? refusal : account.is_there() ? success : account_not_found;
    expect("end of sessions", expected, outcome_of(ended));
    if (expected != success) co_return;
    account.events.emplace_back("all_sessions_ended");
    end_sessions_of(index_of(account));
  }

  Task<void> delete_account() {
    auto& account = any_account();
    const auto* const by = sessions_.empty() || once_in(3) ? nullptr : &one_of(sessions_);
    note_about("delete", account);
    accounts::AccountDeletion deletion{
        .account = account.id, .session = std::nullopt, .mail = std::nullopt, .now = now_, .origin = {}};
    if (by) deletion.session = by->session.id;
    auto deleted = co_await stores_.accounts().delete_account(deletion);
    const bool is_refused = by && (!by->is_live || by->owner != index_of(account));
    const auto expected = is_refused ? session_expired : account.is_there() ? success : account_not_found;
    expect("deletion", expected, outcome_of(deleted));
    if (expected != success) co_return;
    account.status = AccountStatus::deleted;
    account.events.emplace_back("account_status_changed");
    end_sessions_of(index_of(account));
  }

  // Proofs and changes of addresses.

  Task<void> ask_verification() {
    if (sessions_.empty()) co_return;
    const auto& by = one_of(sessions_);
    const auto& owner = accounts_[by.owner];
    note_about("ask to verify", owner);
    auto flow = new_flow(FlowKind::verification, owner.email, by.owner, owner.version);
    const verification::AskedAgain asked{
        .session = by.session.id,
        .flow = CommandMaker::mailed_flow(flow.kind, flow.secrets, owner.id, owner.email, owner.version, now_),
        .mail = mail(mail::MailKind::verification, owner.id)};
    auto done = co_await stores_.verification().ask_again(asked);
    const auto expected = !by.is_live                         ? session_expired
                          : owner.is_verified                 ? already_verified
                          : is_throttled(by.owner, flow.kind) ? throttled
                                                              : success;
    expect("request to verify", expected, outcome_of(done));
    if (expected != success) co_return;
    arrives(asked.mail);
    flows_.push_back(std::move(flow));
  }
  Task<void> ask_change() {
    if (sessions_.empty()) co_return;
    const auto& by = one_of(sessions_);
    const auto& owner = accounts_[by.owner];
    const auto email = any_email();
    const bool is_late = once_in(5);
    note_about("ask to change to " + std::string(email.str()), owner);
    auto flow = new_flow(FlowKind::change_of_address, email, by.owner, owner.version);
    const verification::AskedChange asked{
        .session = by.session.id,
        .credential_version = owner.version - (is_late ? 1 : 0),
        .flow = CommandMaker::mailed_flow(flow.kind, flow.secrets, owner.id, email, owner.version, now_),
        .mail = mail(mail::MailKind::confirm_address, owner.id),
        .if_taken = make_.taken_address(flow.kind, now_)};
    auto done = co_await stores_.verification().ask_change(asked);
    const auto expected = !by.is_live || is_late              ? session_expired
                          : is_throttled(by.owner, flow.kind) ? throttled
                                                              : success;
    expect("request to change", expected, outcome_of(done));
    const auto* const other = holder(email);
    if (expected != success || (other && other != &owner)) co_return;
    arrives(asked.mail);
    flows_.push_back(std::move(flow));
  }
  /// What the flow is about, if it is good for it.
  ModelAccount* find_living(const ModelFlow& flow) {
    auto& account = accounts_[*flow.owner];
    const bool is_as_it_was = flow.kind != FlowKind::change_of_address || flow.version == account.version;
    return is_as_it_was && account.is_there() && account.status != AccountStatus::suspended ? &account : nullptr;
  }
  Task<void> confirm_address() {
    auto* const flow = any_flow();
    if (flow == nullptr || !flow->owner) co_return;
    const auto way = ways[choose(ways.size())];
    const auto kind = once_in(8) ? FlowKind::verification : flow->kind;
    if (kind != FlowKind::verification && kind != FlowKind::change_of_address) co_return;
    note("confirm flow " + std::to_string(flow - flows_.data()) + " in way " + std::to_string(static_cast<int>(way)));
    auto device = make_.device(accounts_[*flow->owner].id, "first", now_);
    const verification::Confirmation asked{.kind = kind,
                                           .proof = make_.proof(flow->secrets, way),
                                           .session = device.session,
                                           .notice = mail(mail::MailKind::address_changed, device.session.account),
                                           .now = now_,
                                           .origin = {}};
    auto confirmed = co_await stores_.verification().confirm(asked);
    auto* const account = is_proven(*flow, kind, way) ? find_living(*flow) : nullptr;
    const bool is_change = kind == FlowKind::change_of_address;
    auto expected = account ? success : flow_invalid;
    if (account && is_change) {
      const auto* const other = holder(*flow->email);
      if (account->status != AccountStatus::active) expected = flow_invalid;
      else if (other && other != account) expected = identifier_taken;
    } else if (account && flow->email->key() != account->email.key()) {
      expected = flow_invalid;
    }
    expect("confirmation", expected, outcome_of(confirmed));
    if (expected != success || !confirmed) co_return;
    account->is_verified = true;
    if (is_change) {
      arrives(asked.notice);
      account->email = *flow->email;
      account->events.emplace_back("address_changed");
      drop_flows(index_of(*account));
    } else {
      const bool opens = account->status == AccountStatus::pending;
      expect("session", opens, confirmed->has_session);
      account->status = AccountStatus::active;
      account->events.emplace_back("address_verified");
      for (auto& other : flows_)
        if (other.owner == index_of(*account) && other.kind == kind) other.is_gone = true;
      if (opens) open_in_model(std::move(device), index_of(*account));
    }
  }
  Task<void> disown() {
    auto* const flow = any_flow();
    if (flow == nullptr || !flow->owner) co_return;
    const auto kind = flow->kind;
    if (kind != FlowKind::verification && kind != FlowKind::change_of_address) co_return;
    const auto way = once_in(2) ? Way::link : Way::wrong_link;
    note("disown flow " + std::to_string(flow - flows_.data()) + " in way " + std::to_string(static_cast<int>(way)));
    auto disowned = co_await stores_.verification().disown(
        {.kind = kind, .proof = make_.proof(flow->secrets, way), .now = now_, .origin = {}});
    auto* const account = is_proven(*flow, kind, way) ? find_living(*flow) : nullptr;
    expect("disowning", account ? success : flow_invalid, outcome_of(disowned));
    if (!account || !disowned) co_return;
    using enum verification::Disowned;
    const bool is_deleted = kind == FlowKind::verification && !account->is_verified;
    expect("disowned", is_deleted ? account_deleted : flow_cancelled, *disowned);
    flow->is_gone = true;
    if (!is_deleted) co_return;
    account->status = AccountStatus::deleted;
    account->events.emplace_back("account_disowned");
    drop_flows(index_of(*account));
    end_sessions_of(index_of(*account));
  }

  // Recovery.

  Task<void> request_recovery() {
    const auto email = any_email();
    note("ask for a new password of " + std::string(email.str()));
    ModelFlow flow{.secrets = make_.flow_secrets(now_),
                   .kind = FlowKind::recovery,
                   .email = email,
                   .owner = std::nullopt,
                   .created_at = now_,
                   .expires_at = now_ + CommandMaker::recovery_valid_for};
    auto requested = co_await stores_.mail_requests().request(CommandMaker::recovery_request(flow.secrets, email, now_),
                                                              std::nullopt);
    expect("request", success, outcome_of(requested));
    flows_.push_back(std::move(flow));
  }
  /// Mostly the newest, or hardly a flow would live as long as its story.
  ModelFlow* any_flow() {
    if (flows_.empty()) return nullptr;
    return &flows_[flows_.size() - 1 - choose(std::min<std::size_t>(flows_.size(), once_in(5) ? 100 : 3))];
  }
  Task<void> answer_recovery() {
    auto* const flow = any_flow();
    if (flow == nullptr) co_return;
    auto* const found = flow->email ? holder(*flow->email) : nullptr;
    // The server looked, and the account may be another one since.
    auto* const looked_at = once_in(5) ? &one_of(accounts_) : found;
    const auto version = looked_at ? looked_at->version - (once_in(6) ? 1 : 0) : 0;
    accounts::RequestAnswer answer{.request = flow->secrets.id, .mail = std::nullopt};
    if (looked_at) {
      answer = make_.recovery_mail(flow->secrets, looked_at->id, version, now_);
      mails_.emplace(answer.mail->proof.mail.id, false);
    }
    note("answer request " + std::to_string(flow - flows_.data()));
    auto answered = co_await stores_.mail_requests().answer(FlowKind::recovery, {answer}, now_);
    expect("answer", success, outcome_of(answered));
    if (!answered) co_return;
    const bool is_wanted = looked_at && looked_at == found && found->is_recoverable() && version == found->version;
    std::pair<std::int64_t, std::int64_t> expected{0, 0};
    if (flow->is_due() && is_wanted && !is_throttled(index_of(*found), FlowKind::recovery)) {
      expected.first = 1;
      arrives(answer.mail->proof.mail);
      flow->owner = index_of(*found);
      flow->version = version;
      flow->expires_at = now_ + CommandMaker::recovery_valid_for;
    } else if (flow->is_due() && (is_wanted || !answer.mail)) {
      expected.second = 1;
      flow->email.reset();
    }
    expect("mailed and dismissed", expected, std::pair(answered->mailed, answered->dismissed));
  }
  Task<void> confirm_recovery() {
    auto* const flow = any_flow();
    if (flow == nullptr) co_return;
    co_await try_recovery(*flow, ways[choose(ways.size())]);
  }
  /// Somebody who does not give up, and comes by the code then.
  Task<void> guess_code() {
    auto* const flow = any_flow();
    if (flow == nullptr) co_return;
    for (auto left = choose(7); left > 0; --left) co_await try_recovery(*flow, Way::wrong_code);
    co_await try_recovery(*flow, Way::code);
  }
  Task<void> try_recovery(ModelFlow& flow, Way way) {
    note("prove request " + std::to_string(&flow - flows_.data()) + " in way " + std::to_string(static_cast<int>(way)));
    const auto shown = make_.proof(flow.secrets, way);
    const auto owner = flow.owner;
    // A look at first, mostly, as the handler does.
    for (const bool is_look : {true, false}) {
      if (is_look && once_in(3)) continue;
      bool is_right = is_proven(flow, FlowKind::recovery, way) && owner && flow.email;
      if (is_right) {
        const auto& account = accounts_[*owner];
        is_right = account.is_recoverable() && account.version == flow.version && holder(*flow.email) == &account;
      }
      if (is_look) {
        auto looked = co_await stores_.recovery().check(shown, now_);
        expect("look", success, outcome_of(looked));
        if (looked) expect("proven", is_right, looked->has_value());
      } else {
        co_await recover(shown, is_right ? owner : std::nullopt);
      }
    }
  }
  Task<void> recover(flows::ProofDigests shown, std::optional<std::size_t> owner) {
    const auto email = owner ? accounts_[*owner].email : any_email();
    const recovery::Recovery asked{.proof = std::move(shown),
                                   .verifier = make_.verifier(),
                                   .name = CommandMaker::name_key(email),
                                   .notice = mail(mail::MailKind::password_changed, accounts_[owner.value_or(0)].id),
                                   .now = now_,
                                   .origin = {}};
    auto recovered = co_await stores_.recovery().recover(asked);
    expect("recovery", owner ? success : flow_invalid, outcome_of(recovered));
    if (!owner) co_return;
    auto& account = accounts_[*owner];
    arrives(asked.notice);
    if (!account.is_verified) account.name.reset();
    account.verifier = asked.verifier;
    account.is_verified = true;
    account.status = AccountStatus::active;
    ++account.version;
    account.events.emplace_back("password_recovered");
    counters_.erase(std::string(email.key().str()));
    drop_flows(*owner);
    end_sessions_of(*owner);
  }

  // Administration and invitations.

  Task<void> create_user() {
    const auto email = any_email();
    const auto id = make_.account_id(now_);
    const bool has_password = once_in(3), is_administrator = once_in(4);
    note("create " + std::string(email.str()) + (has_password ? "" : " with an invitation"));
    Outcome refusal;
    accounts::NewUser user{.id = id, .email = email, .mandate = mandate(refusal)};
    user.role = is_administrator ? Role::admin : Role::user;
    std::optional<ModelFlow> invitation;
    if (has_password) {
      user.verifier = make_.verifier();
    } else {
      user.mail = mail(mail::MailKind::invitation, id);
      invitation = new_flow(FlowKind::invitation, email, accounts_.size(), 1);
      user.invitation = CommandMaker::mailed_flow(FlowKind::invitation, invitation->secrets, id, email, 1, now_);
    }
    auto created = co_await stores_.administration().create_user(user);
    const auto expected = refusal != success ? refusal : holder(email) ? identifier_taken : success;
    expect("creation", expected, outcome_of(created));
    if (expected != success) co_return;
    arrives(user.mail);
    accounts_.push_back({.id = id,
                         .email = email,
                         .verifier = user.verifier.value_or(""),
                         .role = user.role,
                         .status = has_password ? AccountStatus::active : AccountStatus::pending,
                         .events = {"account_created"}});
    if (invitation) flows_.push_back(std::move(*invitation));
  }
  Task<void> update_user() {
    auto& account = any_account();
    note_about("update", account);
    Outcome refusal;
    accounts::UserChange change{.account = account.id, .mandate = mandate(refusal)};
    static constexpr std::array roles{Role::admin, Role::user, Role::guest};
    switch (choose(4)) {
      case 0:
        change.email = any_email();
        change.notice = mail(mail::MailKind::address_changed, account.id);
        note("  to " + std::string(change.email->str()));
        break;
      case 1:
        change.role = roles[choose(roles.size())];
        note("  to " + std::string(to_text(*change.role)));
        break;
      case 2:
        change.status = once_in(2) ? AccountStatus::active : AccountStatus::suspended;
        note("  to " + std::string(to_text(*change.status)));
        break;
      default:
        change.display_name = accounts::DisplayName::parse("Name " + std::to_string(choose(3))).value();
        change.role = roles[choose(roles.size())];
        note("  to another name and " + std::string(to_text(*change.role)));
    }
    auto updated = co_await stores_.administration().update_user(change);
    const auto* const other = change.email ? holder(*change.email) : nullptr;
    const bool lacks_password =
        change.status == AccountStatus::active && account.status != AccountStatus::active && account.verifier.empty();
    const auto expected = refusal != success                      ? refusal
                          : !account.is_there()                   ? account_not_found
                          : lacks_password                        ? password_missing
                          : other != nullptr && other != &account ? identifier_taken
                                                                  : success;
    expect("update", expected, outcome_of(updated));
    if (expected == success) apply(change, account);
  }
  void apply(const accounts::UserChange& change, ModelAccount& account) {
    const auto index = index_of(account);
    if (change.display_name && account.name != (*change.display_name)->str()) {
      account.name = (*change.display_name)->str();
      account.events.emplace_back("profile_changed");
    }
    if (change.email && change.email->str() != account.email.str()) {
      account.events.emplace_back("address_changed");
      if (change.email->key() != account.email.key()) {
        account.is_verified = false;
        drop_flows(index);
        arrives(change.notice);
      }
      account.email = *change.email;
    }
    if (change.role && *change.role != account.role) {
      account.role = *change.role;
      account.events.emplace_back("role_changed");
      end_sessions_of(index);
    }
    if (change.status && *change.status != account.status) {
      account.status = *change.status;
      account.events.emplace_back("account_status_changed");
      end_sessions_of(index);
    }
  }
  Task<void> set_password() {
    auto& account = any_account();
    note_about("set the password of", account);
    Outcome refusal;
    const accounts::SetPassword setting{.account = account.id,
                                        .verifier = make_.verifier(),
                                        .mail = mail(mail::MailKind::password_changed, account.id),
                                        .mandate = mandate(refusal)};
    auto set = co_await stores_.administration().set_password(setting);
    const auto expected = refusal != success ? refusal : account.is_there() ? success : account_not_found;
    expect("set password", expected, outcome_of(set));
    if (expected != success) co_return;
    arrives(setting.mail);
    account.verifier = setting.verifier;
    ++account.version;
    account.events.emplace_back("password_set");
    if (account.status == AccountStatus::pending) {
      account.status = AccountStatus::active;
      account.events.emplace_back("account_status_changed");
    }
    drop_flows(index_of(account));
    end_sessions_of(index_of(account));
  }
  Task<void> remove_user() {
    auto& account = any_account();
    note_about("remove", account);
    Outcome refusal;
    auto removed = co_await stores_.administration().remove_user(account.id, mandate(refusal));
    const auto expected = refusal != success ? refusal : account.is_there() ? success : account_not_found;
    expect("removal", expected, outcome_of(removed));
    if (expected != success) co_return;
    account.status = AccountStatus::deleted;
    account.events.emplace_back("account_status_changed");
    end_sessions_of(index_of(account));
  }
  Task<void> restore_user() {
    auto& account = one_of(accounts_);
    note_about("restore", account);
    Outcome refusal;
    auto restored = co_await stores_.administration().restore_user(account.id, mandate(refusal));
    const auto expected = refusal != success      ? refusal
                          : account.is_there()    ? not_deleted
                          : holder(account.email) ? identifier_taken
                                                  : success;
    expect("restoration", expected, outcome_of(restored));
    if (expected != success) co_return;
    account.status = account.verifier.empty() ? AccountStatus::pending : AccountStatus::active;
    account.events.emplace_back("account_restored");
  }
  Task<void> invite() {
    auto& account = any_account();
    const auto email = once_in(4) ? any_email() : account.email;
    note_about("invite again", account);
    Outcome refusal;
    auto flow = new_flow(FlowKind::invitation, email, index_of(account), account.version);
    const accounts::Reinvitation invitation{
        .account = account.id,
        .flow = CommandMaker::mailed_flow(FlowKind::invitation, flow.secrets, account.id, email, account.version, now_),
        .mail = mail(mail::MailKind::invitation, account.id),
        .mandate = mandate(refusal)};
    auto invited = co_await stores_.administration().invite(invitation);
    const auto expected = refusal != success    ? refusal
                          : !account.is_there() ? account_not_found
                          : awaits_owner(flow)  ? success
                                                : not_invited;
    expect("invitation", expected, outcome_of(invited));
    if (expected != success) co_return;
    arrives(invitation.mail);
    for (auto& earlier : flows_)
      if (earlier.owner == flow.owner && earlier.kind == FlowKind::invitation) earlier.is_gone = true;
    flows_.push_back(std::move(flow));
    account.events.emplace_back("invitation_sent");
  }
  Task<void> accept_invitation() {
    auto* const flow = any_flow();
    if (flow == nullptr || !flow->owner) co_return;
    const bool is_wrong = once_in(4);
    const auto owner = once_in(8) ? choose(accounts_.size()) : *flow->owner;
    note("accept invitation " + std::to_string(flow - flows_.data()) + (is_wrong ? " with a wrong link" : ""));
    const auto shown = make_.proof(flow->secrets, is_wrong ? Way::wrong_link : Way::link);
    auto& account = accounts_[owner];
    auto device = make_.device(account.id, "first", now_);
    const auto verifier = make_.verifier();
    const bool is_good =
        is_proven(*flow, FlowKind::invitation, is_wrong ? Way::wrong_link : Way::link) && awaits_owner(*flow);
    auto found = co_await stores_.invitations().find(shown, now_);
    expect("look", is_good ? success : flow_invalid, outcome_of(found));
    auto accepted = co_await stores_.invitations().accept(
        {.proof = shown, .verifier = verifier, .session = device.session, .origin = {}});
    const auto expected = is_good && owner == *flow->owner ? success : flow_invalid;
    expect("acceptance", expected, outcome_of(accepted));
    if (expected != success) co_return;
    account.verifier = verifier;
    account.status = AccountStatus::active;
    account.is_verified = true;
    account.events.emplace_back("invitation_accepted");
    drop_flows(owner);
    open_in_model(std::move(device), owner);
  }

  // Time, and what is stored.

  Task<void> wait() {
    // Sessions outlive the story: how they expire is the model's of sessions.
    static constexpr std::array<microseconds, 8> steps{seconds{1},  seconds{11}, minutes{4}, minutes{14},
                                                       minutes{16}, minutes{61}, hours{7},   hours{25}};
    const auto by = steps[choose(steps.size())];
    if (now_ + by >= began_at_ + lifetimes_.sliding) co_return;
    note("wait " + std::to_string(by.count()) + " µs");
    now_ += by;
  }
  Task<void> check_all() {
    note("check");
    for (const auto& session : sessions_) {
      auto found = co_await stores_.sessions().find(session.session.id, now_);
      expect("session of " + std::string(accounts_[session.owner].email.str()),
             session.is_live ? success : session_expired, outcome_of(found));
      if (found) expect("version", accounts_[session.owner].version, found->session.credential_version);
    }
    using enum AccountStatus;
    for (const auto& account : accounts_) {
      accounts::AccountFilter filter{.statuses = {pending, active, suspended, deleted}, .ids = {account.id}};
      auto listed = co_await stores_.directory().list(std::move(filter));
      expect("list", success, outcome_of(listed));
      if (!listed || listed->accounts.size() != 1) co_return complain("account not found");
      const auto& found = listed->accounts.front();
      expect("address", std::string(account.email.str()), found.email);
      expect("name", account.name, found.display_name);
      expect("role", account.role, found.role);
      expect("status", account.status, found.status);
      expect("version", account.version, found.credential_version);
      expect("verified", account.is_verified, found.is_email_verified);
      expect("password", !account.verifier.empty(), found.has_password);
      auto record = co_await stores_.accounts().find_sign_in(account.id);
      const bool signs_in = account.is_there() && !account.verifier.empty();
      expect("record", signs_in ? success : account_not_found, outcome_of(record));
      if (record) expect("verifier", account.verifier, record->verifier);
    }
  }
  /// One audit row for each success and none else, in their order; one mail for each cause and none else.
  Task<void> check_records() {
    for (const auto& account : accounts_) {
      auto rows = co_await stores_.audit_log().recent(account.id, 1000);
      expect("audit log", success, outcome_of(rows));
      if (!rows) co_return;
      std::vector<std::string> events;
      for (auto& row : *rows) events.push_back(std::move(row.event));
      std::ranges::reverse(events);
      expect("events of " + std::string(account.email.str()), account.events, events);
    }
    for (const auto& [id, has_arrived] : mails_) {
      auto found = co_await stores_.outbox().find(id);
      expect("mail", has_arrived, found.has_value());
    }
  }

  Stores& stores_;
  const sessions::Lifetimes& lifetimes_;
  core::Timestamp now_;
  const core::Timestamp began_at_;
  CommandMaker make_;
  std::vector<std::array<accounts::Email, 2>> spellings_;  ///< of the same addresses
  std::vector<ModelAccount> accounts_;                     ///< deleted ones too
  std::vector<ModelSession> sessions_;
  std::vector<ModelFlow> flows_;
  std::map<std::string, core::Timestamp> done_;  ///< named requests
  std::map<std::string, throttle::AttemptCounter> counters_;
  std::map<std::string, core::Timestamp> told_until_;
  const throttle::AttemptRules rules_;
  std::map<mail::MailId, bool> mails_;
};

class AccountModel : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(On, AccountModel, every_adapter, adapter_name);

TEST_P(AccountModel, RandomStoriesFromSeveralThreadsGoAsTheModelSays) {
  static constexpr std::size_t stories = 100, threads = 4;
  static constexpr int steps = 100;
  // Whoever a story makes an administrator is not the last one: the races are about that.
  run(accounts().create_administrator({.id = core::AccountId::fresh(now(), mint.random()),
                                       .email = accounts::Email::parse("boss@example.org").value(),
                                       .verifier = verifier,
                                       .created_at = now(),
                                       .origin = origin}))
      .value();
  std::vector<std::unique_ptr<AccountStory>> told;
  for (std::size_t seed = 1; seed <= stories; ++seed)
    told.push_back(std::make_unique<AccountStory>(*stores, mint, lifetimes, now(), seed));

  const auto ends = tell_at_once(clock, stories, threads, [&](std::size_t story) { return told[story]->run(steps); });

  for (std::size_t story = 0; story < stories; ++story) EXPECT_EQ(ends[story], "") << "seed " << story + 1;
}

}  // namespace
}  // namespace sallyport::contract
