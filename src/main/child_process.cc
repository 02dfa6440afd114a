#include "main/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace footfall {
namespace {

constexpr std::chrono::seconds stop_patience{5};
constexpr std::chrono::milliseconds look_again{20};
constexpr std::size_t lines_max = 100;

// In the child, between fork and exec: nothing here may allocate or lock.
[[noreturn]] void become(char* const* words, int output, int fault, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  // Ctrl-C is for the one who started it, and who ends it in its order.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // It may have ended already.
  if (getppid() != parent) _exit(1);
  dup2(output, STDOUT_FILENO);
  execvp(words[0], words);
  const int why = errno;
  static_cast<void>(!write(fault, &why, sizeof why));
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const Error no_pipe{ErrorCode::failed, "no pipe can be made"};
  std::array<int, 2> output{};
  std::array<int, 2> fault{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) return no_pipe;
  if (pipe2(fault.data(), O_CLOEXEC) != 0) {
    close(output[0]);
    close(output[1]);
    return no_pipe;
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(pointers.data(), output[1], fault[1], parent);
  close(output[1]);
  close(fault[1]);
  int why = 0;
  // Closed by exec: nothing to read is the good news.
  const bool failed = pid < 0 || read(fault[0], &why, sizeof why) > 0;
  close(fault[0]);
  if (failed) {
    close(output[0]);
    if (pid > 0) waitpid(pid, nullptr, 0);
    return Error{ErrorCode::not_found,
                 "cannot start " + words.front() + (why == ENOENT ? ": it is not installed" : "")};
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(words.size() > 1 ? words[1] : words[0], pid, output[0]));
}

ChildProcess::ChildProcess(std::string name, pid_t pid, int output)
    : name_(std::move(name)), pid_(pid), output_(output), reader_([this] { read_lines(); }) {}

ChildProcess::~ChildProcess() {
  stop();
  reader_.join();
  close(output_);
}

void ChildProcess::read_lines() {
  std::string rest;
  std::array<char, 4'096> buffer{};
  while (true) {
    const ssize_t count = read(output_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    rest.append(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      const std::lock_guard lock(mutex_);
      if (wanted_ && lines_.size() < lines_max) {
        lines_.push_back(rest.substr(0, end));
      } else {
        std::fprintf(stderr, "%s\n", rest.substr(0, end).c_str());
      }
      rest.erase(0, end + 1);
    }
    changed_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

Result<std::string> ChildProcess::line(std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return !lines_.empty() || closed_; });
  if (lines_.empty()) {
    return closed_ ? Error{ErrorCode::failed, name_ + " has ended"}
                   : Error{ErrorCode::timed_out, name_ + " says nothing"};
  }
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  wanted_ = false;
  return line;
}

bool ChildProcess::has_ended() {
  if (!reaped_) reaped_ = waitpid(pid_, nullptr, WNOHANG) == pid_;
  return reaped_;
}

void ChildProcess::stop() {
  if (has_ended()) return;
  kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + stop_patience;
  while (!has_ended() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(look_again);
  if (reaped_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  reaped_ = true;
}

}  // namespace footfall
