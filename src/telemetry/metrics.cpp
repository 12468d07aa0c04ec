#include "telemetry/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <deque>
#include <mutex>

namespace sallyport::telemetry {
namespace {

class OwnedCounter final : public Counter {
 public:
  explicit OwnedCounter(prometheus::Counter& counter) : counter_(counter) {}
  void increment() override { counter_.Increment(); }

 private:
  prometheus::Counter& counter_;
};

class OwnedHistogram final : public Histogram {
 public:
  explicit OwnedHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override {
    const std::lock_guard lock(mutex_);  // prometheus-cpp 1.0 does not lock here
    histogram_.Observe(value);
  }

 private:
  std::mutex mutex_;
  prometheus::Histogram& histogram_;
};

struct Observed {
  std::string name, help;
  prometheus::MetricType type;
  std::function<double()> read;
  Labels labels;
};

}  // namespace

struct Metrics::State {
  mutable std::mutex mutex;
  prometheus::Registry registry;
  std::map<prometheus::Counter*, std::unique_ptr<OwnedCounter>> counters;
  std::map<prometheus::Histogram*, std::unique_ptr<OwnedHistogram>> histograms;
  std::vector<Observed> observed;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  auto& counter = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
  const std::lock_guard lock(state_->mutex);
  auto& owned = state_->counters[&counter];
  if (!owned) owned = std::make_unique<OwnedCounter>(counter);
  return *owned;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                              const Labels& labels) {
  auto& histogram = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry).Add(labels, bounds);
  const std::lock_guard lock(state_->mutex);
  auto& owned = state_->histograms[&histogram];
  if (!owned) owned = std::make_unique<OwnedHistogram>(histogram);
  return *owned;
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  state_->observed.push_back({name, help, prometheus::MetricType::Gauge, std::move(read), labels});
}

void Metrics::observed_counter(const std::string& name, const std::string& help, std::function<double()> read,
                               const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  state_->observed.push_back({name, help, prometheus::MetricType::Counter, std::move(read), labels});
}

std::string Metrics::text() const {
  auto families = state_->registry.Collect();
  const std::lock_guard lock(state_->mutex);
  std::map<std::string, prometheus::MetricFamily> observed;
  for (const auto& value : state_->observed) {
    auto& family = observed[value.name];
    family.name = value.name;
    family.help = value.help;
    family.type = value.type;
    prometheus::ClientMetric metric;
    for (const auto& [name, text] : value.labels) metric.label.push_back({name, text});
    if (value.type == prometheus::MetricType::Gauge) metric.gauge.value = value.read();
    else metric.counter.value = value.read();
    family.metric.push_back(std::move(metric));
  }
  for (auto& [name, family] : observed) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sallyport::telemetry
