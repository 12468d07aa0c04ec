#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "store_test.h"

namespace sallyport::contract {

/// Something that a store said it did. Which of two was first is known only where one began after the other was
/// answered: `begun` and `answered` are ticks of one counter.
struct Deed {
  std::string what{};  ///< by whom and about what, for people
  std::uint64_t begun = 0, answered = 0;
  core::AccountId account;

  std::optional<core::SessionId> opens{};      ///< a session that lives from then on
  std::optional<core::SessionId> needs{};      ///< one that was live when it happened
  std::vector<core::SessionId> ends{};         ///< sessions that are over from then on
  bool ends_all = false;                       ///< every session of the account is over,
  std::optional<core::SessionId> spares{};     ///< but this one
  std::optional<flows::FlowId> makes_flow{};   ///< whose link is good from then on
  std::optional<flows::FlowId> uses_flow{};    ///< whose link or code is good no more
  bool by_code = false;                        ///< uses the code, rather than the link
  bool drops_flows = false;                    ///< no flow of the account is good from then on
  std::optional<std::string> verifier{};       ///< the account's from then on,
  std::optional<std::string> replaces{};       ///< if it was this one until then
  bool moves_version = false;                  ///< the account's credential version is one more,
  std::optional<std::int64_t> version{};       ///< which is this one
  std::vector<std::string_view> events{};      ///< audit rows
  std::vector<std::string_view> may_events{};  ///< audit rows where it was a change, which its answer does not tell
};

/// What several threads did to the same accounts: no outcome can be foretold, but all of them together have to be such
/// that some order explains them. Everything may be called from every thread; `complaints` at the end, over what is
/// stored then.
class History {
 public:
  /// The next tick, to be taken before an operation begins.
  std::uint64_t tick() { return ++ticks_; }
  void add(Deed deed) {
    std::lock_guard lock(mutex_);
    deed.answered = tick();
    deeds_.push_back(std::move(deed));
  }
  /// A code that was wrong, and was answered.
  void add_guess(flows::FlowId flow, std::uint64_t begun) {
    std::lock_guard lock(mutex_);
    guesses_.push_back({flow, begun, tick()});
  }
  /// Every mail that a write brought along: whether the write said that it happened; nothing where that is not told.
  void add_mail(mail::MailId id, std::optional<bool> is_written) {
    std::lock_guard lock(mutex_);
    mails_.emplace(id, is_written);
  }
  /// The successor of a token of that generation.
  void add_rotation(core::SessionId session, std::int64_t generation, const sessions::RefreshNonce& nonce) {
    std::lock_guard lock(mutex_);
    const auto [first, is_first] = rotations_.try_emplace({session, generation}, nonce);
    if (!is_first && first->second != nonce)
      complaints_.push_back("two successors of generation " + std::to_string(generation) + " of " + session.str());
  }

  /// The first complaints, most of them with the deeds that contradict each other.
  std::vector<std::string> complaints() const {
    auto all = complaints_;
    check_flows(all);
    check_guesses(all);
    check_sessions(all);
    check_changes(all);
    return all;
  }
  /// As it is stored at the end; the verifier of a deleted account is shown to nobody.
  std::vector<std::string> complaints_about(const accounts::Account& account,
                                            const std::optional<std::string>& verifier,
                                            const std::vector<std::string>& events) const {
    std::vector<std::string> all;
    check_password(account, verifier, all);
    check_events(account.id, events, all);
    return all;
  }
  /// Sessions that cannot be live any more, with why.
  std::map<core::SessionId, std::string> over() const {
    std::map<core::SessionId, std::string> over;
    for (const auto& opening : deeds_) {
      if (!opening.opens) continue;
      for (const auto& end : deeds_)
        if (ends_session(end, opening)) over.emplace(*opening.opens, tell(opening) + tell(end));
    }
    return over;
  }
  const std::map<mail::MailId, std::optional<bool>>& mails() const { return mails_; }
  std::size_t count(std::string_view event) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        deeds_, [&](const Deed& deed) { return std::ranges::find(deed.events, event) != deed.events.end(); }));
  }

 private:
  struct Guess {
    flows::FlowId flow;
    std::uint64_t begun, answered;
  };

  static std::string tell(const Deed& deed) {
    return "\n  " + std::to_string(deed.begun) + "-" + std::to_string(deed.answered) + " " + deed.what;
  }
  static bool is_before(const Deed& first, const Deed& second) { return first.answered < second.begun; }
  static bool ends_session(const Deed& end, const Deed& opening) {
    if (std::ranges::find(end.ends, *opening.opens) != end.ends.end()) return true;
    return end.ends_all && end.account == opening.account && end.spares != opening.opens && is_before(opening, end);
  }

  /// Each link and code is used once, and none after something that ended it.
  void check_flows(std::vector<std::string>& all) const {
    for (const auto& use : deeds_) {
      if (!use.uses_flow) continue;
      for (const auto& other : deeds_)
        if (&other < &use && other.uses_flow == use.uses_flow) all.push_back("used twice:" + tell(other) + tell(use));
      for (const auto& making : deeds_) {
        if (making.makes_flow != use.uses_flow) continue;
        for (const auto& end : deeds_) {
          if (end.drops_flows && end.account == making.account && is_before(making, end) && is_before(end, use))
            all.push_back("used after its end:" + tell(making) + tell(end) + tell(use));
        }
      }
    }
  }
  /// No code is right after five wrong ones of the same flow.
  void check_guesses(std::vector<std::string>& all) const {
    for (const auto& use : deeds_) {
      if (!use.uses_flow || !use.by_code) continue;
      const auto making = std::ranges::find(deeds_, use.uses_flow, &Deed::makes_flow);
      if (making == deeds_.end()) continue;
      const auto wrong = std::ranges::count_if(guesses_, [&](const Guess& guess) {
        return guess.flow == *use.uses_flow && making->answered < guess.begun && guess.answered < use.begun;
      });
      if (wrong >= flows::most_wrong_codes)
        all.push_back("a code after " + std::to_string(wrong) + " wrong ones:" + tell(use));
    }
  }
  /// Nothing is done from a session that was over.
  void check_sessions(std::vector<std::string>& all) const {
    for (const auto& opening : deeds_) {
      if (!opening.opens) continue;
      for (const auto& end : deeds_) {
        if (!ends_session(end, opening)) continue;
        for (const auto& use : deeds_)
          if (use.needs == opening.opens && is_before(end, use))
            all.push_back("a session that was over:" + tell(opening) + tell(end) + tell(use));
      }
    }
  }
  /// A verifier is replaced once by those who name it.
  void check_changes(std::vector<std::string>& all) const {
    std::map<std::string, const Deed*> replaced;
    for (const auto& deed : deeds_) {
      if (!deed.replaces) continue;
      const auto [first, is_first] = replaced.try_emplace(*deed.replaces, &deed);
      if (!is_first) all.push_back("a verifier replaced twice:" + tell(*first->second) + tell(deed));
    }
  }
  /// The version counts all changes that were answered, and the verifier is of one that none came after.
  void check_password(const accounts::Account& account, const std::optional<std::string>& verifier,
                      std::vector<std::string>& all) const {
    std::int64_t version = 1;
    const Deed* last = nullptr;
    std::string told;
    for (const auto& deed : deeds_) {
      if (deed.account != account.id || !deed.verifier) continue;
      told += tell(deed);
      if (deed.moves_version) ++version;
      if (deed.verifier == verifier) last = &deed;
    }
    if (version != account.credential_version)
      all.push_back("version " + std::to_string(account.credential_version) + " after:" + told);
    if (!verifier) return;
    if (last == nullptr && !verifier->empty()) all.push_back("a verifier from nowhere, after:" + told);
    for (const auto& deed : deeds_) {
      if (deed.account != account.id || !deed.verifier || &deed == last) continue;
      const bool is_later = last == nullptr || is_before(*last, deed) || deed.replaces == verifier ||
                            deed.version == account.credential_version;
      if (is_later) all.push_back("lost:" + tell(deed) + "\nstored: " + *verifier + ", after:" + told);
    }
  }
  /// One audit row for each success.
  void check_events(core::AccountId account, const std::vector<std::string>& events,
                    std::vector<std::string>& all) const {
    std::map<std::string_view, std::pair<std::size_t, std::size_t>> bounds;
    for (const auto& deed : deeds_) {
      if (deed.account != account) continue;
      for (const auto event : deed.events) ++bounds[event].first, ++bounds[event].second;
      for (const auto event : deed.may_events) ++bounds[event].second;
    }
    for (const auto& event : events)
      if (event != "session_replaced") bounds[event];
    for (const auto& [event, bound] : bounds) {
      const auto rows = static_cast<std::size_t>(std::ranges::count(events, event));
      if (rows < bound.first || rows > bound.second)
        all.push_back(std::to_string(rows) + " rows of " + std::string(event) + " about " + account.str() + ", not " +
                      std::to_string(bound.first) + " to " + std::to_string(bound.second));
    }
  }

  std::atomic<std::uint64_t> ticks_ = 0;
  std::mutex mutex_;
  std::vector<Deed> deeds_;
  std::vector<Guess> guesses_;
  std::map<mail::MailId, std::optional<bool>> mails_;
  std::map<std::pair<core::SessionId, std::int64_t>, sessions::RefreshNonce> rotations_;
  std::vector<std::string> complaints_;
};

}  // namespace sallyport::contract
