#include "nn/model.h"

#include <catch2/catch.hpp>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "crypten_core/arena.h"
#include "crypten_core/error.h"
#include "nn/fold.h"
#include "tests/nn/example_graph.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::nn;

namespace {

at::Tensor example_input(int64_t batch) { return at::linspace(-1, 1, 36 * batch, at::kDouble).reshape({batch, 1, 6, 6}); }

// The example's error bound at 16 bits: a value of magnitude below 8 passes three layers of at most 36 products with factors below 2, each input off by half a unit
// from encoding and one unit from its truncation: (36 · 2)^2 · 4 · 2^-16 < 0.4 in the worst case, when all signs agree. Rounding is unbiased, so the
// test asks for a hundredth of that, forty standard deviations of the sum.
constexpr double kTolerance = 4e-3;

}  // namespace

TEST_CASE("an encrypted model computes what the plain one does", "[nn][model]") {
  const auto graph = example_graph();
  for (const int n : {1, 2, 3}) {
    for (const int64_t batch : {1, 5}) {
      const auto expected = example_output(graph, example_input(batch));
      const auto results = run_parties(n, [&](std::shared_ptr<Party> party) {
        const int owner = party->world_size() - 1;
        const auto model = EncryptedModel::encrypt(party, party->rank() == owner ? graph : graph.structure_only(), owner);
        const auto x = cryptensor(party, party->rank() == 0 ? example_input(batch) : at::Tensor(), 0, at::IntArrayRef({batch, 1, 6, 6}));
        return model(x).get_plain_text();
      });
      for (const auto& result : results) {
        REQUIRE(result.sizes() == expected.sizes());
        CHECK((result - expected).abs().max().item<double>() < kTolerance);
      }
    }
  }
}

TEST_CASE("parallel branches share their rounds, and weights are opened once", "[nn][model]") {
  const auto graph = example_graph();
  const auto costs = run_parties(2, [&](std::shared_ptr<Party> party) {
    const auto model = EncryptedModel::encrypt(party, graph, 0);
    std::vector<Cost> cost;
    for (int call = 0; call < 2; ++call) {
      const auto x = cryptensor(party, example_input(2), 1);
      const auto before = party->cost();
      model(x);
      cost.push_back(party->cost() - before);
    }
    return cost;
  });
  for (const auto& cost : costs) {
    // conv 1 · ReLU 4 · both branches' convolutions 1 (one opening of their input) · ReLU 4 · pooling 2 comparisons deep 8 · linear: truncated already by ReLU, 1.
    CHECK(cost[0].rounds == 19);
    CHECK(cost[1].rounds == 19);
    int64_t weights = 0;
    for (const auto& [name, tensor] : fold(graph).tensors)
      if (name.ends_with("weight")) weights += tensor.value.numel();
    CHECK(cost[0].bytes_sent - cost[1].bytes_sent == static_cast<uint64_t>(8 * weights));
  }
}

TEST_CASE("a run asks the dealer ahead for what the last run on equal shapes asked, if its input was not open", "[nn][model]") {
  const auto graph = example_graph();
  const auto results = run_parties(2, [&](std::shared_ptr<Party> party) {
    const auto model = EncryptedModel::encrypt(party, graph, 0);
    std::vector<uint64_t> ahead;
    bool right = true;
    const auto run = [&](const CrypTensor& x, int64_t batch) {
      const uint64_t before = party->provider().prefetched();
      const auto found = model(x).get_plain_text();
      right = right && (found - example_output(graph, example_input(batch))).abs().max().item<double>() < kTolerance;
      ahead.push_back(party->provider().prefetched() - before);
    };
    for (const int64_t batch : {1, 1, 2, 1}) run(cryptensor(party, example_input(batch), 1), batch);
    const auto x = cryptensor(party, example_input(1), 1);
    square(x);  // opens x
    run(x, 1);
    run(cryptensor(party, example_input(1), 1), 1);
    return std::pair(right, ahead);
  });
  for (const auto& [right, ahead] : results) {
    CHECK(right);
    REQUIRE(ahead.size() == 6);
    CHECK(ahead[1] > 5);
    CHECK(ahead == std::vector<uint64_t>{0, ahead[1], 0, 0, 0, ahead[1]});
  }
}

TEST_CASE("a weight is in memory twice: as opened, and as the share of its mask", "[nn][model]") {
  if (!Arena::keeps()) {
    WARN("this build or environment counts no memory");
    return;
  }
  constexpr int64_t kIn = 1000, kOut = 1040;  // 8.32 MB, a little less than a block of the arena
  Graph graph;
  graph.inputs = {{"x", {1, kIn}}};
  graph.outputs = {"y"};
  graph.nodes = {{"y", "linear", "layer", {"x", "weight", ""}, nlohmann::json::object()}};
  graph.tensors["weight"] = {{kOut, kIn}, "parameter", at::linspace(-1, 1, kIn * kOut).reshape({kOut, kIn})};
  const auto weight = graph.tensors["weight"].value;
  const auto held = run_parties(1, [&](std::shared_ptr<Party> party) {
    const auto before = Arena::process().use().in_use;
    const auto model = EncryptedModel::encrypt(party, graph, 0);
    std::vector<uint64_t> bytes;
    for (int call = 0; call < 3; ++call) {
      model(cryptensor(party, at::ones({1, kIn}), 0));
      bytes.push_back(Arena::process().use().in_use - before);
    }
    return std::pair(bytes, model.tensors().at("weight").get_plain_text());
  });
  CHECK((held[0].second - weight).abs().max().item<double>() < 1e-4);
  for (const auto bytes : held[0].first) CHECK(static_cast<double>(bytes) < 2.25 * 8 * kIn * kOut);
}

TEST_CASE("another structure on one rank is noticed by all before anything is shared", "[nn][model]") {
  for (const int odd : {0, 1, 2}) {
    const auto errors = run_parties(3, [&](std::shared_ptr<Party> party) {
      auto graph = example_graph();
      if (party->rank() == odd) graph.nodes[0].attributes["padding"] = {0, 0};
      try {
        EncryptedModel::encrypt(party, graph, 0);
      } catch (const ProgramMismatch&) {
        return true;
      }
      return false;
    });
    for (const bool error : errors) CHECK(error);
  }
}

TEST_CASE("inputs that do not fit are refused on all ranks, and nothing is sent", "[nn][model]") {
  const auto outcomes = run_parties(2, [&](std::shared_ptr<Party> party) {
    const auto model = EncryptedModel::encrypt(party, example_graph(), 0);
    const auto wrong = cryptensor(party, at::ones({1, 1, 5, 5}), 0);
    const auto before = party->cost();
    bool refused = false;
    try {
      model(wrong);
    } catch (const InvalidArgument& error) {
      refused = error.code() == 505 && std::string(error.what()).find("[1, 1, 6, 6]") != std::string::npos;
    }
    return refused && party->cost() == before;
  });
  for (const bool outcome : outcomes) CHECK(outcome);
}

TEST_CASE("only an owner with numbers can share a model", "[nn][model]") {
  const auto outcomes = run_parties(1, [&](std::shared_ptr<Party> party) {
    int refused = 0;
    try { EncryptedModel::encrypt(party, example_graph().structure_only(), 0); } catch (const InvalidArgument& error) { refused += error.code() == 508; }
    try { EncryptedModel::encrypt(party, example_graph(), 1); } catch (const InvalidArgument& error) { refused += error.code() == 507; }
    return refused;
  });
  CHECK(outcomes[0] == 2);
}
