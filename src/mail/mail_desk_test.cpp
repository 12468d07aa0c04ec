#include "mail/mail_desk.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"

namespace sallyport::mail {
namespace {

constexpr core::Timestamp now{std::chrono::seconds{1'750'000'000}};

StoredMail stored(const NewMail& mail) {
  return {.id = mail.id,
          .kind = std::string(to_text(mail.kind)),
          .account = mail.account,
          .locale = mail.locale,
          .payload = mail.payload,
          .state = MailState::waiting,
          .created_at = mail.created_at};
}

class MailDeskTest : public testing::Test {
 protected:
  core::FakeRandom random_;
  crypto::Keyring keyring_{crypto::MasterKey::generate(random_)};
  MailDesk desk_{keyring_, random_};

  NewMail recovery() {
    return desk_.compose(MailKind::recovery, std::nullopt, "de-AT",
                         {.to = "ann@example.org",
                          .name = "Ann \"the\" Ünreal",
                          .link = core::Secret("https://auth.example.org/reset-password?token=abc"),
                          .code = core::Secret("12345678"),
                          .valid_for = std::chrono::minutes{30},
                          .at = now},
                         now);
  }
};

TEST_F(MailDeskTest, OpensWhatItComposed) {
  const auto letter = desk_.open(stored(recovery()));

  ASSERT_TRUE(letter) << letter.error().log_detail;
  EXPECT_EQ(letter->to, "ann@example.org");
  EXPECT_EQ(letter->name, "Ann \"the\" Ünreal");
  EXPECT_EQ(letter->link->reveal(), "https://auth.example.org/reset-password?token=abc");
  EXPECT_EQ(letter->code->reveal(), "12345678");
  EXPECT_EQ(letter->valid_for, std::chrono::minutes{30});
  EXPECT_EQ(letter->at, now);
  EXPECT_FALSE(letter->device || letter->ip || letter->address || letter->inviter);
}

TEST_F(MailDeskTest, WritesNothingOfALetterInTheOpen) {
  const auto mail = recovery();

  const auto payload = core::as_text(mail.payload);
  for (const std::string_view part : {"ann", "example", "12345678", "token"})
    EXPECT_EQ(payload.find(part), std::string_view::npos) << part;
}

TEST_F(MailDeskTest, OpensALetterOnlyAsTheMailItIs) {
  const auto mail = recovery();

  auto as_another_kind = stored(mail);
  as_another_kind.kind = "invitation";
  auto as_another_mail = stored(mail);
  as_another_mail.id = MailId::fresh(now, random_);
  auto changed = stored(mail);
  changed.payload.back() ^= 1;
  auto cut = stored(mail);
  cut.payload.resize(3);
  for (const auto& one : {as_another_kind, as_another_mail, changed, cut}) {
    const auto opened = desk_.open(one);
    EXPECT_EQ(opened ? "" : opened.error().code, "sealed_unreadable");
  }
}

TEST_F(MailDeskTest, SaysThatADeliveredMailIsGone) {
  auto mail = stored(recovery());
  mail.payload.clear();
  mail.state = MailState::delivered;

  EXPECT_EQ(desk_.open(mail).error().code, "mail_delivered");
}

TEST_F(MailDeskTest, OpensWhatAnEarlierMasterKeySealed) {
  auto master = crypto::MasterKey::generate(random_);
  const crypto::Keyring before(*crypto::MasterKey::parse(master.serialise()));
  const auto mail =
      MailDesk(before, random_).compose(MailKind::locked, std::nullopt, std::nullopt, {.to = "a@b.example"}, now);
  const crypto::Keyring other(crypto::MasterKey::generate(random_));

  EXPECT_TRUE(MailDesk(before, random_).open(stored(mail)));
  EXPECT_EQ(MailDesk(other, random_).open(stored(mail)).error().code, "sealed_unreadable");
}

}  // namespace
}  // namespace sallyport::mail
