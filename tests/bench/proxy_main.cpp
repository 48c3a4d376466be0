// The proxy of the tests as a program, for scripts/bench.sh: a network with a delay and a rate, which counts.
//
//   bench_proxy SERVER_PORT [DELAY_US [BYTES_PER_SECOND]]
//
// DELAY_US is what a byte takes one way, so a round trip takes twice that. Prints its port on a line of its own, works
// until its standard input ends, and then prints what has passed as one line of JSON.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "tests/support/proxy.hpp"

namespace {

void work(int server_port, std::chrono::microseconds delay, std::int64_t bytes_per_second) {
  support::Proxy proxy(server_port);
  proxy.delay(delay);
  proxy.limit(bytes_per_second);
  std::cout << proxy.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  using Toward = support::Proxy::Toward;
  const auto trips = proxy.round_trips();
  std::cout << "{\"bytes_to_server\": " << proxy.passed(Toward::server)
            << ", \"bytes_to_client\": " << proxy.passed(Toward::client) << ", \"connections\": " << trips.connections
            << ", \"trips_connecting\": " << trips.connecting << ", \"trips\": " << trips.after_connecting
            << ", \"trips_in_sequence\": " << trips.in_sequence
            << ", \"seconds_after_connecting\": " << static_cast<double>(trips.time.count()) / 1e6 << "}" << std::endl;
}

}  // namespace

int main(int count, char** words) {
  if (count < 2 || count > 4) {
    std::cerr << "usage: bench_proxy SERVER_PORT [DELAY_US [BYTES_PER_SECOND]]\n";
    return 2;
  }
  try {
    work(std::stoi(words[1]), std::chrono::microseconds(count > 2 ? std::stoll(words[2]) : 0),
         count > 3 ? std::stoll(words[3]) : 0);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_proxy: " << error.what() << '\n';
    return 1;
  }
}
