// torchvision's ResNet-18, imported and exported by examples/2_resnet18.py --export, on one private image.
//
//   crypten-launch -n 2 build/bin/example-2-resnet18 model.safetensors structure.safetensors images.safetensors
//
// A (rank 0) reads the model; B (rank 1) reads the structure and the tensors "images" and "expected_logits" (float64), and compares.
#include <ATen/ATen.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "mpc/connect.h"
#include "nn/graph_file.h"
#include "nn/model.h"

using namespace crypten;

int main(int argc, char** argv) try {
  if (argc != 4) throw std::invalid_argument("usage: example-2-resnet18 MODEL STRUCTURE IMAGES");
  const auto party = connect();
  const bool is_b = party->rank() == 1;
  const auto graph = nn::load_graph(argv[is_b ? 2 : 1]);
  const auto model = nn::EncryptedModel::encrypt(party, graph, 0);
  const auto data = is_b ? nn::load_tensors(argv[3]) : std::map<std::string, at::Tensor>();
  const auto image = cryptensor(party, is_b ? data.at("images") : at::Tensor(), 1, at::IntArrayRef(graph.inputs[0].shape));

  for (const char* const run : {"first (weights are opened, masked)", "second"}) {
    const auto before = party->cost();
    const auto started = std::chrono::steady_clock::now();
    const auto logits = model(image).get_plain_text(1);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const auto cost = party->cost() - before;
    std::printf("%s run: %.2f s, %lu rounds, %.1f MB sent, %.1f MB from the dealer\n", run, seconds, static_cast<unsigned long>(cost.rounds), static_cast<double>(cost.bytes_sent) / 1e6,
                static_cast<double>(cost.dealer_bytes) / 1e6);
    if (is_b) std::printf("largest distance to plaintext logits: %.6f\n", (logits.to(at::kDouble) - data.at("expected_logits")).abs().max().item<double>());
  }
  std::printf("%s", party->ledger().text().c_str());
  party->close();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
