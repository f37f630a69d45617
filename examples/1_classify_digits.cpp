// Organisation A (rank 0) owns a trained model, organisation B (rank 1) owns images. The model classifies the images; B alone learns the labels.
//
//   crypten-launch -n 2 build/bin/example-1-classify-digits model.safetensors structure.safetensors images.safetensors
//
// A reads model.safetensors (structure and numbers). B reads structure.safetensors (the same graph without numbers) and images.safetensors:
// "images" (N, 1, 8, 8), "labels" (N), and "plaintext_labels" (N), which the model gave outside of this protocol, only to compare with.
#include <ATen/ATen.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "autograd/ops/reduce.h"
#include "mpc/connect.h"
#include "nn/graph_file.h"
#include "nn/model.h"

using namespace crypten;

int main(int argc, char** argv) try {
  if (argc != 4) throw std::invalid_argument("usage: example-1-classify-digits MODEL STRUCTURE IMAGES");
  constexpr int kModelOwner = 0, kImageOwner = 1;
  const auto party = connect();
  const bool is_b = party->rank() == kImageOwner;

  const auto graph = nn::load_graph(argv[is_b ? 2 : 1]);
  const auto model = nn::EncryptedModel::encrypt(party, graph, kModelOwner);
  const auto data = is_b ? nn::load_tensors(argv[3]) : std::map<std::string, at::Tensor>();
  constexpr int64_t kImages = 360;
  const auto images = cryptensor(party, is_b ? data.at("images") : at::Tensor(), kImageOwner, at::IntArrayRef({kImages, 1, 8, 8}));

  const auto started = std::chrono::steady_clock::now();
  const auto logits = model(images);
  const auto labels = argmax(logits, 1, /*keepdim=*/false, /*one_hot=*/false).get_plain_text(kImageOwner);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  if (is_b) {
    const auto right = labels.eq(data.at("labels")).sum().item<int64_t>();
    const auto agree = labels.eq(data.at("plaintext_labels")).sum().item<int64_t>();
    std::printf("private accuracy: %.2f %%\nlabels agree: %ld of %ld\n", 100.0 * static_cast<double>(right) / kImages, static_cast<long>(agree), static_cast<long>(kImages));
  }
  const auto cost = party->cost();
  std::printf("%.2f ms per image, %lu rounds, %lu bytes sent, %lu dealer bytes\n%s", 1e3 * seconds / kImages, static_cast<unsigned long>(cost.rounds),
              static_cast<unsigned long>(cost.bytes_sent), static_cast<unsigned long>(cost.dealer_bytes), party->ledger().text().c_str());
  party->close();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
