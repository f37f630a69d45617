// Every table against its function: the committed integers, evaluated in double, keep to the error that the table states.
#include "mpc/function/series_tables.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace crypten;

namespace {

double series_at(const Series& series, double turns) {
  double sum = std::ldexp(static_cast<double>(series.constant), -kCoefficientBits);
  for (size_t j = 0; j < series.harmonics.size(); ++j) {
    const double angle = 2 * M_PI * series.harmonics[j] * turns;
    sum += std::ldexp(static_cast<double>(series.cosine[j]) * std::cos(angle) + static_cast<double>(series.sine[j]) * std::sin(angle), -kCoefficientBits);
  }
  return sum;
}

double inside(const FunctionTable& table, double x) {
  return series_at(table.series, x * std::ldexp(static_cast<double>(table.turns), -64)) + std::ldexp(static_cast<double>(table.slope), -kSlopeBits) * x + table.below;
}

double softplus_value(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace

TEST_CASE("Tables of functions keep to their stated errors, inside, above and below, wherever a branch may be taken", "[mpc][function]") {
  struct Row {
    const char* name;
    const series_tables::Tables& tables;
    double (*function)(double);
    bool exact = false;
  };
  const std::vector<Row> rows{
      {"sigmoid", series_tables::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"tanh", series_tables::tanh, std::tanh},
      {"erf", series_tables::erf, std::erf},
      {"gelu", series_tables::gelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2)); }},
      {"gelu_tanh", series_tables::gelu_tanh, [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {"silu", series_tables::silu, [](double x) { return x / (1 + std::exp(-x)); }},
      {"softplus", series_tables::softplus, softplus_value},
      {"mish", series_tables::mish, [](double x) { return x * std::tanh(softplus_value(x)); }},
      {"elu", series_tables::elu, std::expm1, true},
  };
  for (const auto& [name, tables, function, exact] : rows)
    for (const auto& table : {tables.usual, tables.fine, tables.without_slope}) {
      if (table.series.harmonics.empty()) continue;
      const double low = table.low / 2.0, high = table.high / 2.0, fuzz = exact ? 0 : 0.5, rounding = 1e-7;  // of the integers: 2^-29 each
      double worst = 0, largest = 0;
      const int count = 20'000;
      for (int i = 0; i <= count; ++i) {
        const double part = static_cast<double>(i) / count;
        const double x = low - fuzz + (high - low + fuzz) * part, under = low - 40 * part, over = high - fuzz + 40 * part;
        worst = std::max({worst, std::abs(inside(table, x) - function(x)), std::abs(table.below - function(under))});
        if (!exact) worst = std::max(worst, std::abs((table.above_is_x ? over : table.above) - function(over)));
        largest = std::max(largest, std::abs(function(x) - table.below));
      }
      CAPTURE(name, table.series.harmonics.size());
      CHECK(worst < table.error + rounding);
      CHECK(worst > 0.5 * table.error);  // the statement is not idle
      CHECK(largest + 0.009 < std::ldexp(1, table.headroom_bits));  // at the end of its range a truncation may wrap
    }
}

TEST_CASE("Tables of a mantissa in [1/4, 1), one turn = 2", "[mpc][function]") {
  struct Row {
    const Series& series;
    double (*function)(double);
    double error;
    bool relative;
  };
  for (const auto& [series, function, error, relative] : std::vector<Row>{{series_tables::mantissa_reciprocal, [](double m) { return 1 / m; }, 0x1p-14, true},
                                                                          {series_tables::mantissa_inv_sqrt, [](double m) { return 1 / std::sqrt(m); }, 0.0001063, true},
                                                                          {series_tables::mantissa_sqrt, [](double m) { return std::sqrt(m); }, 2.013e-05, true},
                                                                          {series_tables::mantissa_log, [](double m) { return std::log(m); }, 9.251e-05, false}}) {
    double worst = 0;
    for (int i = 0; i <= 30'000; ++i) {
      const double m = 0.25 + 0.75 * i / 30'000;
      worst = std::max(worst, std::abs(series_at(series, m / 2) - function(m)) / (relative ? std::abs(function(m)) : 1));
    }
    CHECK(worst < error);
    CHECK(worst > 0.5 * error);
  }
}

TEST_CASE("Tables of arctangents", "[mpc][function]") {
  for (const auto& [table, reach] : {std::pair{&series_tables::atan_near, 1.5}, std::pair{&series_tables::atan_of_reciprocal, 1.001}}) {
    double worst = 0;
    for (int i = -20'000; i <= 20'000; ++i) {
      const double x = reach * i / 20'000;
      worst = std::max(worst, std::abs(inside(*table, x) - std::atan(x)));
    }
    CHECK(worst < table->error + 1e-7);
    CHECK(worst > 0.5 * table->error);
  }
  CHECK(series_tables::atan_of_reciprocal.slope % (int64_t{1} << (kSlopeBits - 6)) == 0);  // arctangent.cpp multiplies by six bits of it
}
