#include <algorithm>
#include <array>
#include <initializer_list>

#include "audit/chain_check.h"
#include "command_maker.h"
#include "history.h"
#include "story.h"

namespace sallyport::contract {
namespace {

using accounts::Account;
using accounts::AccountStatus;
using accounts::Role;
using flows::FlowKind;

constexpr std::array every_status{AccountStatus::pending, AccountStatus::active, AccountStatus::suspended,
                                  AccountStatus::deleted};

/// What everybody in the race knows of: the same few accounts, their devices, and the mails of all of them.
class Board {
 public:
  struct Session {
    core::SessionId id;
    core::AccountId account;
  };
  struct Flow {
    FlowSecrets secrets;
    core::AccountId account;
    flows::FlowKind kind;
  };
  using Token = std::shared_ptr<const RefreshToken>;

  void add(core::AccountId account) {
    std::lock_guard lock(mutex_);
    accounts_.push_back(account);
  }
  void add(const Session& session, Token first) {
    std::lock_guard lock(mutex_);
    sessions_.push_back(session);
    tokens_[session.id].push_back(std::move(first));
  }
  void add(const Flow& flow) {
    std::lock_guard lock(mutex_);
    flows_.push_back(flow);
  }
  void add_request(const FlowSecrets& secrets) {
    std::lock_guard lock(mutex_);
    requests_.emplace(secrets.id, secrets);
  }
  void add_successor(core::SessionId session, Token token) {
    std::lock_guard lock(mutex_);
    auto& tokens = tokens_[session];
    if (token->generation() > tokens.back()->generation()) tokens.push_back(std::move(token));
  }

  std::vector<core::AccountId> accounts() const { return copy(accounts_); }
  std::vector<Session> sessions() const { return copy(sessions_); }
  std::vector<Flow> flows() const { return copy(flows_); }
  std::vector<Token> tokens(core::SessionId session) const {
    std::lock_guard lock(mutex_);
    return tokens_.at(session);
  }
  std::optional<FlowSecrets> request(flows::FlowId id) const {
    std::lock_guard lock(mutex_);
    const auto found = requests_.find(id);
    return found == requests_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  template <class All>
  All copy(const All& all) const {
    std::lock_guard lock(mutex_);
    return all;
  }

  mutable std::mutex mutex_;
  std::vector<core::AccountId> accounts_;
  std::vector<Session> sessions_;
  std::vector<Flow> flows_;
  std::map<core::SessionId, std::vector<Token>> tokens_;
  std::map<flows::FlowId, FlowSecrets> requests_;
};

/// Who got an address or the name of a request that many wanted.
class Prizes {
 public:
  void ask(const std::string& prize, bool is_won) {
    std::lock_guard lock(mutex_);
    winners_[prize] += is_won ? 1 : 0;
  }
  const std::map<std::string, int>& winners() const { return winners_; }

 private:
  std::mutex mutex_;
  std::map<std::string, int> winners_;
};

/// One of many who do things to the same accounts at the same time. What they are told goes into the history; what
/// they are refused has to be a refusal that there may be.
class Racer final : public Story {
 public:
  Racer(Stores& stores, const sessions::TestMint& mint, const sessions::Lifetimes& lifetimes, core::FakeClock& clock,
        Board& board, Prizes& prizes, History& history, std::uint32_t seed)
      : Story(seed),
        stores_(stores),
        clock_(clock),
        board_(board),
        prizes_(prizes),
        history_(history),
        make_(mint.keyring(), lifetimes, seed) {}

  /// What went wrong, with all that led to it; empty if nothing did.
  Task<std::string> run(int steps) {
    for (int i = 0; i < steps && goes_well(); ++i) {
      if (once_in(20)) clock_.advance(seconds{1 + choose(40)});
      co_await step();
    }
    co_return end();
  }

  static accounts::Email shared_email(std::size_t which) {
    return accounts::Email::parse("shared" + std::to_string(which) + "@example.org").value();
  }
  static constexpr std::size_t shared_emails = 10, wanted_emails = 12, wanted_names = 5;

 private:
  Task<void> step() {
    using Step = Task<void> (Racer::*)();
    static constexpr std::array all{
        &Racer::register_account, &Racer::register_account, &Racer::sign_in, &Racer::sign_in, &Racer::sign_in,
        &Racer::sign_in, &Racer::sign_in, &Racer::sign_in, &Racer::sign_in, &Racer::sign_in, &Racer::refresh,
        &Racer::refresh, &Racer::refresh, &Racer::sign_out, &Racer::revoke_others, &Racer::reauthenticate,
        &Racer::change_password, &Racer::change_password, &Racer::change_password,
        // recovery
        &Racer::request_recovery, &Racer::request_recovery, &Racer::answer_requests, &Racer::answer_requests,
        &Racer::confirm_recovery, &Racer::confirm_recovery, &Racer::confirm_recovery, &Racer::confirm_recovery,
        &Racer::guess_code,
        // changes of addresses
        &Racer::ask_change, &Racer::ask_change, &Racer::confirm_change, &Racer::confirm_change,
        // administration
        &Racer::create_user, &Racer::change_role, &Racer::change_role, &Racer::change_status, &Racer::change_status,
        &Racer::change_email, &Racer::set_password, &Racer::set_password, &Racer::remove_user, &Racer::remove_user,
        &Racer::restore_user, &Racer::delete_account, &Racer::restore_user, &Racer::end_sessions, &Racer::invite,
        &Racer::accept_invitation, &Racer::accept_invitation,
        // looking on
        &Racer::look_at_administrators, &Racer::look_at_administrators, &Racer::look_at_session,
        &Racer::look_at_session};
    const Step next = all[choose(all.size())];
    return (this->*next)();
  }

  // The frame of every step.

  /// A deed that begins now.
  Deed begin(std::string what, core::AccountId account) {
    what += " of " + account.str() + " by " + std::to_string(seed());
    note(what);
    Deed deed{.what = std::move(what), .account = account};
    deed.begun = history_.tick();
    return deed;
  }
  void allow(std::string_view what, const Outcome& got, std::initializer_list<Outcome> refusals) {
    note("  " + testing::PrintToString(got));
    if (got != success && std::ranges::find(refusals, got) == refusals.end())
      complain(std::string(what) + ": " + testing::PrintToString(got));
  }
  core::AccountId any_account() {
    const auto all = board_.accounts();
    return one_of(all);
  }
  /// One of the latest few, so that many go for the same.
  template <class All>
  auto late_one_of(const All& all, std::size_t most) {
    return all[all.size() - 1 - choose(std::min(all.size(), most))];
  }
  std::vector<Board::Flow> flows_of(FlowKind kind) const {
    auto all = board_.flows();
    std::erase_if(all, [kind](const Board::Flow& flow) { return flow.kind != kind; });
    return all;
  }
  Board::Session any_session() { return late_one_of(board_.sessions(), 12); }
  accounts::Mandate mandate(Deed& deed) {
    accounts::Mandate mandate{.session = std::nullopt, .now = clock_.now(), .origin = {}};
    if (once_in(3)) deed.needs = mandate.session = any_session().id;
    return mandate;
  }
  /// What is remembered of a new session before anybody can use it.
  void opened(Device device) {
    const auto& session = device.session;
    board_.add({session.id, session.account}, std::make_shared<const RefreshToken>(std::move(device.refresh_token)));
  }

  // Accounts and their sessions.

  Task<void> register_account() {
    const auto wanted = choose(wanted_emails);
    const auto email = accounts::Email::parse("wanted" + std::to_string(wanted) + "@example.org").value();
    const auto now = clock_.now();
    const auto id = make_.account_id(now);
    auto device = make_.device(id, "first", now);
    auto deed = begin("registration of " + std::string(email.str()), id);
    accounts::NewAccount fresh{.id = id,
                               .email = email,
                               .verifier = make_.verifier(),
                               .created_at = now,
                               .session = device.session,
                               .mail = make_.mail(mail::MailKind::welcome, id, now),
                               .origin = {}};
    std::optional<std::string> name;
    if (once_in(3)) {
      name = "name " + std::to_string(choose(wanted_names));
      fresh.request = CommandMaker::named_request(*name);
    }
    auto registered = co_await stores_.accounts().create_account(fresh);
    allow("registration", outcome_of(registered), {identifier_taken, idempotency_key_used});
    history_.add_mail(fresh.mail->id, registered.has_value());
    if (outcome_of(registered) != idempotency_key_used) prizes_.ask(std::string(email.str()), registered.has_value());
    if (!registered) co_return;
    if (name) prizes_.ask(*name, true);
    deed.opens = device.session.id;
    deed.verifier = fresh.verifier;
    deed.events = {"account_registered"};
    history_.add(std::move(deed));
  }
  Task<void> sign_in() {
    const auto account = any_account();
    auto deed = begin("sign-in", account);
    auto record = co_await stores_.accounts().find_sign_in(account);
    allow("record", outcome_of(record), {account_not_found});
    if (!record) co_return;
    const auto now = clock_.now();
    auto device = make_.device(account, "device " + std::to_string(choose(6)), now);
    const auto told = make_.mail(mail::MailKind::new_device, account, now);
    auto opened_session = co_await stores_.sessions().open({.session = device.session,
                                                            .credential_version = record->credential_version,
                                                            .attempt = {},
                                                            .mail = told,
                                                            .origin = {}});
    allow("sign-in", outcome_of(opened_session), {credentials_changed});
    history_.add_mail(told.id, opened_session.has_value());
    if (!opened_session) co_return;
    deed.opens = device.session.id;
    deed.ends = opened_session->ended;
    deed.events = {"signed_in"};
    history_.add(std::move(deed));
    opened(std::move(device));
  }
  Task<void> refresh() {
    const auto session = any_session();
    const auto tokens = board_.tokens(session.id);
    const bool is_stolen = tokens.size() > 2 && once_in(12);
    const auto& token = is_stolen ? tokens[tokens.size() - 3] : tokens.back();
    auto deed = begin("refresh " + std::to_string(token->generation()) + " of " + session.id.str(), session.account);
    auto rotated = co_await stores_.sessions().rotate_refresh(make_.rotation(*token, clock_.now()));
    allow("refresh", outcome_of(rotated), {session_expired, refresh_token_reused});
    if (rotated) {
      history_.add_rotation(session.id, token->generation(), rotated->nonce);
      board_.add_successor(session.id, std::make_shared<const RefreshToken>(make_.successor(*token, rotated->nonce)));
      deed.needs = session.id;
      history_.add(std::move(deed));
    } else if (outcome_of(rotated) == refresh_token_reused) {
      deed.ends = {session.id};
      deed.events = {"refresh_token_reused"};
      history_.add(std::move(deed));
    }
  }
  Task<void> sign_out() {
    const auto session = any_session();
    auto deed = begin("sign-out from " + session.id.str(), session.account);
    auto ended = co_await stores_.sessions().end(session.id, sessions::EndReason::signed_out, clock_.now(), {});
    allow("sign-out", outcome_of(ended), {});
    if (!ended) co_return;
    deed.ends = {session.id};
    deed.may_events = {"session_ended"};
    history_.add(std::move(deed));
  }
  Task<void> revoke_others() {
    const auto session = any_session();
    auto deed = begin("revocation of others by " + session.id.str(), session.account);
    auto revoked = co_await stores_.sessions().revoke_others(session.id, clock_.now(), {});
    allow("revocation", outcome_of(revoked), {session_expired});
    if (!revoked) co_return;
    deed.needs = deed.spares = session.id;
    deed.ends_all = true;
    deed.events.assign(revoked->size(), "session_revoked");
    history_.add(std::move(deed));
  }
  Task<void> reauthenticate() {
    const auto session = any_session();
    auto deed = begin("reauthentication in " + session.id.str(), session.account);
    auto record = co_await stores_.accounts().find_sign_in(session.account);
    if (!record) co_return;
    auto done = co_await stores_.sessions().reauthenticate(
        {.session = session.id, .credential_version = record->credential_version, .now = clock_.now(), .origin = {}});
    allow("reauthentication", outcome_of(done), {session_expired, credentials_changed});
    if (!done) co_return;
    deed.needs = session.id;
    deed.events = {"reauthenticated"};
    history_.add(std::move(deed));
  }
  Task<void> change_password() {
    const auto session = any_session();
    auto deed = begin("change of password in " + session.id.str(), session.account);
    auto record = co_await stores_.accounts().find_sign_in(session.account);
    allow("record", outcome_of(record), {account_not_found});
    if (!record) co_return;
    const auto now = clock_.now();
    const accounts::PasswordChange change{.account = session.account,
                                          .session = session.id,
                                          .previous = record->verifier,
                                          .next = make_.verifier(),
                                          .mail = make_.mail(mail::MailKind::password_changed, session.account, now),
                                          .now = now,
                                          .origin = {}};
    auto changed = co_await stores_.accounts().change_password(change);
    allow("change of password", outcome_of(changed), {session_expired, verifier_changed});
    history_.add_mail(change.mail->id, changed.has_value());
    if (!changed) co_return;
    deed.needs = deed.spares = session.id;
    deed.ends_all = deed.moves_version = deed.drops_flows = true;
    deed.verifier = change.next;
    deed.replaces = change.previous;
    deed.events = {"password_changed"};
    history_.add(std::move(deed));
  }

  Task<void> delete_account() {
    const auto session = any_session();
    auto deed = begin("deletion in " + session.id.str(), session.account);
    auto deleted = co_await stores_.accounts().delete_account(
        {.account = session.account, .session = session.id, .mail = std::nullopt, .now = clock_.now(), .origin = {}});
    allow("deletion", outcome_of(deleted), {session_expired, last_administrator});
    if (!deleted) co_return;
    deed.needs = session.id;
    deed.ends_all = true;
    deed.events = {"account_status_changed"};
    history_.add(std::move(deed));
  }

  // Changes of addresses.

  Task<void> ask_change() {
    const auto session = any_session();
    auto record = co_await stores_.accounts().find_sign_in(session.account);
    if (!record) co_return;
    // Half of them to addresses that nobody else takes: the others are hardly ever free.
    const auto email = shared_email(choose(shared_emails) + (once_in(2) ? shared_emails : 0));
    auto deed = begin("request to change to " + std::string(email.str()), session.account);
    const auto now = clock_.now();
    const auto secrets = make_.flow_secrets(now);
    const verification::AskedChange asked{
        .session = session.id,
        .credential_version = record->credential_version,
        .flow = CommandMaker::mailed_flow(FlowKind::change_of_address, secrets, session.account, email,
                                          record->credential_version, now),
        .mail = make_.mail(mail::MailKind::confirm_address, session.account, now),
        .if_taken = make_.taken_address(FlowKind::change_of_address, now)};
    auto done = co_await stores_.verification().ask_change(asked);
    allow("request to change", outcome_of(done), {session_expired, throttled});
    history_.add_mail(asked.mail.id, done ? std::nullopt : std::optional(false));  // nobody is told of a taken address
    if (!done) co_return;
    deed.needs = session.id;
    deed.makes_flow = secrets.id;
    history_.add(std::move(deed));
    const Board::Flow flow{secrets, session.account, FlowKind::change_of_address};
    board_.add(flow);
    if (once_in(2)) co_await try_change(flow);
  }
  Task<void> confirm_change() {
    const auto all = flows_of(FlowKind::change_of_address);
    if (all.empty()) co_return;
    co_await try_change(late_one_of(all, 3));
  }
  Task<void> try_change(Board::Flow flow) {
    auto deed = begin("change of address by " + flow.secrets.id.str(), flow.account);
    const auto now = clock_.now();
    const auto notice = make_.mail(mail::MailKind::address_changed, flow.account, now);
    auto confirmed = co_await stores_.verification().confirm({.kind = FlowKind::change_of_address,
                                                              .proof = make_.proof(flow.secrets, Way::link),
                                                              .notice = notice,
                                                              .now = now,
                                                              .origin = {}});
    allow("change of address", outcome_of(confirmed), {flow_invalid, identifier_taken});
    history_.add_mail(notice.id, confirmed.has_value());
    if (!confirmed) co_return;
    deed.uses_flow = flow.secrets.id;
    deed.drops_flows = true;
    deed.events = {"address_changed"};
    history_.add(std::move(deed));
  }

  // Recovery.

  Task<void> request_recovery() {
    const auto email = shared_email(choose(shared_emails));
    note("request of recovery for " + std::string(email.str()));
    const auto now = clock_.now();
    const auto secrets = make_.flow_secrets(now);
    board_.add_request(secrets);
    auto requested =
        co_await stores_.mail_requests().request(CommandMaker::recovery_request(secrets, email, now), std::nullopt);
    allow("request", outcome_of(requested), {});
  }
  /// As several servers do at once.
  Task<void> answer_requests() {
    note("answers");
    const auto now = clock_.now();
    auto due = co_await stores_.mail_requests().due(FlowKind::recovery, now, 4);
    allow("due requests", outcome_of(due), {});
    if (!due) co_return;
    for (const auto& request : *due) {
      auto secrets = board_.request(request.id);
      if (!secrets) co_return complain("a request that nobody made");
      if (!request.account) {
        auto dismissed =
            co_await stores_.mail_requests().answer(FlowKind::recovery, {{.request = request.id, .mail = {}}}, now);
        allow("dismissal", outcome_of(dismissed), {});
        continue;
      }
      const auto account = request.account->id;
      // Each server has secrets of its own: those count that came first.
      secrets->link = make_.digest();
      secrets->code = make_.digest();
      auto deed = begin("mail of " + request.id.str(), account);
      const auto answer = make_.recovery_mail(*secrets, account, request.account->credential_version, now);
      auto answered = co_await stores_.mail_requests().answer(FlowKind::recovery, {answer}, now);
      allow("answer", outcome_of(answered), {});
      if (!answered) co_return;
      history_.add_mail(answer.mail->proof.mail.id, answered->mailed == 1);
      if (answered->mailed == 0) continue;
      prizes_.ask("mail of " + request.id.str(), true);
      deed.makes_flow = request.id;
      history_.add(std::move(deed));
      board_.add({*secrets, account, FlowKind::recovery});
    }
  }
  Task<void> confirm_recovery() {
    const auto all = flows_of(FlowKind::recovery);
    if (all.empty()) co_return;
    co_await try_recovery(late_one_of(all, 4), ways[choose(ways.size())]);
  }
  /// Somebody who does not give up, and comes by the code then.
  Task<void> guess_code() {
    const auto all = flows_of(FlowKind::recovery);
    if (all.empty()) co_return;
    const auto flow = late_one_of(all, 2);
    for (auto left = choose(7); left > 0; --left) co_await try_recovery(flow, Way::wrong_code);
    co_await try_recovery(flow, Way::code);
  }
  Task<void> try_recovery(Board::Flow flow, Way way) {
    auto deed = begin("recovery by " + flow.secrets.id.str(), flow.account);
    const auto now = clock_.now();
    auto proof = make_.proof(flow.secrets, way);
    const bool is_wrong = way == Way::wrong_link || way == Way::wrong_code;
    deed.by_code = way == Way::code;
    if (once_in(2)) {
      auto checked = co_await stores_.recovery().check(proof, now);
      allow("check", outcome_of(checked), {});
      if (way == Way::wrong_code) history_.add_guess(flow.secrets.id, deed.begun);
      if (!checked || !*checked) co_return;
      if (is_wrong) co_return complain("a wrong proof was right");
    }
    deed.begun = history_.tick();
    const recovery::Recovery asked{.proof = std::move(proof),
                                   .verifier = make_.verifier(),
                                   .name = CommandMaker::name_key(shared_email(choose(shared_emails))),
                                   .notice = make_.mail(mail::MailKind::password_changed, flow.account, now),
                                   .now = now,
                                   .origin = {}};
    auto recovered = co_await stores_.recovery().recover(asked);
    allow("recovery", outcome_of(recovered), {flow_invalid});
    history_.add_mail(asked.notice.id, recovered.has_value());
    if (way == Way::wrong_code) history_.add_guess(flow.secrets.id, deed.begun);
    if (!recovered) co_return;
    if (is_wrong || *recovered != flow.account) co_return complain("recovered what was not proven");
    deed.uses_flow = flow.secrets.id;
    deed.ends_all = deed.moves_version = deed.drops_flows = true;
    deed.verifier = asked.verifier;
    deed.events = {"password_recovered"};
    history_.add(std::move(deed));
  }

  // Administration and invitations.

  Task<void> create_user() {
    const auto email = shared_email(choose(shared_emails));
    const auto now = clock_.now();
    const auto id = make_.account_id(now);
    auto deed = begin("creation with " + std::string(email.str()), id);
    accounts::NewUser user{.id = id, .email = email, .mandate = mandate(deed)};
    user.role = once_in(3) ? Role::admin : Role::user;
    user.mail = make_.mail(mail::MailKind::invitation, id, now);
    const auto secrets = make_.flow_secrets(now);
    user.invitation = CommandMaker::mailed_flow(FlowKind::invitation, secrets, id, email, 1, now);
    auto created = co_await stores_.administration().create_user(user);
    allow("creation", outcome_of(created), {identifier_taken, session_expired, forbidden});
    history_.add_mail(user.mail->id, created.has_value());
    if (!created) co_return;
    deed.makes_flow = secrets.id;
    deed.events = {"account_created"};
    history_.add(std::move(deed));
    board_.add(id);
    board_.add({secrets, id, FlowKind::invitation});
  }
  Task<void> change_role() {
    static constexpr std::array roles{Role::admin, Role::user, Role::guest};
    const auto account = any_account();
    auto deed = begin("another role", account);
    const auto role = roles[choose(roles.size())];
    auto updated =
        co_await stores_.administration().update_user({.account = account, .role = role, .mandate = mandate(deed)});
    allow("role", outcome_of(updated), {account_not_found, last_administrator, session_expired, forbidden});
    if (!updated) co_return;
    expect("role", role, updated->role);
    deed.may_events = {"role_changed"};
    history_.add(std::move(deed));
  }
  Task<void> change_status() {
    const auto account = any_account();
    auto deed = begin("another status", account);
    const auto status = once_in(2) ? AccountStatus::active : AccountStatus::suspended;
    auto updated =
        co_await stores_.administration().update_user({.account = account, .status = status, .mandate = mandate(deed)});
    allow("status", outcome_of(updated),
          {account_not_found, last_administrator, password_missing, session_expired, forbidden});
    if (!updated) co_return;
    expect("status", status, updated->status);
    deed.ends_all = status == AccountStatus::suspended;
    deed.may_events = {"account_status_changed"};
    history_.add(std::move(deed));
  }
  Task<void> change_email() {
    const auto account = any_account();
    auto deed = begin("another address", account);
    const auto email = shared_email(choose(shared_emails));
    const auto notice = make_.mail(mail::MailKind::address_changed, account, clock_.now());
    auto updated = co_await stores_.administration().update_user(
        {.account = account, .email = email, .notice = notice, .mandate = mandate(deed)});
    allow("address", outcome_of(updated), {account_not_found, identifier_taken, session_expired, forbidden});
    history_.add_mail(notice.id, updated ? std::nullopt : std::optional(false));
    if (!updated) co_return;
    expect("address", std::string(email.str()), updated->email);
    deed.may_events = {"address_changed"};
    history_.add(std::move(deed));
  }
  Task<void> set_password() {
    const auto account = any_account();
    auto deed = begin("password set", account);
    const accounts::SetPassword setting{.account = account,
                                        .verifier = make_.verifier(),
                                        .mail = make_.mail(mail::MailKind::password_changed, account, clock_.now()),
                                        .mandate = mandate(deed)};
    auto set = co_await stores_.administration().set_password(setting);
    allow("password", outcome_of(set), {account_not_found, session_expired, forbidden});
    history_.add_mail(setting.mail->id, set.has_value());
    if (!set) co_return;
    deed.ends_all = deed.moves_version = deed.drops_flows = true;
    deed.verifier = setting.verifier;
    deed.version = set->credential_version;
    deed.events = {"password_set"};
    deed.may_events = {"account_status_changed"};
    history_.add(std::move(deed));
  }
  Task<void> remove_user() {
    const auto account = any_account();
    auto deed = begin("removal", account);
    auto removed = co_await stores_.administration().remove_user(account, mandate(deed));
    allow("removal", outcome_of(removed), {account_not_found, last_administrator, session_expired, forbidden});
    if (!removed) co_return;
    deed.ends_all = true;
    deed.events = {"account_status_changed"};
    history_.add(std::move(deed));
  }
  Task<void> restore_user() {
    const auto account = any_account();
    auto deed = begin("restoration", account);
    auto restored = co_await stores_.administration().restore_user(account, mandate(deed));
    allow("restoration", outcome_of(restored), {not_deleted, identifier_taken, session_expired, forbidden});
    if (!restored) co_return;
    deed.events = {"account_restored"};
    history_.add(std::move(deed));
  }
  Task<void> end_sessions() {
    const auto account = any_account();
    auto deed = begin("end of all sessions", account);
    auto ended = co_await stores_.administration().end_sessions(account, mandate(deed));
    allow("end of sessions", outcome_of(ended), {account_not_found, session_expired, forbidden});
    if (!ended) co_return;
    deed.ends_all = true;
    deed.events = {"all_sessions_ended"};
    history_.add(std::move(deed));
  }
  Task<void> invite() {
    const auto account = any_account();
    auto found = co_await stores_.directory().find(account);
    if (!found || found->status != AccountStatus::pending) co_return;
    auto deed = begin("invitation", account);
    const auto now = clock_.now();
    const auto secrets = make_.flow_secrets(now);
    const accounts::Reinvitation invitation{
        .account = account,
        .flow = CommandMaker::mailed_flow(FlowKind::invitation, secrets, account,
                                          accounts::Email::parse(found->email).value(), found->credential_version, now),
        .mail = make_.mail(mail::MailKind::invitation, account, now),
        .mandate = mandate(deed)};
    auto invited = co_await stores_.administration().invite(invitation);
    allow("invitation", outcome_of(invited), {account_not_found, not_invited, session_expired, forbidden});
    history_.add_mail(invitation.mail.id, invited.has_value());
    if (!invited) co_return;
    deed.makes_flow = secrets.id;
    deed.events = {"invitation_sent"};
    history_.add(std::move(deed));
    board_.add({secrets, account, FlowKind::invitation});
  }
  Task<void> accept_invitation() {
    const auto all = flows_of(FlowKind::invitation);
    if (all.empty()) co_return;
    const auto flow = late_one_of(all, 3);
    auto deed = begin("acceptance of " + flow.secrets.id.str(), flow.account);
    auto device = make_.device(flow.account, "first", clock_.now());
    const auto verifier = make_.verifier();
    auto accepted = co_await stores_.invitations().accept(
        {.proof = make_.proof(flow.secrets, Way::link), .verifier = verifier, .session = device.session, .origin = {}});
    allow("acceptance", outcome_of(accepted), {flow_invalid});
    if (!accepted) co_return;
    deed.uses_flow = flow.secrets.id;
    deed.drops_flows = true;
    deed.opens = device.session.id;
    deed.verifier = verifier;
    deed.events = {"invitation_accepted"};
    history_.add(std::move(deed));
    opened(std::move(device));
  }

  // What holds at every moment.

  Task<void> look_at_administrators() {
    note("look at administrators");
    auto found = co_await stores_.directory().list({.statuses = {AccountStatus::active}, .roles = {Role::admin}});
    allow("administrators", outcome_of(found), {});
    if (found && found->accounts.empty()) complain("no active administrator");
  }
  Task<void> look_at_session() {
    const auto session = any_session();
    auto deed = begin("look at " + session.id.str(), session.account);
    auto found = co_await stores_.sessions().find(session.id, clock_.now());
    allow("look", outcome_of(found), {session_expired});
    if (!found) co_return;
    expect("version", found->account.credential_version, found->session.credential_version);
    expect("status", AccountStatus::active, found->account.status);
    deed.needs = session.id;
    history_.add(std::move(deed));
  }

  Stores& stores_;
  core::FakeClock& clock_;
  Board& board_;
  Prizes& prizes_;
  History& history_;
  CommandMaker make_;
};

/// Few accounts, and many who want something of them.
class AccountRace : public StoreTest {
 protected:
  /// Three of them are administrators, and everybody has a session.
  void populate() {
    for (std::size_t i = 0; i < 6; ++i) {
      const auto id = core::AccountId::fresh(now(), mint.random());
      const auto first_verifier = "first verifier of " + std::to_string(i);
      Deed deed{.what = "founding of " + id.str(), .begun = history.tick(), .account = id};
      run(accounts().create_administrator({.id = id,
                                           .email = Racer::shared_email(i),
                                           .verifier = first_verifier,
                                           .created_at = now(),
                                           .origin = origin}))
          .value();
      deed.verifier = first_verifier;
      deed.events = {"administrator_created"};
      history.add(std::move(deed));
      if (i > 2) demote(id);
      auto device = opened(id, "first");
      history.add({.what = "first sign-in of " + id.str(),
                   .begun = history.tick(),
                   .account = id,
                   .opens = device.session.id,
                   .events = {"signed_in"}});
      board.add(id);
      board.add({device.session.id, id}, std::make_shared<const RefreshToken>(std::move(device.refresh_token)));
    }
  }
  void demote(core::AccountId id) {
    run(stores->administration().update_user(
            {.account = id, .role = Role::user, .mandate = {.session = {}, .now = now(), .origin = origin}}))
        .value();
    history.add({.what = "demotion", .begun = history.tick(), .account = id, .events = {"role_changed"}});
  }
  /// Everybody there is, deleted ones too.
  std::vector<Account> everybody() {
    return run(stores->directory().list({.statuses = {every_status.begin(), every_status.end()}, .most = 1000}))
        .value()
        .accounts;
  }

  void check_accounts() {
    const auto all = everybody();
    EXPECT_TRUE(std::ranges::any_of(all, [](const Account& account) {
      return account.role == Role::admin && account.status == AccountStatus::active;
    })) << "no active administrator";
    std::map<std::string, int> holders;
    for (const auto& account : all) {
      if (account.status != AccountStatus::deleted) ++holders[account.email];
      std::optional<std::string> stored_verifier;
      if (account.status != AccountStatus::deleted) {
        const auto record = run(accounts().find_sign_in(account.id));
        stored_verifier = record ? record->verifier : "";
      }
      for (const auto& complaint : history.complaints_about(account, stored_verifier, events_of(account.id)))
        ADD_FAILURE() << complaint;
    }
    for (const auto& [email, count] : holders) EXPECT_EQ(count, 1) << email;
  }
  std::vector<std::string> events_of(core::AccountId account) {
    std::vector<std::string> names;
    for (auto& row : run(stores->audit_log().recent(account, 10'000)).value()) names.push_back(std::move(row.event));
    return names;
  }
  void check_sessions() {
    const auto over = history.over();
    for (const auto& session : board.sessions()) {
      const auto view = run(sessions().find(session.id, now()));
      if (!view) continue;
      EXPECT_EQ(view->session.credential_version, view->account.credential_version);
      EXPECT_EQ(view->account.status, AccountStatus::active);
      if (const auto why = over.find(session.id); why != over.end()) ADD_FAILURE() << "still live:" << why->second;
      const auto newest = board.tokens(session.id).back();
      EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(*newest))), success) << "its one current token";
    }
  }
  void check_mails() {
    const auto stored = run(stores->outbox().list({.state = {}, .before = {}, .most = 100'000})).value();
    std::set<mail::MailId> ids;
    for (const auto& mail : stored) EXPECT_TRUE(ids.insert(mail.id).second);
    for (const auto& [id, is_written] : history.mails())
      if (is_written) EXPECT_EQ(ids.contains(id), *is_written) << id.str();
    for (const auto& id : ids) EXPECT_TRUE(history.mails().contains(id)) << "a mail without a cause";
  }
  void check_audit_log() {
    audit::ChainCheck check({&stores->commitment_key()});
    for (const auto& row : stores->audit_tables().rows) check.see(row);
    EXPECT_GT(check.rows(), 100);
    EXPECT_TRUE(check.breaks().empty());
  }

  Board board;
  Prizes prizes;
  History history;
};
INSTANTIATE_TEST_SUITE_P(On, AccountRace, every_adapter, adapter_name);

TEST_P(AccountRace, WhateverManyDoAtOnceSomeOrderExplainsIt) {
  static constexpr std::size_t racers = 64, threads = 4;
  static constexpr int steps = 100;
  populate();
  std::vector<std::unique_ptr<Racer>> all;
  for (std::size_t seed = 1; seed <= racers; ++seed)
    all.push_back(std::make_unique<Racer>(*stores, mint, lifetimes, clock, board, prizes, history, seed));

  const auto ends = tell_at_once(clock, racers, threads, [&](std::size_t racer) { return all[racer]->run(steps); });

  for (std::size_t racer = 0; racer < racers; ++racer) EXPECT_EQ(ends[racer], "") << "seed " << racer + 1;
  for (const auto& complaint : history.complaints()) ADD_FAILURE() << complaint;
  for (const auto& [prize, winners] : prizes.winners()) EXPECT_EQ(winners, 1) << prize;
  check_accounts();
  check_sessions();
  check_mails();
  check_audit_log();
  for (const auto* event : {"account_registered", "password_changed", "password_recovered", "password_set",
                            "invitation_accepted", "address_changed", "account_restored"})
    EXPECT_GT(history.count(event), 0U) << "nobody got to a " << event;
}

}  // namespace
}  // namespace sallyport::contract
