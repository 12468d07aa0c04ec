#include "transport/rest/json_encoder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>

#include "transport/rest/json_decoder_fuzz_target.h"
#include "transport/rest/utf8.h"

namespace sallyport::transport::rest {

namespace {

std::string encoded(const FuzzedDocument& document) {
  std::string out;
  encode_json(out, document);
  return out;
}

/// Text of code points from every class that UTF-8 and JSON treat differently, without NUL.
rc::Gen<std::string> any_text(int max_length) {
  const auto code_point = rc::gen::oneOf(
      rc::gen::inRange<std::uint32_t>(1, 0x20), rc::gen::element<std::uint32_t>('"', '\\', '/', 0x7f, 0x2028),
      rc::gen::inRange<std::uint32_t>(0x20, 0x80), rc::gen::inRange<std::uint32_t>(0x80, 0x800),
      rc::gen::inRange<std::uint32_t>(0x800, 0xd800), rc::gen::inRange<std::uint32_t>(0xe000, 0x10000),
      rc::gen::inRange<std::uint32_t>(0x10000, 0x110000));
  return rc::gen::map(rc::gen::resize(max_length, rc::gen::container<std::vector<std::uint32_t>>(code_point)),
                      [](const std::vector<std::uint32_t>& points) {
                        std::string text;
                        const auto add = [&](std::uint32_t byte) {
                          text.push_back(std::bit_cast<char>(std::uint8_t(byte)));
                        };
                        for (const auto point : points) {
                          if (point < 0x80) {
                            add(point);
                            continue;
                          }
                          if (point < 0x800) add(0xc0 | point >> 6);
                          if (point >= 0x800 && point < 0x10000) add(0xe0 | point >> 12);
                          if (point >= 0x10000) add(0xf0 | point >> 18), add(0x80 | (point >> 12 & 0x3f));
                          if (point >= 0x800) add(0x80 | (point >> 6 & 0x3f));
                          add(0x80 | (point & 0x3f));
                        }
                        return text;
                      });
}

rc::Gen<std::string> text_of(int min, int max) {
  return rc::gen::suchThat(any_text(max), [=](const std::string& text) {
    const auto length = count_code_points(text);
    return length >= static_cast<std::size_t>(min) && length <= static_cast<std::size_t>(max);
  });
}

template <class T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> gen) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>()),
                        rc::gen::map(std::move(gen), [](T value) { return std::optional<T>(std::move(value)); }));
}

template <class T>
rc::Gen<std::vector<T>> up_to(int max, rc::Gen<T> gen) {
  return rc::gen::mapcat(rc::gen::inRange(0, max + 1), [gen](int count) {
    return rc::gen::container<std::vector<T>>(static_cast<std::size_t>(count), gen);
  });
}

rc::Gen<FuzzedDevice> any_device() {
  return rc::gen::build<FuzzedDevice>(rc::gen::set(&FuzzedDevice::name, text_of(1, 16)),
                                      rc::gen::set(&FuzzedDevice::year, maybe(rc::gen::inRange(1970, 2101))));
}

rc::Gen<double> any_finite() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    return std::isnormal(value) ? value : 0.0;
  });
}

rc::Gen<FuzzedDocument> any_document() {
  const auto role = rc::gen::element(FuzzedRole::admin, FuzzedRole::user, FuzzedRole::guest);
  return rc::gen::build<FuzzedDocument>(
      rc::gen::set(&FuzzedDocument::identifier, any_text(200)),
      rc::gen::set(&FuzzedDocument::is_active, rc::gen::arbitrary<bool>()),
      rc::gen::set(&FuzzedDocument::version, rc::gen::arbitrary<std::int64_t>()),
      rc::gen::set(&FuzzedDocument::score, any_finite()), rc::gen::set(&FuzzedDocument::role, role),
      rc::gen::set(&FuzzedDocument::device, any_device()), rc::gen::set(&FuzzedDocument::tags, up_to(8, text_of(1, 8))),
      rc::gen::set(&FuzzedDocument::labels, rc::gen::resize(4, rc::gen::container<std::map<std::string, std::string>>(
                                                                   any_text(40), text_of(0, 8)))),
      rc::gen::set(&FuzzedDocument::locale, maybe(any_text(20))),
      rc::gen::set(&FuzzedDocument::is_verified, maybe(rc::gen::arbitrary<bool>())),
      rc::gen::set(&FuzzedDocument::devices, maybe(up_to(5, any_device()))),
      rc::gen::set(&FuzzedDocument::roles, maybe(up_to(5, role))));
}

bool same(const FuzzedDevice& a, const FuzzedDevice& b) { return a.name == b.name && a.year == b.year; }

bool same(const FuzzedDocument& a, const FuzzedDocument& b) {
  const auto same_devices = [](const auto& one, const auto& other) {
    return one.has_value() == other.has_value() &&
           (!one || std::ranges::equal(*one, *other, [](const auto& x, const auto& y) { return same(x, y); }));
  };
  return a.identifier == b.identifier && a.is_active == b.is_active && a.version == b.version && a.score == b.score &&
         a.role == b.role && same(a.device, b.device) && a.tags == b.tags && a.labels == b.labels &&
         a.locale == b.locale && a.is_verified == b.is_verified && same_devices(a.devices, b.devices) &&
         a.roles == b.roles;
}

}  // namespace

TEST(JsonEncoder, WritesMembersInOrderAndLeavesAbsentOptionalsOut) {
  FuzzedDocument document;
  document.identifier = "ann";
  document.role = FuzzedRole::user;
  document.device = {.name = "phone", .year = 2024};
  document.tags = {"a", "b"};
  document.labels = {{"k", "v"}, {"\"", ""}};
  document.devices = {{.name = "desk"}};

  EXPECT_EQ(encoded(document), R"({"identifier":"ann","is_active":false,"version":0,"score":0,"role":"user",)"
                               R"("device":{"name":"phone","year":2024},"tags":["a","b"],"labels":{"\"":"","k":"v"},)"
                               R"("devices":[{"name":"desk"}]})");
}

TEST(JsonEncoder, AnEnumOutsideItsDescriptionIsNull) {
  FuzzedDocument document;
  document.role = static_cast<FuzzedRole>(7);

  EXPECT_NE(encoded(document).find(R"("role":null)"), std::string::npos);
}

RC_GTEST_PROP(JsonEncoder, WhatIsEncodedDecodesToTheSame, ()) {
  const auto document = *any_document().as("document");

  const auto decoded = decode_json<FuzzedDocument>(encoded(document));

  RC_ASSERT(decoded.has_value());
  RC_ASSERT(same(*decoded, document));
}

RC_GTEST_PROP(JsonDecoder, KeepsItsPromisesOnDamagedDocuments, ()) {
  auto body = encoded(*any_document());
  const auto damages = *rc::gen::inRange(1, 6);
  for (int i = 0; i < damages; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        body[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        body.erase(at, *rc::gen::inRange<std::size_t>(0, 8));
        break;
      case 2:
        body.insert(at,
                    *rc::gen::element<std::string>("{", "[", "\"", "\\u0000", "\\ud800", "null", ",", "1e9", "\xff"));
        break;
      default:
        body.insert(at, body.substr(*rc::gen::inRange<std::size_t>(0, body.size()), 24));
    }
    if (body.empty()) break;
  }

  fuzz_json(body);  // ends the process if one is broken
}

}  // namespace sallyport::transport::rest
