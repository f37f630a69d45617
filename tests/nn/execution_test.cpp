#include "nn/execution.h"

#include <catch2/catch.hpp>

#include "autograd/ops/arithmetic.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::nn;

namespace {

Node node(const std::string& name, const std::string& op, std::vector<std::string> inputs, nlohmann::json attributes = nlohmann::json::object()) {
  return {name, op, name, std::move(inputs), std::move(attributes)};
}

}  // namespace

TEST_CASE("a value that is read twice by one node, or is an output and an input, arrives", "[nn][execution]") {
  Graph graph;
  graph.inputs = {{"x", {3}}};
  graph.outputs = {"twice", "square"};
  graph.nodes = {node("square", "mul", {"x", "x"}), node("twice", "add", {"square", "square"}, {{"alpha", 1}})};
  const auto results = run_parties(2, [&](std::shared_ptr<Party> party) {
    const auto outputs = Execution(*party, graph, {{"x", cryptensor(party, at::tensor({1.0, -2.0, 3.0}), 0)}}).run();
    return std::vector<at::Tensor>{outputs[0].get_plain_text(), outputs[1].get_plain_text()};
  });
  CHECK(results[0][0].equal(at::tensor({2.0f, 8.0f, 18.0f})));
  CHECK(results[1][1].equal(at::tensor({1.0f, 4.0f, 9.0f})));
}

TEST_CASE("branches of different depth cost the rounds of the deepest", "[nn][execution]") {
  Graph graph;
  graph.inputs = {{"x", {8}}};
  graph.outputs = {"end"};
  // One branch is a ReLU (4 rounds), the other a comparison-free square (1 round); both start from x. Then a sum (local).
  graph.nodes = {node("a", "relu", {"x"}), node("b", "mul", {"x", "x"}), node("end", "add", {"a", "b"}, {{"alpha", 1}})};
  const auto rounds = run_parties(3, [&](std::shared_ptr<Party> party) {
    const auto x = cryptensor(party, at::ones({8}), 0);
    const auto before = party->cost();
    Execution(*party, graph, {{"x", x}}).run();
    return (party->cost() - before).rounds;
  });
  for (const auto count : rounds) CHECK(count == 4);
}
