#include "app/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "adapters/system/system_clock.h"
#include "adapters/system/temporary_folder_for_test.h"
#include "core/handover.h"
#include "core/manual_loop.h"

namespace sallyport::app {
namespace {

using core::Secret;
using core::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A loop that turns on a thread of its own until it goes.
class LoopThread {
 public:
  ~LoopThread() {
    loop_.post(end_);
    thread_.join();
  }
  core::Loop& loop() { return loop_; }

 private:
  struct End final : core::Posted {
    bool is_reached = false;
    void run() override { is_reached = true; }
  };
  system_adapter::SystemClock clock_;
  core::ManualLoop loop_{clock_};
  End end_;
  std::thread thread_{[this] {
    while (!end_.is_reached) loop_.wait_and_turn();
  }};
};

Task<std::string> echo(Secret request) { co_return "heard " + std::string(request.reveal()); }

std::atomic<bool> has_begun = false;

/// Waits until it is interrupted.
Task<std::string> wait(Secret) {
  has_begun = true;
  auto waited = co_await core::hand_over<int>(
      [](const std::shared_ptr<core::Handover<int>>&) -> std::optional<core::Error> { return std::nullopt; });
  co_return std::string(waited.error().code);
}

class ControlSocketTest : public testing::Test {
 protected:
  std::unique_ptr<ControlSocket> opened(ControlSocket::Answer answer = echo, milliseconds patience = seconds{5}) {
    return ControlSocket::open(folder, loop.loop(), std::move(answer), patience).value();
  }
  std::optional<core::Result<std::string>> ask(std::string_view line, milliseconds patience = seconds{10}) {
    return ask_server(folder, Secret(line), patience);
  }
  system_adapter::TemporaryFolder temporary;
  std::filesystem::path folder = temporary / "data";
  LoopThread loop;
  void SetUp() override { std::filesystem::create_directory(folder); }
};

TEST_F(ControlSocketTest, AnswersOneLineWithOneLine) {
  const auto socket = opened();

  EXPECT_EQ(ask("one").value().value(), "heard one");
  EXPECT_EQ(ask("two").value().value(), "heard two");
}

TEST_F(ControlSocketTest, IsOnlyItsOwnersAndGoesWithTheServer) {
  auto socket = opened();
  struct stat status{};
  ASSERT_EQ(::stat((folder / control_socket_name).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  socket.reset();

  EXPECT_FALSE(std::filesystem::exists(folder / control_socket_name));
  EXPECT_FALSE(ask("anyone?"));
}

TEST_F(ControlSocketTest, ReplacesWhatADeadServerLeft) {
  std::ofstream(folder / control_socket_name) << "in the way";

  const auto socket = opened();

  EXPECT_EQ(ask("one").value().value(), "heard one");
}

TEST_F(ControlSocketTest, ListensInAFolderWhoseNameIsLongerThanASocketsMayBe) {
  folder /= std::string(200, 'x');
  std::filesystem::create_directory(folder);

  const auto socket = opened();

  EXPECT_EQ(ask("one").value().value(), "heard one");
}

TEST_F(ControlSocketTest, TakesTheLongestRequestAndRefusesALongerOne) {
  const auto socket = opened();
  const std::string longest(max_control_request - 1, 'x');

  EXPECT_EQ(ask(longest).value().value(), "heard " + longest);
  EXPECT_NE(ask(longest + 'x').value().value().find("request_refused"), std::string::npos);
  EXPECT_EQ(ask("one").value().value(), "heard one");
}

TEST_F(ControlSocketTest, AClientThatSaysNothingIsLeftAlone) {
  const auto socket = opened(echo, milliseconds{20});
  const system_adapter::FileDescriptor mute(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / control_socket_name).string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::connect(mute.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);

  EXPECT_EQ(ask("one").value().value(), "heard one");
}

TEST_F(ControlSocketTest, ItsEndInterruptsWhatRunsAndStillAnswers) {
  has_begun = false;
  auto socket = opened(wait);
  std::string answer;
  std::thread client([&] { answer = ask("wait").value().value_or("no answer"); });
  while (!has_begun) std::this_thread::yield();

  socket.reset();

  client.join();
  EXPECT_EQ(answer, "cancelled");
}

TEST_F(ControlSocketTest, AServerThatDoesNotAnswerIsToldApartFromNone) {
  const auto socket = opened(wait);

  const auto answer = ask("one", milliseconds{20});

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, "server_silent");
}

}  // namespace
}  // namespace sallyport::app
