#include "transport/rest/json_schema.h"

#include <gtest/gtest.h>

#include "transport/rest/json_decoder_fuzz_target.h"

namespace sallyport::transport::rest {

namespace {

const JsonNode& member(const JsonNode& node, std::string_view name) {
  const auto found = std::ranges::find(node.members(), name, &JsonNode::name);
  if (found == node.members().end()) throw std::out_of_range(std::string(name));
  return *found;
}

}  // namespace

TEST(JsonSchema, ListsMembersInTheOrderDescribed) {
  std::vector<std::string_view> names;
  for (const auto& node : json_schema<FuzzedDevice>.members()) names.push_back(node.name);

  EXPECT_EQ(names, (std::vector<std::string_view>{"name", "year"}));
}

TEST(JsonSchema, NamesEveryPlaceByItsPathFromTheRoot) {
  constexpr const auto& root = json_schema<FuzzedDocument>;

  EXPECT_EQ(root.path, "");
  EXPECT_EQ(member(member(root, "device"), "name").path, "device.name");
  EXPECT_EQ(member(root, "tags").element->path, "tags[]");
  EXPECT_EQ(member(*member(root, "devices").element, "year").path, "devices[].year");
}

TEST(JsonSchema, RequiresWhatIsNotOptional) {
  constexpr const auto& root = json_schema<FuzzedDocument>;

  EXPECT_TRUE(member(root, "identifier").is_required);
  EXPECT_TRUE(member(root, "device").is_required);
  EXPECT_FALSE(member(root, "locale").is_required);
  EXPECT_FALSE(member(root, "devices").is_required);
}

TEST(JsonSchema, KeepsLimitsOfMembersAndOfTheirElementsApart) {
  const auto& tags = member(json_schema<FuzzedDocument>, "tags");

  EXPECT_EQ(tags.limit.min, 0);
  EXPECT_EQ(tags.limit.max, 8);
  EXPECT_EQ(tags.element->limit.min, 1);
  EXPECT_EQ(member(json_schema<FuzzedDocument>, "identifier").limit.max, std::numeric_limits<std::int64_t>::max());
}

TEST(JsonSchema, SpellsEnumeratorsByTheirNames) {
  const auto& role = member(json_schema<FuzzedDocument>, "role");

  EXPECT_EQ(std::vector(role.enumerators.begin(), role.enumerators.end()),
            (std::vector<std::string_view>{"admin", "user", "guest"}));
}

}  // namespace sallyport::transport::rest
