#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Fault;
using core::Result;
using core::Task;
using mail::MailState;
using mail::StoredMail;

void MemoryState::insert_mail(const mail::NewMail& fresh) {
  mails.emplace(fresh.id, HeldMail{.mail = {.id = fresh.id,
                                            .kind = std::string(mail::to_text(fresh.kind)),
                                            .account = fresh.account,
                                            .locale = fresh.locale,
                                            .payload = fresh.payload,
                                            .state = MailState::waiting,
                                            .created_at = fresh.created_at,
                                            .due_at = fresh.created_at}});
}

Task<Result<std::vector<mail::LeasedMail>>> MemoryOutbox::lease(core::Timestamp now, core::Timestamp until, int most) {
  using Leased = std::vector<mail::LeasedMail>;
  return store_.run<Leased>([now, until, most](MemoryState& state) -> Result<Leased> {
    std::vector<HeldMail*> due;
    for (auto& [id, held] : state.mails) {
      const bool is_free = !held.leased_until || *held.leased_until <= now;
      if (held.mail.due_at && *held.mail.due_at <= now && is_free) due.push_back(&held);
    }
    std::ranges::sort(due, {}, [](const HeldMail* held) { return std::pair(held->mail.due_at, held->mail.id); });
    Leased leased;
    for (auto* held : due) {
      if (std::ssize(leased) == most) break;
      held->leased_until = until;
      ++held->mail.attempts;
      leased.push_back({held->mail, ++held->fence});
    }
    return leased;
  });
}

Task<Result<void>> MemoryOutbox::settle(mail::MailId id, std::int64_t fence, mail::Settlement settlement,
                                        core::Timestamp now) {
  return store_.run<void>([id, fence, settlement = std::move(settlement), now](MemoryState& state) -> Result<void> {
    const auto found = state.mails.find(id);
    if (found == state.mails.end() || found->second.fence != fence || !found->second.leased_until)
      return core::fail(Fault::conflict, "lease_lost");
    auto& [mail, _, leased_until] = found->second;
    leased_until.reset();
    mail.due_at.reset();
    mail.last_error.clear();
    if (const auto* postponed = std::get_if<mail::Postponed>(&settlement)) {
      mail.due_at = postponed->due_at;
      mail.last_error = postponed->error;
      return {};
    }
    mail.settled_at = now;
    if (const auto* given_up = std::get_if<mail::GivenUp>(&settlement)) {
      mail.state = MailState::failed;
      mail.last_error = given_up->error;
    } else {
      mail.state = MailState::delivered;
      mail.payload.clear();
    }
    return {};
  });
}

Task<Result<std::optional<core::Timestamp>>> MemoryOutbox::next_due() {
  using Due = std::optional<core::Timestamp>;
  return store_.run<Due>([](MemoryState& state) -> Result<Due> {
    Due next;
    for (const auto& [id, held] : state.mails) {
      if (!held.mail.due_at) continue;
      const auto due = std::max(*held.mail.due_at, held.leased_until.value_or(*held.mail.due_at));
      next = next ? std::min(*next, due) : due;
    }
    return next;
  });
}

Task<Result<std::vector<StoredMail>>> MemoryOutbox::list(mail::MailFilter filter) {
  using Found = std::vector<StoredMail>;
  return store_.run<Found>([filter](MemoryState& state) -> Result<Found> {
    Found found;
    for (auto held = state.mails.rbegin(); held != state.mails.rend() && std::ssize(found) < filter.most; ++held) {
      if (filter.before && held->first >= *filter.before) continue;
      if (!filter.state || held->second.mail.state == *filter.state) found.push_back(held->second.mail);
    }
    return found;
  });
}

Task<Result<StoredMail>> MemoryOutbox::find(mail::MailId id) {
  return store_.run<StoredMail>([id](MemoryState& state) -> Result<StoredMail> {
    const auto found = state.mails.find(id);
    if (found == state.mails.end()) return core::fail(Fault::not_found, "mail_not_found");
    return found->second.mail;
  });
}

Task<Result<StoredMail>> MemoryOutbox::read(mail::MailId id, core::Timestamp now, audit::Origin origin) {
  return store_.run<StoredMail>([id, now, origin = std::move(origin)](MemoryState& state) -> Result<StoredMail> {
    const auto found = state.mails.find(id);
    if (found == state.mails.end()) return core::fail(Fault::not_found, "mail_not_found");
    const auto& mail = found->second.mail;
    state.append_audit({audit::Event::mail_read, now, mail.account, std::nullopt, origin});
    return mail;
  });
}

Task<Result<mail::OutboxSummary>> MemoryOutbox::summary() {
  return store_.run<mail::OutboxSummary>([](MemoryState& state) -> Result<mail::OutboxSummary> {
    mail::OutboxSummary summary;
    for (const auto& [id, held] : state.mails) {
      const auto& mail = held.mail;
      if (mail.state == MailState::failed) ++summary.failed;
      if (mail.state != MailState::waiting) continue;
      ++summary.waiting;
      summary.oldest_waiting = std::min(summary.oldest_waiting.value_or(mail.created_at), mail.created_at);
    }
    return summary;
  });
}

Task<Result<std::int64_t>> MemoryOutbox::retry_failed(core::Timestamp now) {
  return store_.run<std::int64_t>([now](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t retried = 0;
    for (auto& [id, held] : state.mails) {
      auto& mail = held.mail;
      if (mail.state != MailState::failed) continue;
      mail.state = MailState::waiting;
      mail.due_at = now;
      mail.settled_at.reset();
      mail.attempts = 0;
      ++retried;
    }
    return retried;
  });
}

Task<Result<void>> MemoryOutbox::retry(mail::MailId id, core::Timestamp now) {
  return store_.run<void>([id, now](MemoryState& state) -> Result<void> {
    const auto found = state.mails.find(id);
    if (found == state.mails.end()) return core::fail(Fault::not_found, "mail_not_found");
    auto& mail = found->second.mail;
    if (mail.state == MailState::delivered) return core::fail(Fault::conflict, "mail_delivered");
    mail.state = MailState::waiting;
    mail.due_at = now;
    mail.settled_at.reset();
    mail.attempts = 0;
    return {};
  });
}

Task<Result<std::int64_t>> MemoryOutbox::tidy(core::Timestamp settled_before, core::Timestamp waiting_since_before,
                                              int most) {
  return store_.run<std::int64_t>([settled_before, waiting_since_before,
                                   most](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t removed = 0;
    for (auto held = state.mails.begin(); held != state.mails.end() && removed < most;) {
      const auto& mail = held->second.mail;
      const bool is_old = mail.settled_at ? *mail.settled_at < settled_before : mail.created_at < waiting_since_before;
      held = is_old ? state.mails.erase(held) : std::next(held);
      removed += is_old ? 1 : 0;
    }
    return removed;
  });
}

}  // namespace sallyport::memory
