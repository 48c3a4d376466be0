#include "tests/support/round_trips.hpp"

#include <algorithm>

namespace support {
namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | static_cast<unsigned char>(bytes[offset + i]);
  return number;
}

// SSLRequest and GSSENCRequest are answered with one letter and not with a message.
bool asks_for_encryption(std::string_view bytes) {
  return bytes.size() == 8 && number_at(bytes, 0) == 8 &&
         (number_at(bytes, 4) == 80877103 || number_at(bytes, 4) == 80877104);
}

constexpr std::size_t header_size = 5;  // a letter and the length of what follows, itself included

}  // namespace

RoundTrips::Connection RoundTrips::open() {
  talks_[count_.connections] = {};
  return count_.connections++;
}

void RoundTrips::client_says(Connection connection, std::string_view bytes, Time now) {
  Talk& talk = talks_.at(connection);
  if (talk.waits) return;
  talk.waits = true;
  if (!talk.is_connected) {
    talk.wants_one_letter = !talk.is_encrypted && asks_for_encryption(bytes);
    return;
  }
  talk.position = count_.in_sequence + 1;
  if (!has_begun_) began_ = now;
  has_begun_ = true;
}

void RoundTrips::server_says(Connection connection, std::string_view bytes, Time now) {
  Talk& talk = talks_.at(connection);
  if (talk.waits) {
    talk.waits = false;
    ++(talk.is_connected ? count_.after_connecting : count_.connecting);
    if (talk.is_connected) count_.in_sequence = std::max(count_.in_sequence, talk.position);
  }
  if (!talk.is_connected)
    talk.is_connected = reads_ready(talk, bytes);
  else
    count_.time = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
}

// Goes through the messages of the server until ReadyForQuery.
bool RoundTrips::reads_ready(Talk& talk, std::string_view bytes) {
  if (talk.wants_one_letter && !bytes.empty()) {
    talk.wants_one_letter = false;
    talk.is_encrypted = bytes[0] != 'N';
    bytes.remove_prefix(1);
  }
  if (talk.is_encrypted) return false;
  while (!bytes.empty()) {
    if (talk.left == 0) {
      const auto missing = std::min(header_size - talk.header.size(), bytes.size());
      talk.header += bytes.substr(0, missing);
      bytes.remove_prefix(missing);
      if (talk.header.size() < header_size) return false;
      talk.left = number_at(talk.header, 1) - 4;
    }
    const auto taken = std::min(talk.left, bytes.size());
    bytes.remove_prefix(taken);
    talk.left -= taken;
    if (talk.left > 0) return false;
    if (talk.header[0] == 'Z') return true;
    talk.header.clear();
  }
  return false;
}

}  // namespace support
