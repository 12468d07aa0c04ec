#include "flows/proof.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"

namespace sallyport::flows {
namespace {

using std::chrono::minutes;
using Wrong = std::vector<core::FieldError>;

constexpr core::Timestamp now{std::chrono::seconds{1'767'225'600}};

/// A flow with all that proves it.
class ProofTest : public testing::Test {
 protected:
  static std::string text_of(const core::Secret& secret) { return std::string(secret.reveal()); }
  std::optional<Proof> parsed(std::string_view token, std::string_view code, std::string_view flow) {
    wrong_.clear();
    return parse_proof({.token = token, .code = code, .flow = flow}, wrong_);
  }
  Verdict verdict(std::string_view token, std::string_view code, std::string_view flow) {
    return judge(stored_, FlowKind::recovery, digests_of(parsed(token, code, flow).value(), keyring_), of_account_,
                 at_);
  }
  Verdict by_link() { return verdict(link_text_, "", ""); }
  Verdict by_code() { return verdict("", code_text_, handle_text_); }
  std::string wrong_code() const { return code_text_ == "00000000" ? "00000001" : "00000000"; }

  core::FakeRandom random_;
  const crypto::Keyring keyring_{crypto::MasterKey::generate(random_)};
  const FlowId id_ = FlowId::fresh(now, random_);
  const FlowHandle handle_ = FlowHandle::fresh(id_, random_);
  const LinkToken link_ = LinkToken::fresh(id_, random_);
  const OneTimeCode code_ = OneTimeCode::fresh(random_);
  const std::string handle_text_ = text_of(handle_.text()), link_text_ = text_of(link_.text()),
                    code_text_ = text_of(code_.text());
  StoredFlow stored_{.flow = {.id = id_,
                              .kind = FlowKind::recovery,
                              .handle_digest = handle_.digest(),
                              .link_digest = link_.digest(),
                              .code_mac = code_.mac(keyring_, id_),
                              .created_at = now,
                              .expires_at = now + minutes{15}}};
  std::int64_t of_account_ = 0;
  core::Timestamp at_ = now;
  Wrong wrong_;
};

TEST_F(ProofTest, IsALinkOrACodeWithItsHandle) {
  EXPECT_TRUE(std::holds_alternative<LinkToken>(parsed(link_text_, "", "").value()));
  EXPECT_TRUE(std::holds_alternative<HandleAndCode>(parsed("", code_text_, handle_text_).value()));
  EXPECT_TRUE(std::holds_alternative<LinkToken>(parsed(link_text_, "anything", "").value())) << "a link wins";
}

TEST_F(ProofTest, NamesEveryFieldThatIsMissingOrMisshapen) {
  const struct {
    std::string_view token, code, flow;
    Wrong wrong;
  } cases[] = {{"", "", "", {{"token", "missing"}}},
               {"", "", handle_text_, {{"token", "missing"}}},
               {"abc", "", "", {{"token", "link_malformed"}}},
               {handle_text_, "", "", {{"token", "link_malformed"}}},
               {"", code_text_, "", {{"flow", "missing"}}},
               {"", code_text_, link_text_, {{"flow", "flow_malformed"}}},
               {"", "123", "x", {{"code", "code_malformed"}, {"flow", "flow_malformed"}}}};
  for (const auto& [token, code, flow, expected] : cases) {
    EXPECT_FALSE(parsed(token, code, flow));
    EXPECT_EQ(wrong_, expected);
  }
}

TEST_F(ProofTest, CountsUntilTheFlowExpires) {
  EXPECT_EQ(by_link(), Verdict::proven);
  EXPECT_EQ(by_code(), Verdict::proven);

  at_ = stored_.flow.expires_at;

  EXPECT_EQ(by_link(), Verdict::refused);
  EXPECT_EQ(by_code(), Verdict::refused);
  EXPECT_EQ(verdict("", wrong_code(), handle_text_), Verdict::refused) << "and nothing is to be counted";
}

TEST_F(ProofTest, IsForOneFlowOfOneKind) {
  const auto link = digests_of(parsed(link_text_, "", "").value(), keyring_);
  EXPECT_EQ(judge(stored_, FlowKind::verification, link, 0, now), Verdict::refused);

  auto other = stored_;
  other.flow.id = FlowId::fresh(now, random_);
  EXPECT_EQ(judge(other, FlowKind::recovery, link, 0, now), Verdict::refused);
}

TEST_F(ProofTest, NeedsTheSecretsOfThisFlow) {
  EXPECT_EQ(verdict(text_of(LinkToken::fresh(id_, random_).text()), "", ""), Verdict::refused);
  EXPECT_EQ(verdict("", wrong_code(), handle_text_), Verdict::wrong_code);
  EXPECT_EQ(verdict("", code_text_, text_of(FlowHandle::fresh(id_, random_).text())), Verdict::refused)
      << "who has not the handle cannot use up its codes either";
}

TEST_F(ProofTest, CountsWrongCodesAlikeWhereNobodyGotAMail) {
  stored_.flow.link_digest.reset();
  stored_.flow.code_mac.reset();

  EXPECT_EQ(by_link(), Verdict::refused);
  EXPECT_EQ(by_code(), Verdict::wrong_code);

  stored_.wrong_codes = most_wrong_codes;
  EXPECT_EQ(by_code(), Verdict::refused);
}

TEST_F(ProofTest, TakesNoCodeAfterTooManyWrongOnesButStillTheLink) {
  stored_.wrong_codes = most_wrong_codes - 1;
  EXPECT_EQ(by_code(), Verdict::proven);

  stored_.wrong_codes = most_wrong_codes;
  EXPECT_EQ(by_code(), Verdict::refused);
  EXPECT_EQ(verdict("", wrong_code(), handle_text_), Verdict::refused);
  EXPECT_EQ(by_link(), Verdict::proven);
}

TEST_F(ProofTest, TakesNoCodeAfterTooManyWrongOnesOfTheAccount) {
  of_account_ = most_wrong_codes_of_account - 1;
  EXPECT_EQ(by_code(), Verdict::proven);

  of_account_ = most_wrong_codes_of_account;
  EXPECT_EQ(by_code(), Verdict::refused);
  EXPECT_EQ(by_link(), Verdict::proven);
}

}  // namespace
}  // namespace sallyport::flows
