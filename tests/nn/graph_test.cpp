#include "nn/graph.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/nn/example_graph.h"

using namespace crypten;
using namespace crypten::nn;

namespace {

// The structure of the example with one change made to its JSON.
std::string changed(const std::function<void(nlohmann::json&)>& change) {
  auto json = nlohmann::json::parse(example_graph().structure());
  change(json);
  return json.dump();
}

}  // namespace

TEST_CASE("structure survives its own JSON and hashes equally", "[nn][graph]") {
  const auto graph = example_graph();
  const auto again = parse_structure(graph.structure());
  CHECK(again.structure() == graph.structure());
  CHECK(again.structure_hash() == graph.structure_hash());
  CHECK_FALSE(again.has_values());
  CHECK(graph.has_values());
  CHECK_FALSE(graph.structure_only().has_values());
}

TEST_CASE("the structure's hash sees every part of the structure", "[nn][graph]") {
  const auto original = example_graph().structure_hash();
  CHECK(parse_structure(changed([](auto& json) { json["nodes"][0]["attributes"]["stride"] = {2, 2}; })).structure_hash() != original);
  CHECK(parse_structure(changed([](auto& json) { json["tensors"]["conv.weight"]["shape"] = {4, 1, 5, 5}; })).structure_hash() != original);
  CHECK(parse_structure(changed([](auto& json) { json["nodes"][2]["path"] = "elsewhere"; })).structure_hash() != original);
  CHECK(parse_structure(changed([](auto& json) { json["outputs"] = {"relu"}; })).structure_hash() != original);
}

TEST_CASE("a structure that cannot be meant is refused with the node's name", "[nn][graph]") {
  const auto refused = [](const std::function<void(nlohmann::json&)>& change, const std::string& mentions) {
    try {
      parse_structure(changed(change));
    } catch (const InvalidArgument& error) {
      INFO(error.what());
      CHECK(std::string(error.what()).find(mentions) != std::string::npos);
      CHECK(error.code() == 501);
      return true;
    }
    return false;
  };
  CHECK(refused([](auto& json) { json["format"] = "other"; }, "other"));
  CHECK(refused([](auto& json) { json["version"] = 2; }, "version"));
  CHECK(refused([](auto& json) { json["nodes"][0]["op"] = "convolve"; }, "convolve"));
  CHECK(refused([](auto& json) { json["nodes"][0]["attributes"].erase("groups"); }, "groups"));
  CHECK(refused([](auto& json) { json["nodes"][0]["attributes"]["dilate"] = 1; }, "dilate"));
  CHECK(refused([](auto& json) { json["nodes"][2]["inputs"] = {"nobody"}; }, "nobody"));
  CHECK(refused([](auto& json) { json["nodes"][2]["inputs"] = {"x", "x"}; }, "expected 1, found 2"));
  CHECK(refused([](auto& json) { json["nodes"][0]["inputs"][1] = nullptr; }, "not defined"));
  CHECK(refused([](auto& json) { json["nodes"][1]["name"] = "conv"; }, "conv"));
  CHECK(refused([](auto& json) { json["outputs"] = {"nobody"}; }, "nobody"));
  CHECK(refused([](auto& json) { json["outputs"] = nlohmann::json::array(); }, "outputs"));
  CHECK(refused([](auto& json) { json["tensors"]["conv.weight"]["kind"] = "secret"; }, "secret"));
  CHECK(refused([](auto& json) { json["tensors"]["conv.weight"]["shape"] = {-1}; }, "-1"));
  CHECK(refused([](auto& json) { json["tensors"]["conv.weight"]["shape"] = {1, 1, 1, 1, 1, 1, 1, 1, 1}; }, "8 dimensions"));
  CHECK(refused([](auto& json) { json.erase("nodes"); }, "nodes"));
  CHECK_THROWS_AS(parse_structure("{ this is no JSON"), InvalidArgument);
}

TEST_CASE("a structure that is nested without end is refused before anything recursive sees it (D1)", "[nn][graph]") {
  const auto deep = [](size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  for (const size_t levels : {size_t{33}, size_t{1} << 20}) {
    CHECK_THROWS_AS(parse_structure(deep(levels)), InvalidArgument);
    CHECK_THROWS_AS(parse_structure("{\"format\": " + deep(levels) + ", \"version\": 1}"), InvalidArgument);
  }
  CHECK_NOTHROW(parse_json(deep(32)));
}
