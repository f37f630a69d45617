#include "nn/graph_file.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "crypten_core/error.h"
#include "tests/nn/example_graph.h"

using namespace crypten;
using namespace crypten::nn;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "graph_file_test.XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::filesystem::path path;
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

}  // namespace

TEST_CASE("a graph survives its file", "[nn][file]") {
  const Folder folder;
  const auto graph = example_graph();
  save_graph(graph, folder.file("model.safetensors"));
  const auto loaded = load_graph(folder.file("model.safetensors"));
  CHECK(loaded.structure() == graph.structure());
  for (const auto& [name, tensor] : graph.tensors) CHECK(loaded.tensors.at(name).value.equal(tensor.value));
}

TEST_CASE("a structure-only file holds no number", "[nn][file]") {
  const Folder folder;
  save_graph(example_graph(), folder.file("structure.safetensors"), /*structure_only=*/true);
  const auto loaded = load_graph(folder.file("structure.safetensors"));
  CHECK(loaded.structure() == example_graph().structure());
  CHECK_FALSE(loaded.has_values());
  CHECK(load_tensors(folder.file("structure.safetensors")).empty());
}

TEST_CASE("every truncation of a model file is refused, and none crashes", "[nn][file]") {
  const Folder folder;
  save_graph(example_graph(), folder.file("model"));
  const auto bytes = read(folder.file("model"));
  for (size_t length = 0; length < bytes.size(); length += 1 + length / 16) {
    write(folder.file("cut"), bytes.substr(0, length));
    CHECK_THROWS_AS(load_graph(folder.file("cut")), InvalidArgument);
  }
}

TEST_CASE("lying headers are refused before memory is taken", "[nn][file]") {
  const Folder folder;
  const auto refuse = [&](const std::string& header) {
    uint64_t size = header.size();
    write(folder.file("lie"), std::string(reinterpret_cast<const char*>(&size), 8) + header + std::string(16, '\0'));
    CHECK_THROWS_AS(load_tensors(folder.file("lie")), InvalidArgument);
  };
  refuse(R"({"a": {"dtype": "F32", "shape": [4611686018427387904, 8], "data_offsets": [0, 16]}})");
  refuse(R"({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 16]}})");
  refuse(R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]}})");
  refuse(R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [16, 0]}})");
  refuse(R"({"a": {"dtype": "Q4", "shape": [4], "data_offsets": [0, 16]}})");
  refuse(R"({"a": 7})");
  refuse("[]");
  uint64_t huge = uint64_t{1} << 62;
  write(folder.file("lie"), std::string(reinterpret_cast<const char*>(&huge), 8));
  CHECK_THROWS_AS(load_tensors(folder.file("lie")), InvalidArgument);
}

TEST_CASE("an unwritable place is named", "[nn][file]") {
  try {
    save_graph(example_graph(), "/nowhere/model.safetensors");
    FAIL("no error");
  } catch (const InvalidArgument& error) {
    CHECK(error.code() == 503);
    CHECK(error.where() == "/nowhere/model.safetensors");
  }
}

namespace {

void write_with_header(const std::string& path, const std::string& header, size_t data) {
  const uint64_t size = header.size();
  write(path, std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + std::string(data, '\1'));
}

}  // namespace

TEST_CASE("tensors that lie over one another are refused: they would take many times the file's size (D3)", "[nn][file]") {
  const Folder folder;
  const std::string entry = R"({"dtype": "U8", "shape": [1048576], "data_offsets": [0, 1048576]})";
  std::string header = R"({"t0": )" + entry;
  for (int i = 1; i < 10'000; ++i) header += ", \"t" + std::to_string(i) + "\": " + entry;  // 10 GB
  write_with_header(folder.file("model"), header + "}", 1 << 20);
  CHECK_THROWS_AS(load_tensors(folder.file("model")), InvalidArgument);
  write_with_header(folder.file("model"), R"({"a": {"dtype": "U8", "shape": [4], "data_offsets": [4, 8]}, "b": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}})", 8);
  CHECK(load_tensors(folder.file("model")).size() == 2);  // side by side, in any order
}

TEST_CASE("headers that are nested without end, and shapes of nothing that overflow, are refused (D1)", "[nn][file]") {
  const Folder folder;
  const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  write_with_header(folder.file("model"), "{\"__metadata__\": " + deep + "}", 0);
  CHECK_THROWS_AS(load_graph(folder.file("model")), InvalidArgument);
  write_with_header(folder.file("model"), R"({"t": {"dtype": "F32", "shape": [0, 4611686018427387904, 4611686018427387904], "data_offsets": [0, 0]}})", 0);
  CHECK_THROWS_AS(load_tensors(folder.file("model")), InvalidArgument);
  write_with_header(folder.file("model"), R"({"\u001b[2J": {"dtype": "F33", "shape": [], "data_offsets": [0, 0]}})", 0);
  try {
    load_tensors(folder.file("model"));
    FAIL("a type that does not exist");
  } catch (const InvalidArgument& error) {
    CHECK(std::string(error.what()).find('\x1b') == std::string::npos);
  }
}
