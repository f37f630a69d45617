#include "mpc/connect.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <string>

#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

using namespace crypten;
using crypten::testing::random_words;

namespace {

// Environment variables for the length of a test.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& values) {
    for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "CRYPTEN_ADDRESSES", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER"}) {
      if (const char* old = std::getenv(name)) saved_[name] = old;
      unsetenv(name);
    }
    for (const auto& [name, value] : values) setenv(name.c_str(), value.c_str(), 1), set_.push_back(name);
  }
  ~Environment() {
    for (const auto& name : set_) unsetenv(name.c_str());
    for (const auto& [name, value] : saved_) setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  std::map<std::string, std::string> saved_;
  std::vector<std::string> set_;
};

}  // namespace

TEST_CASE("Without an environment this process is a party of one", "[mpc][connect]") {
  const auto a = random_words({4});
  for (const auto& environment : {std::map<std::string, std::string>{}, {{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "1"}}}) {
    const Environment set(environment);
    const auto party = connect();
    CHECK(party->world_size() == 1);
    CHECK(reveal(*party, share(*party, a, a.sizes(), 0)).equal(a));
  }
}

TEST_CASE("Two parties without a dealer are refused, whatever the build", "[mpc][connect]") {
  const Environment set({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "1"}});
  try {
    connect();
    FAIL("connected");
  } catch (const SessionError& error) {
    CHECK(error.code() == 305);
    CHECK_FALSE(error.todo().empty());
  }
}
