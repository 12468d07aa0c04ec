#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/task.h"
#include "transport/exchange.h"

namespace sallyport::transport {

class Parameters;
struct RouteDescription;

/// Answers one exchange. The error arm becomes a problem document.
using Handler = std::function<core::Task<core::Result<Response>>(Exchange&, const Parameters&)>;

/// Whether cross-site requests could ride on what the browser adds by itself (design.md 8). An unsafe request of a
/// route that is `none` shows its handler no cookies, and must not set any.
enum class Cookies {
  none,
  used,            ///< read or set: the CSRF guard stands before it
  read_unguarded,  ///< read, and nothing is changed whoever has a browser ask
};
/// Which budget of its client's network a request is counted on.
enum class RateClass { unlimited, other, sign_in, registration, mail };
inline constexpr std::size_t rate_class_count = 5;
/// Whether a request of the route is worth a line in the log; probes and scrapes are not.
enum class Logged { yes, no };

/// One operation as clients name it. The pattern's `{name}` segments are parameters.
struct Route {
  Method method;
  std::string pattern;  ///< "/v1/users/{id}"; also its name in metrics and logs
  Handler handler;
  Cookies cookies = Cookies::none;
  Logged logged = Logged::yes;
  RateClass rate = RateClass::other;
  const RouteDescription* description = nullptr;  ///< what clients are told of it; outlives the router
};

/// The values of a pattern's parameters, percent-decoded.
class Parameters {
 public:
  std::string_view operator[](std::string_view name) const;
  void set(std::string_view name, std::string value) { values_.emplace_back(name, std::move(value)); }
  void clear() { values_.clear(); }

 private:
  std::vector<std::pair<std::string_view, std::string>> values_;
};

/// Finds the route of a request. Built at start, read by every loop at once afterwards.
class Router {
 public:
  /// Adds a route. A handler that streams returns a response too, whose status only tells whether it went well.
  /// Throws std::logic_error when the same method and pattern is there already, or an alias: a bug, found at start.
  void add(Route route);
  /// Makes everything below `to` reachable below `prefix` too. `conflict` / "alias_refused", with a sentence, when an
  /// aliased path would be a route or another alias already, or nothing lies below `to`.
  core::Result<void> alias(std::string prefix, std::string to);

  struct Match {
    const Route* route = nullptr;
    std::vector<Method> allowed{};  ///< when the path exists and the method does not
  };
  Match find(Method method, std::string_view path, Parameters& parameters) const;
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    std::unique_ptr<Node> parameter;
    std::string parameter_name;
    std::vector<const Route*> routes;
  };
  struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Methods = std::vector<const Route*>;

  const Methods* find_path(std::string_view path, Parameters& parameters) const;
  static const Methods* find_below(const Node& node, std::string_view rest, Parameters& parameters);

  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<std::pair<std::string, std::string>> aliases_;
  std::unordered_map<std::string, Methods, PathHash, std::equal_to<>> static_routes_;
  Node root_;
};

}  // namespace sallyport::transport
