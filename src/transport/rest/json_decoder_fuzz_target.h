#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/rest/json_decoder.h"
#include "transport/rest/json_encoder.h"

namespace sallyport::transport::rest {

enum class FuzzedRole { admin, user, guest };
BOOST_DESCRIBE_ENUM(FuzzedRole, admin, user, guest)

struct FuzzedDevice {
  std::string name;
  std::optional<std::int32_t> year;
  static constexpr JsonLimit limits[] = {{"name", 1, 16}, {"year", 1970, 2100}};
};
BOOST_DESCRIBE_STRUCT(FuzzedDevice, (), (name, year))

/// A member of every kind that can be encoded, plain, optional and in lists, with and without limits.
struct FuzzedDocument {
  std::string identifier;
  bool is_active = false;
  std::int64_t version = 0;
  double score = 0;
  FuzzedRole role = FuzzedRole::admin;
  FuzzedDevice device;
  std::vector<std::string> tags;
  std::map<std::string, std::string> labels;
  std::optional<std::string> locale;
  std::optional<bool> is_verified;
  std::optional<std::vector<FuzzedDevice>> devices;
  std::optional<std::vector<FuzzedRole>> roles;
  static constexpr JsonLimit limits[] = {{"tags", 0, 8},     {"tags[]", 1, 8},   {"labels", 0, 4},
                                         {"labels[]", 0, 8}, {"devices", 0, 16}, {"roles", 0, 16}};
};
BOOST_DESCRIBE_STRUCT(FuzzedDocument, (),
                      (identifier, is_active, version, score, role, device, tags, labels, locale, is_verified, devices,
                       roles))

struct FuzzedSecrets {
  core::Secret password{""};
  std::optional<core::Secret> token;
  std::vector<core::Secret> codes;
  static constexpr JsonLimit limits[] = {{"codes", 0, 4}, {"codes[]", 1, 32}};
};
BOOST_DESCRIBE_STRUCT(FuzzedSecrets, (), (password, token, codes))

/// Ends the process if decoding any bytes breaks a promise of `decode_json`.
inline void fuzz_json(std::string_view body) {
  const auto require = [](bool promise) {
    if (!promise) std::abort();
  };
  const auto require_known_fields = [&](const core::Error& error) {
    require((error.fault == core::Fault::malformed) == error.fields.empty());
    require((error.code == "invalid_fields") == (error.fault == core::Fault::invalid));
    require(error.fields.size() < 128);
    require(std::ranges::none_of(error.fields, [&](const core::FieldError& wrong) {
      return wrong.field.empty() ||
             (wrong.field.data() >= body.data() && wrong.field.data() < body.data() + body.size());
    }));
  };

  if (const auto secrets = decode_json<FuzzedSecrets>(body); !secrets) require_known_fields(secrets.error());

  const auto decoded = decode_json<FuzzedDocument>(body);
  if (!decoded) return require_known_fields(decoded.error());
  require(!decoded->identifier.contains('\0') && decoded->tags.size() <= 8 && decoded->labels.size() <= 4);
  std::string once, twice;
  encode_json(once, *decoded);
  const auto again = decode_json<FuzzedDocument>(once);
  require(again.has_value());
  encode_json(twice, *again);
  require(once == twice);
}

}  // namespace sallyport::transport::rest
