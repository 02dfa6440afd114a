// The functions: each takes an event of its kind and gives the answer to it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

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

}  // namespace footfall
