// An echo on the transport that the product serves with: usage sallyport_echo HOST:PORT. Ends with SIGTERM.
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "adapters/system/system_clock.h"
#include "echo.pb.h"
#include "transport/pipeline.h"
#include "transport/rpc/error_format.h"
#include "transport/rpc/services.h"
#include "transport/server.h"

using namespace sallyport;
using Reply = bench::v1::EchoReply;
using Request = bench::v1::EchoRequest;

int main(int count, char** arguments) {
  const auto endpoint = transport::Endpoint::parse(count == 2 ? arguments[1] : "");
  if (!endpoint) return std::fprintf(stderr, "usage: sallyport_echo HOST:PORT\n"), 64;
  const google::protobuf::ServiceDescriptor* const service = Request::descriptor()->file()->service(0);
  const transport::rpc::MethodTable methods({&service, 1});
  transport::rpc::Services services(methods.methods(), {});
  services.unary<Request, Reply>("sallyport.bench.v1.EchoService/Echo",
                                 [](transport::rpc::Call&, Request request) -> core::Task<core::Result<Reply>> {
                                   Reply reply;
                                   reply.set_text(std::move(*request.mutable_text()));
                                   co_return reply;
                                 });
  transport::Router router;
  services.mount(router);
  transport::Pipeline pipeline(router, {}, transport::rpc::error_format_of);
  const system_adapter::SystemClock clock;
  const transport::Limits limits;
  transport::Server server(clock, limits, pipeline, 1);
  if (!server.bind(*endpoint)) return std::fprintf(stderr, "cannot listen\n"), 69;
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ended, nullptr);
  server.start();
  int signal = 0;
  sigwait(&ended, &signal);
  server.stop(std::chrono::milliseconds(100));
  server.run_leftovers();
  return 0;
}
