#include "accounts/api/user_list.h"

#include <algorithm>
#include <charconv>

#include "core/base64url.h"
#include "core/shield.h"
#include "sessions/api/wire.h"
#include "transport/http1/header_field.h"
#include "transport/http1/uri.h"
#include "transport/rest/json_body.h"
#include "transport/rest/utf8.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Response;
using Wrong = std::vector<core::FieldError>;

namespace {

constexpr int usual_page_size = 50;
constexpr int most_page_size = 1'000;
constexpr std::size_t most_ids = 1'000;
constexpr std::size_t most_query_code_points = 255;
constexpr int batch_size = 500;                 ///< of a stream
constexpr std::size_t piece_size = 16 * 1024;   ///< which a stream sends at once
constexpr std::chrono::seconds batch_time{10};  ///< for the store to find the next ones
constexpr std::uint8_t page_token_format = 1;
static_assert(usual_page_size == 50 && most_page_size == 1'000 && most_ids == 1'000, "user_list.h tells clients so");

template <class Value>
void add_each(std::string_view field, std::string_view list, std::optional<Value> (*parse)(std::string_view),
              std::string_view rule, std::vector<Value>& to, Wrong& wrong) {
  for (;;) {
    const auto comma = list.find(',');
    if (auto value = parse(list.substr(0, comma))) to.push_back(std::move(*value));
    else wrong.push_back({field, rule});
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

/// One parameter of the query string, still encoded; `seen` has the names that may stand there only once.
void take_parameter(std::string_view name, std::string_view encoded, AccountFilter& filter,
                    std::vector<std::string_view>& seen, Wrong& wrong) {
  std::string value;
  if (!transport::http1::percent_decode_query(encoded, value) || !transport::rest::is_utf8(value))
    return wrong.push_back({"parameters", "not_utf8"});
  if (name == "status") return add_each("status", value, parse_account_status, "unknown_value", filter.statuses, wrong);
  if (name == "role") return add_each("role", value, parse_role, "unknown_value", filter.roles, wrong);
  if (name == "ids") return add_each("ids", value, core::AccountId::parse, "uuid_malformed", filter.ids, wrong);
  if (std::ranges::find(seen, name) != seen.end()) return wrong.push_back({"parameters", "unknown_value"});
  seen.push_back(name);
  if (name == "query") {
    if (transport::rest::count_code_points(value) > most_query_code_points) wrong.push_back({"query", "too_long"});
    filter.text = std::move(value);
  } else if (name == "page_size") {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), filter.most);
    if (error != std::errc{} || end != value.data() + value.size()) wrong.push_back({"page_size", "wrong_type"});
    else if (filter.most < 1 || filter.most > most_page_size) wrong.push_back({"page_size", "out_of_range"});
  } else if (name == "page_token") {
    filter.after = parse_page_token(value);
    if (!filter.after) wrong.push_back({"page_token", "page_token_malformed"});
  } else {
    wrong.push_back({"parameters", "unknown_value"});  // passed over, a misspelt filter would list everybody
  }
}

Result<AccountFilter> to_filter(std::string_view query) {
  AccountFilter filter{.most = usual_page_size};
  Wrong wrong;
  std::vector<std::string_view> seen;
  transport::http1::for_each_query_parameter(
      query, [&](std::string_view name, std::string_view value) { take_parameter(name, value, filter, seen, wrong); });
  if (filter.ids.size() > most_ids) wrong.push_back({"ids", "too_long"});
  if (wrong.empty()) return filter;
  std::ranges::sort(wrong, {}, [](const core::FieldError& error) { return std::pair(error.field, error.rule); });
  wrong.erase(std::ranges::unique(wrong).begin(), wrong.end());
  return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
}

/// Whether one of the media types accepted is this very one (RFC 9110 §12.5.1); JSON is for everybody else.
bool accepts_lines(const Exchange& exchange) {
  auto accepted = exchange.header("Accept").value_or("");
  while (!accepted.empty()) {
    const auto range = accepted.substr(0, accepted.find(','));
    accepted.remove_prefix(std::min(range.size() + 1, accepted.size()));
    const auto type = transport::http1::trim_ows(range.substr(0, range.find(';')));
    if (transport::http1::equals_ignoring_case(type, "application/x-ndjson")) return true;
  }
  return false;
}

/// Writes the accounts of a batch, a line each. Memory is bounded by a piece: the client's pace is the stream's.
Task<Result<void>> write_lines(Exchange& exchange, const std::vector<Account>& accounts) {
  std::string piece;
  for (const auto& account : accounts) {
    transport::rest::encode_json(piece, sessions::api::to_answer(account));
    piece += '\n';
    if (piece.size() < piece_size) continue;
    auto written = co_await exchange.write(piece);
    if (!written) co_return written;
    piece.clear();
  }
  co_return co_await exchange.write(piece);
}

Task<Result<Response>> stream(FindUsersHandler& users, const core::Clock& clock, Exchange& exchange,
                              AccountFilter filter) {
  const auto head = [] { return Response{.status = 200, .content_type = "application/x-ndjson"}; };
  if (exchange.method() == transport::Method::head) co_return head();
  for (bool is_begun = false;; is_begun = true) {
    auto batch = co_await next_batch(users, clock, filter);
    if (!batch) co_return Result<Response>(core::fail(std::move(batch)));
    if (!is_begun) exchange.begin(head());
    auto written = co_await write_lines(exchange, batch->accounts);
    if (!written) co_return Result<Response>(core::fail(std::move(written)));
    filter.after = batch->next;
    if (!filter.after) co_return head();
  }
}

}  // namespace

std::string page_token(core::AccountId last) {
  core::Bytes bytes{page_token_format};
  bytes.insert(bytes.end(), last.bytes().begin(), last.bytes().end());
  return core::base64url_encode(bytes);
}

std::optional<core::AccountId> parse_page_token(std::string_view text) {
  const auto bytes = core::base64url_decode(text);
  if (!bytes || bytes->size() != 17 || bytes->front() != page_token_format) return std::nullopt;
  return core::AccountId(*core::Uuid::from_bytes(core::ByteView(*bytes).subspan(1)));
}

Task<Result<AccountPage>> next_batch(FindUsersHandler& users, const core::Clock& clock, AccountFilter filter) {
  filter.most = batch_size;
  co_return co_await core::Shielded(users.batch(std::move(filter)), clock.moment() + batch_time);
}

Task<Result<Response>> list_users(FindUsersHandler& users, const core::Clock& clock, Exchange& exchange) {
  auto filter = to_filter(exchange.query());
  if (!filter) co_return Result<Response>(core::fail(std::move(filter)));
  if (accepts_lines(exchange)) co_return co_await stream(users, clock, exchange, std::move(*filter));
  auto page = co_await users.page(std::move(*filter));
  if (!page) co_return Result<Response>(core::fail(std::move(page)));
  UsersAnswer answer;
  for (const auto& account : page->accounts) answer.users.push_back(sessions::api::to_answer(account));
  if (page->next) answer.next_page_token = page_token(*page->next);
  co_return transport::rest::json_answer(200, answer);
}

}  // namespace sallyport::accounts::api
