#pragma once

#include <functional>
#include <random>
#include <sstream>
#include <thread>

#include "store_test.h"

namespace sallyport::contract {

/// One random story: what is done next, what was done so far, and the first thing that was not as it should be. The
/// same seed tells the same story.
class Story {
 public:
  explicit Story(std::uint32_t seed) : seed_(seed), choice_(seed) {}

 protected:
  std::uint32_t seed() const { return seed_; }
  std::size_t choose(std::size_t many) { return std::uniform_int_distribution<std::size_t>(0, many - 1)(choice_); }
  /// One of so many times.
  bool once_in(std::size_t many) { return choose(many) == 0; }
  template <class Range>
  auto& one_of(Range& range) {
    return range[choose(std::size(range))];
  }

  void note(const std::string& step) { trace_ += "\n  " + step; }
  bool goes_well() const { return complaint_.empty(); }
  void complain(const std::string& complaint) {
    if (complaint_.empty()) complaint_ = complaint;
  }
  template <class Value>
  void expect(std::string_view what, const Value& expected, const Value& got) {
    if (expected == got) return;
    std::ostringstream text;
    text << what << ": expected " << testing::PrintToString(expected) << ", got " << testing::PrintToString(got);
    complain(text.str());
  }
  /// What went wrong, with all that led to it; empty if nothing did.
  std::string end() const { return complaint_.empty() ? "" : complaint_ + "\nafter:" + trace_; }

 private:
  std::uint32_t seed_;
  std::mt19937 choice_;
  std::string trace_, complaint_;
};

/// Tells so many stories at once: every so many-th on a loop of the same thread, which takes turns between them. What
/// each came to, in their order.
inline std::vector<std::string> tell_at_once(const core::Clock& clock, std::size_t stories, std::size_t threads,
                                             const std::function<Task<std::string>(std::size_t)>& tell) {
  std::vector<std::string> ends(stories, "not told to its end");
  const auto tell_some = [&](std::size_t first) {
    core::ManualLoop own_loop(clock);
    core::TaskContext context(own_loop, core::Moment::max());
    int running = 0;
    for (auto story = first; story < stories; story += threads) {
      ++running;
      start(context, tell(story), [&, story](std::string end) {
        ends[story] = std::move(end);
        --running;
      });
    }
    while (running > 0) own_loop.wait_and_turn();
  };
  std::vector<std::thread> tellers;
  for (std::size_t first = 0; first < threads; ++first) tellers.emplace_back(tell_some, first);
  for (auto& teller : tellers) teller.join();
  return ends;
}

}  // namespace sallyport::contract
