#include "adapters/system/service_manager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "adapters/system/temporary_folder_for_test.h"

namespace sallyport::system_adapter {
namespace {

using namespace std::chrono_literals;

/// The manager's end: a datagram socket as systemd has one. `name` as in NOTIFY_SOCKET.
class Listening {
 public:
  explicit Listening(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::ranges::copy(name, std::begin(address.sun_path));
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = offsetof(sockaddr_un, sun_path) + name.size();
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)), 0);
  }
  /// The oldest datagram that was not heard yet; empty if there is none.
  std::string heard() const {
    std::array<char, 4'096> text;
    const auto size = ::recv(socket_.get(), text.data(), text.size(), 0);
    return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  FileDescriptor socket_;
};

std::string abstract_name() { return "@sallyport-test-" + std::to_string(::getpid()); }

TEST(ServiceManagerOf, ASocketWithAPathHearsAllOfIt) {
  const TemporaryFolder folder;
  const auto name = (folder / "notify").string();
  const Listening listening(name);

  const auto manager = ServiceManager::of({.notify_socket = name, .watchdog_usec = "", .watchdog_pid = ""});

  ASSERT_TRUE(manager) << manager.error().log_detail;
  EXPECT_TRUE(manager->tell_ready("listens on 127.0.0.1:8080"));
  EXPECT_EQ(listening.heard(), "READY=1\nSTATUS=listens on 127.0.0.1:8080");
  EXPECT_TRUE(manager->tell_stopping(45s));
  EXPECT_EQ(listening.heard(), "STOPPING=1\nSTATUS=shutting down\nEXTEND_TIMEOUT_USEC=45000000");
  manager->tell_alive();
  EXPECT_EQ(listening.heard(), "WATCHDOG=1");
}

TEST(ServiceManagerOf, AnAbstractSocketIsReachedByItsName) {
  const Listening listening(abstract_name());

  const auto manager = ServiceManager::of({.notify_socket = abstract_name(), .watchdog_usec = "", .watchdog_pid = ""});

  ASSERT_TRUE(manager) << manager.error().log_detail;
  EXPECT_TRUE(manager->tell_ready("here"));
  EXPECT_EQ(listening.heard(), "READY=1\nSTATUS=here");
}

TEST(ServiceManagerOf, AStatusCannotBringALineOfItsOwn) {
  const Listening listening(abstract_name());
  const auto manager = ServiceManager::of({.notify_socket = abstract_name(), .watchdog_usec = "", .watchdog_pid = ""});
  ASSERT_TRUE(manager);

  EXPECT_TRUE(manager->tell_ready("one\nMAINPID=1"));

  EXPECT_EQ(listening.heard(), "READY=1\nSTATUS=one");
}

TEST(ServiceManagerOf, NobodyIsToldNothing) {
  const auto manager = ServiceManager::of({});

  ASSERT_TRUE(manager);
  EXPECT_TRUE(manager->tell_ready("here"));
  EXPECT_TRUE(manager->tell_stopping(1s));
  manager->tell_alive();
  EXPECT_FALSE(manager->watchdog());
}

TEST(ServiceManagerOf, AnAddressThatIsNoneIsNamed) {
  const auto too_long = '/' + std::string(sizeof(sockaddr_un::sun_path), 'x');
  for (const auto& name :
       {std::string("notify"), std::string("vsock:2:1234"), std::string("/"), std::string("@"), too_long}) {
    SCOPED_TRACE(name);
    const auto manager = ServiceManager::of({.notify_socket = name, .watchdog_usec = "", .watchdog_pid = ""});
    ASSERT_FALSE(manager);
    EXPECT_EQ(manager.error().code, "service_manager_unknown");
    EXPECT_NE(manager.error().log_detail.find(name), std::string::npos);
  }
}

TEST(ServiceManagerOf, ThePathOfALongestAddressStillFits) {
  const auto longest = '/' + std::string(sizeof(sockaddr_un::sun_path) - 2, 'x');

  const auto manager = ServiceManager::of({.notify_socket = longest, .watchdog_usec = "", .watchdog_pid = ""});

  EXPECT_TRUE(manager);
}

TEST(ServiceManagerOf, AManagerThatIsGoneIsAnError) {
  const TemporaryFolder folder;
  const auto manager =
      ServiceManager::of({.notify_socket = (folder / "gone").string(), .watchdog_usec = "", .watchdog_pid = ""});
  ASSERT_TRUE(manager);

  const auto told = manager->tell_ready("here");

  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, "service_manager_unreachable");
  manager->tell_alive();
}

TEST(ServiceManagerOf, TheWatchdogIsOnlyOursWithOurNumberAndEndsWithStopping) {
  const auto us = std::to_string(::getpid());
  const auto another = std::to_string(::getppid());
  const Listening listening(abstract_name());
  const auto watchdog = [](const std::string& usec, const std::string& pid) {
    return ServiceManager::of({.notify_socket = abstract_name(), .watchdog_usec = usec, .watchdog_pid = pid})
        ->watchdog();
  };

  EXPECT_EQ(watchdog("30000000", us), 30s);
  EXPECT_EQ(watchdog("30000000", ""), 30s);
  for (const auto& [usec, pid] : {std::pair{"30000000", another.c_str()},
                                  {"", us.c_str()},
                                  {"0", us.c_str()},
                                  {"-5", us.c_str()},
                                  {"3s", us.c_str()},
                                  {"30000000", "x"}}) {
    SCOPED_TRACE(std::string(usec) + ' ' + pid);
    EXPECT_FALSE(watchdog(usec, pid));
  }

  const auto watched = ServiceManager::of({.notify_socket = abstract_name(), .watchdog_usec = "9", .watchdog_pid = us});
  ASSERT_TRUE(watched->tell_stopping(1s));
  EXPECT_EQ(listening.heard(), "STOPPING=1\nSTATUS=shutting down\nEXTEND_TIMEOUT_USEC=1000000\nWATCHDOG_USEC=0");
}

}  // namespace
}  // namespace sallyport::system_adapter
