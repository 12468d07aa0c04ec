#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/http1_invariants.h"

namespace sallyport::transport::http1 {
namespace {

// Calls `check(bytes, outcome)`; a file is named for what becomes of it, `refused_two_hosts`. Gives the number of
// files.
template <class Check>
int replay(std::string_view folder, Check check) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(FUZZ_CORPUS) / folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto name = entry.path().filename().string();
    SCOPED_TRACE(name);
    check(bytes, name.substr(0, name.find('_')));
    ++files;
  }
  return files;
}

}  // namespace

TEST(FuzzCorpus, OfRequestHeadsKeepsTheInvariants) {
  const int files = replay("http1_head", [](std::string_view bytes, std::string_view outcome) {
    RequestHead head;
    const auto status = parse_request_head(bytes, head).status;
    EXPECT_EQ(fuzz::broken_head_rule(bytes), "");
    EXPECT_EQ(status, outcome == "accepted"  ? HeadStatus::complete
                      : outcome == "refused" ? HeadStatus::refused
                                             : HeadStatus::incomplete);
  });
  EXPECT_GT(files, 10);
}

TEST(FuzzCorpus, OfChunkedContentKeepsTheInvariants) {
  const int files = replay("http1_chunked", [](std::string_view bytes, std::string_view outcome) {
    ChunkedDecoder decoder(fuzz::fuzzed_max_body);
    std::string body;
    EXPECT_EQ(fuzz::broken_chunked_rule(bytes), "");
    EXPECT_EQ(decoder.feed(bytes, body).state, outcome == "accepted"  ? ChunkedState::done
                                               : outcome == "refused" ? ChunkedState::refused
                                                                      : ChunkedState::needs_more);
  });
  EXPECT_GT(files, 5);
}

}  // namespace sallyport::transport::http1
