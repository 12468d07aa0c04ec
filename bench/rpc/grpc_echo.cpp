// The same echo on gRPC C++, by its callback API: usage grpc_echo HOST:PORT. Runs until it is killed.
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "echo.grpc.pb.h"

namespace {

class EchoServer final : public sallyport::bench::v1::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const sallyport::bench::v1::EchoRequest* request,
                                 sallyport::bench::v1::EchoReply* reply) override {
    reply->set_text(request->text());
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: grpc_echo HOST:PORT\n"), 64;
  EchoServer echo;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(arguments[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&echo);
  const auto server = builder.BuildAndStart();
  if (!server) return std::fprintf(stderr, "cannot listen\n"), 69;
  server->Wait();
}
