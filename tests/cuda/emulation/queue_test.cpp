// Queues of the emulated device beside its default one: what is missing shows.
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <catch2/catch.hpp>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/logic.h"
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

TEST_CASE("openings of tensors on a device go through pinned memory, in both directions") {
  const auto before = emulation::bytes_pinned();
  const auto sent = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::linspace(-3, 3, 1000).to(kGpu));
    relu(x * x);
    return party->cost().bytes_sent;
  });
  const auto pinned = emulation::bytes_pinned() - before, wire = sent[0] + sent[1];
  CHECK(pinned >= 2 * wire);           // what leaves, and what arrives
  CHECK(pinned <= 2 * wire + 8 * 64);  // and the rest of a last word
}
