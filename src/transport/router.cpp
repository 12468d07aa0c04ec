#include "transport/router.h"

#include <algorithm>
#include <stdexcept>

#include "transport/http1/uri.h"

namespace sallyport::transport {
namespace {

/// "/a/b" -> "a", leaving "/b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool is_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

std::string_view Parameters::operator[](std::string_view name) const {
  const auto found = std::ranges::find(values_, name, [](const auto& entry) { return entry.first; });
  return found == values_.end() ? std::string_view{} : std::string_view(found->second);
}

void Router::add(Route added) {
  for (const auto& [prefix, to] : aliases_) {
    if (is_below(added.pattern, prefix)) throw std::logic_error("the alias " + prefix + " hides " + added.pattern);
  }
  auto& route = *routes_.emplace_back(std::make_unique<Route>(std::move(added)));
  Methods* methods = nullptr;
  if (route.pattern.find('{') == std::string::npos) {
    methods = &static_routes_[route.pattern];
  } else {
    Node* node = &root_;
    for (std::string_view rest = route.pattern; !rest.empty();) {
      const auto segment = take_segment(rest);
      auto& child = segment.starts_with('{') ? node->parameter : node->children[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      if (segment.starts_with('{')) {
        const auto name = segment.substr(1, segment.size() - 2);
        if (!node->parameter_name.empty() && node->parameter_name != name) {
          throw std::logic_error(route.pattern + " names a parameter that another route calls " + node->parameter_name);
        }
        node->parameter_name = name;
      }
      node = child.get();
    }
    methods = &node->routes;
  }
  if (std::ranges::any_of(*methods, [&](const Route* other) { return other->method == route.method; })) {
    throw std::logic_error("two routes for " + std::string(to_text(route.method)) + " " + route.pattern);
  }
  methods->push_back(&route);
}

core::Result<void> Router::alias(std::string prefix, std::string to) {
  const auto refuse = [](std::string sentence) {
    return std::unexpected(
        core::Error{.fault = core::Fault::conflict, .code = "alias_refused", .log_detail = std::move(sentence)});
  };
  for (const auto& [other, target] : aliases_) {
    if (is_below(other, prefix) || is_below(prefix, other))
      return refuse("the aliases " + other + " and " + prefix + " collide: one lies below the other");
  }
  const auto has_route_below = [this](std::string_view path) {
    return std::ranges::any_of(routes_, [&](const auto& route) { return is_below(route->pattern, path); });
  };
  if (has_route_below(prefix)) return refuse("the alias " + prefix + " would hide routes of that name");
  if (!has_route_below(to)) return refuse("the alias " + prefix + " stands for " + to + ", where there is nothing");
  aliases_.emplace_back(std::move(prefix), std::move(to));
  return {};
}

Router::Match Router::find(Method method, std::string_view path, Parameters& parameters) const {
  const auto* methods = find_path(path, parameters);
  if (methods == nullptr) {
    for (const auto& [prefix, to] : aliases_) {
      if (!is_below(path, prefix)) continue;
      methods = find_path(to + std::string(path.substr(prefix.size())), parameters);
      break;
    }
  }
  if (methods == nullptr) return {};
  const auto wanted = method == Method::head ? Method::get : method;
  for (const auto* route : *methods) {
    if (route->method == wanted) return {.route = route};
  }
  Match match;
  for (const auto* route : *methods) {
    match.allowed.push_back(route->method);
    if (route->method == Method::get) match.allowed.push_back(Method::head);
  }
  match.allowed.push_back(Method::options);
  return match;
}

const Router::Methods* Router::find_path(std::string_view path, Parameters& parameters) const {
  const auto exact = static_routes_.find(path);
  if (exact != static_routes_.end()) return &exact->second;
  parameters.clear();
  return find_below(root_, path, parameters);
}

const Router::Methods* Router::find_below(const Node& node, std::string_view rest, Parameters& parameters) {
  if (rest.empty()) return node.routes.empty() ? nullptr : &node.routes;
  if (rest.front() != '/') return nullptr;
  const auto segment = take_segment(rest);
  const auto child = node.children.find(segment);
  if (child != node.children.end()) {
    if (const auto* found = find_below(*child->second, rest, parameters)) return found;
  }
  if (!node.parameter || segment.empty()) return nullptr;
  const auto* found = find_below(*node.parameter, rest, parameters);
  std::string value;
  if (found == nullptr || !http1::percent_decode_segment(segment, value)) return nullptr;
  parameters.set(node.parameter_name, std::move(value));
  return found;
}

}  // namespace sallyport::transport
