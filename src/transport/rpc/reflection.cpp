#include "transport/rpc/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace sallyport::transport::rpc {

namespace pb = google::protobuf;

/// What may be asked for: the files that describe what is served, and those they import, without what is not served.
class Reflection::Index {
 public:
  explicit Index(const std::vector<const Method*>& served) {
    for (const auto* method : served) {
      methods_.insert(method->descriptor);
      services_.insert(method->descriptor->service()->full_name());
      add(*method->descriptor->file());
    }
    for (auto& [file, bytes] : files_) bytes = describe(*file);
  }

  const std::set<std::string>& services() const { return services_; }

  /// The descriptors of a file and of all that it imports; nothing for a file that is none of these.
  using Files = std::optional<std::vector<std::string_view>>;
  Files file(const std::string& name) const { return with_imports(pool().FindFileByName(name)); }
  Files file_of_symbol(const std::string& name) const {
    const auto* const method = pool().FindMethodByName(name);
    if (method != nullptr && !methods_.contains(method)) return std::nullopt;
    if (pool().FindServiceByName(name) != nullptr && !services_.contains(name)) return std::nullopt;
    return with_imports(pool().FindFileContainingSymbol(name));
  }
  Files file_of_extension(const std::string& type, int number) const {
    const auto* const message = pool().FindMessageTypeByName(type);
    const auto* const extension = message != nullptr ? pool().FindExtensionByNumber(message, number) : nullptr;
    return extension != nullptr ? with_imports(extension->file()) : std::nullopt;
  }
  /// The numbers of all extensions of a type; nothing if there is no such type.
  std::optional<std::vector<int>> extensions_of(const std::string& type) const {
    const auto* const message = pool().FindMessageTypeByName(type);
    if (message == nullptr || !files_.contains(message->file())) return std::nullopt;
    std::vector<const pb::FieldDescriptor*> extensions;
    pool().FindAllExtensions(message, &extensions);
    std::vector<int> numbers;
    for (const auto* extension : extensions) {
      if (files_.contains(extension->file())) numbers.push_back(extension->number());
    }
    return numbers;
  }

 private:
  static const pb::DescriptorPool& pool() { return *pb::DescriptorPool::generated_pool(); }

  void add(const pb::FileDescriptor& file) {
    if (!files_.try_emplace(&file).second) return;
    for (int i = 0; i < file.dependency_count(); ++i) add(*file.dependency(i));
  }

  std::string describe(const pb::FileDescriptor& file) const {
    pb::FileDescriptorProto described;
    file.CopyTo(&described);
    for (int i = file.service_count() - 1; i >= 0; --i) {
      const auto& service = *file.service(i);
      if (!services_.contains(service.full_name())) {
        described.mutable_service()->DeleteSubrange(i, 1);
        continue;
      }
      for (int j = service.method_count() - 1; j >= 0; --j) {
        if (!methods_.contains(service.method(j))) described.mutable_service(i)->mutable_method()->DeleteSubrange(j, 1);
      }
    }
    return described.SerializeAsString();
  }

  Files with_imports(const pb::FileDescriptor* file) const {
    if (file == nullptr || !files_.contains(file)) return std::nullopt;
    std::vector<std::string_view> all;
    std::set<const pb::FileDescriptor*> seen;
    collect(*file, seen, all);
    return all;
  }
  void collect(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& seen,
               std::vector<std::string_view>& all) const {
    if (!seen.insert(&file).second) return;
    all.push_back(files_.at(&file));
    for (int i = 0; i < file.dependency_count(); ++i) collect(*file.dependency(i), seen, all);
  }

  std::set<const pb::MethodDescriptor*> methods_;
  std::set<std::string> services_;
  std::map<const pb::FileDescriptor*, std::string> files_;
};

namespace {

constexpr int not_found = static_cast<int>(Code::not_found);
constexpr int invalid_argument = static_cast<int>(Code::invalid_argument);

/// One answer. The two versions of the service have messages of the same form.
template <class Request, class Response>
Response answer(const Reflection::Index& index, const Request& request) {
  Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  const auto refuse = [&](int code, std::string message) {
    response.mutable_error_response()->set_error_code(code);
    response.mutable_error_response()->set_error_message(std::move(message));
  };
  const auto tell = [&](const Reflection::Index::Files& files) {
    if (!files) return refuse(not_found, "There is no such thing here.");
    for (const auto file : *files)
      response.mutable_file_descriptor_response()->add_file_descriptor_proto(file.data(), file.size());
  };
  switch (request.message_request_case()) {
    case Request::kListServices:
      for (const auto& name : index.services())
        response.mutable_list_services_response()->add_service()->set_name(name);
      break;
    case Request::kFileByFilename:
      tell(index.file(request.file_by_filename()));
      break;
    case Request::kFileContainingSymbol:
      tell(index.file_of_symbol(request.file_containing_symbol()));
      break;
    case Request::kFileContainingExtension: {
      const auto& extension = request.file_containing_extension();
      tell(index.file_of_extension(extension.containing_type(), extension.extension_number()));
      break;
    }
    case Request::kAllExtensionNumbersOfType: {
      const auto numbers = index.extensions_of(request.all_extension_numbers_of_type());
      if (!numbers) {
        refuse(not_found, "There is no such type here.");
        break;
      }
      auto& told = *response.mutable_all_extension_numbers_response();
      told.set_base_type_name(request.all_extension_numbers_of_type());
      told.mutable_extension_number()->Add(numbers->begin(), numbers->end());
      break;
    }
    case Request::MESSAGE_REQUEST_NOT_SET:
      refuse(invalid_argument, "The request asks for nothing.");
      break;
  }
  return response;
}

template <class Request, class Response>
core::Task<core::Result<void>> answer_all(const Reflection::Index& index, Call& call) {
  for (;;) {
    Request request;
    auto more = co_await call.read(request);
    if (!more) co_return core::Result<void>(core::fail(std::move(more)));
    if (!*more) co_return core::Result<void>{};
    const auto response = answer<Request, Response>(index, request);
    auto written = co_await call.write(response);
    if (!written) co_return written;
  }
}

}  // namespace

Reflection::Reflection() = default;
Reflection::~Reflection() = default;

const Reflection::Index& Reflection::index() {
  std::call_once(has_index_, [this] { index_ = std::make_unique<const Index>(services_->served()); });
  return *index_;
}

void Reflection::add_to(Services& services) {
  namespace v1 = ::grpc::reflection::v1;
  namespace v1alpha = ::grpc::reflection::v1alpha;
  services_ = &services;
  services.stream("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", [this](Call& call) {
    return answer_all<v1::ServerReflectionRequest, v1::ServerReflectionResponse>(index(), call);
  });
  services.stream("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", [this](Call& call) {
    return answer_all<v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>(index(), call);
  });
}

}  // namespace sallyport::transport::rpc
