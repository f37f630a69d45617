#include "mpc/function/piecewise.h"

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/narrow_words.h"
#include "mpc/function/gelu.h"
#include "mpc/function/sigmoid.h"
#include "mpc/plan.h"
#include "mpc/provider/comparison_plan.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/reshape.h"
#include "points.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

double sigma(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
double softplus_of(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double gelu_of(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2)); }
double gelu_tanh_of(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double elu_of(double x) { return x > 0 ? x : std::expm1(x); }

struct Row {
  const char* name;
  MPCTensor (*function)(const MPCTensor&);
  double (*reference)(double);
  const series_tables::Tables& tables;
  double stated;   // the header's figure at 16 fractional bits
  bool exact = false;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"sigmoid", [](const MPCTensor& x) { return sigmoid(x); }, sigma, series_tables::sigmoid, 1.3e-4},
      {"tanh", [](const MPCTensor& x) { return tanh(x); }, std::tanh, series_tables::tanh, 1.7e-4},
      {"erf", [](const MPCTensor& x) { return erf(x); }, std::erf, series_tables::erf, 1.3e-4},
      {"gelu", [](const MPCTensor& x) { return gelu(x); }, gelu_of, series_tables::gelu, 1.3e-4},
      {"gelu, tanh form", [](const MPCTensor& x) { return gelu(x, GeluForm::tanh); }, gelu_tanh_of, series_tables::gelu_tanh, 1.3e-4},
      {"silu", [](const MPCTensor& x) { return silu(x); }, [](double x) { return x * sigma(x); }, series_tables::silu, 1.5e-4},
      {"softplus", [](const MPCTensor& x) { return softplus(x); }, softplus_of, series_tables::softplus, 1.8e-4},
      {"logsigmoid", [](const MPCTensor& x) { return logsigmoid(x); }, [](double x) { return -softplus_of(-x); }, series_tables::softplus, 1.8e-4},
      {"mish", [](const MPCTensor& x) { return mish(x); }, [](double x) { return x * std::tanh(softplus_of(x)); }, series_tables::mish, 2.3e-4},
      {"elu", [](const MPCTensor& x) { return elu(x); }, elu_of, series_tables::elu, 1.3e-4, true},
  };
  return all;
}

const FunctionTable& table_of(const Row& row, int bits, int x_bits) {
  if (bits > 18) return row.tables.fine;
  return x_bits > bits && !row.tables.without_slope.series.harmonics.empty() ? row.tables.without_slope : row.tables.usual;
}
double limit_of(const Row& row, int bits) { return std::max(-table_of(row, bits, bits).low, table_of(row, bits, bits).high) / 2.0; }

// Bytes for `count` elements: sent to each peer, and from the dealer (mpc/function/piecewise.h in bytes, at the table's size).
struct Bytes {
  int64_t sent, dealt;
};
Bytes declared(const Row& row, int64_t count, int bits, int x_bits) {
  const auto& table = table_of(row, bits, x_bits);
  const int width = bits <= 16 ? 40 + table.guard_bits : 48, total = width - 2 - table.headroom_bits;
  const auto& plan = comparison_plan(CompareRequest::Kind::less, row.exact ? 63 : 64 - x_bits, {});
  const auto dealt = [count](int64_t tensors, int bits_of_each) { return static_cast<int64_t>(narrow_size(static_cast<uint64_t>(tensors * count), bits_of_each)); };
  const int64_t truncation = 8 * count + dealt(1, 64 - width + total - bits), quotient = 8 * count + (x_bits > bits ? dealt(1, x_bits - bits) : 0);
  const int64_t above = table.above_is_x ? 8 * count + (x_bits > bits ? 2 * quotient : quotient) : dealt(1, 64 - bits);
  return {8 * count + packed_size(count, 28 + width + 2 * plan.opened_bits),
          dealt(2 * static_cast<int64_t>(table.series.harmonics.size()), width) + packed_size(count, plan.table_planes + 2 * plan.product_planes) + 2 * truncation + 8 * count + above};
}

}  // namespace

TEST_CASE("Bounded functions: every point within the stated error, with the stated cost", "[mpc][function]") {
  for (const auto& row : rows()) {
    CHECK(piecewise_error(row.tables, 16) < row.stated);
    for (const auto& [n, count] : {std::pair{1, 1000}, std::pair{2, 12000}, std::pair{3, 12000}, std::pair{5, 1000}}) {
      const auto x = points_everywhere(limit_of(row, 16), count);
      const auto judged = judge(n, x, row.function, row.reference);
      CAPTURE(row.name, n, judged.at);
      CHECK(judged.worst < piecewise_error(row.tables, 16));
      CHECK(judged.dithered);
      CHECK(judged.fraction_bits == 16);
      CHECK(judged.cost.rounds == 4);
      const auto bytes = declared(row, x.numel(), 16, 16);
      CHECK(judged.cost.bytes_sent == static_cast<uint64_t>((n - 1) * bytes.sent));
      CHECK(judged.cost.dealer_bytes == static_cast<uint64_t>(bytes.dealt));
    }
  }
}

TEST_CASE("Bounded functions at every precision", "[mpc][function]") {
  for (const auto& row : rows())
    for (const int bits : {8, 11, 17, 18, 19, 24}) {
      const auto x = points_everywhere(limit_of(row, bits), 2000, bits, 60 - bits);
      const auto judged = judge(2, x, row.function, row.reference, bits);
      CAPTURE(row.name, bits, judged.at);
      CHECK(judged.worst < piecewise_error(row.tables, bits));
      const auto bytes = declared(row, x.numel(), bits, bits);
      CHECK(judged.cost == Cost{4, static_cast<uint64_t>(bytes.sent), static_cast<uint64_t>(bytes.dealt)});
    }
}

TEST_CASE("A pending truncation is fused where the series has room for it", "[mpc][function]") {
  // Twice x as a product of two numbers with 16 fractional bits each: 32.
  const auto doubled = [](MPCTensor (*function)(const MPCTensor&)) {
    return [function](const Inputs& in) {
      const auto product = multiply(in[0], in[1]);
      const Cost before = product.party()->cost();
      auto result = function(product);
      return Measured{result, result.party()->cost() - before};
    };
  };
  for (const auto& row : rows()) {
    const auto x = points_everywhere(limit_of(row, 16), 2000, 16, 26);
    const auto outcomes = evaluate(2, {x, at::full({}, 2.0, at::kDouble)}, doubled(row.function));
    double worst = 0;
    for (int64_t i = 0; i < x.numel(); ++i)
      worst = std::max(worst, std::abs(outcomes[0].value[i].item<double>() - row.reference(2 * x[i].item<double>())));
    CAPTURE(row.name);
    CHECK(worst < piecewise_error(row.tables, 16) + 1.1 * kUlp);
    CHECK(outcomes[1].cost.rounds == 4);
    const auto bytes = declared(row, x.numel(), 16, 32);
    CHECK(outcomes[1].cost.bytes_sent == static_cast<uint64_t>(bytes.sent));
    CHECK(outcomes[1].cost.dealer_bytes == static_cast<uint64_t>(bytes.dealt));
  }
}

TEST_CASE("Where the ring of the series has no room for the scale of x, the truncation runs before", "[mpc][function]") {
  Config config;
  config.precision_bits = 20;
  const auto x = points_between(-8, 8, 500, 20);
  const auto outcomes = evaluate(
      2, {x, at::full({}, 2.0, at::kDouble)},
      [](const Inputs& in) {
        const auto product = multiply(in[0], in[1]);
        const Cost before = product.party()->cost();
        auto result = gelu(product);
        return Measured{result, result.party()->cost() - before};
      },
      config);
  double worst = 0;
  for (int64_t i = 0; i < x.numel(); ++i) worst = std::max(worst, std::abs(outcomes[0].value[i].item<double>() - gelu_of(2 * x[i].item<double>())));
  CHECK(worst < piecewise_error(series_tables::gelu, 20) + 1.2 * 0x1p-20);
  CHECK(outcomes[0].cost.rounds == 5);
}

TEST_CASE("A plan's second call finds its answers waiting, and gives what the first did", "[mpc][function]") {
  const auto x = points_between(-4, 4, 300);
  const auto prefetched = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto in = MPCTensor::encrypt(party, party->rank() == 0 ? x : at::Tensor(), x.sizes());
    Plan plan(*party);
    double worst = 0;
    for (int call = 0; call < 3; ++call) {
      const auto found = plan.call([&] { return silu(sigmoid(MPCTensor(party, ArithmeticShared(in.share().share()), 16))).get_plain_text(std::nullopt, at::kDouble); });
      worst = std::max(worst, (found - x.sigmoid() * x.sigmoid().sigmoid()).abs().max().item<double>());
    }
    return std::pair{worst, party->provider().prefetched()};
  });
  for (const auto& [worst, count] : prefetched) CHECK(worst < 2 * piecewise_error(series_tables::silu, 16));
  CHECK(prefetched[1].second > 10);
}

TEST_CASE("Integers, empty tensors and other shapes", "[mpc][function]") {
  const auto integers = evaluate(2, {at::arange(-6, 6).to(at::kDouble)}, [](const Inputs& in) { return sigmoid(compare(in[0], Order::greater, Plain(0))); });
  const auto expected = at::arange(-6, 6).gt(0).to(at::kDouble).sigmoid();
  check_close(integers, expected, piecewise_error(series_tables::sigmoid, 16));
  for (const auto& sizes : {std::vector<int64_t>{}, {0, 3}, {2, 3, 4}, {1}}) {
    const auto x = reals(sizes, 6);
    check_close(evaluate(3, {x}, [](const Inputs& in) { return gelu(in[0]); }), 0.5 * x * (1 + (x / std::sqrt(2)).erf()), piecewise_error(series_tables::gelu, 16));
    check_close(evaluate(2, {x}, [](const Inputs& in) { return tanh(in[0]); }), x.tanh(), piecewise_error(series_tables::tanh, 16));
  }
  // A view whose elements do not lie in a row.
  const auto x = reals({6, 5}, 6);
  check_close(evaluate(2, {x}, [](const Inputs& in) { return silu(transpose(in[0], 0, 1)); }), x.t() * x.t().sigmoid(), piecewise_error(series_tables::silu, 16));
}

TEST_CASE("Parameters: beta, alpha, SELU", "[mpc][function]") {
  const auto x = points_between(-30, 30, 4000);
  const auto soft = judge(2, x, [](const MPCTensor& in) { return softplus(in, 2.5); }, [](double v) { return softplus_of(2.5 * v) / 2.5; });
  CHECK(soft.worst < piecewise_error(series_tables::softplus, 16) / 2.5 + 30 * 0x1p-17 + 2 * kUlp);
  const auto stretched = judge(3, x, [](const MPCTensor& in) { return elu(in, 0.3); }, [](double v) { return v > 0 ? v : 0.3 * std::expm1(v); });
  CHECK(stretched.worst < 0.3 * piecewise_error(series_tables::elu, 16) + 30 * 0x1p-17 + kUlp);
  const auto scaled = judge(2, x, [](const MPCTensor& in) { return selu(in); }, [](double v) { return 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * std::expm1(v)); });
  CHECK(scaled.worst < 1.76 * piecewise_error(series_tables::elu, 16) + 32 * 0x1p-16 + kUlp);
}

TEST_CASE("Precision out of range is an error that says so", "[mpc][function]") {
  for (const int bits : {7, 25}) {
    Config config;
    config.precision_bits = bits;
    const auto codes = run_parties(
        2,
        [](const std::shared_ptr<Party>& party) {
          const auto x = MPCTensor::encrypt(party, party->rank() == 0 ? at::ones({3}, at::kDouble) : at::Tensor(), {3});
          return code_of<InvalidArgument>([&] { sigmoid(x); });
        },
        {.config = config});
    CHECK(codes == std::vector<int>{409, 409});
  }
}
