// Queues of the emulated device beside its default one: what is missing shows.
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/logic.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/kernels/narrow_words.h"
#include "mpc/provider/share_layout.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/emulation/dies.h"
#include "tests/cuda/emulation/torch_device.h"
#include "tests/cuda/gpu.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::test;

namespace {

const c10::impl::VirtualGuardImpl& device() {
  static const c10::impl::VirtualGuardImpl guard(kGpu.type());
  return guard;
}
c10::Stream new_queue() { return device().getStreamFromGlobalPool(kGpu, false); }
// `queue` waits for what the default one has done.
void follow(const c10::Stream& queue) {
  c10::Event ready(kGpu.type());
  ready.record(device().getStream(kGpu));
  ready.block(queue);
}
void copy(const c10::Stream& queue, const at::Tensor& to, const at::Tensor& from) {
  const c10::StreamGuard on(queue);
  to.copy_(from, true);
}

}  // namespace

TEST_CASE("a copy on another queue is there when its event was waited for, and not before") {
  const auto queue = new_queue();
  const auto words = random_words({100}), there = words.to(kGpu), host = at::zeros({100}, at::kLong);
  follow(queue);
  copy(queue, host, there);
  CHECK(host.eq(0).all().item<bool>());
  c10::Event copied(kGpu.type());
  copied.record(queue);
  CHECK_FALSE(copied.query());
  copied.synchronize();
  CHECK(copied.query());
  CHECK(at::equal(host, words));

  auto back = at::empty({100}, there.options());
  follow(queue);
  copy(queue, back, words);
  CHECK_FALSE(at::equal(back.cpu(), words));  // the default queue did not wait
  c10::Event came(kGpu.type());
  came.record(queue);
  came.block(device().getStream(kGpu));
  CHECK(at::equal(back.cpu(), words));
}

TEST_CASE("a copy that does not wait for what was done with its memory, and memory that is given back too early, are defects") {
  const auto queue = new_queue();
  const auto host = at::zeros({100}, at::kLong);
  CHECK(dies([&] {
    const auto there = random_words({100}).to(kGpu);
    copy(queue, host, there);  // without follow()
  }));
  const auto give_back = [&](bool told) {
    const auto there = random_words({100}).to(kGpu);
    follow(queue);
    if (told) device().recordDataPtrOnStream(there.storage().data_ptr(), queue);
    copy(queue, host, there);
  };
  CHECK(dies([&] { give_back(false); }));
  CHECK_FALSE(dies([&] { give_back(true); }));
}

TEST_CASE("openings of tensors on a device and dealers' corrections go through pinned memory, and the host waits for no copy but what it sends") {
  struct Moved {
    uint64_t sent, dealer_bytes, waits;
  };
  const auto before = emulation::bytes_pinned();
  const auto moved = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::linspace(-3, 3, 1000).to(kGpu));
    const auto waits = emulation::work().waits;
    relu(x * x);
    return Moved{party->cost().bytes_sent, party->cost().dealer_bytes, emulation::work().waits - waits};
  });
  const auto pinned = emulation::bytes_pinned() - before, wire = moved[0].sent + moved[1].sent, dealt = moved[0].dealer_bytes;
  CHECK(dealt > 1000 * 8);
  CHECK(pinned >= 2 * wire + dealt);           // what leaves, what arrives, and what is dealt
  CHECK(pinned <= 2 * wire + dealt + 8 * 64);  // and the rest of a last word
  CHECK((moved[0].waits == 0 && moved[1].waits == 0));
}

TEST_CASE("a dealer's correction is on the device for what reads it, and not before, also where it has several tiles") {
  const int64_t count = static_cast<int64_t>(kCopyTile) / 8 * 2 + 77;
  for (const int width : {64, 40}) {
    const DealtShape shape{width, {count}};
    auto words = random_words({count});
    if (width < 64) words.bitwise_and_((int64_t{1} << width) - 1);
    std::vector<std::byte> bytes(shape.correction_bytes());
    pack_narrow({reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>()), static_cast<size_t>(count)}, width, bytes);
    const auto waits = emulation::work().waits;
    const auto there = read_correction(bytes, shape, nullptr, kGpu);
    std::fill(bytes.begin(), bytes.end(), std::byte{0x5a});  // which the message's memory may be used for from here on
    CHECK(emulation::work().waits == waits);
    CHECK(at::equal(there.words().cpu(), words));
  }
}
