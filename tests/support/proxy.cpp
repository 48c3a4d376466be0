#include "tests/support/proxy.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <deque>
#include <functional>
#include <future>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace support {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t window_bytes = 8U << 20;
constexpr std::size_t piece_bytes = 64U << 10;

tcp::endpoint at_port(int port) { return {asio::ip::address_v4::loopback(), static_cast<asio::ip::port_type>(port)}; }

// So that the other side sees a reset and not an orderly end.
void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

// What all connections share in one direction.
struct Link {
  std::int64_t cut_at = -1;  // bytes passed
  Clock::time_point free_at;
  std::atomic<std::int64_t> passed = 0;
};

struct Weather {
  Link to_client, to_server;
  RoundTrips round_trips;
  bool silent = false;
  std::chrono::microseconds delay{0};
  std::int64_t bytes_per_second = 0;
};

// One direction of one connection.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(RoundTrips::Connection connection, tcp::socket& from, tcp::socket& to, Link& link, Weather& weather,
       std::function<void()> give_up, std::function<void()> end)
      : connection_(connection),
        from_(from),
        to_(to),
        link_(link),
        weather_(weather),
        give_up_(std::move(give_up)),
        end_(std::move(end)),
        timer_(from.get_executor()) {}

  void read() {
    if (reading_ || ended_ || waiting_bytes_ >= window_bytes) return;
    reading_ = true;
    from_.async_read_some(asio::buffer(incoming_), [self = shared_from_this()](error_code error, std::size_t size) {
      self->reading_ = false;
      self->take(error, size);
    });
  }

  // Sends what is due.
  void write() {
    if (writing_ || weather_.silent) return;
    if (pieces_.empty()) {
      if (ended_) end();
      return;
    }
    writing_ = true;
    timer_.expires_at(pieces_.front().due);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || !self->to_.is_open()) return;
      self->send();
    });
  }

 private:
  struct Piece {
    std::vector<char> bytes;
    Clock::time_point due;
    bool cut_behind = false;
  };

  void take(error_code error, std::size_t size) {
    if (error == asio::error::eof)
      ended_ = true;
    else if (error)
      return give_up_();
    if (size > 0 && goes_to_server())
      weather_.round_trips.client_says(connection_, {incoming_.data(), size}, Clock::now());
    if (size > 0) keep(size);
    write();
    read();
  }

  void keep(std::size_t size) {
    Piece piece;
    const bool is_last = link_.cut_at >= 0 && link_.passed + static_cast<std::int64_t>(size) >= link_.cut_at;
    if (is_last) {
      size = static_cast<std::size_t>(std::max<std::int64_t>(0, link_.cut_at - link_.passed));
      link_.cut_at = -1;
      piece.cut_behind = ended_ = true;
    }
    link_.passed += static_cast<std::int64_t>(size);
    waiting_bytes_ += size;
    piece.bytes.assign(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(size));
    link_.free_at = std::max(link_.free_at, Clock::now());
    if (weather_.bytes_per_second > 0)
      link_.free_at += std::chrono::nanoseconds(
          static_cast<std::int64_t>(1e9 * static_cast<double>(size) / static_cast<double>(weather_.bytes_per_second)));
    piece.due = link_.free_at + weather_.delay;
    pieces_.push_back(std::move(piece));
  }

  void send() {
    if (weather_.silent) {
      writing_ = false;
      return;
    }
    asio::async_write(to_, asio::buffer(pieces_.front().bytes),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->writing_ = false;
                        if (!error) self->note_delivery();
                        if (error || self->pieces_.front().cut_behind) return self->give_up_();
                        self->waiting_bytes_ -= self->pieces_.front().bytes.size();
                        self->pieces_.pop_front();
                        self->write();
                        self->read();
                      });
  }

  bool goes_to_server() const { return &link_ == &weather_.to_server; }

  // What the server says counts when the client can read it: until then the client may still ask more.
  void note_delivery() {
    const auto& bytes = pieces_.front().bytes;
    if (!goes_to_server()) weather_.round_trips.server_says(connection_, {bytes.data(), bytes.size()}, Clock::now());
  }

  void end() {
    error_code ignored;
    to_.shutdown(tcp::socket::shutdown_send, ignored);
    end_();
  }

  RoundTrips::Connection connection_;
  tcp::socket& from_;
  tcp::socket& to_;
  Link& link_;
  Weather& weather_;
  std::function<void()> give_up_, end_;
  asio::steady_timer timer_;
  std::vector<char> incoming_ = std::vector<char>(piece_bytes);
  std::deque<Piece> pieces_;
  std::size_t waiting_bytes_ = 0;
  bool reading_ = false, writing_ = false, ended_ = false;
};

}  // namespace

// Everything here happens in the one thread of the context.
class Proxy::Network {
 public:
  explicit Network(int server_port) : server_(at_port(server_port)), door_(context_) {
    std::random_device random;
    for (int attempt = 0; port_ == 0; ++attempt) {
      try {
        open_door(15000 + static_cast<int>(random() % 15000));  // below the ports that the system gives away
      } catch (const boost::system::system_error&) {
        if (attempt == 50) throw;
      }
    }
    thread_ = std::thread([this] { context_.run(); });
  }

  ~Network() {
    asio::post(context_, [this] {
      cut_all();
      context_.stop();
    });
    thread_.join();
  }

  // Calls the function in the thread of the context and waits for what it returns.
  template <typename Function>
  auto in_thread(Function function) {
    const auto task = std::make_shared<std::packaged_task<decltype(function())()>>(std::move(function));
    auto result = task->get_future();
    asio::post(context_, [task] { (*task)(); });
    return result.get();
  }

  void refuse(bool yes) {
    if (yes)
      door_.close();
    else if (!door_.is_open())
      open_door(port_);
  }

  void cut_all() {
    for (const auto& connection : std::set(connections_)) drop(connection);
  }

  void go_silent(bool yes) {
    weather.silent = yes;
    for (const auto& connection : connections_)
      for (const auto& pipe : {connection->to_client, connection->to_server})
        if (pipe) pipe->write();
  }

  Link& link(Toward direction) { return direction == Toward::client ? weather.to_client : weather.to_server; }

  int port() const { return port_; }

  Weather weather;
  std::atomic<int> accepted = 0;

 private:
  struct Connection {
    explicit Connection(tcp::socket&& accepted_socket)
        : client(std::move(accepted_socket)), server(client.get_executor()) {}
    tcp::socket client, server;
    int ended_pipes = 0;
    std::shared_ptr<Pipe> to_client, to_server;
  };
  using Shared = std::shared_ptr<Connection>;

  void open_door(int port) {
    tcp::acceptor door(context_);
    door.open(tcp::v4());
    door.set_option(tcp::acceptor::reuse_address(true));
    door.bind(at_port(port));
    door.listen();
    door_ = std::move(door);
    port_ = port;
    accept();
  }

  void accept() {
    door_.async_accept([this](error_code error, tcp::socket socket) {
      if (!door_.is_open() || error == asio::error::operation_aborted) return;
      if (!error) {
        ++accepted;
        connect(std::make_shared<Connection>(std::move(socket)));
      }
      accept();
    });
  }

  void connect(const Shared& connection) {
    connections_.insert(connection);
    connection->server.async_connect(server_, [this, connection](error_code error) {
      if (error || !connection->client.is_open()) return drop(connection);
      error_code ignored;
      connection->client.set_option(tcp::no_delay(true), ignored);
      connection->server.set_option(tcp::no_delay(true), ignored);
      // A pipe holds the connection through its sockets, and the connection its pipes, until it is dropped.
      const auto give_up = [this, connection] { drop(connection); };
      const auto end = [this, connection] {
        if (++connection->ended_pipes == 2) forget(connection);
      };
      const auto number = weather.round_trips.open();
      connection->to_server = std::make_shared<Pipe>(number, connection->client, connection->server, weather.to_server,
                                                     weather, give_up, end);
      connection->to_client = std::make_shared<Pipe>(number, connection->server, connection->client, weather.to_client,
                                                     weather, give_up, end);
      connection->to_server->read();
      connection->to_client->read();
    });
  }

  void drop(const Shared& connection) {
    reset(connection->client);
    reset(connection->server);
    forget(connection);
  }

  void forget(const Shared& connection) {
    error_code ignored;
    connection->client.close(ignored);
    connection->server.close(ignored);
    connections_.erase(connection);
    asio::post(context_, [connection] { connection->to_client = connection->to_server = nullptr; });
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> stay_ = asio::make_work_guard(context_);
  tcp::endpoint server_;
  tcp::acceptor door_;
  int port_ = 0;
  std::set<Shared> connections_;
  std::thread thread_;
};

Proxy::Proxy(int server_port) : network_(std::make_unique<Network>(server_port)) {}
Proxy::~Proxy() = default;

int Proxy::port() const { return network_->port(); }

std::string Proxy::url(const std::string& database, const std::string& user) const {
  return "postgresql://" + user + "@127.0.0.1:" + std::to_string(port()) + "/" + database;
}

void Proxy::cut_after(std::int64_t bytes, Toward direction) {
  network_->in_thread([&] {
    network_->weather.to_client.cut_at = network_->weather.to_server.cut_at = -1;
    auto& link = network_->link(direction);
    link.cut_at = link.passed + bytes;
  });
}

bool Proxy::is_cut_due() const {
  return network_->in_thread(
      [&] { return network_->weather.to_client.cut_at >= 0 || network_->weather.to_server.cut_at >= 0; });
}

void Proxy::cut_all() {
  network_->in_thread([&] { network_->cut_all(); });
}
void Proxy::refuse(bool yes) {
  network_->in_thread([&] { network_->refuse(yes); });
}
void Proxy::go_silent(bool yes) {
  network_->in_thread([&] { network_->go_silent(yes); });
}
void Proxy::delay(std::chrono::microseconds one_way) {
  network_->in_thread([&] { network_->weather.delay = one_way; });
}
void Proxy::limit(std::int64_t bytes_per_second) {
  network_->in_thread([&] { network_->weather.bytes_per_second = bytes_per_second; });
}

std::int64_t Proxy::passed(Toward direction) const { return network_->link(direction).passed; }
int Proxy::connections() const { return network_->accepted; }
RoundTrips::Count Proxy::round_trips() const {
  return network_->in_thread([&] { return network_->weather.round_trips.count(); });
}

}  // namespace support
