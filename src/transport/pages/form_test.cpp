#include "transport/pages/form.h"

#include <gtest/gtest.h>

namespace sallyport::transport::pages {
namespace {

std::string code_of(std::string_view text) {
  const auto form = Form::parse(text);
  return form ? "" : std::string(form.error().code);
}

TEST(Form, DecodesWhatBrowsersAndPeopleWithCurlSend) {
  const auto form = Form::parse("email=ann%40example.org&name=Ann+%26+%C3%84nne&raw=ann@example.org&eq=a=b&empty=");

  ASSERT_TRUE(form);
  EXPECT_EQ((*form)["email"], "ann@example.org");
  EXPECT_EQ((*form)["name"], "Ann & Änne");
  EXPECT_EQ((*form)["raw"], "ann@example.org");
  EXPECT_EQ((*form)["eq"], "a=b");
  EXPECT_EQ((*form)["empty"], "");
  EXPECT_EQ((*form)["absent"], "");
  EXPECT_EQ(form->size(), 5);
}

TEST(Form, NoTextIsAFormWithoutFields) {
  const auto form = Form::parse("");

  ASSERT_TRUE(form);
  EXPECT_EQ(form->size(), 0);
}

TEST(Form, RefusesWhatNoFormSends) {
  static constexpr std::string_view wrong[] = {
      "a",    "=b",         "a=b&",  "&a=b",  "a=b&&c=d",    "a=%",     "a=%4",      "a=%4g", "a=%%41", "a=b c",
      "a=\n", "a=\xc3\xa4", "a=%00", "a=%ff", "a=%ed%a0%80", "a=1&a=2", "a=1&%61=2", "%00=1", "%ff=1"};
  for (const auto text : wrong) {
    SCOPED_TRACE(text);
    EXPECT_EQ(code_of(text), "form_malformed");
  }
}

TEST(Form, HasAsManyFieldsAndBytesAsItMay) {
  std::string text = "f0=";
  for (std::size_t i = 1; i < Form::most_fields; ++i) text += "&f" + std::to_string(i) + "=";
  EXPECT_EQ(code_of(text), "");
  EXPECT_EQ(code_of(text + "&one_more="), "form_malformed");

  EXPECT_EQ(code_of("a=" + std::string(Form::most_bytes - 2, 'x')), "");
  EXPECT_EQ(code_of("a=" + std::string(Form::most_bytes - 1, 'x')), "body_too_large");
}

}  // namespace
}  // namespace sallyport::transport::pages
