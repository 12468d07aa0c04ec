#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::telemetry {

using Labels = std::map<std::string, std::string>;

/// A number that only grows. Cheap, and safe from every thread. Lives as long as its `Metrics`.
class Counter {
 public:
  virtual void increment() = 0;

 protected:
  ~Counter() = default;
};

/// Observed values, counted in buckets.
class Histogram {
 public:
  virtual void observe(double value) = 0;

 protected:
  ~Histogram() = default;
};

/// What this process tells a Prometheus server. Names follow its conventions: `sallyport_..._total`, `_seconds`.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  /// The counter of that name and those labels; the same one each time. `help` is the first caller's.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                       const Labels& labels = {});
  /// A value that is read when somebody scrapes.
  void gauge(const std::string& name, const std::string& help, std::function<double()> read, const Labels& labels = {});
  /// As a gauge, for a count that is kept elsewhere and only grows.
  void observed_counter(const std::string& name, const std::string& help, std::function<double()> read,
                        const Labels& labels = {});
  /// The Prometheus text format, version 0.0.4.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sallyport::telemetry
