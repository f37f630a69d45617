// A graph in one safetensors file: tensors by name, the structure as JSON in the metadata entry "crypten_graph".
// Format: https://huggingface.co/docs/safetensors (u64 header length, JSON header, raw little-endian data). Reads F64, F32, F16, BF16, I64, I32, U8, BOOL.
#pragma once

#include <string>

#include "nn/graph.h"

namespace crypten::nn {

// Throws InvalidArgument (502): unreadable, truncated or inconsistent file, with path and byte counts. Nothing is allocated on the word of the file before its size was checked.
// A file without tensors (structure only) is a graph whose numbers belong to somebody else.
Graph load_graph(const std::string& path);
// `structure_only`: what may be given to others: no private numbers. Written to a temporary name, then renamed.
void save_graph(const Graph& graph, const std::string& path, bool structure_only = false);
// Tensors of any safetensors file, e.g. images.
std::map<std::string, at::Tensor> load_tensors(const std::string& path);

}  // namespace crypten::nn
