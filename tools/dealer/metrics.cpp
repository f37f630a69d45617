#include "tools/dealer/metrics.h"

#include "crypten_core/error.h"

#if CRYPTEN_WITH_PROMETHEUS
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <vector>
#endif

namespace crypten {
namespace {

constexpr const char* kWhere = "crypten-dealer --metrics";

std::string with_host(const std::string& address) { return address.find(':') == std::string::npos ? "127.0.0.1:" + address : address; }

}  // namespace

#if CRYPTEN_WITH_PROMETHEUS
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const std::string& name, const std::string& help, MetricType type) { return {.name = "crypten_dealer_" + name, .help = help, .type = type, .metric = {}}; }

MetricFamily number(const std::string& name, const std::string& help, MetricType type, double value) {
  auto all = family(name, help, type);
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  all.metric.push_back(std::move(metric));
  return all;
}

// Reads the dealer's own counters when it is asked: nothing is counted twice.
class Collector final : public prometheus::Collectable {
 public:
  Collector(const Service& service, const DealerServer& dealer) : service_(service), dealer_(dealer) {}

  std::vector<MetricFamily> Collect() const override {
    const ServiceCounters service = service_.counters();
    const DealerCounters dealer = dealer_.counters();
    const auto value = [](uint64_t count) { return static_cast<double>(count); };
    return {number("clients_connected", "Clients that are connected now.", MetricType::Gauge, service.connected),
            number("sessions", "Sessions that have a client connected now.", MetricType::Gauge, value(dealer.sessions)),
            number("draining", "1 from the signal to stop on.", MetricType::Gauge, service.draining ? 1 : 0),
            number("memory_held_bytes", "Memory of large requests that are being dealt or on their way.", MetricType::Gauge, value(dealer_.memory_held())),
            number("masks_held_bytes", "Memory of masks of static values that are kept.", MetricType::Gauge, value(dealer_.masks_held())),
            number("clients_accepted_total", "Clients whose connection was accepted.", MetricType::Counter, value(service.accepted)),
            refused(service, dealer),
            number("tls_failures_total", "TLS handshakes that failed.", MetricType::Counter, value(service.tls_failures)),
            number("requests_total", "Requests dealt.", MetricType::Counter, value(dealer.requests)),
            number("correction_bytes_total", "Bytes of corrections dealt.", MetricType::Counter, value(dealer.correction_bytes)),
            seconds(dealer)};
  }

 private:
  // By code of docs/errors.md. Code 249: a place was not free; 0: an error without a code.
  static MetricFamily refused(const ServiceCounters& service, const DealerCounters& dealer) {
    auto all = family("clients_refused_total", "Clients refused, or ended for an error of theirs, by code (docs/errors.md).", MetricType::Counter);
    auto codes = dealer.refused_by_code;
    codes[249] += service.refused;
    for (const auto& [code, count] : codes) {
      ClientMetric metric;
      const std::string digits = std::to_string(code);
      metric.label.push_back({.name = "code", .value = "CRY-" + std::string(4 - std::min<size_t>(digits.size(), 4), '0') + digits});
      metric.counter.value = static_cast<double>(count);
      all.metric.push_back(std::move(metric));
    }
    return all;
  }

  static MetricFamily seconds(const DealerCounters& dealer) {
    auto all = family("request_seconds", "Time to deal a request, waiting for memory included.", MetricType::Histogram);
    ClientMetric metric;
    uint64_t so_far = 0;
    for (size_t i = 0; i < dealer.seconds.size(); ++i) {
      so_far += dealer.seconds[i];
      const double end = i < kDealerSeconds.size() ? kDealerSeconds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({.cumulative_count = so_far, .upper_bound = end});
    }
    metric.histogram.sample_count = so_far;
    metric.histogram.sample_sum = dealer.seconds_total;
    all.metric.push_back(std::move(metric));
    return all;
  }

  const Service& service_;
  const DealerServer& dealer_;
};

}  // namespace

struct DealerMetrics::State {
  std::string address;
  std::shared_ptr<Collector> collector;
  std::unique_ptr<prometheus::Exposer> exposer;
};

DealerMetrics::DealerMetrics(const std::string& address, const Service& service, const DealerServer& dealer) : state_(std::make_unique<State>()) {
  state_->address = with_host(address);
  state_->collector = std::make_shared<Collector>(service, dealer);
  try {
    // One thread; a request's head has 5 s to come, and is the last of its connection.
    state_->exposer = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", state_->address, "num_threads", "1", "request_timeout_ms", "5000", "enable_keep_alive", "no"});
  } catch (const std::exception& error) {
    throw SessionError(640, "cannot listen on " + state_->address, kWhere, error.what(), "choose another address or port for --metrics");
  }
  state_->exposer->RegisterCollectable(state_->collector);
}

std::string DealerMetrics::address() const {
  return state_->address.substr(0, state_->address.rfind(':') + 1) + std::to_string(state_->exposer->GetListeningPorts().at(0));
}
#else
struct DealerMetrics::State {};

DealerMetrics::DealerMetrics(const std::string& address, const Service&, const DealerServer&) {
  throw InvalidArgument(641, "this dealer has no metrics", kWhere, "asked for at " + with_host(address) + ", and built without prometheus-cpp",
                        "install prometheus-cpp-dev and build again, or leave --metrics out");
}
std::string DealerMetrics::address() const { return {}; }
#endif

DealerMetrics::~DealerMetrics() = default;

}  // namespace crypten
