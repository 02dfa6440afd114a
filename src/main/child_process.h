// A program that this one starts and that does not outlive it: what its first lines say, and its end.
//
// What it writes after the lines that were asked for goes to standard error, as does its own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace footfall {

class ChildProcess {
 public:
  // Found by PATH, with the environment of this process. To be called by the thread that lives as long as the process:
  // the child ends with it. Error: not_found (there is no such program).
  static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& words);
  // As `stop`.
  ~ChildProcess();

  // The next line on its standard output. Errors: failed (it has ended), timed_out.
  Result<std::string> line(std::chrono::seconds patience);
  [[nodiscard]] bool has_ended();
  // SIGTERM, and SIGKILL when that is not enough.
  void stop();

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

 private:
  ChildProcess(std::string name, pid_t pid, int output);
  void read_lines();

  const std::string name_;
  const pid_t pid_;
  const int output_;
  bool reaped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  bool wanted_ = true;  // lines are kept, and not told at once
  bool closed_ = false;
  std::thread reader_;
};

}  // namespace footfall
