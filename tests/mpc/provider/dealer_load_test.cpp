// One dealer process and 128 sessions of two clients each, with certificates, that ask at random; beside them a client that does not read and one that talks nonsense.
#ifdef CRYPTEN_TEST_DEALER
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <thread>

#include "crypten_core/kernels/bit_slice.h"
#include "dealer_process.h"
#include "reference.h"

using namespace crypten;
using test::DealerProcess;

namespace {

constexpr int kSessions = 128;

Clock::time_point late() { return Clock::now() + std::chrono::minutes(5); }  // only a defect reaches it

void in_parallel(int count, int threads, const std::function<void(int)>& work) {
  std::atomic<int> next = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&] {
      for (int mine = next++; mine < count; mine = next++) work(mine);
    });
  for (auto& thread : all) thread.join();
}

using Words = std::vector<uint64_t>;

// Two parties of one session in one thread. Every answer is compared with what the request defines, computed word by word from both parties' streams.
class TwoParties {
 public:
  TwoParties(const DealerProcess& dealer, const test::TestRun& run, int number) : random_(static_cast<uint64_t>(number)) {
    for (int rank : {0, 1}) {
      parties_.push_back(dealer_provider(test::session_of(run, rank, static_cast<uint8_t>(number)), test::reached(connect_service(dealer.from(rank), late())), late()));
    }
  }

  // Asks `count` times, one to four requests together; the seconds that each batch took. Throws std::runtime_error at the first wrong share.
  std::vector<double> ask(int count) {
    std::vector<double> seconds;
    while (count > 0) {
      const int together = std::min(count, at_most(4));
      std::vector<std::function<void()>> checks;
      for (int i = 0; i < together; ++i) checks.push_back(ask_one());
      const auto started = Clock::now();
      parties_[1]->flush();
      last_->await();
      seconds.push_back(std::chrono::duration<double>(Clock::now() - started).count());
      for (const auto& check : checks) check();
      count -= together;
    }
    return seconds;
  }

 private:
  int at_most(int n) { return std::uniform_int_distribution<int>(1, n)(random_); }
  uint64_t place() { return std::uniform_int_distribution<uint64_t>(0, 1u << 20)(random_); }

  // λ: the sum (or XOR) of both parties' streams.
  Words lambda(uint64_t offset, size_t count, bool bits = false) const {
    Words sum(count), other(count);
    parties_[0]->streams().masks(0)->fill(sum, offset);
    parties_[1]->streams().masks(0)->fill(other, offset);
    for (size_t i = 0; i < count; ++i) sum[i] = bits ? sum[i] ^ other[i] : sum[i] + other[i];
    return sum;
  }

  static Words words(const at::Tensor& tensor) {
    const auto flat = tensor.contiguous();
    const auto* from = reinterpret_cast<const uint64_t*>(flat.const_data_ptr<int64_t>());
    return {from, from + flat.numel()};
  }

  std::function<void()> ask_one() {
    switch (at_most(4)) {
      case 1:
        return ask_shares();
      case 2:
        return ask_product();
      case 3:
        return ask_matrix_product();
      default:
        return ask_and();
    }
  }

  std::pair<Dealt, Dealt> request(const decltype(Request::body)& body) {
    std::pair<Dealt, Dealt> both{parties_[0]->request(body), parties_[1]->request(body)};
    last_ = both.second;
    return both;
  }

  static void check_sum(const std::pair<Dealt, Dealt>& dealt, size_t tensor, int width, const Words& expected) {
    const Words a = words(dealt.first.ring(tensor).words()), b = words(dealt.second.ring(tensor).words());
    if (a.size() != expected.size() || b.size() != expected.size()) throw std::runtime_error("shares of another size");
    for (size_t i = 0; i < expected.size(); ++i)
      if (reference::low(a[i] + b[i], width) != reference::low(expected[i], width)) throw std::runtime_error("wrong share of element " + std::to_string(i));
  }

  std::function<void()> ask_shares() {
    ShareRequest request;
    for (int i = at_most(3); i > 0; --i) request.items.push_back({reference::mask_term(reference::mask({at_most(300)}, place())), at_most(64)});
    return [this, request, dealt = this->request(request)] {
      for (size_t i = 0; i < request.items.size(); ++i) {
        const auto& item = request.items[i];
        check_sum(dealt, i, item.width, lambda(item.term.masks[0].offset, static_cast<size_t>(item.term.sizes[0])));
      }
    };
  }

  std::function<void()> ask_product() {
    const int64_t size = at_most(300);
    const uint64_t a = place(), b = place();
    const int width = at_most(64);
    auto dealt = request(ProductRequest{.op = Bilinear::elementwise(), .pairs = {{reference::mask_term(reference::mask({size}, a)), reference::mask_term(reference::mask({size}, b)), width}}});
    return [=, this] {
      Words expected = lambda(a, static_cast<size_t>(size));
      const Words factor = lambda(b, expected.size());
      for (size_t i = 0; i < expected.size(); ++i) expected[i] *= factor[i];
      check_sum(dealt, 0, width, expected);
    };
  }

  std::function<void()> ask_matrix_product() {
    const auto rows = static_cast<size_t>(at_most(12)), inner = static_cast<size_t>(at_most(12)), columns = static_cast<size_t>(at_most(12));
    const uint64_t a = place(), b = place();
    const auto sizes = [](size_t m, size_t n) { return std::vector<int64_t>{static_cast<int64_t>(m), static_cast<int64_t>(n)}; };
    auto dealt = request(ProductRequest{
        .op = Bilinear::matmul(), .pairs = {{reference::mask_term(reference::mask(sizes(rows, inner), a)), reference::mask_term(reference::mask(sizes(inner, columns), b)), 64}}});
    return [=, this] {
      const Words left = lambda(a, rows * inner), right = lambda(b, inner * columns);
      Words expected(rows * columns);
      for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j)
          for (size_t k = 0; k < inner; ++k) expected[i * columns + j] += left[i * inner + k] * right[k * columns + j];
      check_sum(dealt, 0, 64, expected);
    };
  }

  std::function<void()> ask_and() {
    const int64_t count = at_most(1500);
    const auto tiles = static_cast<size_t>(tile_count(count));
    BitProductRequest request;
    for (int i = 1 + at_most(2); i > 0; --i) request.factors.push_back({.offset = place(), .count = count});
    return [this, request, tiles, count, dealt = this->request(request)] {
      const size_t factors = request.factors.size();
      std::vector<Words> bits;
      for (const auto& factor : request.factors) bits.push_back(lambda(factor.offset, tiles * kTileWords, true));
      const Words a = words(dealt.first.bits()), b = words(dealt.second.bits());
      size_t planes = 0;
      for (size_t subset = 0; subset < size_t{1} << factors; ++subset) planes += __builtin_popcountll(subset) >= 2;
      if (a.size() != tiles * planes * kTileWords || b.size() != a.size()) throw std::runtime_error("bits of another size");
      for (int64_t element = 0; element < count; ++element) {
        const auto tile = static_cast<size_t>(element) / 512, word = static_cast<size_t>(element) % 512 / 64;
        size_t plane = 0;
        for (size_t subset = 0; subset < size_t{1} << factors; ++subset) {
          if (__builtin_popcountll(subset) < 2) continue;
          uint64_t expected = ~uint64_t{0};
          for (size_t f = 0; f < factors; ++f)
            if (subset >> f & 1) expected &= bits[f][tile * kTileWords + word];
          const size_t at = (tile * planes + plane++) * kTileWords + word;
          if (((a[at] ^ b[at] ^ expected) >> (element % 64) & 1) != 0) throw std::runtime_error("wrong bit " + std::to_string(element));
        }
      }
    };
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Provider>> parties_;
  std::optional<Dealt> last_;
};

// Asks for 30 MiB at a time and reads nothing of it.
struct Stalled {
  Stalled(const DealerProcess& dealer, const test::TestRun& run)
      : provider(dealer_provider(test::session_of(run, 1, 200), test::reached(connect_service(dealer.from(1), late())), late())) {
    for (uint64_t i = 0; i < 8; ++i) dealt.push_back(provider->request(ShareRequest{{{reference::mask_term(reference::mask({4'000'000}, i)), 64}}}));
    provider->flush();
  }
  std::unique_ptr<Provider> provider;
  std::vector<Dealt> dealt;
};

// Connects again and again, with a certificate of the run, and says what is no hello, or after a hello what is no request.
class Garbage {
 public:
  Garbage(const DealerProcess& dealer, const test::TestRun& run)
      : thread_([this, &dealer, &run] {
          std::mt19937_64 random(7);
          for (; !stop_; ++times) {
            const auto stream = connect_service(dealer.from(0), late());
            if (times % 2) {
              const auto session = test::session_of(run, 0, 201);
              test::send(*stream, encode(DealerHello{.revision = kProtocolRevision, .session_id = session.id, .roster_hash = session.roster_hash, .rank = 0, .world_size = 2}));
            }
            ByteVector nonsense(random() % 100'000 + 4, std::byte{0xff});
            for (size_t i = 4; i < nonsense.size(); ++i) nonsense[i] = static_cast<std::byte>(random());
            test::send(*stream, nonsense);
            ByteVector answer;
            while (stream->receive(answer, late()) == Wire::ok) {
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
          }
        }) {}
  ~Garbage() {
    stop_ = true;
    thread_.join();
  }
  std::atomic<int> times = 0;

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class Load {
 public:
  Load() : run(2), dealer(run, {"--max-clients", "600"}), sessions_(kSessions) {
    const long before = dealer.fact("VmRSS");
    std::vector<std::string> failures(kSessions);
    in_parallel(kSessions, 8, [&](int i) { guarded(failures[static_cast<size_t>(i)], [&] { sessions_[static_cast<size_t>(i)] = std::make_unique<TwoParties>(dealer, run, i); }); });
    REQUIRE(failures == std::vector<std::string>(kSessions));
    idle_kib = (dealer.fact("VmRSS") - before) / (2 * kSessions);
  }

  // Every session at once; the 99th percentile of what batches took, in seconds.
  double ask(int requests) {
    std::vector<std::string> failures(kSessions);
    std::vector<std::vector<double>> seconds(kSessions);
    in_parallel(kSessions, kSessions, [&](int i) {
      const auto mine = static_cast<size_t>(i);
      guarded(failures[mine], [&] { seconds[mine] = sessions_[mine]->ask(requests); });
    });
    REQUIRE(failures == std::vector<std::string>(kSessions));
    std::vector<double> all;
    for (const auto& one : seconds) all.insert(all.end(), one.begin(), one.end());
    std::sort(all.begin(), all.end());
    return all[all.size() * 99 / 100];
  }

  const test::TestRun run;
  const DealerProcess dealer;
  long idle_kib = 0;  // of the dealer's memory, for each idle client

 private:
  static void guarded(std::string& failure, const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }
  std::vector<std::unique_ptr<TwoParties>> sessions_;
};

}  // namespace

TEST_CASE("128 sessions in one dealer process: every answer is right, also beside a client that does not read and one that talks nonsense", "[dealer][slow]") {
  Load load;
  CAPTURE(load.idle_kib);
  CHECK(load.idle_kib <= 256);
  load.ask(8);
  const Stalled stalled(load.dealer, load.run);
  Garbage garbage(load.dealer, load.run);
  for (int block = 0; block < 100 && garbage.times < 2; ++block) load.ask(1);
  CHECK(garbage.times >= 2);
}

TEST_CASE("128 sessions of 1,000 requests each, and what a stalled and a garbage client cost the others", "[.][long]") {
  Load load;
  const double cpu = load.dealer.cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(5));
  std::printf("idle: %ld KiB and %.2f %% of a core for each client, %ld threads\n", load.idle_kib, (load.dealer.cpu_seconds() - cpu) / 5 / (2 * kSessions) * 100, load.dealer.fact("Threads"));
  CHECK(load.idle_kib <= 256);
  std::vector<double> alone, beside;
  for (int block = 0; block < 5; ++block) {  // by turns, since machines drift
    alone.push_back(load.ask(100));
    const Stalled stalled(load.dealer, load.run);
    Garbage garbage(load.dealer, load.run);
    beside.push_back(load.ask(100));
    std::printf("p99 alone %.1f ms, beside a stalled and a garbage client (%d visits) %.1f ms\n", alone.back() * 1e3, garbage.times.load(), beside.back() * 1e3);
  }
  std::sort(alone.begin(), alone.end());
  std::sort(beside.begin(), beside.end());
  CHECK(beside[2] <= 2 * alone[2]);
}
#endif
