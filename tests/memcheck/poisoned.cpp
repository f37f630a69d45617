#include "tests/memcheck/poisoned.h"

#include <exception>
#include <mutex>
#include <stdexcept>

#include "comm/communicator.h"
#include "mpc/provider/dealer.h"
#include "tests/support/run_communicators.h"
#include "tests/support/tapped_channel.h"

#if __has_include(<valgrind/memcheck.h>)

#include <valgrind/memcheck.h>

// Valgrind calls this instead of `at::Tensor WireForm::opened()`, which adds what all ranks sent: the sum is public. Its result is where the first of two hidden arguments
// points. Were the function renamed, openings would stay secret, and nearly every test would fail.
#define OPENED I_WRAP_SONAME_FNNAME_ZU(libcryptenZdso, _ZN7crypten8WireForm6openedEv)
extern "C" void* OPENED(at::Tensor* result, void* form);
void* OPENED(at::Tensor* result, void* form) {
  OrigFn original;
  VALGRIND_GET_ORIG_FN(original);
  void* returned = nullptr;
  CALL_FN_W_WW(returned, original, result, form);
  crypten::memcheck::make_public(*result);
  return returned;
}

namespace crypten::memcheck {
namespace {

void poison(const void* begin, size_t bytes) { VALGRIND_MAKE_MEM_UNDEFINED(begin, bytes); }

// Bytes with at least a bit that is not defined.
uint64_t secret_bytes(const void* begin, size_t bytes) {
  std::vector<uint8_t> bits(bytes);
  if (bytes > 0 && VALGRIND_GET_VBITS(begin, bits.data(), bytes) == 3) throw std::logic_error("memory that nobody owns is sent");
  return static_cast<uint64_t>(std::count_if(bits.begin(), bits.end(), [](uint8_t b) { return b != 0; }));
}

}  // namespace

bool under_memcheck() { return RUNNING_ON_VALGRIND != 0; }
uint64_t findings() { return VALGRIND_COUNT_ERRORS; }
void make_public(const at::Tensor& tensor) { VALGRIND_MAKE_MEM_DEFINED(tensor.const_data_ptr(), tensor.nbytes()); }

}  // namespace crypten::memcheck

#else

namespace crypten::memcheck {
namespace {

void poison(const void*, size_t) {}
uint64_t secret_bytes(const void*, size_t) { return 0; }

}  // namespace

bool under_memcheck() { return false; }
uint64_t findings() { return 0; }
void make_public(const at::Tensor&) {}

}  // namespace crypten::memcheck

#endif

namespace crypten::memcheck {
namespace {

Key secret(Key key) {
  poison(key.bytes().data(), key.bytes().size());
  return key;
}
bool is_secret(const Key& key) { return secret_bytes(key.bytes().data(), key.bytes().size()) > 0; }

// The dealer: its production function, on keys that are none of a party's. What it answers is secret.
class SecretCorrections final : public CorrectionSource {
 public:
  SecretCorrections(DealerStreams streams, std::function<void(bool secret)> asked) : streams_(std::move(streams)), asked_(std::move(asked)) {}
  std::shared_ptr<Pending> request(const Request& request, uint64_t bytes) override {
    bytes_ += bytes;
    const std::string text = canonical(request);
    asked_(secret_bytes(text.data(), text.size()) > 0);
    auto answer = std::make_shared<Answer>();
    answer->bytes = deal(streams_, Ring{}, request);
    poison(answer->bytes.data(), answer->bytes.size());
    return answer;
  }
  void flush() override {}
  uint64_t bytes_received() const override { return bytes_; }

 private:
  struct Answer final : Pending {
    ByteVector wait() override { return bytes; }
    ByteVector bytes;
  };
  DealerStreams streams_;
  std::function<void(bool)> asked_;
  uint64_t bytes_ = 0;
};

// Pairs' keys are poisoned already. Of the others, only the one that all parties know is not secret.
StreamFactory secret_streams(const Key& common) {
  return [common](const Key& key) {
    if (is_secret(key)) return std::make_shared<const AesStream>(key);
    for (uint64_t call = 0; call < 2; ++call)
      if (key == derive_key(common, "public", call)) return std::make_shared<const AesStream>(key);
    return std::make_shared<const AesStream>(secret(key));
  };
}

}  // namespace

void make_secret(const at::Tensor& tensor) { poison(tensor.const_data_ptr(), tensor.nbytes()); }

Sent run_poisoned(int n, const std::function<void(Party&)>& body) {
  Sent sent;
  std::mutex mutex;
  const Key master = random_key();
  const auto tapped = [&](std::unique_ptr<Channel> channel) {
    auto tap = std::make_unique<testing::TappedChannel>(std::move(channel));
    tap->on_pieces = [&](std::span<const Bytes> pieces) {
      const std::lock_guard lock(mutex);
      sent.secret_header |= secret_bytes(pieces[0].data(), pieces[0].size()) > 0;
      for (const Bytes piece : pieces.subspan(1)) sent.payload += piece.size(), sent.secret_payload += secret_bytes(piece.data(), piece.size());
    };
    return tap;
  };
  const auto play = [&](int rank, std::vector<std::unique_ptr<Channel>> channels) {
    Session session = handshake({.rank = rank, .world_size = n, .run_id = "poisoned"}, channels, Clock::now() + std::chrono::seconds(60));
    for (auto& channel : channels)
      if (channel) channel = tapped(std::move(channel));
    DealerStreams dealers;
    for (int r = 0; r < n; ++r) dealers.push_back(std::make_shared<KeyedStreams>(dealer_rank_key(master, session.id, {}, r)));
    auto own = std::make_shared<KeyedStreams>(secret(dealer_rank_key(master, session.id, {}, rank)));
    for (auto& key : session.pair) key = secret(key);
    auto corrections = std::make_shared<SecretCorrections>(std::move(dealers), [&](bool is_secret) {
      const std::lock_guard lock(mutex);
      sent.secret_request |= is_secret;
    });
    auto provider = std::make_unique<Provider>(rank, CorrectedRanks::in_turn(n), Ring{}, std::move(own), std::move(corrections));
    auto streams = secret_streams(session.common);
    Party party(std::make_unique<Communicator>(std::move(session), std::move(channels)), std::move(provider), nullptr, std::move(streams));
    body(party);
    party.close();
  };
  LocalNetwork network(n);
  std::exception_ptr first;
  testing::run_ranks(network, play, [&](std::exception_ptr error) {
    if (!first) first = error;
    network.abort("another rank failed");
  });
  if (first) std::rethrow_exception(first);
  return sent;
}

}  // namespace crypten::memcheck
