#include "relay/io/record_bio.h"

#include <algorithm>
#include <cstring>

#include "overlay/base/check.h"

namespace relay {
namespace {

RecordPipe& pipe_of(BIO* bio) {
  return *static_cast<RecordPipe*>(::BIO_get_data(bio));
}

int read(BIO* bio, char* out, int size) {
  RecordPipe& pipe = pipe_of(bio);
  ::BIO_clear_retry_flags(bio);
  if (pipe.input.empty()) {
    ::BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(pipe.input.size(), static_cast<std::size_t>(size));
  std::memcpy(out, pipe.input.data(), count);
  pipe.input = pipe.input.subspan(count);
  return static_cast<int>(count);
}

int write(BIO* bio, const char* from, int size) {
  ::BIO_clear_retry_flags(bio);
  pipe_of(bio).output({reinterpret_cast<const std::uint8_t*>(from), static_cast<std::size_t>(size)});
  return size;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* const method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");
  CHECK(method != nullptr);
  ::BIO_meth_set_read(method, read);
  ::BIO_meth_set_write(method, write);
  ::BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

BIO* new_record_bio(RecordPipe& pipe) {
  static BIO_METHOD* const method = make_method();  // of the whole process
  BIO* const bio = ::BIO_new(method);
  CHECK(bio != nullptr);
  ::BIO_set_data(bio, &pipe);
  ::BIO_set_init(bio, 1);
  return bio;
}

}  // namespace relay
