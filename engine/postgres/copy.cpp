#include "engine/postgres/copy.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/postgres/binary_rows.hpp"
#include "engine/postgres/errors.hpp"

namespace engine::postgres {
namespace {

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

// The binary format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". Servers send the header
// together with the first row, or with the trailer where there is none.
constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);
constexpr std::size_t header_size = signature.size() + 4 + 4;
constexpr std::string_view trailer("\377\377", 2);
constexpr std::size_t slice_size = 64u << 10;
constexpr int most_at_a_time = 256 << 10;  // that libpq is asked to take from the network before it hands rows out

Error error_of(PGconn* connection, const PGresult* result, Place place) {
  const std::string where = "on the " + std::string(name_of(place));
  const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const char* text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : nullptr;
  const char* file = result ? PQresultErrorField(result, PG_DIAG_SOURCE_FILE) : nullptr;
  if (PQstatus(connection) != CONNECTION_OK || !state) return lost_connection(where);
  return server_error({state, text ? text : "", file ? file : ""}, where);
}

void begin(Session& session, const std::string& sql, ExecStatusType expected) {
  PGconn* const connection = session.libpq();
  session.count_round_trip();
  const PgResult result(PQexec(connection, sql.c_str()), &PQclear);
  if (PQresultStatus(result.get()) == expected) return;
  const Error error = error_of(connection, result.get(), session.place());
  session.libpq();  // says so if it was our own request to stop
  throw error;
}

// Reads every pending result, so that the session can go on; returns the rows of the command tag.
std::uint64_t drain(PGconn* connection, Place place, std::optional<Error>& problem) {
  std::uint64_t rows = 0;
  while (PgResult result{PQgetResult(connection), &PQclear}) {
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK) {
      rows = std::strtoull(PQcmdTuples(result.get()), nullptr, 10);
    } else if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN) {
      break;
    } else if (!problem) {
      problem = error_of(connection, result.get(), place);
    }
  }
  return rows;
}

// Bytes that have come and were not taken from the network yet.
int bytes_waiting(PGconn* connection) {
  int bytes = 0;
  return ioctl(PQsocket(connection), FIONREAD, &bytes) == 0 ? bytes : 0;
}

constexpr std::size_t position_bytes = 4 + 2;  // tidsend(): block and offset

RowPosition read_position(std::string_view field) {
  if (field.size() != 4 + position_bytes || big_endian(field.substr(0, 4)) != position_bytes)
    throw Error(ErrorCode::internal, "the source sent a row without its position");
  return {static_cast<std::uint32_t>(big_endian(field.substr(4, 4))),
          static_cast<std::uint16_t>(big_endian(field.substr(8, 2)))};
}

// A row is the number of its fields in two bytes, then the fields, each after its length.
void append(Chunk& chunk, std::string_view row, const ChunkLimits& limits) {
  if (limits.tail_fields == 0 && !limits.positions) {
    chunk.bytes.append(row);
    return;
  }
  const std::size_t tails = limits.tail_fields * limits.tail_bytes;
  const std::size_t apart = tails + (limits.positions ? 4 + position_bytes : 0);
  auto fields = static_cast<std::uint16_t>(big_endian(row.substr(0, 2)));
  if (fields <= limits.tail_fields + limits.positions || row.size() < 2 + apart)
    throw Error(ErrorCode::internal, "the source sent a row without the fields that were asked for");
  if (limits.positions) {
    chunk.position = read_position(row.substr(row.size() - 4 - position_bytes));
    row.remove_suffix(4 + position_bytes);
    fields -= 1;
  }
  const auto kept = static_cast<std::uint16_t>(fields - limits.tail_fields);
  const char count[] = {static_cast<char>(kept >> 8), static_cast<char>(kept & 0xff)};
  chunk.bytes.append(count, sizeof count).append(row.substr(2, row.size() - 2 - tails));
  chunk.tails.resize(limits.tail_fields);
  row.remove_prefix(row.size() - tails);
  for (auto& tail : chunk.tails) {
    tail.append(row.substr(0, limits.tail_bytes));
    row.remove_prefix(limits.tail_bytes);
  }
}

}  // namespace

CopyReader::CopyReader(Session& session, const std::string& sql) : session_(session) {
  begin(session, sql, PGRES_COPY_OUT);
}

CopyReader::~CopyReader() {
  if (at_end_) return;
  try {
    PGconn* const connection = session_.libpq();
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(connection), &PQfreeCancel);
    char problem[256];
    PQcancel(cancel.get(), problem, sizeof problem);
    char* row = nullptr;
    while (PQgetCopyData(connection, &row, 0) > 0) PQfreemem(row);
    std::optional<Error> ignored;  // the cancellation itself
    drain(connection, session_.place(), ignored);
  } catch (const Error&) {  // stopped: the session is not used again
  }
}

void CopyReader::finish() {
  at_end_ = true;
  std::optional<Error> problem;
  PGconn* const connection = session_.libpq();
  drain(connection, session_.place(), problem);
  session_.libpq();
  if (!problem) return;
  const std::string where = "on the " + std::string(name_of(session_.place()));
  throw session_.is_open() ? Error(*problem) : ended_by_server(*problem, where);
}

// A server sends 8 kB at a time. To take each of them as it comes costs more than the rest of our work together: while
// rows come fast we wait until there are more, and let libpq have a larger buffer, which it only gets by being asked to
// read before it has to.
void CopyReader::gather() {
  constexpr std::int64_t fast = 16;  // bytes a microsecond: within the nap more comes than the server sends at once
  constexpr int nap_ms = 1;
  constexpr int little = 32 << 10;
  constexpr std::int64_t before_the_next = 512 << 10;  // where a nap was in vain: a machine with too much to do
  if (since_waiting_ < 0) return;
  const auto now = std::chrono::steady_clock::now();
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(now - std::exchange(waited_at_, now));
  if (std::exchange(since_waiting_, 0) < fast * time.count()) return;
  PGconn* const connection = session_.libpq();
  poll(nullptr, 0, nap_ms);
  int waiting = bytes_waiting(connection);
  if (waiting < little) since_waiting_ = -before_the_next;
  for (int taken = 0; waiting > 0 && taken < most_at_a_time;) {
    if (PQconsumeInput(connection) != 1) return;  // the next row says so
    const int left = bytes_waiting(connection);
    taken += std::max(waiting - left, 8 << 10);
    waiting = left;
  }
}

// As PQgetCopyData() returns it: the size of the row, or less than 0 at the end.
int CopyReader::next_row(char** data) {
  int size = PQgetCopyData(session_.libpq(), data, 1);
  if (size == 0) {
    gather();
    size = PQgetCopyData(session_.libpq(), data, 0);
  }
  if (size > 0) since_waiting_ += size;
  return size;
}

Chunk CopyReader::read(const ChunkLimits& limits) {
  Chunk chunk;
  std::size_t unpaid = 0, taken = 0;
  while (!at_end_ && chunk.rows < limits.rows && taken < limits.bytes) {
    char* data = nullptr;
    const int size = next_row(&data);
    if (size < 0) {
      finish();
      break;
    }
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(data, &PQfreemem);
    std::string_view row(data, static_cast<std::size_t>(size));
    if (!header_seen_) {
      if (row.size() < header_size || row.substr(0, signature.size()) != signature)
        throw Error(ErrorCode::internal, "the source did not send COPY's binary format");
      row.remove_prefix(header_size);
      header_seen_ = true;
    }
    if (row.empty() || row == trailer) continue;
    if (row.size() > limits.row_bytes)
      throw Error(
          ErrorCode::partial,
          "a row of " + std::to_string(row.size() >> 20) + " MB is larger than row_bytes allows (row_too_large)",
          "raise row_bytes in the map, or leave the large column out with skip")
          .sqlstate("54000");
    if (chunk.bytes.empty()) chunk.bytes.reserve(std::max(row.size(), limits.bytes + slice_size));
    append(chunk, row, limits);
    chunk.rows += 1;
    taken += row.size();
    unpaid += row.size();
    if (unpaid >= slice_size) session_.pass(std::exchange(unpaid, 0));
  }
  session_.pass(unpaid);
  return chunk;
}

std::uint64_t copy_in(Session& session, const std::string& sql, const Chunk& chunk) {
  return static_cast<std::uint64_t>(session.run_script(sql, {chunk.bytes}).back().affected);
}

}  // namespace engine::postgres
