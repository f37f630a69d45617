// Whole protocols on a device: two parties in one process, whose results and shares are those of the CPU, bit for bit, where streams are the same.
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "autograd/binary_tensor.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/conv.h"
#include "autograd/ops/exponential.h"
#include "autograd/ops/function.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/normalize.h"
#include "autograd/ops/order.h"
#include "autograd/ops/pool.h"
#include "autograd/ops/rearrange.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/sample.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/truth.h"
#include "mpc/function/normal.h"
#include "mpc/provider/rank_streams.h"
#include "mpc/tensor/sample.h"
#include "mpc/tensor/shuffle.h"
#include "tests/cuda/gpu.h"
#include "tests/support/code_of.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// What a party computes, from tensors that it makes on `device`.
using Program = std::function<std::vector<CrypTensor>(const std::shared_ptr<Party>&, at::Device)>;

struct Case {
  const char* name;
  Program program;
};

at::Tensor reals(at::IntArrayRef sizes, double from, double to) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  return at::linspace(from, to, count).reshape(sizes);
}

CrypTensor input(const std::shared_ptr<Party>& party, const at::Tensor& value, at::Device device, int src = 0) {
  return cryptensor(party, value.to(device), std::min(src, party->world_size() - 1));
}

// Of every rank: shares and revealed values of all results.
struct Results {
  std::vector<at::Tensor> shares, values;
};

// Keys that are the same in every run.
RunPartiesOptions fixed(int n) {
  RunPartiesOptions options;
  const auto key = [](uint8_t number) {
    std::array<uint8_t, 16> bytes{};
    bytes[0] = number;
    return Key(bytes);
  };
  for (int rank = 0; rank < n; ++rank) options.local.dealer_streams.push_back(std::make_shared<KeyedStreams>(key(static_cast<uint8_t>(rank + 1))));
  options.local.streams = [key](const Key&) { return std::make_shared<const AesStream>(key(99)); };
  return options;
}

std::vector<Results> run(int n, const Program& program, at::Device device) {
  return run_parties(
      n,
      [&](const std::shared_ptr<Party>& party) {
        Results results;
        for (const auto& tensor : program(party, device)) {
          if (tensor.device() != device) throw std::runtime_error("a result on " + tensor.device().str());
          results.shares.push_back(tensor.value().share().share().words().cpu());
          const auto value = tensor.get_plain_text();
          if (value.device() != device) throw std::runtime_error("revealed on " + value.device().str());
          results.values.push_back(value.cpu());
        }
        return results;
      },
      fixed(n));
}

bool equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!at::equal(a[i], b[i])) return false;
  return true;
}

void check_same(const std::vector<Case>& cases, int n = 2) {
  if (no_gpu()) return;
  for (const auto& [name, program] : cases) {
    INFO(name << ", " << n << " parties");
    std::vector<Results> here, there;
    CHECK_NOTHROW(here = run(n, program, at::kCPU));
    CHECK_NOTHROW(there = run(n, program, kGpu));
    REQUIRE(here.size() == there.size());
    for (size_t rank = 0; rank < here.size(); ++rank) {
      CHECK(equal(here[rank].shares, there[rank].shares));
      CHECK(equal(here[rank].values, there[rank].values));
    }
  }
}

Case of_one(const char* name, CrypTensor (*function)(const CrypTensor&, double), double from = -6, double to = 6) {
  return {name, [=](const auto& party, at::Device device) { return std::vector{function(input(party, reals({3, 45}, from, to), device), kUnbounded)}; }};
}
// f: x, y -> a tensor.
template <class F>
Case of_two(const char* name, F function) {
  return {name, [=](const auto& party, at::Device device) {
            return std::vector<CrypTensor>{function(input(party, reals({3, 45}, -4, 5), device), input(party, reals({3, 45}, 3, -2.5), device, 1))};
          }};
}

}  // namespace

TEST_CASE("device: products of shares") {
  const std::vector<Case> cases{
      of_two("multiply", [](const auto& x, const auto& y) { return x * y; }),
      of_two("multiply thrice", [](const auto& x, const auto& y) { return x * y * x - y * y; }),
      of_two("square", [](const auto& x, const auto& y) { return square(x + y); }),
      of_two("matmul", [](const auto& x, const auto& y) { return matmul(x, transpose(y, 0, 1)); }),
      {"broadcast",
       [](const auto& party, at::Device device) {
         return std::vector{input(party, reals({4, 1, 3}, -1, 1), device) * input(party, reals({5, 1}, 2, 3), device, 1)};
       }},
      {"matmul of tiles",
       [](const auto& party, at::Device device) {
         return std::vector{matmul(input(party, reals({20, 33}, -1, 1), device), input(party, reals({33, 17}, 2, 3), device, 1))};
       }},
      {"conv2d",
       [](const auto& party, at::Device device) {
         const auto x = input(party, reals({2, 3, 8, 7}, -1, 1), device), w = input(party, reals({10, 3, 3, 3}, 0.5, -1), device, 1),
                    b = input(party, reals({10}, 0, 1), device);
         return std::vector{conv2d(x, w, b, {.stride = {2, 1}, .padding = {1, 1}})};
       }},
      {"with public operands",
       [](const auto& party, at::Device device) {
         const auto x = input(party, reals({3, 45}, -1, 1), device);
         return std::vector{x * Plain(0.3) + Plain(2), x * Plain(reals({45}, 0, 1)), matmul(x, Plain(reals({45, 9}, 0, 1).to(device))),
                            x - Plain(reals({3, 1}, 0, 1))};
       }},
  };
  check_same(cases);
  check_same({cases.begin(), cases.begin() + 2}, 3);
  check_same({cases.begin(), cases.begin() + 2}, 1);
}

TEST_CASE("device: comparisons and what is selected by them") {
  const std::vector<Case> cases{
      of_one("relu", [](const CrypTensor& x, double) { return relu(x); }),
      of_two("relu of a product", [](const auto& x, const auto& y) { return relu(x * y); }),
      of_one("abs", abs),
      of_one("sign", sign),
      of_two("lt", [](const auto& x, const auto& y) { return lt(x, y); }),
      of_two("eq", [](const auto& x, const auto& y) { return eq(x, y); }),
      of_two("where", [](const auto& x, const auto& y) { return where(gt(x, y), x, y); }),
      of_two("maximum", [](const auto& x, const auto& y) { return maximum(x, y); }),
      of_one("hardtanh", [](const CrypTensor& x, double) { return hardtanh(x, -1, 2.5); }),
      of_one("clamp", [](const CrypTensor& x, double) { return clamp(x, -1, 2.5); }),
      of_one("max of all", [](const CrypTensor& x, double) { return max(x); }),
      of_one("argmax", [](const CrypTensor& x, double) { return argmax(x, 1); }),
      of_one("argmin, an index", [](const CrypTensor& x, double) { return argmin(x, 0, false, false); }),
      of_two("logical", [](const auto& x, const auto& y) { return logical_or(logical_and(gt(x, y), gt(x, Plain(0))), logical_not(lt(y, Plain(1)))); }),
      {"max_pool2d",
       [](const auto& party, at::Device device) {
         return std::vector{max_pool2d(input(party, reals({1, 2, 7, 8}, -3, 3), device), {.kernel = {3, 2}, .stride = {2, 2}, .padding = {1, 0}})};
       }},
      {"avg_pool2d",
       [](const auto& party, at::Device device) {
         return std::vector{avg_pool2d(input(party, reals({1, 2, 7, 8}, -3, 3), device), {.kernel = {3, 2}, .stride = {2, 2}, .padding = {1, 0}})};
       }},
      {"sorted",
       [](const auto& party, at::Device device) {
         return std::vector{sort(input(party, reals({9, 2}, 3, -3), device), 0, false, false).first, median(input(party, reals({5}, 3, -3), device))};
       }},
  };
  check_same(cases);
  check_same({cases.begin(), cases.begin() + 2}, 3);
}

TEST_CASE("device: functions of reals") {
  check_same({
      of_one("sigmoid", sigmoid),
      of_one("tanh", tanh),
      of_one("erf", erf),
      of_one("gelu", [](const CrypTensor& x, double) { return gelu(x); }),
      of_one("silu", silu),
      of_one("hardswish", hardswish),
      of_one("elu", [](const CrypTensor& x, double) { return elu(x); }),
      of_one("sin", [](const CrypTensor& x, double) { return sin(x); }),
      of_one("atan", atan),
      of_one("power", [](const CrypTensor& x, double) { return power(x, 3); }),
      of_one("polynomial",
             [](const CrypTensor& x, double) {
               return polynomial(x, {0.5, -1, 0.25});
             }),
      of_one("exp", exp),
      of_one("log", log, 0.1, 90),
      of_one(
          "reciprocal", [](const CrypTensor& x, double) { return reciprocal(x); }, 0.5, 40),
      of_one("sqrt", sqrt, 0.1, 90),
      of_one("softmax", [](const CrypTensor& x, double) { return softmax(x, 1); }),
      of_one("layer_norm", [](const CrypTensor& x, double) { return layer_norm(x, 1, {}, {}); }),
      of_two("divide", [](const auto& x, const auto& y) { return divide(x, y + Plain(4), kUnbounded); }),
  });
}

TEST_CASE("device: rearrangements, reductions, tables") {
  check_same({
      of_two("cat, flip, roll",
             [](const auto& x, const auto& y) {
               return roll(flip(cat({x, y}, 1), {1}), {3}, {1});
             }),
      of_one("sums", [](const CrypTensor& x, double) { return sum(x, {1}) + mean(x, {1}) + var(x, {1}); }),
      of_one("cumsum, prod", [](const CrypTensor& x, double) { return cumsum(x, 1) + prod(x * Plain(0.25), 1, true); }),
      of_one("index_select",
             [](const CrypTensor& x, double) {
               return index_select(x, 1, at::tensor({4, 2, 2}, at::kLong));
             }),
      of_one("tril, pad, unfold",
             [](const CrypTensor& x, double) {
               return unfold(pad(tril(x, 1), {1, 2}, 0.5), 1, 4, 3);
             }),
      of_one("gather",
             [](const CrypTensor& x, double) {
               return gather(x, 1, at::tensor({4, 2, 0}, at::kLong).unsqueeze(1));
             }),
      of_one("masked_fill", [](const CrypTensor& x, double) { return masked_fill(x, at::eq(at::arange(45), 3), Plain(7)); }),
      {"look_up",
       [](const auto& party, at::Device device) {
         return std::vector{look_up(Plain(reals({5}, 1, 2)), input(party, at::tensor({4, 0, 3, 3}, at::kLong), device))};
       }},
      of_one("dropout", [](const CrypTensor& x, double) { return dropout(x, 0.4); }),
  });
}

TEST_CASE("device: random values") {
  const std::vector<Case> cases{
      {"uniform", [](const auto& party, at::Device device) { return std::vector{CrypTensor(rand(party, {3, 45}, device)), CrypTensor(rand(party, {0, 2}, device))}; }},
      {"normal", [](const auto& party, at::Device device) { return std::vector{CrypTensor(randn(party, {3, 45}, device)), CrypTensor(randn(party, {0}, device))}; }},
      {"order", [](const auto& party, at::Device device) { return std::vector{CrypTensor(randperm(party, 30, device)), CrypTensor(randperm(party, 1, device))}; }},
      {"truth values",
       [](const auto& party, at::Device device) {
         return std::vector{CrypTensor(bernoulli(party, at::linspace(0, 1, 100, at::TensorOptions().dtype(at::kDouble)).to(device)))};
       }},
      {"shuffled", [](const auto& party, at::Device device) { return shuffle({input(party, reals({30, 4}, -1, 1), device), input(party, reals({30}, -1, 1), device)}); }},
  };
  check_same(cases);
  check_same(cases, 3);
}

TEST_CASE("device: private words") {
  const auto words = [](const std::shared_ptr<Party>& party, at::Device device, int64_t step, int src = 0) {
    return binary_tensor(party, (at::arange(600) * step - 40000).to(device), src);
  };
  check_same({
      {"logic",
       [=](const auto& party, at::Device device) {
         return std::vector{arithmetic((words(party, device, 97) & words(party, device, 1013, 1)) ^ ~words(party, device, 5))};
       }},
      {"sums",
       [=](const auto& party, at::Device device) {
         return std::vector{arithmetic(words(party, device, 97) + words(party, device, 1013, 1)),
                            arithmetic(words(party, device, 97) - words(party, device, 1013, 1))};
       }},
      {"order",
       [=](const auto& party, at::Device device) {
         return std::vector{arithmetic(lt(words(party, device, 970), words(party, device, 113, 1)), 1),
                            arithmetic(eq(words(party, device, 970), words(party, device, 113, 1)), 1)};
       }},
      {"floor of reals",
       [](const auto& party, at::Device device) {
         return std::vector{arithmetic(binary(input(party, reals({3, 45}, -6, 6), device)))};
       }},
  });
}

TEST_CASE("device: openings of several tiles, together with small ones") {
  const std::vector<Case> cases{{"large and small", [](const auto& party, at::Device device) {
                                   const auto x = input(party, reals({3, 100001}, -4, 5), device), y = input(party, reals({3, 100001}, 3, -2.5), device, 1);
                                   std::vector<CrypTensor> results(3);
                                   party->together({[&] { results[0] = y * y; }, [&] { results[1] = relu(input(party, reals({7}, -1, 1), device)); }, [&] { results[2] = x * y; }});
                                   return results;
                                 }}};
  check_same(cases);
  check_same(cases, 3);
}

TEST_CASE("device: operands on two devices are refused by name, and the session goes on") {
  if (no_gpu()) return;
  const auto codes = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto here = input(party, reals({3}, -1, 1), at::kCPU), there = input(party, reals({3}, -1, 1), kGpu);
    const int code = code_of([&] { here* there; });
    return std::pair(code, (there * there).get_plain_text().cpu());
  });
  for (const auto& [code, square] : codes) {
    CHECK(code == 403);
    CHECK(at::le(at::abs(square - at::tensor({1.0F, 0.0F, 1.0F})), 1e-3).all().item<bool>());
  }
}

TEST_CASE("device: a tensor that is moved keeps its opening, whichever party moves it where") {
  if (no_gpu()) return;
  const auto results = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const at::Device own = party->rank() == 0 ? kGpu : at::Device(at::kCPU);
    const auto x = input(party, reals({3, 5}, -2, 2), at::kCPU), square_here = square(x);  // x is open now
    const auto rounds = [&] { return party->cost().rounds; };
    const auto before = rounds();
    const auto moved = x.to(own), square_there = square(moved), again = (square_there.to(at::kCPU) - square_here) + x;
    const auto after = rounds();
    const auto lazy = transpose(input(party, reals({3, 5}, -2, 2), at::kCPU), 0, 1).to(own);  // opened after the move
    const auto pending = (square_there * square_there).to(own);                               // before its truncation
    return std::tuple(after - before, square_there.device() == own, again.get_plain_text().cpu(), matmul(moved, lazy).get_plain_text().cpu(),
                      relu(pending).get_plain_text().cpu());
  });
  const auto x = reals({3, 5}, -2, 2).to(at::kFloat);
  const auto close = [](const at::Tensor& a, const at::Tensor& b) { return at::le(at::abs(a - b), 2e-3).all().item<bool>(); };
  for (const auto& [rounds, there, same, product, fourth] : results) {
    CHECK(rounds == 0);
    CHECK(there);
    CHECK(close(same, x));
    CHECK(close(product, at::matmul(x, x.t())));
    CHECK(close(fourth, x * x * x * x));
  }
}
