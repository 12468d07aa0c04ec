#pragma once

#include <string>
#include <string_view>

namespace sallyport::transport::pages {

/// Markup of this program's own: only a literal becomes one, which the compiler sees to.
class Markup {
 public:
  consteval Markup(const char* literal) : text_(literal) {}  // NOLINT(google-explicit-constructor): that is its use
  constexpr std::string_view str() const { return text_; }

 private:
  std::string_view text_;
};

/// HTML that is safe to send. Whatever did not stand in this program's text goes through `text`, which escapes it for
/// content and for quoted attribute values alike; no other way leads in.
class Html {
 public:
  Html() = default;
  Html& markup(Markup markup) {
    html_ += markup.str();
    return *this;
  }
  Html& text(std::string_view text);
  Html& add(const Html& other) {
    html_ += other.html_;
    return *this;
  }
  const std::string& str() const& { return html_; }
  std::string str() && { return std::move(html_); }

 private:
  std::string html_;
};

}  // namespace sallyport::transport::pages
