// crypten-dealer as a process of its own, with a run's certificates.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "comm/grpc/mesh.h"
#include "mpc/provider/dealer_client.h"
#include "mpc/provider/master_key.h"
#include "providers.h"
#include "tests/comm/grpc/test_certificates.h"

namespace crypten::test {

class DealerProcess {
 public:
  explicit DealerProcess(const TestRun& run, const std::vector<std::string>& options = {}) : run_(run) {
    write_run_folder(run, folder_);
    create_master_key(master_key());
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    std::vector<std::string> words{"crypten-dealer", "--run-folder", folder_.path(), "--master-key", master_key()};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      const int said = ::open(errors().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(ends[1], STDOUT_FILENO);
      dup2(said, STDERR_FILENO);
      ::close(ends[0]);
      execv(CRYPTEN_TEST_DEALER, arguments.data());
      _exit(127);
    }
    ::close(ends[1]);
    out_ = fdopen(ends[0], "r");
    char address[200] = "";
    if (std::fscanf(out_, "ready %199s", address) != 1) throw std::runtime_error("the dealer did not start: " + said());
    address_ = address;
  }
  ~DealerProcess() {
    if (!status_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::fclose(out_);
  }

  void signal(int number) const { kill(pid_, number); }
  // Waits for its end; the exit status, or 128 + the signal's number.
  int ended() {
    if (!status_) {
      int status = 0;
      waitpid(pid_, &status, 0);
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return *status_;
  }
  std::string said() const {  // on stderr
    std::stringstream text;
    text << std::ifstream(errors()).rdbuf();
    return text.str();
  }
  // A number of /proc/<pid>/status: "VmRSS" in KiB, "Threads".
  long fact(const std::string& name) const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(in, line);)
      if (line.rfind(name + ":", 0) == 0) return std::stol(line.substr(name.size() + 1));
    return -1;
  }
  double cpu_seconds() const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    std::stringstream rest(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

  ServiceAddress from(int holder) const {
    return {address_, dealer_name(run_.run_id), fingerprint(run_.dealer.certificate), run_.parties[static_cast<size_t>(holder)], false};
  }
  const std::string& address() const { return address_; }
  const std::string& folder() const { return folder_.path(); }
  std::string master_key() const { return folder_.path() + "/master.key"; }

 private:
  std::string errors() const { return folder_.path() + "/stderr.txt"; }

  const TestRun& run_;
  TemporaryFolder folder_;
  std::FILE* out_ = nullptr;
  std::string address_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// A session of a run with certificates.
inline Session session_of(const TestRun& run, int rank, uint8_t id = 1) {
  Session one = session(rank, static_cast<int>(run.parties.size()), id);
  one.roster_hash = roster_digest(run.roster);
  return one;
}

}  // namespace crypten::test
