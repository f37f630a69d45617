// The dealer as a process of its own, behind mutual TLS.
#if CRYPTEN_WITH_GRPC && defined(CRYPTEN_TEST_DEALER)
#include <csignal>
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "comm/grpc/mesh.h"
#include "comm/last_words.h"
#include "mpc/provider/dealer_client.h"
#include "mpc/provider/dealer_server.h"
#include "mpc/provider/master_key.h"
#include "providers.h"
#include "tests/comm/grpc/test_certificates.h"

using namespace crypten;

namespace {

// crypten-dealer with the run's certificates; killed at the end.
class DealerProcess {
 public:
  explicit DealerProcess(const test::TestRun& run) : run_(run) {
    test::write_run_folder(run, folder_);
    create_master_key(folder_.path() + "/master.key");
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    const std::string key = folder_.path() + "/master.key";
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      execl(CRYPTEN_TEST_DEALER, "crypten-dealer", "--run-folder", folder_.path().c_str(), "--master-key", key.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
    char address[200] = "";
    if (std::fscanf(out_, "ready %199s", address) != 1) throw std::runtime_error("the dealer did not start");
    address_ = address;
  }
  ~DealerProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::fclose(out_);
  }

  // The class of the error that a client meets which holds the certificate of rank `holder` and says that it is `claimed`; empty: it was given that rank's key.
  std::string meet(int holder, int claimed) const {
    Session session = test::session(claimed, static_cast<int>(run_.parties.size()));
    session.roster_hash = roster_digest(run_.roster);
    const ServiceAddress service{address_, dealer_name(run_.run_id), fingerprint(run_.dealer.certificate), run_.parties[static_cast<size_t>(holder)]};
    try {
      dealer_provider(session, test::reached(connect_service(service, test::soon())), test::soon());
    } catch (const std::exception& error) {
      return error_class(error);
    }
    return "";
  }

 private:
  const test::TestRun& run_;
  test::TemporaryFolder folder_;
  std::FILE* out_ = nullptr;
  std::string address_;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("between processes, a rank's key goes to the holder of its certificate only", "[mpc][dealer]") {
  const test::TestRun run(3);
  const DealerProcess dealer(run);
  for (int holder = 0; holder < 3; ++holder)
    for (int claimed = 0; claimed < 3; ++claimed) {
      CAPTURE(holder, claimed);
      CHECK(dealer.meet(holder, claimed) == (holder == claimed ? "" : "PeerIdentityMismatch"));
    }
}
#endif
