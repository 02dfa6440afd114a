// The functions: each takes an event of its kind and gives the answer to it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/cloud/function_event.h"
#include "app/cloud/table_writer.h"
#include "base/result.h"
#include "ports/http.h"

namespace footfall {

// One event at a time.
class Function {
 public:
  virtual ~Function() = default;
  // Error: the event is none of those it takes, or nothing could be done with it: it comes again, where that is the way
  // of its source.
  virtual Result<std::string> handle(std::string_view event) = 0;
};

using FunctionLog = std::function<void(std::string_view line)>;

// HTTP requests, answered by the handler that a server would ask.
class ApiFunction final : public Function {
 public:
  // `handler` outlives it.
  explicit ApiFunction(HttpHandler& handler) : handler_(handler) {}
  Result<std::string> handle(std::string_view event) override;

 private:
  HttpHandler& handler_;
};

// Batches of the queue, moved into the table.
class ProcessorFunction final : public Function {
 public:
  // `writer` outlives it.
  ProcessorFunction(TableWriter& writer, FunctionLog log) : writer_(writer), log_(std::move(log)) {}
  Result<std::string> handle(std::string_view event) override;

 private:
  TableWriter& writer_;
  FunctionLog log_;
};

// Makes what days come to of the visits of them. A day whose sums stand already is done.
class DaysToSum {
 public:
  // How many days, from the first on, are done; and why the one after these is not.
  struct Summed {
    std::size_t done = 0;
    std::optional<Error> error{};
  };

  virtual ~DaysToSum() = default;
  // Every day of every site that is over and has no sums yet, or stale ones, as far as `deadline` allows: what is left
  // is for the next time. Error: it could not go on.
  virtual Result<Done> sum_due(Instant deadline) = 0;
  // Days that a visit came late for, each of them once, in the order of the stream.
  virtual Summed sum_days(std::span<const SiteDay> days, Instant deadline) = 0;
};

// Sums days: by the clock, and those that the table's stream tells of.
class CompactorFunction final : public Function {
 public:
  // `days` outlives it.
  CompactorFunction(DaysToSum& days, FunctionLog log) : days_(days), log_(std::move(log)) {}
  // Said before each event.
  void end_by(Instant deadline) { deadline_ = deadline; }
  Result<std::string> handle(std::string_view event) override;

 private:
  DaysToSum& days_;
  FunctionLog log_;
  Instant deadline_{};
};

}  // namespace footfall
