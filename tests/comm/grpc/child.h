// A peer in a process of its own, to be killed or stopped: this test program again, running one hidden test case.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "comm/channel.h"

namespace crypten::test {

class Child {
 public:
  // fork + exec of this program with the test specification `test` and further environment variables.
  Child(const std::string& test, const std::map<std::string, std::string>& environment) {
    std::vector<std::string> variables;
    for (char** v = environ; *v; ++v) variables.push_back(*v);
    for (const auto& [key, value] : environment) variables.push_back(key + "=" + value);
    std::vector<char*> envp;
    for (auto& variable : variables) envp.push_back(variable.data());
    envp.push_back(nullptr);
    std::string program = "/proc/self/exe", name = test;
    char* argv[] = {program.data(), name.data(), nullptr};
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int nowhere = open("/dev/null", O_WRONLY);  // its report is its exit status
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
      execve(program.c_str(), argv, envp.data());
      _exit(127);
    }
  }
  ~Child() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const { kill(pid_, number); }
  // The exit status within `seconds`; −signal if killed, −1000 if it did not end.
  int wait(double seconds) {
    for (const auto end = Clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000)); Clock::now() < end; usleep(5000)) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) != pid_) continue;
      pid_ = -1;
      return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }
    return -1000;
  }

 private:
  pid_t pid_ = -1;
};

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

}  // namespace crypten::test
