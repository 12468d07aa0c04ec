#include "app/route_commands.h"

#include "transport/router.h"

namespace sallyport::app {

struct ListedRoute {
  std::string method, path, cookies, limit;
};
BOOST_DESCRIBE_STRUCT(ListedRoute, (), (method, path, cookies, limit))

struct RouteList {
  std::vector<ListedRoute> routes;
};
BOOST_DESCRIBE_STRUCT(RouteList, (), (routes))

namespace {

std::string_view to_text(transport::Cookies cookies) {
  switch (cookies) {
    case transport::Cookies::none:
      return "none";
    case transport::Cookies::used:
      return "used";
    case transport::Cookies::read_unguarded:
      return "read_unguarded";
  }
  std::unreachable();
}

/// As in `limits.rate.*`.
std::string_view to_text(transport::RateClass limit) {
  switch (limit) {
    case transport::RateClass::unlimited:
      return "none";
    case transport::RateClass::other:
      return "other";
    case transport::RateClass::sign_in:
      return "sign_in";
    case transport::RateClass::registration:
      return "registration";
    case transport::RateClass::mail:
      return "mail";
  }
  std::unreachable();
}

}  // namespace

Answer list_routes(const Services& services) {
  if (services.router == nullptr)
    return core::refuse(core::Fault::conflict, "not_serving",
                        "no server runs on this data; 'sallyport serve' starts one");
  RouteList list;
  for (const auto& route : services.router->routes())
    list.routes.push_back({std::string(transport::to_text(route->method)), route->pattern,
                           std::string(to_text(route->cookies)), std::string(to_text(route->rate))});
  return answer(list);
}

}  // namespace sallyport::app
