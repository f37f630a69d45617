// All ranks of a mesh in one process, one thread each.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "comm/grpc/mesh.h"
#include "tests/comm/grpc/test_certificates.h"

namespace crypten::test {

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A port of the loopback interface that nobody listens on.
inline int free_port() {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof(address);
  if (bind(s, reinterpret_cast<sockaddr*>(&address), length) != 0) throw std::runtime_error("no free port");
  getsockname(s, reinterpret_cast<sockaddr*>(&address), &length);
  close(s);
  return ntohs(address.sin_port);
}

inline std::vector<std::string> free_addresses(int world_size) {
  std::vector<std::string> addresses;
  while (static_cast<int>(addresses.size()) < world_size) {
    const std::string address = "127.0.0.1:" + std::to_string(free_port());
    bool fresh = true;
    for (const auto& other : addresses) fresh &= other != address;
    if (fresh) addresses.push_back(address);
  }
  return addresses;
}

inline MeshOptions mesh_options(const TestRun& run, int rank, const std::vector<std::string>& addresses, double seconds = 10) {
  MeshOptions options;
  options.rank = rank;
  options.addresses = addresses;
  options.run_id = run.run_id;
  options.credentials = run.parties[rank];
  options.roster = run.roster;
  options.deadline = Clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000));
  return options;
}

// work(rank) on a thread each; what each one threw, by rank.
inline std::vector<std::exception_ptr> in_parallel(int count, const std::function<void(int)>& work) {
  std::vector<std::exception_ptr> failures(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return failures;
}

inline std::vector<PartyMesh> connect_all(const TestRun& run, bool insecure_plaintext = false) {
  const int world_size = static_cast<int>(run.parties.size());
  const auto addresses = free_addresses(world_size);
  std::vector<PartyMesh> meshes(world_size);
  const auto failures = in_parallel(world_size, [&](int rank) {
    MeshOptions options = mesh_options(run, rank, addresses);
    options.insecure_plaintext = insecure_plaintext;
    meshes[rank] = connect_mesh(options);
  });
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
  return meshes;
}

}  // namespace crypten::test
