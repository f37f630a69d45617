#include "nn/graph_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "crypten_core/error.h"
#include "crypten_core/json.h"

namespace crypten::nn {
namespace {

constexpr uint64_t kLargestHeader = uint64_t{100} << 20;

const std::map<std::string, at::ScalarType> kTypes{{"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16},
                                                   {"I64", at::kLong},   {"I32", at::kInt},   {"U8", at::kByte},  {"BOOL", at::kBool}};

[[noreturn]] void unreadable(const std::string& path, const std::string& why) {
  throw InvalidArgument(502, "the model file cannot be read", path, why, "check that the file was copied completely, or export it again");
}

struct File {
  nlohmann::json header;
  std::map<std::string, at::Tensor> tensors;
};

at::Tensor read_tensor(std::ifstream& in, const std::string& path, const std::string& name, const nlohmann::json& entry, uint64_t data_start, uint64_t data_size) {
  const auto type = kTypes.find(entry.at("dtype").get<std::string>());
  if (type == kTypes.end()) unreadable(path, "tensor " + name + " has element type " + entry.at("dtype").dump() + ", which is not supported");
  const auto shape = whole_numbers<int64_t>(entry.at("shape"));
  const auto offsets = whole_numbers<uint64_t>(entry.at("data_offsets"));
  if (shape.size() > 8) unreadable(path, "tensor " + name + " has " + std::to_string(shape.size()) + " dimensions, at most 8");
  // Strides are products of dimensions even where a tensor has no elements.
  uint64_t bytes = at::elementSize(type->second), widest = bytes;
  for (const auto size : shape) {
    const bool fits = size >= 0 && !__builtin_mul_overflow(widest, std::max<uint64_t>(1, static_cast<uint64_t>(size)), &widest) && widest <= INT64_MAX;
    if (!fits) unreadable(path, "tensor " + name + " has an impossible shape");
    bytes *= static_cast<uint64_t>(size);
  }
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_size || offsets[1] - offsets[0] != bytes)
    unreadable(path, "tensor " + name + " should take " + std::to_string(bytes) + " bytes, which its offsets do not give");
  auto tensor = at::empty(shape, at::TensorOptions().dtype(type->second));
  in.seekg(static_cast<std::streamoff>(data_start + offsets[0]));
  in.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(bytes));
  if (!in) unreadable(path, "it ends inside tensor " + name);
  return tensor;
}

File read_file(const std::string& path) try {
  std::ifstream in(path, std::ios::binary);
  if (!in) unreadable(path, std::strerror(errno));
  const uint64_t size = std::filesystem::file_size(path);
  uint64_t header_size = 0;
  in.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
  if (!in || header_size > kLargestHeader || header_size > size - sizeof header_size)
    unreadable(path, "its header should take " + std::to_string(header_size) + " bytes of the file's " + std::to_string(size));
  std::string text(header_size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(header_size));
  File file{parse_json(text), {}};
  if (!file.header.is_object()) unreadable(path, "its header is no JSON object");
  const uint64_t data_start = sizeof header_size + header_size;
  uint64_t left = size - data_start;
  for (const auto& [name, entry] : file.header.items()) {
    if (name == "__metadata__") continue;
    const at::Tensor& tensor = file.tensors[name] = read_tensor(in, path, name, entry, data_start, size - data_start);
    // Many tensors over the same bytes would take many times the file's size.
    if (tensor.nbytes() > left) unreadable(path, "its tensors lie over one another: together they have more bytes than the file");
    left -= tensor.nbytes();
  }
  return file;
} catch (const nlohmann::json::exception& error) {
  unreadable(path, std::string("its header is no valid safetensors header: ") + error.what());
} catch (const std::filesystem::filesystem_error& error) {
  unreadable(path, error.code().message());
}

std::string type_name(at::ScalarType type) {
  for (const auto& [name, known] : kTypes)
    if (known == type) return name;
  throw InvalidArgument(502, "a tensor of this element type cannot be saved", "save_graph", at::toString(type), "convert it to float32 first");
}

}  // namespace

std::map<std::string, at::Tensor> load_tensors(const std::string& path) { return read_file(path).tensors; }

Graph load_graph(const std::string& path) {
  auto file = read_file(path);
  const auto metadata = file.header.value("__metadata__", nlohmann::json::object());
  if (!metadata.is_object() || !metadata.contains("crypten_graph") || !metadata["crypten_graph"].is_string())
    unreadable(path, "it holds tensors but no graph (metadata entry crypten_graph)");
  auto graph = parse_structure(metadata["crypten_graph"].get<std::string>());
  for (auto& [name, value] : file.tensors) {
    const auto tensor = graph.tensors.find(name);
    if (tensor == graph.tensors.end()) unreadable(path, "tensor " + name + " is not part of the graph");
    tensor->second.value = value;
  }
  if (!file.tensors.empty() && !graph.has_values()) unreadable(path, "some tensors of the graph are missing");
  check(graph);
  return graph;
}

void save_graph(const Graph& graph, const std::string& path, bool structure_only) {
  nlohmann::json header{{"__metadata__", {{"crypten_graph", graph.structure()}}}};
  uint64_t offset = 0;
  std::vector<at::Tensor> data;
  for (const auto& [name, tensor] : graph.tensors) {
    if (structure_only || !tensor.value.defined()) continue;
    data.push_back(tensor.value.detach().cpu().contiguous());
    const uint64_t bytes = data.back().nbytes();
    header[name] = {{"dtype", type_name(data.back().scalar_type())}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // aligned data, as the format recommends
  const auto temporary = path + ".partial";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  const uint64_t size = text.size();
  out.write(reinterpret_cast<const char*>(&size), sizeof size).write(text.data(), static_cast<std::streamsize>(size));
  for (const auto& tensor : data) out.write(static_cast<const char*>(tensor.const_data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
  out.close();
  if (!out || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    std::remove(temporary.c_str());
    throw InvalidArgument(503, "the model file cannot be written", path, why, "check the folder's permissions and free space");
  }
}

}  // namespace crypten::nn
