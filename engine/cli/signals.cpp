#include "engine/cli/signals.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace engine::cli {

struct Signals::Waiting {
  Waiting() : signals(context, SIGINT, SIGTERM) {
    wait();
    thread = std::thread([this] { context.run(); });
  }
  ~Waiting() {
    context.stop();
    thread.join();
  }

  void wait() {
    signals.async_wait([this](const boost::system::error_code& problem, int signal) {
      if (problem) return;
      status = 128 + signal;
      signals.clear();  // the next one ends the process, also if a server that hangs keeps this thread from going on
      stop.request_stop();
    });
  }

  boost::asio::io_context context;
  boost::asio::signal_set signals;
  std::stop_source stop;
  std::atomic<int> status = 0;
  std::thread thread;
};

Signals::Signals() : waiting_(std::make_unique<Waiting>()) {}
Signals::~Signals() = default;
std::stop_token Signals::token() const { return waiting_->stop.get_token(); }
int Signals::exit_status() const { return waiting_->status; }

}  // namespace engine::cli
