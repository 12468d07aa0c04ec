#include "flows/link_base.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"

namespace sallyport::flows {
namespace {

TEST(LinkBase, LeadsToThePathWithTheToken) {
  core::FakeRandom random;
  const auto token = LinkToken::fresh(FlowId::fresh(core::Timestamp{}, random), random);
  const auto text = token.text();
  LinkBase links("http://127.0.0.1:8080");

  const auto before = links.link("/reset-password", token);
  links.lead_to("https://auth.example.org");
  const auto after = links.link("/verify-email", token);

  EXPECT_EQ(before.reveal(), "http://127.0.0.1:8080/reset-password?token=" + std::string(text.reveal()));
  EXPECT_EQ(after.reveal(), "https://auth.example.org/verify-email?token=" + std::string(text.reveal()));
}

}  // namespace
}  // namespace sallyport::flows
