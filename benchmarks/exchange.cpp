// What does one exchange between two parties cost, and how much of that is ours? Communicator::exchange over gRPC with mutual TLS, beside a
// bare gRPC stream with mutual TLS (bare_stream.h), the two taking turns; and all_reduce of 1 Mi elements beside the time that its bytes take in a
// larger exchange of the same parties. Two processes, or more for all_reduce alone:
//   crypten-launch -n 2 --no-dealer build/bin/benchmark-exchange [--repetitions 5] [--json FILE]
// Shown: the best repetition's median (and its 99th percentile), since the machine is shared; GB/s are per direction, and both directions
// run at once; CPU is the time of both processes, of all their threads and of the kernel for them, that an exchange of that repetition took.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "benchmarks/bare_stream.h"
#include "comm/collective/all_reduce.h"
#include "comm/communicator.h"
#include "comm/grpc/rendezvous.h"
#include "crypten_core/aten.h"

namespace {

using namespace crypten;

struct Result {
  double median = 1e9, p99 = 0;  // seconds; of the best repetition
  double cpu = 0;                // seconds of this process for one exchange; of the same repetition
};

struct Size {
  size_t bytes;
  int rounds;
};

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void measure(int rounds, const std::function<void()>& exchange, Result& best) {
  std::vector<double> seconds;
  const double cpu_before = cpu_seconds();
  for (int i = 0; i < rounds; ++i) {
    const auto start = Clock::now();
    exchange();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  const double cpu = (cpu_seconds() - cpu_before) / rounds;
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  if (median < best.median) best = {median, seconds[seconds.size() * 99 / 100], cpu};
}

// Adds the other rank's figure to the own one.
double of_both(Communicator& communicator, double own) {
  double other = 0;
  std::vector<Communicator::Scatter> receive(2);
  receive[static_cast<size_t>(1 - communicator.rank())] = {std::as_writable_bytes(std::span(&other, 1))};
  communicator.exchange_with_all({std::as_bytes(std::span(&own, 1))}, receive);
  return own + other;
}

std::string human(size_t bytes) {
  if (bytes >= size_t{1} << 20) return std::to_string(bytes >> 20) + " MiB";
  return std::to_string(bytes) + " B";
}

// all_reduce of 1 Mi elements, and an exchange of eight times as many bytes.
nlohmann::json measure_all_reduce(Communicator& communicator, int repetitions) {
  constexpr int64_t kElements = 1 << 20, kTimes = 8;
  const int size = communicator.world_size();
  const RingTensor own(at::ones({kElements}, at::kLong));
  ByteVector out(8 * kElements * kTimes, std::byte{});
  std::vector<ByteVector> in(static_cast<size_t>(size));
  std::vector<Communicator::Scatter> receive(static_cast<size_t>(size));
  for (int peer = 0; peer < size; ++peer) {
    if (peer == communicator.rank()) continue;
    in[static_cast<size_t>(peer)].resize(out.size());
    receive[static_cast<size_t>(peer)] = {MutableBytes(in[static_cast<size_t>(peer)])};
  }
  Result reduced, exchanged;
  for (int i = 0; i < repetitions; ++i) {
    measure(10, [&] { all_reduce(communicator, own); }, reduced);
    measure(4, [&] { communicator.exchange_with_all({Bytes(out)}, receive); }, exchanged);
  }
  if (all_reduce(communicator, own).words()[0].item<int64_t>() != size) throw std::runtime_error("a wrong sum");
  if (communicator.rank() != 0) return {};
  const double bound = exchanged.median / kTimes;
  std::printf("all_reduce of 1 Mi elements, %d parties: %.1f ms; its bytes at the rate of an exchange of 64 MiB: %.1f ms; ratio %.2f\n", size, reduced.median * 1e3, bound * 1e3,
              reduced.median / bound);
  return {{"parties", size}, {"elements", kElements}, {"median_s", reduced.median}, {"bound_s", bound}};
}

}  // namespace

int main(int argc, char** argv) {
  int repetitions = 5;
  std::string json_file;
  CLI::App app("Cost of one exchange between two parties.");
  app.add_option("--repetitions", repetitions)->check(CLI::Range(1, 100));
  app.add_option("--json", json_file, "write the results there too");
  CLI11_PARSE(app, argc, argv);
  try {
    const Rendezvous rendezvous = rendezvous_from_environment();
    ConnectedSession connected = connect_session(rendezvous, Config());
    const int rank = connected.options.rank;
    const int parties = connected.options.world_size;
    if (parties < 2) throw std::runtime_error("run this with two parties or more: crypten-launch -n 2 --no-dealer " + std::string(argv[0]));
    Session session = handshake(connected.options, connected.mesh.channels, Clock::now() + std::chrono::seconds(10));
    Communicator communicator(std::move(session), std::move(connected.mesh.channels));
    if (parties > 2) {
      measure_all_reduce(communicator, repetitions);
      communicator.close();
      return 0;
    }
    const char* port = std::getenv("MASTER_PORT");
    if (!port) throw std::runtime_error("MASTER_PORT is not set: it is where the bare stream listens");
    benchmark::BareStream bare(rank, std::string("127.0.0.1:") + port, party_name(0, connected.options.run_id),
                               load_party_credentials(rendezvous.run_folder, rank));

    nlohmann::json results = nlohmann::json::array();
    if (rank == 0)
      std::printf("%s, %u cores\n%10s  %-24s %12s %12s %8s %12s\n", cpu_model().c_str(), std::thread::hardware_concurrency(), "bytes", "",
                  "median", "p99", "GB/s", "CPU");
    for (const auto& [bytes, rounds] : {Size{8, 2000}, Size{size_t{1} << 20, 200}, Size{size_t{64} << 20, 6}}) {
      ByteVector out(bytes, std::byte(rank + 1)), in(bytes);
      std::vector<Communicator::Scatter> receive(2);
      receive[1 - rank] = {MutableBytes(in)};
      const Communicator::Gather send = {Bytes(out)};
      Result ours, reference;
      for (int i = 0; i < repetitions; ++i) {
        measure(
            rounds, [&] { communicator.exchange_with_all(send, receive); }, ours);
        measure(
            rounds, [&] { bare.exchange(out, in); }, reference);
      }
      if (in.front() != std::byte(2 - rank) || in.back() != in.front()) throw std::runtime_error("wrong bytes came");
      ours.cpu = of_both(communicator, ours.cpu);
      reference.cpu = of_both(communicator, reference.cpu);
      if (rank != 0) continue;
      for (const auto& [name, result] : {std::pair{"Communicator::exchange", ours}, std::pair{"bare gRPC + mutual TLS", reference}}) {
        const double rate = static_cast<double>(bytes) / result.median / 1e9;
        std::printf("%10s  %-24s %9.1f us %9.1f us %8.3f %9.1f us\n", human(bytes).c_str(), name, result.median * 1e6, result.p99 * 1e6, rate, result.cpu * 1e6);
        results.push_back(
            {{"bytes", bytes}, {"variant", name}, {"median_s", result.median}, {"p99_s", result.p99}, {"bytes_per_s", rate * 1e9}, {"cpu_s", result.cpu}});
      }
      std::printf("%10s  ratio %.2f\n", "", ours.median / reference.median);
    }
    const auto all_reduce = measure_all_reduce(communicator, repetitions);
    if (rank == 0 && !json_file.empty())
      std::ofstream(json_file) << nlohmann::json{{"benchmark", "exchange"},
                                                 {"cpu", cpu_model()},
                                                 {"cores", std::thread::hardware_concurrency()},
                                                 {"repetitions", repetitions},
                                                 {"results", results},
                                                 {"all_reduce", all_reduce}}
                                      .dump(1)
                               << "\n";
    communicator.close();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark-exchange: %s\n", error.what());
    return 1;
  }
}
