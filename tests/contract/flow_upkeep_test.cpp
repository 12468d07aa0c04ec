#include "flows/flow_token.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

class FlowUpkeepContract : public StoreTest {
 protected:
  /// An account that is to be verified, by a link that is good for so long.
  void register_with_flow(std::string_view email, std::chrono::hours good_for) {
    auto account = new_account(email);
    const auto id = flows::FlowId::fresh(now(), mint.random());
    account.flow = {.id = id,
                    .kind = flows::FlowKind::verification,
                    .account = account.id,
                    .handle_digest = flows::FlowHandle::fresh(id, mint.random()).digest(),
                    .created_at = now(),
                    .expires_at = now() + good_for};
    run(accounts().create_account(account)).value();
  }
  std::int64_t remove_old(int most) { return run(stores->flow_upkeep().remove_old(now(), most)).value(); }
};
INSTANTIATE_TEST_SUITE_P(On, FlowUpkeepContract, every_adapter, adapter_name);

TEST_P(FlowUpkeepContract, FlowsAreRemovedADayAfterTheyExpiredInSmallBatches) {
  register_with_flow("a@example.org", hours{1});
  register_with_flow("b@example.org", hours{168});
  register_with_flow("c@example.org", hours{1});
  register_with_flow("d@example.org", hours{1});
  clock.advance(hours{25} - microseconds{1});
  EXPECT_EQ(remove_old(10), 0) << "their wrong codes still count";

  clock.advance(microseconds{1});
  register_with_flow("e@example.org", hours{1});
  EXPECT_EQ(remove_old(2), 2);
  EXPECT_EQ(remove_old(2), 1);
  EXPECT_EQ(remove_old(2), 0) << "one is still good, one has just begun";

  clock.advance(hours{168});
  EXPECT_EQ(remove_old(10), 2);
}

}  // namespace
}  // namespace sallyport::contract
